"""The lifecycle of notes: every order of the events of a case comes to the same, and to what the case says."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest

from ingest.intake import Intake
from ingest.replays.replay import replay_tenant
from store.database import Store
from store.partition import Partition
from tests.feed import Json, ask, new_partition, push, resources
from tests.lives import timed

Pairs = Sequence[tuple[str, str]]
ONE, OTHER, BOTH = [("MR", "m1")], [("EPI", "e1")], [("MR", "m1"), ("EPI", "e1")]
FIRST, SECOND = [("MR", "m1")], [("MR", "m2")]


def _note(event: str, number: str, pairs: Pairs = ONE, /, **said: Any) -> Json:
    """A note event; the words of `said` stand in the note, but for Visit, Demographics and Allergies."""
    identifiers = [{"IDType": id_type, "ID": value} for id_type, value in pairs]
    words = {name: said.pop(name) for name in ("Demographics", "Allergies") if name in said}
    patient = {"Identifiers": identifiers, **words}
    visit = {"Visit": said.pop("Visit")} if "Visit" in said else {}
    note = {"ContentType": "Plain Text", "DocumentType": "Letter", "DocumentID": number, "Provider": {"ID": "p"}}
    return {"Meta": {"DataModel": "Notes", "EventType": event}, "Patient": patient, **visit, "Note": {**note, **said}}


def _replace(number: str, old: str, pairs: Pairs = ONE, /, **said: Any) -> Json:
    return _note("Replace", number, pairs, OriginalDocumentID=old, **said)


def _person(event: str, pairs: Pairs, /, **said: Any) -> Json:
    identifiers = [{"IDType": id_type, "ID": value} for id_type, value in pairs]
    return {
        "Meta": {"DataModel": "PatientAdmin", "EventType": event},
        "Patient": {"Identifiers": identifiers, **said},
    }


def _merge(pairs: Pairs, previous: Pairs) -> Json:
    ended = [{"IDType": id_type, "ID": value} for id_type, value in previous]
    return _person("PatientMerge", pairs, PreviousIdentifiers=ended)


CASES: dict[str, tuple[list[Json], list[str]]] = {
    "a note, and what a later New says of it": (
        [
            _note("New", "a", FileContents="one", FileName="f"),
            _note("New", "a", FileContents="two"),
            _note("New", "b", FileContents="three"),
        ],
        ["a two f", "b three"],
    ),
    "a chain of three": (
        [_note("New", "a", FileContents="one"), _replace("b", "a", FileContents="two"), _replace("c", "b")],
        ["c"],
    ),
    "a chain that leads back": (
        [
            _note("New", "a", FileContents="one"),
            _replace("b", "a", FileContents="two"),
            _replace("a", "b", FileContents="three"),
        ],
        ["a three"],
    ),
    "a new version in the place of the same note has no words of before": (
        [_note("New", "a", FileContents="one", FileName="f"), _replace("a", "a", FileContents="two")],
        ["a two"],
    ),
    "of two replacements the newest counts": (
        [_note("New", "a", FileContents="one"), _replace("b", "a"), _replace("c", "a", FileContents="two")],
        ["b", "c two"],
    ),
    "what is deleted stays deleted": (
        [
            _note("New", "a", FileContents="one"),
            _note("Delete", "a"),
            _note("New", "a", FileContents="two"),
            _note("New", "b"),
        ],
        ["b"],
    ),
    "a deleted successor leaves the chain ended": (
        [_note("New", "a", FileContents="one"), _replace("b", "a"), _note("Delete", "b")],
        [],
    ),
    "the end of a replaced note does not end its successor": (
        [_note("New", "a", FileContents="one"), _replace("b", "a", FileContents="two"), _note("Delete", "a")],
        ["b two"],
    ),
    "a replacement of what nobody wrote": ([_replace("b", "a", FileContents="two"), _note("Delete", "c")], ["b two"]),
    "people who join": (
        [
            _note("New", "a", ONE, FileContents="one"),
            _note("New", "a", OTHER, FileContents="two"),
            _person("NewPatient", BOTH),
            _replace("b", "a", ONE, FileContents="three"),
        ],
        ["b three"],
    ),
    "people who join, and an end": (
        [
            _note("New", "a", OTHER, FileContents="one"),
            _note("New", "b", OTHER),
            _person("NewPatient", BOTH),
            _note("Delete", "a", ONE),
        ],
        ["b"],
    ),
    "a merge keeps both notes of one id": (
        [
            _note("New", "a", FIRST, FileContents="one"),
            _note("New", "a", SECOND, FileContents="two"),
            _merge(FIRST, SECOND),
            _note("New", "a", FIRST, FileName="f"),
        ],
        ["a one f", "a two"],
    ),
    "a merge, and a replacement of the ended record's note": (
        [
            _note("New", "a", SECOND, FileContents="one"),
            _merge(FIRST, SECOND),
            _replace("b", "a", FIRST, FileContents="two"),
            _note("New", "c", FIRST),
        ],
        ["b two", "c"],
    ),
    "an opposite merge": (
        [_note("New", "a", SECOND, FileContents="one"), _merge(FIRST, SECOND), _merge(SECOND, FIRST)],
        ["a one"],
    ),
    "a visit that moves takes its notes along": (
        [
            {**_person("Arrival", FIRST), "Visit": {"VisitNumber": "v1"}},
            _note("New", "a", FIRST, FileContents="one", Visit={"VisitNumber": "v1"}),
            _note("New", "b", FIRST, Visit={"VisitNumber": "v2"}),
            {
                "Meta": {"DataModel": "PatientAdmin", "EventType": "VisitMerge"},
                "Patient": {"Identifiers": [{"IDType": "MR", "ID": "m2"}]},
                "Visit": {"VisitNumber": "v1"},
            },
        ],
        ["a one", "b"],
    ),
    "words of clinical events count where no other event says anything": (
        [
            _note("New", "a", Demographics={"FirstName": "Note", "LastName": "Said", "SSN": "1", "IsDeceased": False}),
            _person("NewPatient", ONE, Demographics={"FirstName": "Ada"}),
            _note("New", "b", Demographics={"FirstName": "Late", "LastName": "Newer"}),
            _person("PatientUpdate", ONE, Demographics={"LastName": '""'}),
        ],
        ["a", "b"],
    ),
    "allergies of clinical events": (
        [
            _note("New", "a", Allergies=[{"Name": "nuts"}]),
            _note("New", "b", Allergies=[{"Name": "dust"}, {"Name": "milk"}]),
            _person("NewPatient", ONE, Allergies=[{"Name": "cats"}]),
            _note("New", "c", Allergies=[{"Name": "bees"}]),
        ],
        ["a", "b", "c"],
    ),
    "allergies of clinical events alone": (
        [
            _note("New", "a", Allergies=[{"Name": "nuts"}]),
            _note("New", "b", Allergies=[{"Name": "dust"}, {"Name": "milk"}]),
            _person("NewPatient", ONE),
        ],
        ["a", "b"],
    ),
    "a clinical event joins nobody whom other events know": (
        [
            _person("NewPatient", ONE, Demographics={"FirstName": "Ada"}),
            _person("NewPatient", OTHER, Demographics={"FirstName": "Bo"}),
            _note("New", "a", BOTH),
            _note("New", "b", OTHER),
        ],
        ["a", "b"],
    ),
}


async def _comes_to(partition: Partition) -> Any:
    entries = await partition.journal.page(limit=1000)
    issues = {entry.id: (entry.findings, entry.open) for entry in entries}
    return await resources(partition), issues, await _notes(partition)


async def _notes(partition: Partition, **filters: Any) -> list[Json]:
    notes: list[Json] = (await ask(partition, "Notes", "Query", filters)).body["Notes"]
    return notes


def _short(note: Json) -> str:
    return " ".join(note[name] for name in ("DocumentID", "FileContents", "FileName") if name in note)


@pytest.mark.parametrize("case", CASES)
async def test_every_order_comes_to_the_same(store: Store, case: str) -> None:
    messages, expected = CASES[case]
    events = timed(messages, range(0, 10 * len(messages), 10))
    intake = Intake(store)
    told = await new_partition(store)
    await push(intake, told, events)
    in_order = await _comes_to(told)
    assert sorted(map(_short, await _notes(told))) == expected
    for order in permutations(events):
        partition = await new_partition(store)
        await push(intake, partition, order)
        assert await _comes_to(partition) == in_order, [event["Meta"]["EventDateTime"] for event in order]
        assert not (await replay_tenant(store, partition, is_dry=True)).differs


@pytest.mark.parametrize("case", CASES)
async def test_events_of_one_batch_come_to_the_same(store: Store, case: str) -> None:
    messages, _ = CASES[case]
    events = timed(messages, range(0, 10 * len(messages), 10))
    intake = Intake(store)
    told, together = await new_partition(store), await new_partition(store)
    await push(intake, told, events)
    await push(intake, together, reversed([*events, *events]), at_once=True)
    assert await _comes_to(together) == await _comes_to(told)


async def test_an_old_id_finds_the_note_in_its_place(store: Store) -> None:
    partition = await new_partition(store)
    events = [_note("New", "a"), _replace("b", "a"), _replace("c", "b", FileContents="three"), _note("New", "d")]
    await push(Intake(store), partition, timed(events, range(4)))
    for number in ("a", "b", "c"):
        assert [_short(note) for note in await _notes(partition, DocumentIDs=[number])] == ["c three"]
    assert await _notes(partition, DocumentIDs=["e"]) == []
