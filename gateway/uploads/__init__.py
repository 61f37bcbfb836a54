"""The door for uploads: files that a client sends ahead, to name each by its URI in a message."""

from gateway.uploads import upload_door

__all__ = ["upload_door"]
