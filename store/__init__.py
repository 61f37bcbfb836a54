"""FHIR documents in MongoDB, a partition a tenant; knows nothing of where resources come from."""
