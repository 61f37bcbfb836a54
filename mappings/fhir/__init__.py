"""FHIR R4: a table a resource, with the codes, data types and rules that the tables share."""
