"""The cases in which a late event needs more than the stamp of a word: each comes to the same in every order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest

from ingest.intake import Intake
from ingest.replays.replay import replay_tenant
from store.database import Store
from store.partition import Partition
from tests.feed import Json, new_partition, push, resources
from tests.lives import timed

CLEAR = '""'
ONE, OTHER, BOTH = [("MR", "m1")], [("EPI", "e1")], [("MR", "m1"), ("EPI", "e1")]


def _event(model: str, event: str, pairs: Sequence[tuple[str, str]] = BOTH, /, **said: Any) -> Json:
    """A message; `Visit` and `PreviousIdentifiers` of `said` stand beside Patient and in it, `canceled` in Meta."""
    meta: Json = {"DataModel": model, "EventType": event}
    if "canceled" in said:
        meta["CanceledEvent"] = said.pop("canceled")
    visit = said.pop("Visit", None)
    identifiers = [{"IDType": id_type, "ID": value} for id_type, value in pairs]
    message: Json = {"Meta": meta, "Patient": {"Identifiers": identifiers, **said}}
    return message if visit is None else {**message, "Visit": visit}


def _person(event: str = "PatientUpdate", pairs: Sequence[tuple[str, str]] = BOTH, /, **said: Any) -> Json:
    return _event("PatientAdmin", event, pairs, **said)


def _stay(event: str, number: str | None = "v1", /, *, canceled: str | None = None, **visit: Any) -> Json:
    named = {"VisitNumber": number} if number else {}
    taken_back = {"canceled": canceled} if canceled else {}
    return _event("PatientAdmin", event, BOTH, Visit={**named, **visit}, **taken_back)


def _merge(pairs: Sequence[tuple[str, str]], previous: Sequence[tuple[str, str]], /, **said: Any) -> Json:
    ended = [{"IDType": id_type, "ID": value} for id_type, value in previous]
    return _event("PatientAdmin", "PatientMerge", pairs, PreviousIdentifiers=ended, **said)


def _plan(name: str) -> list[Json]:
    return [{"Plan": {"Name": name}}]


ADA, BO = {"FirstName": "Ada"}, {"FirstName": "Bo"}
LUND = {"City": "Lund", "ZIP": "1"}

CASES: dict[str, list[Json]] = {
    "an event by which two who were joined were always one": [
        _person(),
        _event("PatientAdmin", "Arrival", BOTH[:1], Visit={"VisitNumber": "v1"}),
        _event("PatientAdmin", "Discharge", BOTH[1:], Visit={"VisitNumber": "v1"}),
        _person(Notes=["joined"]),
    ],
    "a text that clears": [
        _person(Demographics={**ADA, "LastName": "Quill"}),
        _person(Demographics={"FirstName": CLEAR}),
        _person(Demographics={"LastName": "Reed"}),
        _person(Demographics=BO),
    ],
    "a list that clears": [
        _person(Notes=["tall"]),
        _person(Notes=[]),
        _person("NewPatient", Notes=["kind"]),
        _stay("Arrival"),
    ],
    "a list whose elements are documents": [
        _person(Allergies=[{"Code": "70618"}]),
        _stay("Arrival"),
        _person(Allergies=[{"Code": "7980"}, {"Name": "Latex"}]),
        _person(Demographics=ADA),
    ],
    "null on a leaf and on a block": [
        _person(Demographics={**ADA, "PhoneNumber": {"Home": "+15550001"}}),
        _person(Demographics={"FirstName": None, "LastName": "Quill"}),
        _person(Demographics=None),
        _person(Demographics={"PhoneNumber": {"Office": "+15550002"}}),
    ],
    "one member of an address that is cleared": [
        _person(Demographics={"Address": LUND}),
        _person(Demographics={"Address": {"City": CLEAR}}),
        _person(Demographics={"Address": {"City": "Visby", "ZIP": "2", "State": "G"}}),
        _person(Demographics={"Address": {"ZIP": CLEAR}}),
    ],
    "a death": [
        _person(Demographics={"IsDeceased": False}),
        _person(Demographics={"DeathDateTime": "2026-02-01T00:00:00.000Z"}),
        _person(Demographics={"IsDeceased": False}),
        _person(Demographics={"IsDeceased": True, "DeathDateTime": "2026-02-02T00:00:00.000Z"}),
    ],
    "a time of death that is cleared": [
        _person(Demographics={"DeathDateTime": "2026-02-01T00:00:00.000Z"}),
        _person(Demographics={"DeathDateTime": CLEAR}),
        _person(Demographics={"IsDeceased": False}),
        _person(Demographics={"IsDeceased": True}),
    ],
    "the visit of a Cancel only fills": [
        _stay("Arrival"),
        _stay("Cancel", canceled="Arrival", Insurances=_plan("Blue")),
        _stay("Cancel", "v2", Insurances=_plan("Green")),
        _person(Insurances=_plan("Red")),
    ],
    "of two that only fill the older one counts": [
        _stay("Cancel", Insurances=_plan("Blue")),
        _stay("Cancel", "v2", Insurances=_plan("Green"), Guarantor={"Number": "g"}),
        _stay("Cancel", "v3", Insurances=_plan("Red"), Guarantor={"Number": "h"}),
    ],
    "a merge fills in": [
        _person("NewPatient", ONE, Demographics=ADA),
        _person("NewPatient", OTHER, Demographics={**BO, "LastName": "Quill"}),
        _merge(ONE, OTHER),
        _person("PatientUpdate", ONE, Demographics={"LastName": CLEAR}),
    ],
    "words and visits after a merge": [
        _event("PatientAdmin", "Arrival", ONE, Demographics=ADA, Visit={"VisitNumber": "v1"}),
        _event("PatientAdmin", "Discharge", OTHER, Demographics={"LastName": "Quill"}, Visit={"VisitNumber": "v1"}),
        _merge(ONE, OTHER),
        _event("PatientAdmin", "Transfer", ONE, Demographics=BO, Visit={"VisitNumber": "v1", "Reason": "fall"}),
        _event("PatientAdmin", "Discharge", OTHER, Demographics={"LastName": CLEAR}, Visit={"VisitNumber": "v1"}),
    ],
    "a merge that is reversed": [
        _person("NewPatient", ONE, Demographics=ADA),
        _person("NewPatient", OTHER, Demographics=BO),
        _merge(ONE, OTHER),
        _merge(OTHER, ONE),
    ],
    "two people who join": [
        _person("NewPatient", ONE, Demographics={**ADA, "LastName": "Quill"}),
        _person("NewPatient", OTHER, Demographics=BO),
        _person("PatientUpdate", BOTH, Demographics={"LastName": "Reed"}),
        _person("PatientUpdate", OTHER, Notes=["tall"]),
    ],
    "identifiers by their first mention": [
        _person("NewPatient", [("SSN", "s"), ("MR", "m1")]),
        _person("PatientUpdate", [("FIN", "f"), ("MR", "m1")]),
        _person("PatientUpdate", [("MR", "m1"), ("FIN", "f"), ("EPI", "e1")]),
        _person("PatientUpdate", [("EPI", "e1"), ("SSN", "s")]),
    ],
    "an undo": [
        _stay("Arrival", Location={"Department": "ER"}),
        _stay("Transfer", Location={"Department": "3N"}),
        _stay("Discharge", DischargeDateTime="2026-03-01T09:00:00.000Z"),
        _stay("Cancel", canceled="Discharge"),
    ],
    "a second occurrence": [
        _stay("Arrival", VisitDateTime="2026-03-01T08:00:00.000Z"),
        _stay("Discharge", DischargeDateTime="2026-03-01T08:10:00.000Z"),
        _stay("Arrival", VisitDateTime="2026-03-01T08:20:00.000Z"),
        _stay("Registration", VisitDateTime="2026-03-01T08:00:00.000Z"),
    ],
    "an occurrence that is taken back": [
        _stay("Discharge", DischargeDateTime="2026-03-01T08:10:00.000Z"),
        _stay("Arrival", VisitDateTime="2026-03-01T09:00:00.000Z"),
        _stay("Cancel", canceled="Arrival"),
        _stay("Cancel", canceled="Discharge"),
    ],
    "periods of equal locations": [
        _stay("Arrival", Location={"Department": "ER"}),
        _stay("VisitUpdate", Location={"Department": "ER"}),
        _stay("Transfer", Location={"Department": "3N"}),
        _stay("VisitUpdate", Location={"Department": "ER"}),
    ],
    "a booking and its stay": [
        _event("Scheduling", "New", Visit={"VisitNumber": "v1", "VisitDateTime": "2026-03-02T08:00:00.000Z"}),
        _event("Scheduling", "Modification", Visit={"VisitNumber": "v1", "Reason": "cough"}),
        _stay("Arrival"),
        _event("Scheduling", "Cancel", Visit={"VisitNumber": "v1"}),
    ],
    "visits without a number": [
        _stay("Arrival", None, Location={"Department": "ER"}),
        _stay("Transfer", None, Location={"Department": "3N"}),
        _stay("Arrival", "v1"),
        _stay("Discharge", None),
    ],
    "what a visit without a number means": [
        _stay("Registration", "v1"),
        _stay("Cancel", None, canceled="Registration"),
        _stay("Transfer", None, Location={"Department": "3N"}),
        _stay("Arrival", "v2"),
    ],
    "visits that an account links": [
        _event("Scheduling", "New", Visit={"VisitNumber": "v1", "AccountNumber": "a", "VisitDateTime": "2026-03-02"}),
        _stay("Arrival", "v2", AccountNumber="a"),
        _stay("VisitUpdate", "v2", AccountNumber="b"),
        _stay("Discharge", "v2"),
    ],
}


NULLS_CLEAR = {"a list that clears", "null on a leaf and on a block"}
"""The cases of a tenant whose person events clear by null. Such words are taken in another way, so the others do not."""


async def _comes_to(partition: Partition) -> Any:
    entries = await partition.journal.page(limit=1000)
    issues = {entry.id: (entry.findings, entry.open) for entry in entries}
    return await resources(partition), issues


@pytest.mark.parametrize("case", CASES)
async def test_every_order_comes_to_the_same(store: Store, case: str) -> None:
    events = timed(CASES[case], range(0, 10 * len(CASES[case]), 10))
    settings = {"person_updates": "replace" if case in NULLS_CLEAR else "keep"}
    intake = Intake(store)
    told = await new_partition(store, **settings)
    await push(intake, told, events)
    in_order = await _comes_to(told)
    for order in permutations(events):
        partition = await new_partition(store, **settings)
        await push(intake, partition, order)
        assert await _comes_to(partition) == in_order
        assert not (await replay_tenant(store, partition, is_dry=True)).differs


async def test_a_late_account_that_leaves_a_link_to_others(store: Store) -> None:
    """Two stays of one account are linked with no booking; once a late word takes one to another account, the other is."""
    booked = _event(
        "Scheduling", "New", Visit={"VisitNumber": "v1", "AccountNumber": "a", "VisitDateTime": "2026-03-02"}
    )
    stays = [_stay("Arrival", "v2", AccountNumber="a"), _stay("Arrival", "v3", AccountNumber="a")]
    events = timed([booked, *stays, _stay("VisitUpdate", "v3", AccountNumber="b"), _stay("Discharge", "v3")], range(5))
    intake = Intake(store)
    told, late = await new_partition(store), await new_partition(store)
    await push(intake, told, events)
    await push(intake, late, [*events[:3], events[4], events[3]])
    assert await _comes_to(late) == await _comes_to(told)
    assert any(appointment["status"] == "arrived" for appointment in await _appointments(late))


async def _appointments(partition: Partition) -> list[Json]:
    return [document.resource async for document in partition.each("Appointment")]
