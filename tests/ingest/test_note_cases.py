"""The lifecycle of notes: every order of the events of a case comes to the same, and to what the case says."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.intake import Intake
from store.database import Store
from tests.feed import Json, new_partition, push
from tests.ingest.every_order import (
    Pairs,
    answered,
    every_order_comes_to_the_same,
    identifiers,
    merge,
    one_batch_comes_to_the_same,
    person,
)
from tests.lives import timed

QUESTION = ("Notes", "Query")
ONE, OTHER, BOTH = [("MR", "m1")], [("EPI", "e1")], [("MR", "m1"), ("EPI", "e1")]
FIRST, SECOND = [("MR", "m1")], [("MR", "m2")]


def _note(event: str, number: str, pairs: Pairs = ONE, /, **said: Any) -> Json:
    """A note event; the words of `said` stand in the note, but for Visit, Demographics and Allergies."""
    words = {name: said.pop(name) for name in ("Demographics", "Allergies") if name in said}
    patient = {"Identifiers": identifiers(pairs), **words}
    visit = {"Visit": said.pop("Visit")} if "Visit" in said else {}
    note = {"ContentType": "Plain Text", "DocumentType": "Letter", "DocumentID": number, "Provider": {"ID": "p"}}
    return {"Meta": {"DataModel": "Notes", "EventType": event}, "Patient": patient, **visit, "Note": {**note, **said}}


def _replace(number: str, old: str, pairs: Pairs = ONE, /, **said: Any) -> Json:
    return _note("Replace", number, pairs, OriginalDocumentID=old, **said)


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
            person("NewPatient", BOTH),
            _replace("b", "a", ONE, FileContents="three"),
        ],
        ["b three"],
    ),
    "people who join, and an end": (
        [
            _note("New", "a", OTHER, FileContents="one"),
            _note("New", "b", OTHER),
            person("NewPatient", BOTH),
            _note("Delete", "a", ONE),
        ],
        ["b"],
    ),
    "a merge keeps both notes of one id": (
        [
            _note("New", "a", FIRST, FileContents="one"),
            _note("New", "a", SECOND, FileContents="two"),
            merge(FIRST, SECOND),
            _note("New", "a", FIRST, FileName="f"),
        ],
        ["a one f", "a two"],
    ),
    "a merge, and a replacement of the ended record's note": (
        [
            _note("New", "a", SECOND, FileContents="one"),
            merge(FIRST, SECOND),
            _replace("b", "a", FIRST, FileContents="two"),
            _note("New", "c", FIRST),
        ],
        ["b two", "c"],
    ),
    "an opposite merge": (
        [_note("New", "a", SECOND, FileContents="one"), merge(FIRST, SECOND), merge(SECOND, FIRST)],
        ["a one"],
    ),
    "a visit that moves takes its notes along": (
        [
            {**person("Arrival", FIRST), "Visit": {"VisitNumber": "v1"}},
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
            person("NewPatient", ONE, Demographics={"FirstName": "Ada"}),
            _note("New", "b", Demographics={"FirstName": "Late", "LastName": "Newer"}),
            person("PatientUpdate", ONE, Demographics={"LastName": '""'}),
        ],
        ["a", "b"],
    ),
    "allergies of clinical events": (
        [
            _note("New", "a", Allergies=[{"Name": "nuts"}]),
            _note("New", "b", Allergies=[{"Name": "dust"}, {"Name": "milk"}]),
            person("NewPatient", ONE, Allergies=[{"Name": "cats"}]),
            _note("New", "c", Allergies=[{"Name": "bees"}]),
        ],
        ["a", "b", "c"],
    ),
    "allergies of clinical events alone": (
        [
            _note("New", "a", Allergies=[{"Name": "nuts"}]),
            _note("New", "b", Allergies=[{"Name": "dust"}, {"Name": "milk"}]),
            person("NewPatient", ONE),
        ],
        ["a", "b"],
    ),
    "a clinical event joins nobody whom other events know": (
        [
            person("NewPatient", ONE, Demographics={"FirstName": "Ada"}),
            person("NewPatient", OTHER, Demographics={"FirstName": "Bo"}),
            _note("New", "a", BOTH),
            _note("New", "b", OTHER),
        ],
        ["a", "b"],
    ),
}


def _short(note: Json) -> str:
    return " ".join(note[name] for name in ("DocumentID", "FileContents", "FileName") if name in note)


@pytest.mark.parametrize("case", CASES)
async def test_every_order_comes_to_the_same(store: Store, case: str) -> None:
    messages, expected = CASES[case]
    await every_order_comes_to_the_same(store, messages, QUESTION, expected, _short)


@pytest.mark.parametrize("case", CASES)
async def test_events_of_one_batch_come_to_the_same(store: Store, case: str) -> None:
    await one_batch_comes_to_the_same(store, CASES[case][0], QUESTION)


async def test_an_old_id_finds_the_note_in_its_place(store: Store) -> None:
    partition = await new_partition(store)
    events = [_note("New", "a"), _replace("b", "a"), _replace("c", "b", FileContents="three"), _note("New", "d")]
    await push(Intake(store), partition, timed(events, range(4)))
    for number in ("a", "b", "c"):
        assert [_short(note) for note in await answered(partition, QUESTION, DocumentIDs=[number])] == ["c three"]
    assert await answered(partition, QUESTION, DocumentIDs=["e"]) == []
