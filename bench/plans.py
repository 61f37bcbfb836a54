"""What the database does for each question and each combination of its filters, and whether that is as little as owed.

A search is owed to be an index scan that examines at most twice as many keys as entries match the most selective
criterion that an index knows, and ten for each value of an `$in`. What the index does not give in the order of the
answer is sorted in memory: that may be as much as one answer can hold, and no more.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, combinations
from typing import Any

from bench import hospital
from bench.figures import Line, Measured
from bench.filters import Filters, filters_of
from bench.seeding import seed_together
from bench.stage import directory_of
from mappings.kinds import PERSON, Kind
from query_api import booked, census, patient_search, visit_query
from query_api.answers import LISTINGS
from query_api.listings import Listing
from query_api.people import may_be, patients_asked_for
from query_api.question import Question
from query_api.visits import Criteria
from store.conditions import Condition, every, is_any
from store.database import Store
from store.mongod.embedded import EmbeddedMongod
from store.partition import Partition
from store.search import INDEXES, TYPES
from store.settings import StoreSettings

Json = dict[str, Any]

SIZE = 2000
FULL = 100_000
REACH = 10_001
"""Visits that a search reads at most: one more than an answer holds."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How one search went."""

    question: str
    kind: str
    stages: tuple[str, ...]
    """From the last to the first."""
    keys: int
    """Examined."""
    entries: int
    """That match the most selective criterion that an index knows."""
    values: int
    """Of all `$in`."""
    in_memory: int
    """Documents or keys that were sorted in memory."""

    @property
    def most_keys(self) -> int:
        """How many may be examined."""
        return 2 * self.entries + 10 * self.values

    @property
    def share(self) -> float:
        """How much of that was; one key more or less is no matter."""
        return self.keys / max(self.most_keys, 1)

    def faults(self) -> Iterator[str]:
        """What is not as it is owed."""
        if "COLLSCAN" in self.stages:
            yield "every document is read"
        if not {"IXSCAN", "EOF", "IDHACK"} & set(self.stages):
            yield "no index is read"
        if self.in_memory > REACH:
            yield f"{self.in_memory} are sorted in memory"
        if self.keys > self.most_keys:
            yield f"{self.keys} keys are examined, and {self.most_keys} may be"


async def plans(partition: Partition, filters: Filters) -> AsyncIterator[Plan]:
    """The plans of every question with every combination of filters."""
    looker = _Looker(partition, filters.now)
    for name, criteria in chain(_of_people(looker, filters), _of_visits(looker, filters)):
        async for plan in _of_criteria(looker, name, criteria):
            yield plan
    for (data_model, event_type), asked in filters.records.items():
        listing = LISTINGS[data_model, event_type]
        for chosen in choices(asked):
            async for plan in _of_listing(looker, _name(f"{data_model}.{event_type}", chosen), listing, chosen):
                yield plan


async def _of_criteria(looker: _Looker, name: str, criteria: Criteria) -> AsyncIterator[Plan]:
    if criteria.people:
        yield await looker.plan(f"{name}: whose", PERSON, may_be(criteria.people, looker.partition.key))
    yield await looker.plan(name, criteria.kind, await looker.whole(criteria))


async def _of_listing(looker: _Looker, name: str, listing: Listing, chosen: Json) -> AsyncIterator[Plan]:
    """Give the plans of a question that is a row: of its records, and of their people."""
    asked = looker.asked(chosen)
    condition = listing.condition(asked)
    people = patients_asked_for(asked, chosen.get("Patients", ()), "Patients")
    async for plan in _of_criteria(looker, name, Criteria(listing.kind, condition, people)):
        yield plan


def _of_people(looker: _Looker, filters: Filters) -> Iterator[tuple[str, Criteria]]:
    for patient in filters.people:
        asked = looker.asked({"Patient": patient})
        named = chain(*(each if isinstance(each, dict) else ["Identifiers"] for each in patient.values()))
        yield _name("PatientSearch", named), Criteria(PERSON, patient_search.criteria(asked).condition)


def _of_visits(looker: _Looker, filters: Filters) -> Iterator[tuple[str, Criteria]]:
    for chosen in choices(filters.wards):
        yield _name("CensusQuery", chosen), census.criteria(looker.asked(chosen))
    for chosen in choices(filters.stays):
        yield _name("VisitQuery", chosen), visit_query.criteria(looker.asked(chosen))
    for span in filters.spans:
        for chosen in choices(filters.bookings):
            asked = looker.asked({**span, "Visit": chosen})
            yield _name("Booked", [*span, *chosen]), booked.criteria(asked)


def _name(question: str, filters: Iterable[str]) -> str:
    return f"{question} by {', '.join(filters) or 'nothing'}"


def choices(filters: Json) -> list[Json]:
    """All combinations of filters."""
    chosen = chain.from_iterable(combinations(filters, size) for size in range(len(filters) + 1))
    return [{name: filters[name] for name in names} for names in chosen]


class _Looker:
    """Explains searches of one tenant; what many have in common it counts once."""

    def __init__(self, partition: Partition, now: datetime) -> None:
        self.partition = partition
        self._database = partition.store.database
        self._now = now
        self._counts: dict[str, int] = {}

    def asked(self, question: Json) -> Question:
        """A question to the tenant."""
        tenant = self.partition.tenant
        return Question(question, self.partition.key, tenant.zone, self._now, tenant.census_hours)

    async def whole(self, criteria: Criteria) -> Condition:
        """The condition of visits once the people asked for are known."""
        if not criteria.people:
            return criteria.condition
        found = await self.partition.find(PERSON, may_be(criteria.people, self.partition.key))
        return every([criteria.condition, is_any("patient", [one.id for one in found])])

    async def plan(self, question: str, kind: Kind, condition: Condition) -> Plan:
        """How one search goes."""
        of_type = kind.type
        wanted = {"tenant": self.partition.tenant.name, **self._kind(kind), **condition.filter}
        find = {"find": of_type, "filter": wanted, "sort": {TYPES[of_type].newest: -1}, "limit": REACH}
        told = await self._database.command({"explain": find, "verbosity": "executionStats"})
        # A condition that no index knows is owed no more keys than its own entries.
        criteria = [*_indexed(of_type, condition.filter)] or [self._kind(kind) | condition.filter]
        entries = [await self._entries(of_type, criterion) for criterion in criteria]
        stages = tuple(_stages(told["queryPlanner"]["winningPlan"]))
        went = told["executionStats"]
        in_memory = max(_sorted(went["executionStages"]), default=0)
        return Plan(
            question, of_type, stages, went["totalKeysExamined"], min(entries), _values(condition.filter), in_memory
        )

    @staticmethod
    def _kind(kind: Kind) -> Json:
        """The filter of a kind that shares its type with others."""
        return {"kind": kind.name} if TYPES[kind.type].shared else {}

    async def _entries(self, kind: str, criterion: Json) -> int:
        named = json.dumps([kind, criterion], default=str)
        if named not in self._counts:
            wanted = {"tenant": self.partition.tenant.name, **criterion}
            self._counts[named] = await self._database[kind].count_documents(wanted)
        return self._counts[named]


def _stages(plan: Json) -> Iterator[str]:
    yield plan["stage"]
    for inside in _inside(plan):
        yield from _stages(inside)


def _sorted(stage: Json) -> Iterator[int]:
    """How many went into each sorting."""
    if stage["stage"] == "SORT":
        yield sum(inside["nReturned"] for inside in _inside(stage))
    for inside in _inside(stage):
        yield from _sorted(inside)


def _inside(stage: Json) -> list[Json]:
    return [*stage.get("inputStages", ()), *([stage["inputStage"]] if "inputStage" in stage else ())]


def _indexed(kind: str, condition: Json) -> Iterator[Json]:
    """The criteria of a condition that an index knows, each alone."""
    known = {name for index in INDEXES[kind] for name in index.document["key"]}
    for name, value in condition.items():
        if name == "$and":
            yield from chain.from_iterable(_indexed(kind, inside) for inside in value)
        elif name in known:
            yield {name: value}


def _values(condition: Any) -> int:
    """How many values the `$in` of a condition have together, those beside an `$or` counted as well."""
    if isinstance(condition, list):
        return sum(map(_values, condition))
    if isinstance(condition, dict):
        listed = [len(value) for name, value in condition.items() if name in {"$in", "$or"}]
        return sum(listed) + sum(map(_values, condition.values()))
    return 0


async def measure(size: int = SIZE) -> Measured:
    """Of each question the combination that examines most of what it may."""
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(directory_of(None))
        mongod = stack.enter_context(EmbeddedMongod(directory / "data"))
        await seed_together(mongod.uri, "plans", size, 2)
        store = await Store.open(StoreSettings(mongodb_uri=mongod.uri, database="plans"))
        stack.push_async_callback(store.close)
        found = [plan async for plan in plans(store.partition(hospital.TENANT), filters_of(size))]
    for plan in found:
        for fault in plan.faults():
            print(f"        {plan.question}: {fault} ({' < '.join(plan.stages)})", flush=True)
    return Measured([*_lines(found, size)])


def _lines(found: list[Plan], size: int) -> Iterator[Line]:
    by_question: dict[str, list[Plan]] = {}
    for plan in found:
        by_question.setdefault(plan.question.partition(" ")[0], []).append(plan)
    for question, theirs in by_question.items():
        worst = max(theirs, key=lambda plan: plan.share)
        wrong = sum(bool([*plan.faults()]) for plan in theirs)
        says = f"{len(theirs)} searches, {wrong} not as owed; most: {worst.question}"
        name = f"7: {question}, keys examined of those that may be, {size:,} people"
        yield Line(name, "keys", [worst.most_keys], [worst.keys], "<= 1.00", says)
