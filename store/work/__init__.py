"""Work that lasts: leases, jobs of files, and checkpoints from which an interrupted piece of work goes on."""
