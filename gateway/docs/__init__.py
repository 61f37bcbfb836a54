"""What the service tells of itself: OpenAPI, the page of documentation, and its examples."""
