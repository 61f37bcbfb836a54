"""The acts of management, such as adding a tenant, and the admin API that offers them over HTTP."""

from gateway.administration import admin_door
from gateway.administration.admin_routes import ROUTES, AdminRoute
from gateway.administration.management import Administration
from gateway.administration.removal import remove_tenant
from gateway.administration.views import client_json, keys_json, tenant_json, webhook_json

__all__ = [
    "ROUTES",
    "AdminRoute",
    "Administration",
    "admin_door",
    "client_json",
    "keys_json",
    "remove_tenant",
    "tenant_json",
    "webhook_json",
]
