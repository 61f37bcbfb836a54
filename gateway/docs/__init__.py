"""What the service tells of itself: OpenAPI, the page of documentation, and its examples."""

from gateway.docs import documentation
from gateway.docs.examples import addressed

__all__ = ["addressed", "documentation"]
