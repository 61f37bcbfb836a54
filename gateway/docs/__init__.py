"""The documentation that the service gives of itself: OpenAPI, an HTML page, and examples."""

from gateway.docs import documentation
from gateway.docs.examples import addressed

__all__ = ["addressed", "documentation"]
