"""The tables turn every record into valid FHIR and back into itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.as_sent import AsSent
from mappings.fhir import records
from mappings.fhir.allergy import ALLERGY
from mappings.fhir.appointment import APPOINTMENT
from mappings.fhir.codes import CODESETS, RACES
from mappings.fhir.diagnostic_report import DIAGNOSTIC_REPORT
from mappings.fhir.document_reference import NOTE
from mappings.fhir.encounter import ENCOUNTER
from mappings.fhir.observation import OBSERVATION
from mappings.fhir.patient import PATIENT
from mappings.fhir.validity import faults
from mappings.fhir.values import CODESET, RACE
from mappings.notation import FieldMap
from mappings.redox.value_sets import VALUE_SETS, ValueSet
from tests import strategies as said

Json = dict[str, Any]

TABLES = {
    "person": PATIENT,
    "allergy": ALLERGY,
    "encounter": ENCOUNTER,
    "appointment": APPOINTMENT,
    "note": NOTE,
    "report": DIAGNOSTIC_REPORT,
    "result": OBSERVATION,
}
STRATEGIES = {
    "person": said.extended(said.person_records()),
    "allergy": said.extended(said.allergy_records()),
    "encounter": said.extended(said.encounter_records()),
    "appointment": said.extended(said.appointment_records()),
    "note": said.extended(said.note_records()),
    "report": said.extended(said.report_records()),
    "result": said.extended(said.result_records()),
}
EVERY_RECORD = st.one_of(*(st.tuples(st.just(TABLES[kind]), made) for kind, made in STRATEGIES.items()))

ID = "0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9b01"
NOON = "2026-03-04T12:00:00.000Z"
WORDS: Mapping[str, ValueSet] = {found.name: found for found in VALUE_SETS}


# --- any leaves at all ------------------------------------------------------------------------------------------------


def _code(path: str) -> ValueSet:
    """The value set of a leaf, by its name or by what it is called elsewhere."""
    name = path.rpartition(".")[2]
    others = {
        "Relationship": "Relationship",
        "RelationToPatient": "Relationship",
        "Type": "DiagnosisType",
        "Status": "AllergyStatus",
        "Code": "DischargeStatus",
        "ResultsStatus": "ReportStatus",
        "Priority": "OrderPriority",
    }
    return WORDS.get(name) or WORDS[others[name]]


def _leaf(path: str, kind: str) -> st.SearchStrategy[Any]:
    by_kind: dict[str, st.SearchStrategy[Any]] = {
        "Text": said.texts(path.rpartition(".")[2].removesuffix("[]")),
        "Number": said.numbers() | st.sampled_from((0, 0.0, -1, 1e300, 1e-7, 2**31, 2**62)),
        "Flag": st.just(value=False) if path == "active" else st.just(True) if "ended" in path else st.booleans(),
        "Date": said.dates() | st.sampled_from(("0001-01-01", "9999-12-31")),
        "DateTime": said.times() | st.sampled_from(("9999-12-31T23:59:59.999Z", "0001-01-01")),
        "Instant": said.moments() | st.just("9999-12-31T23:59:59.999Z"),
        "Id": said.ids(),
        "Status": st.sampled_from(("Replace", "Delete")),
    }
    words = said.words_of_senders()
    if kind == "Code":
        return st.sampled_from(_code(path).words) | words
    if kind in {"Number", "Flag", "Date", "DateTime"} and not path.rpartition(".")[2][0].islower():
        parts = [said.parts_of_dates()] if kind.startswith("Date") else []
        return st.one_of(by_kind[kind], words.map(AsSent), *parts)
    return by_kind[kind]


@st.composite
def any_leaves(draw: st.DrawFn, leaves: Mapping[str, str], statuses: tuple[str, ...] = ()) -> Json:
    """A record of any leaves whatever, lists of one to three."""
    chosen = draw(st.lists(st.sampled_from(sorted(leaves)), max_size=14, unique=True))
    record: Json = {"id": ID} | ({"status": draw(st.sampled_from(statuses))} if statuses else {})
    for path in chosen:
        if path not in {"id", "status"}:
            _put(draw, record, path.split("."), _leaf(path, leaves[path]))
    return record


def _put(draw: st.DrawFn, block: Json, steps: list[str], leaf: st.SearchStrategy[Any]) -> None:
    name, *below = steps
    if not name.endswith("[]"):
        if below:
            _put(draw, block.setdefault(name, {}), below, leaf)
        else:
            block[name] = draw(leaf)
    elif below:
        listed = block.setdefault(name.removesuffix("[]"), [{} for _ in range(draw(st.integers(1, 3)))])
        for inside in listed:
            _put(draw, inside, below, leaf)
    else:
        block[name.removesuffix("[]")] = draw(st.lists(leaf, min_size=1, max_size=3))


ANY_LEAVES = st.one_of(
    st.tuples(st.just(PATIENT), any_leaves(records.PERSON)),
    st.tuples(st.just(ALLERGY), any_leaves(records.ALLERGY)),
    st.tuples(st.just(ENCOUNTER), any_leaves(records.ENCOUNTER, said.ENCOUNTER_STATUSES)),
    st.tuples(st.just(APPOINTMENT), any_leaves(records.APPOINTMENT, said.APPOINTMENT_STATUSES)),
    st.tuples(st.just(NOTE), any_leaves(records.NOTE)),
    st.tuples(st.just(DIAGNOSTIC_REPORT), any_leaves(records.DIAGNOSTIC_REPORT)),
    st.tuples(st.just(OBSERVATION), any_leaves(records.OBSERVATION)),
)


# --- laws -------------------------------------------------------------------------------------------------------------


@given(EVERY_RECORD | ANY_LEAVES)
def test_a_record_comes_back_as_it_was(drawn: tuple[FieldMap, Json]) -> None:
    table, record = drawn
    before = deepcopy(record)
    resource = table.to_fhir(record)
    assert table.to_redox(resource) == record == before


@given(EVERY_RECORD | ANY_LEAVES)
def test_every_resource_is_valid_fhir(drawn: tuple[FieldMap, Json]) -> None:
    table, record = drawn
    assert faults(table.to_fhir(record)) == []


@given(EVERY_RECORD)
def test_a_resource_survives_being_json(drawn: tuple[FieldMap, Json]) -> None:
    table, record = drawn
    assert table.to_redox(orjson.loads(orjson.dumps(table.to_fhir(record)))) == record


@given(EVERY_RECORD)
def test_a_record_makes_the_same_resource_again_and_shares_nothing_with_it(drawn: tuple[FieldMap, Json]) -> None:
    table, record = drawn
    first, second = table.to_fhir(record), table.to_fhir(record)
    assert orjson.dumps(first) == orjson.dumps(second)
    assert not {id(found) for found in _objects(first)} & {
        id(found) for found in (*_objects(second), *_objects(record))
    }


def _objects(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for inside in value.values() if isinstance(value, dict) else value:
            yield from _objects(inside)


@given(EVERY_RECORD, st.data())
def test_reading_some_members_gives_those_of_the_whole(drawn: tuple[FieldMap, Json], data: st.DataObject) -> None:
    table, record = drawn
    known = sorted(table.members)
    wanted = data.draw(st.lists(st.sampled_from(known), max_size=5, unique=True))
    read, resource = table.reading(*wanted), table.to_fhir(record)
    of_these = {name: value for name, value in record.items() if name in wanted}
    assert read(resource) == of_these
    assert read({name: resource[name] for name in table.elements(*wanted) if name in resource}) == of_these


@given(EVERY_RECORD)
def test_contained_resources_have_short_telling_ids(drawn: tuple[FieldMap, Json]) -> None:
    table, record = drawn
    for inside in table.to_fhir(record).get("contained", ()):
        assert re.fullmatch(r"[a-z]+(-[a-z]+|-[0-9]+)*", inside["id"])


@given(said.texts("Codeset"))
def test_a_code_set_comes_back_as_it_was(word: str) -> None:
    assert CODESET.to_redox(*CODESET.to_fhir(word)) == word


@pytest.mark.parametrize("word", [*CODESETS, *CODESETS.values(), "http://example.org/codes", "https://a.b c", "urn:x"])
def test_a_code_set_that_everybody_knows_comes_back_as_it_was(word: str) -> None:
    assert CODESET.to_redox(*CODESET.to_fhir(word)) == word


@pytest.mark.parametrize("word", ["loinc", "Loinc", "SNOMEDCT", "icd-10"])
def test_a_code_set_is_known_in_any_case_and_keeps_its_word(word: str) -> None:
    system, kept = CODESET.to_fhir(word)
    assert system in CODESETS.values()
    assert (kept, CODESET.to_redox(system, kept)) == (word, word)


def test_races_are_all_coded_and_another_word_would_come_back_too() -> None:
    assert RACES.keys() == set(WORDS["Race"].words)
    assert RACE.to_redox(RACE.to_fhir("Elsewhere")) == "Elsewhere"


# --- the account ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_leaf_has_a_home_and_none_is_dropped(table: FieldMap) -> None:
    homes = table.homes()
    assert homes.keys() == table.leaves.keys()
    assert all(home.startswith(f"{table.type}.") for home in homes.values())


def test_homes_are_told_as_paths() -> None:
    homes = ENCOUNTER.homes()
    assert homes["Reason"] == "Encounter.reasonCode.text"
    assert homes["Location.Department"].endswith("partOf=>Location#department.name")
    assert homes["AttendingProvider.Location.FacilityIdentifiers[].ID"].endswith(
        "Organization#facility.identifier[].value"
    )


# --- how things are said in FHIR --------------------------------------------------------------------------------------


def person(**said_of: Any) -> Json:
    """A Patient of whom these demographics are said, without what every Patient has."""
    resource = PATIENT.to_fhir({"id": ID, "Demographics": said_of})
    assert PATIENT.to_redox(resource) == {"id": ID, "Demographics": said_of}
    return {name: value for name, value in resource.items() if name not in {"resourceType", "id"}}


def extensions(element: Json) -> Json:
    """The extensions of an element by the end of their url."""
    return {re.split("[:/]", one["url"])[-1]: one for one in element.get("extension", ())}


def test_a_name_without_a_first_keeps_the_place_of_the_middle() -> None:
    [name] = person(MiddleName="Mary", LastName="Quill")["name"]
    assert name["given"] == [None, "Mary"]
    assert extensions(name["_given"][0])["data-absent-reason"]["valueCode"] == "unknown"


@pytest.mark.parametrize(
    ("sex", "gender", "word"),
    [("Female", "female", None), ("Other", "other", None), ("Nonbinary", "other", "Nonbinary")],
)
def test_a_sex_is_a_gender_and_keeps_the_word_that_folds(sex: str, gender: str, word: str | None) -> None:
    said_of = person(Sex=sex)
    assert said_of["gender"] == gender
    assert extensions(said_of.get("_gender", {})).get("said", {}).get("valueString") == word


def test_race_and_ethnicity_are_us_core() -> None:
    told = extensions(person(Race="Asian", IsHispanic=False))
    race, ethnicity = (extensions(told[f"us-core-{name}"]) for name in ("race", "ethnicity"))
    assert race["ombCategory"]["valueCoding"]["code"] == "2028-9"
    assert race["text"]["valueString"] == "Asian"
    assert ethnicity["ombCategory"]["valueCoding"]["code"] == "2186-5"
    assert ethnicity["text"]["valueString"] == "Non Hispanic or Latino"


def test_a_marital_status_is_coded_and_keeps_its_word() -> None:
    status = person(MaritalStatus="Living together")["maritalStatus"]
    assert status == {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0002", "code": "G"}],
        "text": "Living together",
    }


@pytest.mark.parametrize(
    ("said_of", "member", "value"),
    [
        ({"IsDeceased": True}, "deceasedBoolean", True),
        ({"IsDeceased": False}, "deceasedBoolean", False),
        ({"DeathDateTime": NOON}, "deceasedDateTime", NOON),
        ({"IsDeceased": True, "DeathDateTime": "2026-03-04"}, "deceasedDateTime", "2026-03-04"),
        ({"IsDeceased": False, "DeathDateTime": NOON}, "deceasedDateTime", NOON),
    ],
)
def test_a_death_is_a_time_where_one_is_said(said_of: Json, member: str, value: Any) -> None:
    told = person(**said_of)
    assert told[member] == value
    assert ("is-deceased" in extensions(told)) == (len(said_of) == 2)


def test_a_language_is_coded_where_it_is_a_tag() -> None:
    assert person(Language="zh-Hant")["communication"][0]["language"]["coding"] == [
        {"code": "zh-Hant", "system": "urn:ietf:bcp:47"}
    ]
    assert person(Language="English")["communication"][0]["language"] == {"text": "English"}


def test_a_social_security_number_is_never_taken_for_an_identifier_of_that_type() -> None:
    record = {"id": ID, "Identifiers": [{"ID": "1", "IDType": "SSN"}], "Demographics": {"SSN": "2"}}
    resource = PATIENT.to_fhir(record)
    assert [one["system"] for one in resource["identifier"]] == ["urn:redox:id:SSN", "http://hl7.org/fhir/sid/us-ssn"]
    assert PATIENT.to_redox(resource) == record


def test_identifiers_keep_their_order_and_their_types_exactly() -> None:
    pairs = [("9", "MR"), ("1", "MR"), ("1", "a b/ü"), ("1", " MR")]
    record = {"id": ID, "Identifiers": [{"ID": value, "IDType": kind} for value, kind in pairs]}
    resource = PATIENT.to_fhir(record)
    assert [one["system"] for one in resource["identifier"]][2] == "urn:redox:id:a%20b%2F%C3%BC"
    assert PATIENT.to_redox(resource) == record


def test_a_record_that_ended_points_to_its_survivor() -> None:
    resource = PATIENT.to_fhir({"id": ID, "active": False, "replacedBy": "other"})
    assert resource["active"] is False
    assert resource["link"] == [{"type": "replaced-by", "other": {"reference": "Patient/other"}}]


def test_who_pays_is_an_account_about_the_patient() -> None:
    paying = {"Guarantor": {"FirstName": "Jun"}, "Insurances": [{"GroupName": "Staff"}, {"Priority": "2"}]}
    resource = PATIENT.to_fhir({"id": ID, **paying})
    contained = {inside["id"]: inside for inside in resource["contained"]}
    assert contained.keys() == {"account", "guarantor", "insurance-1", "insurance-2"}
    assert contained["account"]["subject"] == [{"reference": "#"}] == [contained["insurance-1"]["beneficiary"]]
    assert contained["insurance-2"]["order"] == 2
    assert "extension" in contained["insurance-1"]["payor"][0]


@pytest.mark.parametrize("said_of", ["Inpatient", "INPATIENT", "I", "i"])
def test_a_patient_class_is_coded_however_it_is_written(said_of: str) -> None:
    resource = ENCOUNTER.to_fhir({"id": ID, "status": "planned", "PatientClass": said_of})
    assert resource["class"]["code"] == "IMP"
    assert resource["class"]["display"] == said_of


def test_a_class_that_is_not_said_is_marked_absent() -> None:
    resource = ENCOUNTER.to_fhir({"id": ID, "status": "planned"})
    assert "data-absent-reason" in extensions(resource["class"])


@pytest.mark.parametrize(
    ("start", "end", "is_inside"),
    [
        (NOON, "2026-03-04T12:00:00.000Z", True),
        (NOON, "2026-03-05", True),
        ("2026-03-03", NOON, True),
        (NOON, "2026-03-04T11:59:59.999Z", False),
        (NOON, "2026-03-03", False),
        (NOON, "2026-03-04", False),
        ("2026-03-04", NOON, False),
        ("2026-03-04", "2026-03-04", True),
    ],
)
def test_an_end_that_may_be_before_its_start_is_kept_beside_the_period(start: str, end: str, is_inside: bool) -> None:
    resource = ENCOUNTER.to_fhir({"id": ID, "status": "finished", "VisitDateTime": start, "DischargeDateTime": end})
    assert ("end" in resource["period"]) == is_inside
    assert ("discharge-date-time" in extensions(resource)) != is_inside


def test_a_patient_moves_through_places() -> None:
    record = {
        "id": ID,
        "status": "in-progress",
        "Location": {"Department": "3N", "Room": "12", "Bed": "B"},
        "locationStart": NOON,
        "locations": [{"Location": {"Department": "ER"}, "start": "2026-03-04", "end": NOON}],
    }
    here, earlier = ENCOUNTER.to_fhir(record)["location"]
    assert (here["status"], here["location"]["reference"], here["period"]["start"]) == ("active", "#location", NOON)
    assert (earlier["status"], earlier["location"]["reference"]) == ("completed", "#earlier-location-1-department")


def appointment(**said_of: Any) -> Json:
    """An Appointment of which this is said."""
    record = {"id": ID, "status": "booked", **said_of}
    resource = APPOINTMENT.to_fhir(record)
    assert APPOINTMENT.to_redox(resource) == record
    assert faults(resource) == []
    return resource


MIDNIGHT = "2026-03-04T00:00:00.000Z"


@pytest.mark.parametrize(
    ("said_of", "start", "end", "minutes"),
    [
        ({"VisitDateTime": NOON, "Duration": 30}, NOON, "2026-03-04T12:30:00.000Z", 30),
        ({"VisitDateTime": NOON, "Duration": 7.5}, NOON, "2026-03-04T12:07:30.000Z", None),
        ({"VisitDateTime": NOON, "Duration": 0}, NOON, NOON, None),
        ({"VisitDateTime": NOON, "Duration": -5}, NOON, NOON, None),
        ({"VisitDateTime": NOON}, NOON, NOON, None),
        ({"VisitDateTime": "2026-03-04"}, MIDNIGHT, MIDNIGHT, None),
        ({"VisitDateTime": "2026-03-04", "start": "2026-03-03T18:15:00.000Z", "Duration": 15},
         "2026-03-03T18:15:00.000Z", "2026-03-03T18:30:00.000Z", 15),
        ({"VisitDateTime": "2026-03-04", "start": MIDNIGHT}, MIDNIGHT, MIDNIGHT, None),
        ({"VisitDateTime": NOON, "start": NOON}, NOON, NOON, None),
        ({"VisitDateTime": "9999-12-31T23:59:00.000Z", "Duration": 2}, "9999-12-31T23:59:00.000Z",
         "9999-12-31T23:59:00.000Z", 2),
        ({"Duration": 30}, None, None, 30),
    ],
)  # fmt: skip
def test_an_appointment_starts_when_it_was_decided_and_ends_after_its_duration(
    said_of: Json, start: str | None, end: str | None, minutes: int | None
) -> None:
    resource = appointment(**said_of)
    assert (resource.get("start"), resource.get("end"), resource.get("minutesDuration")) == (start, end, minutes)
    assert ("_start" in resource) == ("_end" in resource) == (start is None)


@pytest.mark.parametrize(("status", "is_at_home"), [("cancelled", True), ("booked", False), ("noshow", False)])
def test_a_reason_to_cancel_stands_where_fhir_allows_one(status: str, is_at_home: bool) -> None:
    resource = appointment(status=status, CancelReason="rain")
    assert ("cancelationReason" in resource) == is_at_home
    assert ("cancel-reason" in extensions(resource)) != is_at_home


def test_a_hold_has_a_participant_nobody_knows() -> None:
    [nobody] = appointment()["participant"]
    assert "data-absent-reason" in extensions(nobody["actor"])


def test_somebody_only_described_takes_part_as_a_contained_patient() -> None:
    resource = appointment(Patient={"Demographics": {"LastName": "Reed"}}, Diagnoses=[{"Name": "cough"}])
    assert [one["actor"] for one in resource["participant"]] == [{"reference": "#patient"}]
    condition = next(inside for inside in resource["contained"] if inside["resourceType"] == "Condition")
    assert condition["subject"] == {"reference": "#patient"}


def test_staff_whose_role_has_a_code_of_ours_is_not_taken_for_a_provider() -> None:
    code_set = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
    staff = {"LastName": "Sato", "Role": {"Code": "ATND", "Codeset": code_set}}
    appointment(AttendingProvider={"LastName": "Reed"}, AdditionalStaff=[staff])


def test_an_allergy_whose_status_is_not_said_counts_as_active_and_says_so() -> None:
    resource = ALLERGY.to_fhir({"id": ID, "patient": ID, "Type": {"Code": "FA"}})
    assert resource["clinicalStatus"]["coding"][0]["code"] == "active"
    assert "data-absent-reason" in extensions(resource["clinicalStatus"])
    assert resource["category"] == ["food"]
    assert "Status" not in ALLERGY.to_redox(resource)
