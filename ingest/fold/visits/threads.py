"""Threads: the visits by person; which visit an event means, and how visits move when people join, merge or swap."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from ingest.fold import past
from ingest.fold.events import Event
from ingest.fold.past import Said, Span
from ingest.fold.person import HistoryNeededError, Person
from ingest.fold.verbs import Attend, Book
from ingest.fold.visits import visit as visits
from ingest.fold.visits.appointments import CALLED_OFF
from ingest.fold.visits.steps import Setting, Step
from ingest.fold.visits.visit import Visit
from mappings.kinds import APPOINTMENT, ENCOUNTER, VISITS
from mappings.times import instant

Key = tuple[str, str]
"""The key of a thread within its person: ("number", VisitNumber), or ("unnumbered", a counter); a hold without a number
has the id of its event."""


@dataclass(slots=True)
class Thread:
    """One visit number of one person; a hold or block has no person."""

    key: Key
    person: Person | None
    newest: str = ""
    """Order of its newest event."""
    span: Span = past.NEVER
    """From its first event to the newest that changed it: one of its own, or one that gave it to somebody else."""
    said: Mapping[str, Said] = field(default_factory=dict)
    """What was ever said of the leaves that visits are looked up by, by the name of the kind."""
    visit: Visit = field(default_factory=Visit)
    steps: list[Step] | None = None
    is_stored: bool = False
    has_distant_link: bool = False
    """Whether an account number links the thread with a visit of another number, whose events move the appointment."""
    stored_accounts: frozenset[str] | None = None
    """The account numbers of the stored visit, if the visit is folded again from its own events alone."""

    @property
    def number(self) -> str | None:
        """The VisitNumber; None for a visit without a number."""
        return self.key[1] if self.key[0] == "number" else None


class Threads:
    """The visits of connected events."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._zone: tzinfo = setting.zone
        self._by_person: dict[str, dict[Key, Thread]] = {}
        """Holds under the empty id."""
        self.now = 0
        """The moment of the event that is being applied, in milliseconds."""
        self.elsewhere: set[str] = set()
        """Numbers of stored visits whose people were not read."""

    def place(self, thread: Thread) -> None:
        """Add a thread to its person."""
        self._by_person.setdefault(_id(thread.person), {})[thread.key] = thread

    def of(self, person_id: str) -> list[Thread]:
        """Return the threads of a person; the empty id has the holds."""
        return list(self._by_person.get(person_id, {}).values())

    def each(self) -> Iterator[list[Thread]]:
        """Give all threads, one list for each person."""
        return (list(threads.values()) for threads in self._by_person.values())

    def get(self, person: Person | None, key: Key) -> Thread | None:
        """Return the thread of a person and key, or None."""
        return self._by_person.get(_id(person), {}).get(key)

    def meant_by(self, event: Event) -> list[Thread]:
        """Return the threads that an event without a person may mean: those of its number, or that it supersedes.

        Holds are left out.
        """
        return next((found for number in event.numbers if (found := self.holding(number))), [])

    def holding(self, number: str) -> list[Thread]:
        """Return the threads with a visit number, of all people; holds are left out."""
        found = (threads.get(("number", number)) for threads in self._by_person.values())
        return [thread for thread in found if thread is not None and thread.person is not None]

    def take(self, person: Person | None, event: Event) -> None:
        """Apply an event to the visit that it means; raises HistoryNeededError if the stored visit is not enough."""
        if person is not None:
            self.take_over(person, event)
        key: Key | None = ("number", event.number) if event.number else None
        thread = self._thread(person, key) if key else self._unnumbered(person, event)
        self._step(thread, Step(event, is_of_nobody=person is None))
        self._supersede(person, event)

    def take_over(self, person: Person, event: Event) -> None:
        """Give a person the holds whose numbers an event of the person names; a hold that was cancelled stays."""
        for number in event.numbers:
            hold = self.get(None, ("number", number))
            appointment = hold.visit.appointment if hold is not None else None
            if hold is not None and appointment is not None and appointment.status not in CALLED_OFF:
                self.move(hold, person)

    def move(self, thread: Thread, person: Person) -> None:
        """Give a visit to another person; if the person has a visit of this number, both become one."""
        del self._by_person[_id(thread.person)][thread.key]
        self._fuse(thread, person)

    def hand_over(self, ids: Iterable[str], person: Person) -> None:
        """Give the visits of ended or joined records to a person; visits of one number become one."""
        moved = [thread for gone in dict.fromkeys(ids) for thread in self._by_person.pop(gone, {}).values()]
        for thread in moved:
            self._fuse(thread, person)

    def _thread(self, person: Person | None, key: Key) -> Thread:
        threads = self._by_person.setdefault(_id(person), {})
        if key not in threads:
            threads[key] = Thread(key, person, steps=[])  # were it stored, it would be here: its number was looked for
        return threads[key]

    def _unnumbered(self, person: Person | None, event: Event) -> Thread:
        """Return the visit that an event without a number means, or a new visit if none fits."""
        if person is None:
            return self._thread(None, ("unnumbered", event.id))
        threads = self.of(person.id)
        own = [thread for thread in threads if thread.key[0] == "unnumbered"]
        open_own = [thread for thread in own if _is_open(thread)]
        if isinstance(event.lifecycle.course, Attend) and event.lifecycle.course.begins:
            fitting = [thread for thread in open_own if self._is_of_the_day(thread, event)]
        elif event.canceled is not None and event.canceled.status == "finished":
            fitting = own or [thread for thread in threads if thread.visit.encounters]
        else:
            open_ones = [thread for thread in threads if _is_open(thread)]
            fitting = open_own or (open_ones if len(open_ones) == 1 else [])
        if fitting:
            return max(fitting, key=lambda thread: thread.newest)
        return self._thread(person, ("unnumbered", f"{len(own) + 1:06d}"))

    def _is_of_the_day(self, thread: Thread, event: Event) -> bool:
        """Whether the VisitDateTimes of an admitting event and a visit are of one day, or one of them is absent."""
        said, known = event.visit.get("VisitDateTime"), thread.visit.encounters[-1].words.get("VisitDateTime")
        if said is None or known is None:
            return True
        days = {moment.astimezone(self._zone).date() for text in (said, known) if (moment := instant(text, self._zone))}
        return len(days) == 1

    def _step(self, thread: Thread, step: Step) -> None:
        if step.event.order < thread.newest and thread.steps is None:
            raise HistoryNeededError
        if thread.steps is None and (thread.has_distant_link or visits.undoes(step)):
            raise HistoryNeededError
        if thread.is_stored and not _accounts_agree(thread, step.event):
            raise HistoryNeededError
        thread.newest = max(thread.newest, step.event.order)
        thread.span = past.joined(thread.span, past.moment_of(step.event.order), past.until(self.now))
        kind = APPOINTMENT if isinstance(step.event.lifecycle.course, Book) else ENCOUNTER
        known = thread.said.get(kind.name, {})
        if (said := past.with_values(known, kind, step.event.visit)) is not known:
            thread.said = {**thread.said, kind.name: said}
        thread.is_stored = False
        if thread.steps is None:
            thread.visit = visits.advance(thread.visit, step, self._setting)
            return
        place = bisect_right(thread.steps, step.event.order, key=lambda each: each.event.order)
        thread.steps.insert(place, step)
        if visits.undoes(step) or place < len(thread.steps) - 1:
            thread.visit = visits.run(thread.steps, self._setting)
        else:
            thread.visit = visits.advance(thread.visit, step, self._setting)

    def _supersede(self, person: Person | None, event: Event) -> None:
        """Cancel the visit of the old number if a Reschedule gives it a new number."""
        for old in event.numbers:
            thread = self.get(person, ("number", old)) if old != event.number else None
            if thread is not None:
                self._step(thread, Step(event, superseded=True))

    def _fuse(self, thread: Thread, person: Person) -> None:
        if thread.steps is None:
            raise HistoryNeededError
        theirs = self._by_person.setdefault(person.id, {})
        key = thread.key
        if key[0] == "unnumbered":
            key = ("unnumbered", f"{sum(k[0] == 'unnumbered' for k in theirs) + 1:06d}")
        mine = theirs.get(key)
        steps = sorted([*thread.steps, *(mine.steps or [] if mine else [])], key=lambda step: step.event.order)
        both = (thread, mine) if mine else (thread,)
        fused = Thread(
            key,
            person,
            max(each.newest for each in both),
            past.joined(*(each.span for each in both), past.until(self.now)),
            {
                kind.name: past.united(thread.said.get(kind.name, {}), both[-1].said.get(kind.name, {}))
                for kind in VISITS
            },
            steps=steps,
        )
        fused.visit = visits.run(steps, self._setting)
        theirs[key] = fused


def _id(person: Person | None) -> str:
    return person.id if person else ""


def _is_open(thread: Thread) -> bool:
    """Whether the newest encounter of a thread is neither finished nor cancelled."""
    encounters = thread.visit.encounters
    return bool(encounters) and encounters[-1].status not in {"finished", "cancelled"}


def _accounts_agree(thread: Thread, event: Event) -> bool:
    """Whether an event leaves the account number of a visit as it is; accounts link visits of different numbers."""
    said = event.visit.get("AccountNumber")
    parts = [part.words for part in thread.visit.encounters]
    parts += [thread.visit.appointment.words] if thread.visit.appointment else []
    return said is None or all(part.get("AccountNumber") == said for part in parts)
