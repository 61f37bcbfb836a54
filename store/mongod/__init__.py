"""The embedded mongod: its program, its start and stop, its memory, and the transactions of dead processes."""
