"""Backfill: loads files of rows or events; each row becomes an event that is journalled and folded like a push."""
