"""Folding again from the journal: replays, the migration of former data, open events, and the sweep over them."""
