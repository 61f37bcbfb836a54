"""The acts of management, such as adding a tenant, and the admin API that offers them over HTTP."""
