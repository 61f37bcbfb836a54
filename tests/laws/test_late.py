"""Late: what a late event comes to is what it comes to in order, and it reads no more than what its own record needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo.errors import OperationFailure

from ingest import pipeline
from ingest.incoming import Receipts
from ingest.intake import Intake, now
from ingest.replays.replay import replay_tenant
from ingest.understanding import Understood, understand
from store.database import Store
from store.entries import Entry
from store.journal import Journal
from store.partition import Partition
from tests.feed import Json, everything, incoming, new_partition, push, resources
from tests.lives import PEOPLE, lives, moment, person_events, scheduling_events, timed, visit_events

PAIRS = [pair for pairs in PEOPLE for pair in pairs]


async def assert_as_folded_anew(store: Store, partition: Partition) -> None:
    """Whatever is stored, the memory of the fold and the issues among it, is what folding the whole journal gives."""
    summary = await replay_tenant(store, partition, is_dry=True)
    assert (summary.documents, summary.entries) == (0, 0)


async def findings(partition: Partition) -> dict[str, Any]:
    """The issues of each event, and why it is open."""
    entries = await partition.journal.page(limit=1000)
    return {entry.id: (entry.findings, entry.open) for entry in entries}


@st.composite
def simple_lives(draw: st.DrawFn, most: int = 12) -> list[Json]:
    """Messages about one person, by one or by both of two identifiers, and about nobody else; no merges."""
    event = st.one_of(visit_events(), visit_events(), scheduling_events(), person_events())
    messages = [
        message
        for message in draw(st.lists(event, min_size=2, max_size=most))
        if not message["Meta"]["EventType"].endswith("Merge") and message["Patient"]
    ]
    for message in messages:
        pairs = draw(st.sampled_from([("m1", "e1"), ("m1", "e1"), ("m1", "e1"), ("m1",), ("e1",)]))
        said = [{"IDType": {"m": "MR", "e": "EPI"}[value[0]], "ID": value} for value in pairs]
        message["Patient"]["Identifiers"] = said
        if "Visit" in message:
            message["Visit"].pop("OldVisitNumber", None)
    return timed(messages, range(0, 10 * len(messages), 10))


@given(story=simple_lives(), luck=st.randoms(use_true_random=False))
async def test_one_person_in_any_order(store: Store, story: list[Json], luck: Random) -> None:
    intake = Intake(store)
    told, shuffled = await new_partition(store), await new_partition(store)
    await push(intake, told, story)
    await push(intake, shuffled, luck.sample(story, len(story)))
    assert await everything(shuffled, PAIRS) == await everything(told, PAIRS)
    assert await resources(shuffled) == await resources(told)
    assert await findings(shuffled) == await findings(told)
    await assert_as_folded_anew(store, told)
    await assert_as_folded_anew(store, shuffled)


@given(story=lives(), luck=st.randoms(use_true_random=False))
async def test_any_lives_in_any_order(store: Store, story: list[Json], luck: Random) -> None:
    partition = await new_partition(store)
    await push(Intake(store), partition, luck.sample(story, len(story)))
    await assert_as_folded_anew(store, partition)


# --- what is read -----------------------------------------------------------------------------------------------------


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[tuple[set[str], list[Entry]]]:
    """What is asked of the journal by keys, and the entries that it gives."""
    calls: list[tuple[set[str], list[Entry]]] = []
    naming = Journal.naming

    async def noted(self: Journal, keys: Iterable[str], *arguments: Any, **named: Any) -> list[Entry]:
        asked = set(keys)
        found = await naming(self, asked, *arguments, **named)
        calls.append((asked, found))
        return found

    monkeypatch.setattr(Journal, "naming", noted)
    return calls


def _with_numbers_alone(story: list[Json]) -> Iterator[Json]:
    """The events of a life whose visits are found by their numbers; accounts, which may link visits, are left out."""
    for message in story:
        if "Visit" not in message or "VisitNumber" in message["Visit"]:
            message.get("Visit", {}).pop("AccountNumber", None)
            yield message


@given(story=simple_lives(20), luck=st.randoms(use_true_random=False))
async def test_of_the_journal_a_late_event_reads_the_visits_that_it_names(
    store: Store, read: list[tuple[set[str], list[Entry]]], story: list[Json], luck: Random
) -> None:
    events = list(_with_numbers_alone(story))
    for message in events:
        message["Patient"]["Identifiers"] = [{"IDType": "MR", "ID": "m1"}]
    partition, intake = await new_partition(store), Intake(store)
    for message in luck.sample(events, len(events)):
        read.clear()
        [accepted] = await push(intake, partition, [message])
        if accepted.is_redelivery:
            continue
        keys = set((await partition.journal.some([accepted.journal_id]))[0].keys)
        for asked, found in read:
            assert asked <= {key for key in keys if key.startswith("v:")}
            assert all(asked & set(entry.keys) for entry in found)


def _visit(number: str, event: str, minute: int, **said: Any) -> Json:
    meta = {"DataModel": "PatientAdmin", "EventType": event, "EventDateTime": moment(minute)}
    patient = {"Identifiers": [{"IDType": "MR", "ID": "m1"}, {"IDType": "EPI", "ID": "e1"}], "Demographics": said}
    return {"Meta": meta, "Patient": patient, "Visit": {"VisitNumber": number}}


@pytest.mark.parametrize("visits", [5, 50])
async def test_a_late_event_reads_no_more_of_a_long_life_than_of_a_short_one(
    store: Store, read: list[tuple[set[str], list[Entry]]], monkeypatch: pytest.MonkeyPatch, visits: int
) -> None:
    documents = list[int]()
    find = Partition.find

    async def counted(self: Partition, *arguments: Any, **named: Any) -> Any:
        found = await find(self, *arguments, **named)
        documents.append(len(found))
        return found

    partition, intake = await new_partition(store), Intake(store)
    life = [_visit(f"v{visit}", event, 100 * visit + 10 * place)
            for visit in range(visits) for place, event in enumerate(("Arrival", "Transfer", "Discharge"))]  # fmt: skip
    await push(intake, partition, life, at_once=True)
    strangers = [_visit("v2", "Arrival", minute) for minute in range(visits)]
    for number, stranger in enumerate(strangers):
        stranger["Patient"]["Identifiers"] = [{"IDType": "MR", "ID": f"other{number}"}]
    await push(intake, partition, strangers, at_once=True)
    read.clear()
    monkeypatch.setattr(Partition, "find", counted)
    await push(intake, partition, [_visit("v2", "VisitUpdate", 205, FirstName="Ada")])
    assert [len(found) for _, found in read] == [3]
    assert sum(documents) == 2, "the person, and the visit"
    read.clear()
    taken_back = _visit("v3", "Cancel", 1000 * visits)
    taken_back["Meta"]["CanceledEvent"] = "Discharge"
    await push(intake, partition, [taken_back])
    assert [len(found) for _, found in read] == [3]
    await assert_as_folded_anew(store, partition)


async def test_a_late_event_conflicts_with_whoever_gets_an_identifier_of_its_person(store: Store) -> None:
    """Each reads what the other changes, and neither writes a document of the other: only their claims can meet."""
    partition, intake = await new_partition(store), Intake(store)
    await push(intake, partition, [_visit("v1", "Arrival", 0), _visit("v1", "Discharge", 100)])
    late, stranger = _visit("v1", "VisitUpdate", 50), _visit("v2", "Arrival", 60)
    late["Patient"]["Identifiers"] = [{"IDType": "MR", "ID": "m1"}]
    stranger["Patient"]["Identifiers"] = [{"IDType": "MR", "ID": "m2"}, {"IDType": "EPI", "ID": "e1"}]
    one, other = (understood_now(partition, message) for message in (late, stranger))
    async with store.client.start_session() as first, store.client.start_session() as second:
        await first.start_transaction()
        await second.start_transaction()
        await pipeline.accept(partition, [one], first)
        with pytest.raises(OperationFailure, match="WriteConflict"):
            await pipeline.accept(partition, [other], second)


def understood_now(partition: Partition, message: Json) -> Understood:
    """A message as it is understood on its arrival."""
    received = now()
    return understand(incoming(message), partition, received, Receipts().next(received))
