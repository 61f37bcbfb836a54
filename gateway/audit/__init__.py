"""The audit trail: who did what to which tenant. An entry is durable before the answer leaves."""
