"""The queues of events: one for each tenant, batches that are committed together, and the size of a batch."""
