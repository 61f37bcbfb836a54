"""The fold: pure functions from events, in their order, to the records of people, visits and items."""
