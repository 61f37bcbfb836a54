"""The queues of events for the doors of ingest: one queue for each tenant, group commit, and the size of a batch."""
