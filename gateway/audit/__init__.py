"""The audit trail: who did what to which tenant. The entry of a request is durable before the response is sent."""

from gateway.audit import audit_trail
from gateway.audit.actors import Act, Administrator, Door, Login
from gateway.audit.audit_events import audit_event
from gateway.audit.audit_trail import LOCAL, OPERATOR, command, loaded, operator, remember_act

__all__ = [
    "LOCAL",
    "OPERATOR",
    "Act",
    "Administrator",
    "Door",
    "Login",
    "audit_event",
    "audit_trail",
    "command",
    "loaded",
    "operator",
    "remember_act",
]
