"""Search parameters: what a resource is found by, and that nothing said of anybody stands there in clear."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from store.conditions import every, is_any
from store.documents import Document
from store.partition import Partition
from store.search import birth_token, code_token, identifier_token, parameters, text_token

Json = dict[str, Any]

MR, OLD = "urn:example:mr", "urn:example:old"
SSN = "http://hl7.org/fhir/sid/us-ssn"
ROLES = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"


def key(*parts: str) -> str:
    """A key that shows what it was made of."""
    return "|".join(("#", *parts))


def patient(**said: Any) -> Json:
    """A Patient with three identifiers, one of them ended."""
    identifiers = [
        {"system": MR, "value": "m1"},
        {"system": OLD, "value": "m0", "use": "old"},
        {"system": SSN, "value": "987-65-4320"},
        {"system": MR, "type": {"text": "a type alone"}},
    ]
    name = {"use": "official", "given": ["Zoë", "May"], "family": "Straße"}
    basis = {
        "resourceType": "Patient",
        "id": "ada",
        "birthDate": "1980-02-03",
        "name": [name],
        "identifier": identifiers,
    }
    return {**basis, **said}


def test_a_person_is_found_by_identifiers_and_by_name_or_ssn_with_the_date_of_birth() -> None:
    assert parameters(patient(), key) == {
        "active": True,
        "identifier": [
            "#|identifier|urn:example:mr|m1",
            "#|identifier|urn:example:old|m0",
            f"#|identifier|{SSN}|987-65-4320",
        ],
        "name-birthdate": ["#|name-birthdate|1980-02-03|zoë|strasse"],
        "ssn-birthdate": ["#|ssn-birthdate|1980-02-03|987-65-4320"],
    }


def test_whoever_ended_is_found_by_nothing_but_the_link() -> None:
    ended = patient(active=False, link=[{"type": "replaced-by", "other": {"reference": "Patient/bo"}}])
    assert parameters(ended, key) == {"active": False, "link": ["bo"]}


@pytest.mark.parametrize(
    "said",
    [
        {"name": []},
        {"name": [{"family": "Quill"}]},
        {"name": [{"given": ["Ada"]}]},
        {"name": [{"given": [None, "May"], "family": "Quill"}]},
        {"birthDate": None},
        {"birthDate": "1980"},
        {"birthDate": "1980-02"},
    ],
)
def test_half_a_name_is_not_looked_up(said: Json) -> None:
    assert "name-birthdate" not in parameters(patient(**said), key)


def test_of_nothing_said_there_is_no_parameter() -> None:
    assert parameters({"resourceType": "Patient", "id": "a"}, key) == {"active": True}
    assert parameters({"resourceType": "Encounter", "id": "a"}, key) == {}
    assert parameters({"resourceType": "Appointment", "id": "a"}, key) == {}
    assert parameters({"resourceType": "AllergyIntolerance", "id": "a"}, key) == {}


def place(suffix: str = "") -> list[Json]:
    """A bed in a room in a department of a facility."""
    return [
        {"resourceType": "Location", "id": f"bed{suffix}", "name": "B", **part_of(f"room{suffix}"), **physical("bd")},
        {"resourceType": "Location", "id": f"room{suffix}", "name": "12", **part_of(f"dept{suffix}"), **physical("ro")},
        {
            "resourceType": "Location",
            "id": f"dept{suffix}",
            "name": f"3N{suffix}",
            "type": [{"text": "Ward"}],
            "identifier": [{"system": MR, "value": "d1"}],
            "managingOrganization": {"reference": f"#facility{suffix}"},
        },
        {
            "resourceType": "Organization",
            "id": f"facility{suffix}",
            "name": "Riverside",
            "identifier": [{"value": "f1"}],
        },
    ]


def part_of(name: str) -> Json:
    return {"partOf": {"reference": f"#{name}"}}


def physical(code: str) -> Json:
    return {"physicalType": {"coding": [{"code": code}]}}


NUMBERS = [
    {"system": MR, "value": "v1", "type": {"coding": [{"code": "VN"}]}},
    {"system": MR, "value": "a1", "type": {"coding": [{"code": "AN"}]}},
]


def test_a_stay_is_found_by_its_numbers_status_class_time_and_the_place_where_the_patient_is() -> None:
    encounter = {
        "resourceType": "Encounter",
        "id": "e",
        "identifier": NUMBERS,
        "subject": {"reference": "Patient/ada"},
        "appointment": [{"reference": "Appointment/b"}],
        "status": "in-progress",
        "class": {"code": "IMP", "display": "Inpatient"},
        "period": {"start": "2026-03-01T10:00:00.000Z"},
        "location": [
            {"status": "completed", "location": {"reference": "#bed-before"}},
            {"status": "active", "location": {"reference": "#bed"}},
        ],
        "contained": [*place(), *place("-before")],
    }
    assert parameters(encounter, key) == {
        "identifier": ["#|identifier|urn:example:mr|v1"],
        "account": ["#|identifier|urn:example:mr|a1"],
        "patient": "ada",
        "appointment": "b",
        "status": "in-progress",
        "class": "#|class|inpatient",
        "date": datetime(2026, 3, 1, 10, tzinfo=UTC),
        "department": "#|department|3n",
        "facility": "#|facility|riverside",
    }


def takes_part(code: str, reference: str) -> Json:
    return {"type": [{"coding": [{"system": ROLES, "code": code}]}], "actor": {"reference": reference}}


def carer(role: str, **said: Any) -> list[Json]:
    """A PractitionerRole and its Practitioner."""
    practitioner = {"resourceType": "Practitioner", "id": f"{role}-practitioner", **said}
    return [
        {"resourceType": "PractitionerRole", "id": role, "practitioner": {"reference": f"#{role}-practitioner"}},
        practitioner,
    ]


def test_an_appointment_is_found_by_its_numbers_time_reason_place_and_providers() -> None:
    whole = {"identifier": [{"system": MR, "value": "77"}], "name": [{"given": ["Ngozi"], "family": "Okafor"}]}
    appointment = {
        "resourceType": "Appointment",
        "id": "b",
        "identifier": NUMBERS[:1],
        "status": "booked",
        "start": "2026-03-01T10:00:00.000Z",
        "reasonCode": [{"text": "Cough"}],
        "participant": [
            takes_part("SBJ", "Patient/ada"),
            takes_part("ATND", "#atnd"),
            takes_part("PPRF", "#pprf"),
            takes_part("REF", "#ref"),
            takes_part("LOC", "#room"),
        ],
        "contained": [
            *place()[1:],
            *carer("atnd", **whole),
            *carer("pprf", name=[{"family": "Sato"}]),
            *carer("ref", **whole),
        ],
    }
    assert parameters(appointment, key) == {
        "identifier": ["#|identifier|urn:example:mr|v1"],
        "patient": "ada",
        "status": "booked",
        "date": datetime(2026, 3, 1, 10, tzinfo=UTC),
        "reason": "#|reason|cough",
        "department": "#|department|3n",
        "facility": "#|facility|riverside",
        "practitioner": ["#|ATND|value|77", "#|ATND|family|okafor", "#|PPRF|family|sato"],
        "words": [
            "#|ATND|system|urn:example:mr",
            "#|ATND|given|ngozi",
            "#|department|type|ward",
            "#|department|identifier|urn:example:mr|",
            "#|department|identifier||d1",
            "#|department|identifier|urn:example:mr|d1",
            "#|facility|identifier||f1",
            "#|room|12",
        ],
    }


def test_staff_whose_role_has_the_word_of_a_participation_hide_neither_provider_nor_place() -> None:
    staff = {"type": [{"coding": [{"code": "ATND"}]}], "actor": {"reference": "#staff"}}
    appointment = {
        "resourceType": "Appointment",
        "id": "b",
        "participant": [takes_part("ATND", "#atnd"), staff],
        "contained": [*carer("atnd", name=[{"family": "Sato"}]), *carer("staff", name=[{"family": "Okafor"}])],
    }
    assert parameters(appointment, key) == {"practitioner": ["#|ATND|family|sato"]}


def test_an_allergy_is_found_by_its_patient() -> None:
    allergy = {"resourceType": "AllergyIntolerance", "id": "a", "patient": {"reference": "Patient/ada"}}
    assert parameters(allergy, key) == {"patient": "ada"}


REPORT = {
    "resourceType": "DiagnosticReport",
    "id": "r",
    "identifier": [{"system": "urn:order", "value": "A1"}, {"system": "urn:filler", "value": "f2"}],
    "subject": {"reference": "Patient/ada"},
    "encounter": {"reference": "#visit"},
    "status": "cancelled",
    "_status": {"extension": [{"url": "urn:data-on-demand:said", "valueString": "Unavailable"}]},
    "issued": "2026-03-01T10:00:00.000Z",
    "code": {"coding": [{"system": "http://loinc.org", "code": "1554-5"}], "text": "Glucose"},
    "result": [{"reference": "Observation/a"}, {"reference": "Observation/b"}],
    "extension": [
        {"url": "urn:data-on-demand:last-updated", "valueDateTime": "2026-03-02T10:00:00.000Z"},
        {"url": "urn:data-on-demand:related-group", "valueString": "g1"},
    ],
    "contained": [
        {
            "resourceType": "Encounter",
            "id": "visit",
            "identifier": NUMBERS,
            "location": [{"location": {"reference": "#bed"}}],
        },
        *place(),
    ],
}


def test_a_report_is_found_by_its_numbers_code_times_groups_and_department_and_by_the_word_for_its_status() -> None:
    assert parameters(REPORT, key) == {
        "identifier": ["#|identifier|urn:order|A1", "#|identifier|urn:filler|f2"],
        "patient": "ada",
        "group": ["#|group|g1"],
        "status": "#|status|unavailable",
        "date": datetime(2026, 3, 1, 10, tzinfo=UTC),
        "last-updated": datetime(2026, 3, 2, 10, tzinfo=UTC),
        "code": ["#|code|1554-5", "#|system|http://loinc.org"],
        "department": "#|department|3n",
    }


def test_a_report_of_a_day_is_found_by_the_beginning_of_the_day() -> None:
    issued = [{"url": "urn:data-on-demand:completion-date-time", "valueDateTime": "2026-03-01"}]
    report = {"resourceType": "DiagnosticReport", "id": "r", "extension": issued}
    assert parameters(report, key) == {"date": datetime(2026, 3, 1, tzinfo=UTC)}


def test_a_result_is_found_by_its_patient() -> None:
    result = {"resourceType": "Observation", "id": "o", "subject": {"reference": "Patient/ada"}}
    assert parameters(result, key) == {"patient": "ada"}


@pytest.mark.parametrize(
    ("start", "moment"),
    [
        ("2026-03-01", datetime(2026, 2, 28, 18, 15, tzinfo=UTC)),
        ("2026-03-01T10:00:00.123Z", datetime(2026, 3, 1, 10, 0, 0, 123000, tzinfo=UTC)),
        ("2026-03-01T10:00:00+05:45", datetime(2026, 3, 1, 4, 15, tzinfo=UTC)),
        ("2026-03", None),
        ("0001-01-01", None),
    ],
)
def test_a_date_begins_in_the_zone_and_what_is_no_moment_is_none(start: str, moment: datetime | None) -> None:
    stay = {"resourceType": "Encounter", "id": "e", "period": {"start": start}}
    assert parameters(stay, key, ZoneInfo("Asia/Kathmandu")).get("date") == moment


def test_every_text_is_a_keyed_hash(partition: Partition) -> None:
    said = parameters(patient(), partition.key)
    tokens = [token for name in ("identifier", "name-birthdate", "ssn-birthdate") for token in said[name]]
    assert len(set(tokens)) == 5
    assert all(len(token) == 16 for token in tokens)


def test_tokens_tell_what_differs_and_only_that() -> None:
    assert identifier_token(MR, "a", key) != identifier_token(MR, "A", key)
    assert text_token("department", "ICU", key) == text_token("department", "icu", key)
    assert text_token("department", "ICU", key) != text_token("facility", "ICU", key)
    assert birth_token("p", "1980-02-03", ["Ada"], key) == birth_token("p", "1980-02-03", ["ADA"], key)
    assert birth_token("p", "1980-02-03", ["Ada"], key) != birth_token("p", "1980-02-04", ["Ada"], key)
    assert len({code_token("code", "a", key, system) for system in (None, "", MR)}) == 3


async def test_an_account_is_looked_up_in_its_index(partition: Partition) -> None:
    condition = every([is_any("account", ["x"]), is_any("patient", ["p", None])])
    wanted = {"tenant": partition.tenant.name, **condition.filter}
    holds = [Document("Encounter", str(one), {}, {"status": "planned"}) for one in range(50)]
    visit = Document("Encounter", "v", {}, {"account": ["x"], "patient": "p"})
    await partition.put([*holds, visit])
    plan = await partition.store.database.command({"explain": {"find": "Encounter", "filter": wanted}})
    assert plan["executionStats"]["totalKeysExamined"] <= 2
    assert plan["executionStats"]["nReturned"] == 1
