"""Redox Data Model API messages as pydantic models: the catalogue of every path, its type and what is known of it."""
