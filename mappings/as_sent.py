"""Values that are kept as they were sent, because the type of their leaf cannot hold them."""

from __future__ import annotations


class AsSent(str):
    """The text of a value that is no date, number or flag, though its leaf expects one.

    An answer gives the text again. FHIR keeps it in an extension of ours, because no FHIR date, number or boolean can
    hold it.
    """

    __slots__ = ()
