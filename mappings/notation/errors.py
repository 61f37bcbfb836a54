"""The faults of a table. They are raised at import, so that a process with a broken table never starts."""


class BrokenTable(Exception):
    """A table cannot be."""

    def __init__(self, place: str) -> None:
        super().__init__(f"{(self.__doc__ or '').strip().rstrip('.')}: {place}")
        self.place = place


class UnreadablePath(BrokenTable):
    """The text is no path."""


class UnknownHome(BrokenTable):
    """Nothing of that name is there."""


class DoubleHome(BrokenTable):
    """Two rows claim one place."""


class UnfitHome(BrokenTable):
    """The place cannot hold what the row brings."""


class Homeless(BrokenTable):
    """No row speaks of it."""


class OneWay(BrokenTable):
    """The code table cannot be read backwards."""
