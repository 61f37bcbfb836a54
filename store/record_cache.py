"""The record cache of a process: records that were made from documents, valid while the document is unchanged."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any


class RecordCache:
    """Records by key. A key includes the version of the document, so no record is ever out of date.

    If the cache is full, the record goes that was not read for the longest time. Callers share a record and must not
    change it.
    """

    def __init__(self, most: int) -> None:
        """`most` is the largest number of records; 0 switches the cache off."""
        self.most = most
        self._records: OrderedDict[Hashable, Any] = OrderedDict()

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self._records)

    def find(self, key: Hashable) -> Any:
        """Return the record of a key, or None. The record must not be changed."""
        found = self._records.get(key)
        if found is not None:
            self._records.move_to_end(key)
        return found

    def put(self, key: Hashable, record: Any) -> None:
        """Add a record that was just made from its document."""
        self._records[key] = record
        if len(self._records) > self.most:
            self._records.popitem(last=False)
