"""Clinical words count where no other event says anything, in every order."""

from __future__ import annotations

import pytest

from ingest.intake import Intake
from store.database import Store
from tests.feed import Json, new_partition, push, search
from tests.lives import timed

MR = {"IDType": "MR", "ID": "m1"}


def _clinical(**said: object) -> Json:
    note = {"ContentType": "Plain Text", "DocumentType": "Letter", "DocumentID": "a", "Provider": {"ID": "p"}}
    meta = {"DataModel": "Notes", "EventType": "New"}
    return {"Meta": meta, "Patient": {"Identifiers": [MR], **said}, "Note": note}


def _admin(**said: object) -> Json:
    meta = {"DataModel": "PatientAdmin", "EventType": "PatientUpdate"}
    return {"Meta": meta, "Patient": {"Identifiers": [MR], **said}}


CASES: dict[str, tuple[list[Json], Json]] = {
    "what nobody else says": (
        [_clinical(Demographics={"IsDeceased": False, "SSN": "1"})],
        {"IsDeceased": False, "SSN": "1"},
    ),
    "another event's word wins, newer or older": (
        [_admin(Demographics={"FirstName": "Ada"}), _clinical(Demographics={"FirstName": "Bo", "LastName": "Quill"})],
        {"FirstName": "Ada", "LastName": "Quill"},
    ),
    "of clinical words the newer wins": (
        [_clinical(Demographics={"FirstName": "Ada"}), _clinical(Demographics={"FirstName": "Bo"})],
        {"FirstName": "Bo"},
    ),
    "a word that was cleared counts if it is said after that": (
        [
            _clinical(Demographics={"FirstName": "Old", "LastName": "Old"}),
            _admin(Demographics={"FirstName": '""', "LastName": '""'}),
            _clinical(Demographics={"FirstName": "New"}),
        ],
        {"FirstName": "New"},
    ),
    "the two leaves about a death are one word": (
        [_admin(Demographics={"IsDeceased": False}), _clinical(Demographics={"DeathDateTime": "2026-01-02"})],
        {"IsDeceased": False},
    ),
    "telephones are filled one by one": (
        [
            _admin(Demographics={"PhoneNumber": {"Home": "+1555"}}),
            _clinical(Demographics={"PhoneNumber": {"Home": "+1666", "Mobile": "+1777"}}),
        ],
        {"PhoneNumber": {"Home": "+1555", "Mobile": "+1777"}},
    ),
    "an address is one thing": (
        [
            _clinical(Demographics={"Address": {"City": "Lund", "ZIP": "1"}}),
            _admin(Demographics={"Address": {"City": "Visby"}}),
        ],
        {"Address": {"City": "Visby"}},
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("is_late", [False, True], ids=["in order", "late"])
async def test_clinical_words(store: Store, case: str, *, is_late: bool) -> None:
    messages, expected = CASES[case]
    events = timed(messages, range(len(messages)))
    partition = await new_partition(store)
    await push(Intake(store), partition, reversed(events) if is_late else events)
    found = await search(partition, ("MR", "m1"))
    assert found["Patient"]["Demographics"] == expected
