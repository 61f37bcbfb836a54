"""The gateway: HTTP, authentication, the tenants of a caller, the command line. It puts all other rooms together."""
