"""Measures: what the machine gives, and what the product makes of it, one program a measure."""
