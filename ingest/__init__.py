"""Events in: from bytes to records to resources."""
