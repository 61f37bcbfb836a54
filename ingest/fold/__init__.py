"""What events amount to: pure functions from a set of events, in their order, to records of people and visits."""
