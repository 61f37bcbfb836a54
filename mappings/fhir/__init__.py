"""FHIR R4: one table for each resource, and the codes, data types and rules that the tables share."""
