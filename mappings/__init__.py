"""Redox words, FHIR words, and how the one turns into the other; pure, knows no tenant, clock or database."""
