"""Serving over HTTP: listeners, worker processes, TLS, and the end of the service on a signal."""

from gateway.serving.server import OTHER_FILES, is_open, serve

__all__ = ["OTHER_FILES", "is_open", "serve"]
