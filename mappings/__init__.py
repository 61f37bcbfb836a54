"""Redox's words, FHIR's words, and how messages turn into resources and back. Pure: no tenant, clock or database."""
