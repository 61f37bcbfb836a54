"""What a process has made of documents that it read, for as long as they stay as they are."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any


class Reads:
    """Things made of documents, kept by a key that has the document's version in it: so none is ever out of date.

    Those that were not asked for longest go where there are too many. What is handed out is shared, and not changed.
    """

    def __init__(self, most: int) -> None:
        """`most`: how many are kept."""
        self.most = most
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._kept)

    def find(self, key: Hashable) -> Any:
        """What was made, or None."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, key: Hashable, made: Any) -> None:
        """Keep what was just made."""
        self._kept[key] = made
        if len(self._kept) > self.most:
            self._kept.popitem(last=False)
