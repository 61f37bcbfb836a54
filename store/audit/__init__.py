"""The audit log: who called the service, from where, and which resources the service showed; no value of a resource."""
