"""Load: generated lives of a few people each, pushed by threads that note what was answered."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

import httpx
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from ingest.incoming import identity
from tests.gateway.calls import SOURCE
from tests.lives import PEOPLE, person_events, scheduling_events, timed, visit_events

Json = dict[str, Any]
Pair = tuple[str, str]

TOKEN = {"verification-token": "sandbox-token"}
NOBODY_LISTENS = 0.02
"""Seconds until a sender that found nobody knocks again."""
AGAIN = 0.1
"""Seconds until a sender that was told to come again does."""


@dataclass(frozen=True, slots=True)
class Sent:
    """An event as a feed delivers it."""

    body: bytes
    id: str
    """What the journal will call it."""
    is_patient: bool
    """Its sender delivers it again where no answer came; others leave it at that."""


@dataclass(slots=True)
class Load:
    """What is to be pushed, and what became of it."""

    events: list[Sent]
    pairs: list[Pair]
    """All identifiers said in it."""
    acknowledged: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    """Statuses, and how often no answer came."""
    longest: float = 0.0
    """Seconds that the slowest answer took."""
    url: str = ""
    waiting: SimpleQueue[Sent] = field(default_factory=SimpleQueue)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def unexpected(self) -> dict[str, int]:
        """Answers that a feed must never get: anything but yes and come again."""
        return {said: count for said, count in self.answers.items() if said not in {"200", "503", "no answer"}}

    def reached(self, count: int, within: float = 60) -> bool:
        """Waits until so many events have been acknowledged, or nothing is left; whether that came to pass in time."""
        until = time.monotonic() + within
        while len(self.acknowledged) < count and not self.waiting.empty():
            if time.monotonic() > until:
                return False
            time.sleep(0.01)
        return True

    @contextmanager
    def pushed(self, threads: int) -> Iterator[None]:
        """Senders at work, who at the end are given up on what nobody takes."""
        ended = threading.Event()
        senders = [threading.Thread(target=self._send, args=(ended,), daemon=True) for _ in range(threads)]
        for sender in senders:
            sender.start()
        try:
            yield
        finally:
            ended.set()
            for sender in senders:
                sender.join(60)

    def _send(self, ended: threading.Event) -> None:
        with httpx.Client(timeout=30, headers=TOKEN) as client:
            while not ended.is_set():
                try:
                    sent = self.waiting.get(timeout=0.05)
                except Empty:
                    continue
                if pause := self._deliver(client, sent):
                    ended.wait(pause)

    def _deliver(self, client: httpx.Client, sent: Sent) -> float:
        """Delivers one event once; how long to wait before the next."""
        began = time.monotonic()
        try:
            said = str(client.post(f"{self.url}/webhook", content=sent.body).status_code)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol):
            self.waiting.put(sent)
            return NOBODY_LISTENS
        except httpx.TransportError:
            said = "no answer"
        with self._lock:
            self.answers[said] += 1
            self.longest = max(self.longest, time.monotonic() - began)
            if said == "200":
                self.acknowledged.add(sent.id)
        if said == "200" or (said == "no answer" and not sent.is_patient):
            return 0
        self.waiting.put(sent)
        return AGAIN


def load(lives: int, events: int, seed: int) -> Load:
    """So many lives of so many events each, shuffled."""
    luck = random.Random(seed)  # noqa: S311 - repeatable, no secret
    told = [_of(life, number) for number, life in enumerate(_drawn(lives, events, luck))]
    messages = [message for life in told for message in life]
    sent = [_sent(message, luck) for message in luck.sample(messages, len(messages))]
    pairs = [(kind, f"{value}-{number}") for number in range(lives) for pairs in PEOPLE for kind, value in pairs]
    made = Load(sent, list(dict.fromkeys(pairs)))
    for each in sent:
        made.waiting.put(each)
    return made


def _drawn(lives: int, events: int, luck: random.Random) -> list[list[Json]]:
    event = st.one_of(visit_events(), visit_events(), scheduling_events(), person_events())
    life = st.lists(event, min_size=events, max_size=events)
    drawn: list[list[Json]] = []

    @seeded(luck.randrange(2**32))
    @settings(
        max_examples=lives + 1, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=HealthCheck
    )
    @given(life)
    def draw(messages: list[Json]) -> None:
        drawn.append(timed(messages, range(0, 10 * events, 10)))

    draw()
    return drawn[-lives:]  # the first is the simplest there is


def _of(life: Sequence[Json], number: int) -> list[Json]:
    """The same life, led by people and visits of its own."""
    return [_renamed(message, f"-{number}") for message in life]


def _renamed(message: Json, mark: str) -> Json:
    said: Json = json.loads(json.dumps(message))
    said["Meta"]["Source"] = {"ID": SOURCE}
    patient, visit = said.get("Patient", {}), said.get("Visit", {})
    for name in ("Identifiers", "PreviousIdentifiers"):
        for identifier in patient.get(name, ()):
            identifier["ID"] += mark
    for name in ("VisitNumber", "OldVisitNumber", "AccountNumber"):
        if visit.get(name):
            visit[name] += mark
    return said


def _sent(message: Json, luck: random.Random) -> Sent:
    body = json.dumps(message).encode()
    return Sent(body, identity(message, body), luck.random() < 0.5)
