"""The record cache of a process: records that were read from documents, as long as the documents stay as they are."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any


class RecordCache:
    """Records by keys that include the version of the document, so that no record is ever out of date.

    If there are too many, the records that nobody read for the longest time go. Callers share a record, and must not
    change it.
    """

    def __init__(self, most: int) -> None:
        """`most`: the number of records that are kept; 0 for none."""
        self.most = most
        self._records: OrderedDict[Hashable, Any] = OrderedDict()

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self._records)

    def find(self, key: Hashable) -> Any:
        """Return the record of a key, or None."""
        found = self._records.get(key)
        if found is not None:
            self._records.move_to_end(key)
        return found

    def put(self, key: Hashable, record: Any) -> None:
        """Add a record that was just read."""
        self._records[key] = record
        if len(self._records) > self.most:
            self._records.popitem(last=False)
