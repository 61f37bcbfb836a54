"""The intake of events: from the bytes of an event to records, and from records to FHIR resources."""
