"""The audit: who came in, from where, and which resources they were shown; never a value."""
