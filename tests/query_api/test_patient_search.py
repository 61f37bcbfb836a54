"""PatientSearch: exact, by what is enough; one, several or none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from query_api.errors import NotEnough
from store.partition import Partition
from tests.query_api.ward import SMALL, Json, ask, keep, person

ADA = person(
    "Ada Quill",
    "MR:m1",
    "EPI:e1",
    demographics={
        "SSN": "987-65-4320",
        "Sex": "Female",
        "IsHispanic": False,
        "PhoneNumber": {"Home": "+16085550100", "Mobile": "+16085550102"},
        "EmailAddresses": ["ada@example.org", "quill@example.net"],
        "Address": {"StreetAddress": "1 Mill Lane", "City": "Lund", "ZIP": "53703"},
    },
    Notes=["hard of hearing", "likes tea"],
    Contacts=[{"FirstName": "Bo", "LastName": "Quill", "RelationToPatient": "Sibling", "Roles": ["Next of Kin"]}],
    Diagnoses=[{"Code": "R07.0", "Codeset": "ICD-10"}],
    PCP={"NPI": "4356789876", "LastName": "Okafor"},
    Guarantor={"Number": "g1", "LastName": "Quill"},
    Insurances=[{"Plan": {"Name": "Blue"}, "MemberNumber": "b1"}],
)
BO = person("Bo Quill", "MR:m2", "EPI:e1", demographics={"SSN": "987-65-4321", "Address": {"ZIP": "53703"}})
QUESTION = "PatientSearch.Query"


async def found(partition: Partition, identifiers: tuple[str, ...] = (), **demographics: Any) -> list[str]:
    """The first names of those found by identifiers such as "MR:m1" and by demographics."""
    held = [{"IDType": kind, "ID": value} for kind, _, value in (one.partition(":") for one in identifiers)]
    patient = {**({"Identifiers": held} if held else {}), **({"Demographics": demographics} if demographics else {})}
    body = (await ask(partition, QUESTION, {"Patient": patient})).body
    people = body.get("PotentialMatches") or ([body["Patient"]] if body["Patient"] else [])
    return [one["Demographics"]["FirstName"] for one in people]


async def test_one_match_is_told_with_everything_the_response_has(partition: Partition) -> None:
    await keep(partition, [ADA, BO])
    said = await ask(partition, QUESTION, {"Patient": {"Identifiers": [{"ID": "m1", "IDType": "MR"}]}})
    told = {name: value for name, value in ADA.items() if name not in {"id", "Diagnoses"}}
    assert said.body == {"Patient": told}
    assert said.resources == ["Patient/ada"]
    assert not said.is_incomplete


async def test_several_matches_are_potential_ones_in_the_order_of_names(partition: Partition) -> None:
    await keep(partition, [BO, ADA])
    said = await ask(partition, QUESTION, {"Patient": {"Identifiers": [{"ID": "e1", "IDType": "EPI"}]}})
    assert said.body["Patient"] == {}
    assert [one["Demographics"]["FirstName"] for one in said.body["PotentialMatches"]] == ["Ada", "Bo"]
    assert said.body["PotentialMatches"][0]["Contacts"] == ADA["Contacts"]


async def test_no_match_is_an_empty_patient(partition: Partition) -> None:
    await keep(partition, [ADA])
    said = await ask(partition, QUESTION, {"Patient": {"Identifiers": [{"ID": "m9", "IDType": "MR"}]}})
    assert said.body == {"Patient": {}}
    assert said.resources == []


@pytest.mark.parametrize(
    ("identifiers", "names"),
    [
        (("MR:m1",), ["Ada"]),
        (("EPI:e1",), ["Ada", "Bo"]),
        (("EPI:e1", "MR:m2"), ["Bo"]),
        (("MR:m1", "MR:m2"), []),
        (("MR:M1",), []),
        (("mr:m1",), ["Ada"]),
        (("Medical Record Number:m1",), ["Ada"]),
        (("Mercy MR:m1",), []),
        (("SSN:987-65-4320",), ["Ada"]),
        (("SSN:987654320",), []),
    ],
)
async def test_all_identifiers_must_be_the_persons_with_their_case(
    partition: Partition, identifiers: tuple[str, ...], names: list[str]
) -> None:
    await keep(partition, [ADA, BO])
    assert await found(partition, identifiers) == names


NAMED = {"FirstName": "Ada", "LastName": "Quill", "DOB": "1980-02-03"}


@pytest.mark.parametrize(
    "demographics",
    [
        {**NAMED, "Address": {"ZIP": "53703"}},
        {**NAMED, "PhoneNumber": {"Mobile": "+16085550102"}},
        {**NAMED, "EmailAddresses": ["quill@example.net"]},
        {**NAMED, "SSN": "987-65-4320"},
        {"SSN": "987-65-4320", "DOB": "1980-02-03"},
    ],
)
async def test_each_of_these_sets_is_enough(partition: Partition, demographics: Json) -> None:
    await keep(partition, [ADA, BO])
    assert await found(partition, **demographics) == ["Ada"]


@pytest.mark.parametrize(
    "patient",
    [
        {},
        {"Demographics": NAMED},
        {"Demographics": {"LastName": "Quill", "Address": {"ZIP": "53703"}}},
        {"Demographics": {**NAMED, "Address": {"City": "Lund"}}},
        {"Demographics": {"SSN": "987-65-4320"}},
        {"Identifiers": [{"ID": "m1"}]},
        {"Identifiers": [{"IDType": "MR"}]},
        {"Notes": ["likes tea"]},
    ],
)
async def test_less_is_refused_saying_what_would_be_enough(partition: Partition, patient: Json) -> None:
    with pytest.raises(NotEnough, match=r"Identifiers.*FirstName.*ZIP.*SSN.*Patient"):
        await ask(partition, QUESTION, {"Patient": patient})
    with pytest.raises(NotEnough):
        await ask(partition, QUESTION, {})


@pytest.mark.parametrize(
    ("also", "matches"),
    [
        ({"FirstName": "aDA"}, True),
        ({"FirstName": "Ad"}, False),
        ({"MiddleName": "May"}, False),
        ({"Sex": "Female"}, True),
        ({"Sex": "Male"}, False),
        ({"IsHispanic": False}, True),
        ({"IsHispanic": True}, False),
        ({"IsDeceased": False}, False),
        ({"Address": {"City": "LUND"}}, True),
        ({"Address": {"City": "LUND", "County": "Dane"}}, False),
        ({"PhoneNumber": {"Home": "+16085550100"}}, True),
        ({"PhoneNumber": {"Home": "+16085550102"}}, False),
        ({"EmailAddresses": ["ADA@example.org"]}, True),
        ({"EmailAddresses": ["quill@example.net", "ada@example.org"]}, True),
        ({"EmailAddresses": ["quill@example.net", "ada@example.com"]}, False),
        ({"DOB": "1980-02-04"}, False),
        ({"SSN": "987-65-4321"}, False),
    ],
)
async def test_every_leaf_given_must_match_whatever_the_case_of_texts(
    partition: Partition, also: Json, matches: bool
) -> None:
    await keep(partition, [ADA, BO])
    assert await found(partition, ("MR:m1",), **also) == (["Ada"] if matches else [])


@pytest.mark.parametrize(
    ("notes", "matches"), [(["Likes tea"], True), (["tea"], False), (["likes tea", "tall"], False)]
)
async def test_every_note_given_must_be_there(partition: Partition, notes: list[str], matches: bool) -> None:
    await keep(partition, [ADA])
    patient = {"Identifiers": [{"ID": "m1", "IDType": "MR"}], "Notes": notes}
    assert bool((await ask(partition, QUESTION, {"Patient": patient})).body["Patient"]) is matches


async def test_names_are_found_without_regard_to_case(partition: Partition) -> None:
    await keep(partition, [person("Zoë Straße", "MR:m3", demographics={"Address": {"ZIP": "1"}})])
    who = {"FirstName": "ZOË", "LastName": "STRASSE", "DOB": "1980-02-03", "Address": {"ZIP": "1"}}
    assert await found(partition, **who) == ["Zoë"]


async def test_a_date_of_birth_that_is_no_date_matches_nobody(partition: Partition) -> None:
    await keep(partition, [ADA])
    assert await found(partition, **{**NAMED, "DOB": "01-01-01", "Address": {"ZIP": "53703"}}) == []
    assert await found(partition, ("MR:m1",), DOB="01-01-01") == []


async def test_half_an_identifier_beside_a_whole_one_must_match_too(partition: Partition) -> None:
    await keep(partition, [ADA, BO])
    for half, names in (({"ID": "m1"}, ["Ada"]), ({"IDType": "MR"}, ["Ada", "Bo"]), ({"IDType": "SSN"}, ["Ada", "Bo"])):
        asked = {"Patient": {"Identifiers": [{"ID": "e1", "IDType": "EPI"}, half]}}
        body = (await ask(partition, QUESTION, asked)).body
        people = body.get("PotentialMatches") or [body["Patient"]]
        assert [one["Demographics"]["FirstName"] for one in people] == names


async def test_an_ended_identifier_finds_its_person_and_is_never_said(partition: Partition) -> None:
    survivor = person("Ada Quill", "MR:m1")
    survivor["Identifiers"].append({"ID": "m7", "IDType": "MR", "ended": True})
    ended = {**person("Eda Quill", "MR:m7"), "active": False, "replacedBy": "ada"}
    await keep(partition, [survivor, ended])
    said = await ask(partition, QUESTION, {"Patient": {"Identifiers": [{"ID": "m7", "IDType": "MR"}]}})
    assert said.body["Patient"]["Identifiers"] == [{"ID": "m1", "IDType": "MR"}]
    assert said.resources == ["Patient/ada"]


async def test_of_too_many_those_heard_of_last_are_kept(partition: Partition) -> None:
    names = ["Ann", "Ben", "Cid", "Dov", "Eve"]
    people = [person(f"{name} Reed", "EPI:all") for name in names]
    heard = {name.lower(): f"2026-03-0{day}T00:00:00.000Z" for name, day in zip(names, (2, 5, 3, 5, 1), strict=True)}
    await keep(partition, people, **heard)
    asked = {"Patient": {"Identifiers": [{"ID": "all", "IDType": "EPI"}]}}
    said = await ask(partition, QUESTION, asked, replace(SMALL, potential_matches=3))
    assert [one["Demographics"]["FirstName"] for one in said.body["PotentialMatches"]] == ["Ben", "Cid", "Dov"]
    assert said.is_incomplete
    said = await ask(partition, QUESTION, asked, replace(SMALL, potential_matches=5))
    assert len(said.body["PotentialMatches"]) == 5
    assert not said.is_incomplete


async def test_people_who_do_not_match_after_all_do_not_count_towards_the_limit(partition: Partition) -> None:
    people = [person(f"{name} Reed", "EPI:all", demographics={"Sex": "Male"}) for name in ("Ann", "Ben", "Cid", "Dov")]
    people.append(person("Eve Reed", "EPI:all", demographics={"Sex": "Female"}))
    await keep(partition, people, eve="2020-01-01T00:00:00.000Z")
    asked = {"Identifiers": [{"ID": "all", "IDType": "EPI"}], "Demographics": {"Sex": "Female"}}
    said = await ask(partition, QUESTION, {"Patient": asked}, replace(SMALL, potential_matches=1))
    assert said.body["Patient"]["Demographics"]["FirstName"] == "Eve"
    assert not said.is_incomplete
