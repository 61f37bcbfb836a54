"""Folding events of the journal again: replays, migration of former data, open events, and the periodic sweep."""
