"""What waits for a tenant: events that become batches, and how large a batch is."""
