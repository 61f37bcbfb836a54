"""The entries of the journal and their parts, and the form in which MongoDB keeps what is understood of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import chain

from store.documents import Json


@dataclass(frozen=True, slots=True)
class Part:
    """The part of an event about one owner, which is a person; most events have one part."""

    order: str
    """A text that sorts as events do."""
    keys: tuple[str, ...] = ()
    """Keyed hashes of the identifiers and visit numbers in the part. The fold finds the events of a record by them."""
    reach: str = ""
    """What the part acts on beyond the person whom it names; empty for most parts. See `ingest.keys`."""
    held: bool = False
    """Whether the part acts on more than it names, or no record accepted it. A later event that belongs before such a
    part is folded from the whole history."""
    open: str | None = None
    """Why the part is not folded; None if it is."""
    findings: tuple[str, ...] = ()
    """The codes of the issues that the fold found in the part."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A place in the body of an entry where a reference to a file stands for what came."""

    file: str
    """The name of the file."""
    at: int
    """Where the reference begins in the stored body, in bytes."""
    size: int
    """The bytes of the reference."""
    form: str
    """How the bytes of the file become the bytes that came; the module that cuts knows the forms."""
    original: str | None = None
    """What came, if it does not follow from the file."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event in the journal."""

    id: str
    """A hash of what identifies the event, within its tenant."""
    body: bytes
    effective: datetime
    received: datetime
    parts: tuple[Part, ...]
    """One part for each owner; at least one."""
    model: str = ""
    event: str = ""
    issues: tuple[Json, ...] = ()
    """The faults of the message, as `{path, reason}`."""
    source: str = ""
    """The sender: the name of a client or webhook."""
    log_id: str = ""
    attempt_id: str = ""
    details: Json = field(default_factory=dict)
    cuts: tuple[Cut, ...] = ()
    """Where references to files stand in the body, in the order of the body."""

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files that the body refers to, each once."""
        return tuple(dict.fromkeys(cut.file for cut in self.cuts))

    @property
    def order(self) -> str:
        """The order of the first part, which is the order of the event."""
        return self.parts[0].order

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of all parts, each once."""
        return _union([part.keys for part in self.parts])

    @property
    def held(self) -> bool:
        """Whether any part is held."""
        return any(part.held for part in self.parts)

    @property
    def open(self) -> str | None:
        """Why the first part without a fold is not folded; None if all parts are folded."""
        return next(iter(self.open_reasons), None)

    @property
    def open_reasons(self) -> tuple[str, ...]:
        """The reasons why parts are not folded, each once."""
        return tuple(dict.fromkeys(part.open for part in self.parts if part.open))

    @property
    def findings(self) -> tuple[str, ...]:
        """The codes of the issues that the fold found in any part, each once."""
        return _union([part.findings for part in self.parts])


def _union(texts: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return texts[0] if len(texts) == 1 else tuple(dict.fromkeys(chain.from_iterable(texts)))


def content_of(entry: Entry) -> Json:
    """Return an entry as MongoDB stores it, without body, source and receipt; an absent member is None.

    An entry of one part has the members of the part itself. An entry of several parts has the union of their members,
    for the indexes, and the list `parts`.
    """
    first, *others = entry.parts
    reasons = entry.open_reasons if others else ()
    return {
        "order": first.order,
        "effective": entry.effective,
        "model": entry.model,
        "event": entry.event,
        "keys": list(entry.keys if others else first.keys),
        "reach": first.reach or None,
        "held": (entry.held if others else first.held) or None,
        "open": list(reasons) if len(reasons) > 1 else next(iter(reasons), first.open),
        "issues": list(entry.issues) or None,
        "findings": list(entry.findings if others else first.findings) or None,
        "parts": [asdict(part) for part in entry.parts] if others else None,
    }


def update_of(entry: Entry) -> Json:
    """Return the update by which MongoDB stores an entry anew, without body, source and receipt."""
    content = content_of(entry)
    present = {name: value for name, value in content.items() if value is not None}
    absent = {name: "" for name in content if name not in present}
    return ({"$set": present} if present else {}) | ({"$unset": absent} if absent else {})


def parts_of(found: Json) -> tuple[Part, ...]:
    """Return the parts of an entry. In data of version 1 the member `parts` is the number of pieces of a long body."""
    several = found.get("parts")
    members = several if isinstance(several, list) else [found]
    return tuple(
        Part(
            order=member["order"],
            keys=tuple(member["keys"]),
            reach=member.get("reach") or "",
            held=bool(member.get("held")),
            open=member.get("open"),
            findings=tuple(member.get("findings") or ()),
        )
        for member in members
    )


def cuts_of(entry: Entry) -> Json:
    """Return the members in which MongoDB stores the cuts of an entry: `cuts`, and `files` for the index; both or none.

    They belong to the body: nothing changes them once they are written.
    """
    if not entry.cuts:
        return {}
    cuts = [{name: value for name, value in asdict(cut).items() if value is not None} for cut in entry.cuts]
    return {"files": list(entry.files), "cuts": cuts}


def cuts_in(found: Json) -> tuple[Cut, ...]:
    """Return the cuts of an entry that MongoDB has."""
    return tuple(Cut(**cut) for cut in found.get("cuts", ()))
