"""Processes and sockets: the workers of a service, their listeners, TLS, and the end on a signal."""
