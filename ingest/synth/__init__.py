"""Tenants of invented people, of any size: their lives as the events that tell of them. Nobody here lives."""
