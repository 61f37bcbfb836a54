"""Reading: any JSON becomes a clean message, and every fault is reported by its place and never by its value.

A clean message has no null, no blank text, no empty object and no empty list. Its moments are in UTC, its dates are
`YYYY-MM-DD`, and its codes are spelled as their value set spells them.
"""

from mappings.reading.findings import CLEAR, Issue, Reading
from mappings.reading.messages import read

__all__ = ["CLEAR", "Issue", "Reading", "read"]
