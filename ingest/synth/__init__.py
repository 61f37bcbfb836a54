"""Invented tenants of any size: people, hospitals and visits, as the events that report them. No person is real."""
