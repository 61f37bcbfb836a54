"""Work that takes long: leases, jobs for uploaded files, and checkpoints from which interrupted work continues."""
