"""Messages of the Redox Data Model API as pydantic models, and the catalogue of their events and paths."""
