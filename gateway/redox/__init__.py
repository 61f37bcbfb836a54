"""The routes with Redox's JSON: the endpoint of clients, and the webhook of feeds."""

from gateway.redox import endpoint, webhook_door

__all__ = ["endpoint", "webhook_door"]
