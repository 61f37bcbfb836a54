"""The course of visits and bookings: their state after their events."""
