"""Backfill: files of rows or events, each taken in like an event that came through a door."""
