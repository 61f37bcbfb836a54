"""Reading: from whatever JSON came to a clean message, with every fault named by its place and never by its value.

Clean: no null, no blank text, nothing empty; times in UTC, dates as dates, codes as their value set spells them.
"""

from mappings.reading.findings import CLEAR, Issue, Reading
from mappings.reading.messages import read

__all__ = ["CLEAR", "Issue", "Reading", "read"]
