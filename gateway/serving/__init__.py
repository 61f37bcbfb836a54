"""Processes and sockets: the workers of a service, their listeners, TLS, and the end on a signal."""

from gateway.serving.server import OTHER_FILES, is_open, serve

__all__ = ["OTHER_FILES", "is_open", "serve"]
