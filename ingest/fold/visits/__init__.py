"""The course of visits and bookings: what their events come to."""
