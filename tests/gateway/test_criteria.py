"""The criteria of a question: none is ever left out, whatever its name, its place or its value."""

import io
from typing import Any

import httpx
import pytest

from gateway.service import Service
from mappings.redox.catalogue import Leaf, event, leaves
from query_api import ANSWERED
from tests.gateway.calls import SANDBOX, booking, error_of, message

Json = dict[str, Any]

IDENTIFIERS = [{"ID": "N-1", "IDType": "MR"}]
DEMOGRAPHICS = {"FirstName": "Idris", "LastName": "Farrow", "DOB": "1970-02-03"}
OKAFOR = {"ID": "77", "IDType": "NPI", "FirstName": "Ngozi", "LastName": "Okafor"}
PLACE = {"Department": "Dermatology", "Facility": "Riverside"}
STAY = {"VisitNumber": "S-1", "PatientClass": "Inpatient", "VisitDateTime": "2026-03-04T05:06:07Z", "Location": PLACE}
NOTE = {"ContentType": "Plain Text", "DocumentType": "Letter", "DocumentID": "N", "Provider": {"ID": "77"}}
REPORT = {
    "ID": "O-1",
    "CompletionDateTime": "2026-03-04T06:00:00Z",
    "ResultsStatus": "Final",
    "Procedure": {"Code": "BMP", "Codeset": "LOINC"},
    "Status": "Resulted",
    "Results": [{"Code": "Na", "Value": "140", "ValueType": "Numeric", "RelatedGroupID": "G"}],
}
BOOKING = {"Reason": "Cough", "Location": PLACE, "AttendingProvider": OKAFOR, "VisitProvider": OKAFOR}

ENOUGH: dict[tuple[str, str], Json] = {
    ("PatientSearch", "Query"): {"Patient": {"Identifiers": IDENTIFIERS}},
    ("Scheduling", "Booked"): {"StartDateTime": "2030-01-01"},
}
"""What a question must have to be answered; the others need nothing."""

ALSO: dict[tuple[str, str], Json] = {
    ("Scheduling", "Booked"): {
        "Visit": {"AttendingProviders": [OKAFOR], "VisitProvider": OKAFOR, "Patients": [{"Identifiers": IDENTIFIERS}]}
    },
    ("PatientAdmin", "VisitQuery"): {"Patients": [{"Identifiers": IDENTIFIERS}]},
    ("Notes", "Query"): {"Patients": [{"Identifiers": IDENTIFIERS}]},
    ("Results", "Query"): {"Patients": [{"Identifiers": IDENTIFIERS}], "Procedures": [{"Code": "BMP"}]},
}
"""A criterion in each block that is refused without one."""


def paths(question: tuple[str, str]) -> list[Leaf]:
    """The paths of a question's model, but not those of Meta."""
    known = event(*question)
    assert known is not None
    assert known.model is not None
    return [leaf for leaf in leaves(known.model) if not leaf.path.startswith("Meta")]


def nested(path: str, value: Any) -> Json:
    """The object that has a value at a path; each list has one element."""
    name, _, rest = path.partition(".")
    below = nested(rest, value) if rest else value
    return {name.removesuffix("[]"): [below] if name.endswith("[]") else below}


def merged(one: Any, other: Any) -> Any:
    """Two objects as one; the elements of lists by their positions."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {**one, **{name: merged(one.get(name), value) for name, value in other.items()}}
    if isinstance(one, list) and isinstance(other, list) and one and isinstance(one[0], dict):
        return [merged(one[0], other[0]), *one[1:]]
    return other


def asked(question: tuple[str, str], content: Json) -> Json:
    """A question with what it needs and some more."""
    return message(*question, SANDBOX, **merged(ENOUGH.get(question, {}), content))


URL = {"shoe-size": {"url": "https://example.org/shoe", "integer": 7}}


def is_empty(answer: Json) -> bool:
    """Whether an answer tells of nobody and nothing."""
    return not any(value for name, value in answer.items() if name != "Meta")


@pytest.fixture
async def ward(caller: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client of a tenant with one patient, who has a stay, an appointment, a note and a report."""
    patient = {"Identifiers": IDENTIFIERS, "Demographics": DEMOGRAPHICS}
    booked = booking(**BOOKING)
    for pushed in (
        message("PatientAdmin", "Arrival", SANDBOX, Patient=patient, Visit=STAY),
        {**booked, "Patient": patient},
        message("Notes", "New", SANDBOX, Patient=patient, Visit=STAY, Note=NOTE),
        message("Results", "New", SANDBOX, Patient=patient, Visit=STAY, Orders=[REPORT]),
    ):
        assert (await caller.post("/endpoint", json=pushed)).status_code == 200
    return caller


every_question = pytest.mark.parametrize("question", ANSWERED, ids=".".join)


@every_question
async def test_a_misspelt_member_is_refused_with_its_path(
    question: tuple[str, str], ward: httpx.AsyncClient, log: io.StringIO
) -> None:
    for leaf in paths(question):
        above, _, name = leaf.path.removesuffix("[]").rpartition(".")
        place = f"{above.replace('[]', '[0]')}." if above else ""
        for misspelt in (f"{name}x", name.swapcase(), f"{name[:-1]}-"):
            sent = asked(question, nested(f"{above}.{misspelt}".lstrip("."), "Quux-4711"))
            answer = await ward.post("/query", json=sent)
            assert answer.status_code == 400, (misspelt, answer.text)
            texts = [error["Text"] for error in answer.json()["Meta"]["Errors"]]
            assert f"Field is not known - {place}{misspelt} in {question[0]}:{question[1]}" in texts
            assert "Quux" not in answer.text
            last = log.getvalue().splitlines()[-1]
            assert f'"{place}?"' in last
            assert f'{misspelt}"' not in last


NOTHING: list[Any] = [None, "", " ", [], {}, [{}, {"a": [None, ""]}]]


@every_question
async def test_an_unknown_member_that_says_nothing_is_not_given(
    question: tuple[str, str], ward: httpx.AsyncClient
) -> None:
    for place in ("", *(f"{leaf.path}." for leaf in paths(question) if leaf.is_container)):
        for content in (*(nested(f"{place}Colour", nothing) for nothing in NOTHING), nested(f"{place}Extensions", URL)):
            answer = await ward.post("/query", json=asked(question, merged(ALSO.get(question, {}), content)))
            assert answer.status_code == 200, (content, answer.text)
            assert not is_empty(answer.json())


async def test_members_of_meta_are_not_criteria(ward: httpx.AsyncClient) -> None:
    for question in ANSWERED:
        sent = asked(question, {})
        sent["Meta"] |= {"Colour": "red", "Source": {"Shade": "pink"}}
        assert (await ward.post("/query", json=sent)).status_code == 200


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"Meta.Source": 1}, "Meta.Source"),
        ({"a.Extensions": 1}, "a.Extensions"),
        ({"x" * 60: 1}, "x" * 40),
        ({"two words": 1}, "two words"),
        ({"": 1}, "?"),
        ({"a\x00b\u202ec": 1}, "a?b?c"),
        ({"Patients[]": 1}, "Patients[]"),
    ],
)
async def test_a_member_is_named_in_forty_characters_and_never_in_the_log(
    content: Json, path: str, ward: httpx.AsyncClient, log: io.StringIO
) -> None:
    answer = await ward.post("/query", json=message("PatientAdmin", "VisitQuery", SANDBOX, **content))
    assert answer.status_code == 400
    assert error_of(answer)["Text"] == f"Field is not known - {path} in PatientAdmin:VisitQuery"
    assert '"places":["?"]' in log.getvalue()
    assert path == "?" or path not in log.getvalue()


VALUES: dict[str, Any] = {"Number": 987654, "Flag": True, "Date": "1871-01-01", "DateTime": "2999-01-01T00:00:00Z"}


ENDS = dict.fromkeys(("Completion.EndDateTime", "LastUpdated.EndDateTime"), "1871-01-01") | {
    "EndDateTime": "2030-01-02"
}
"""Ends of spans in which nothing of the ward lies."""


def value_of(leaf: Leaf) -> Any:
    """A value that nobody of the ward has."""
    return leaf.value_set.words[-2] if leaf.value_set else VALUES.get(leaf.type, "Quux-4711")


@every_question
async def test_no_leaf_of_a_question_is_left_out(question: tuple[str, str], ward: httpx.AsyncClient) -> None:
    """A leaf that nobody meets finds nobody, or the question is refused; without the leaf somebody is found."""
    everybody = await ward.post("/query", json=asked(question, {}))
    assert everybody.status_code == 200
    assert not is_empty(everybody.json())
    for leaf in paths(question):
        if not leaf.is_container:
            value = ENDS.get(leaf.path) or value_of(leaf)
            answer = await ward.post("/query", json=asked(question, nested(leaf.path, value)))
            assert answer.status_code == 400 or is_empty(answer.json()), (leaf.path, answer.text)


MISFITS: list[Any] = [True, {"$ne": ""}, [["a"]], '""', "\x01", "2026-13-45", [{}, "Quux"], [None, '""']]


@every_question
async def test_a_leaf_of_another_type_is_never_left_out(question: tuple[str, str], ward: httpx.AsyncClient) -> None:
    for leaf in paths(question):
        for value in () if leaf.is_container or leaf.type == "Flag" else MISFITS:
            answer = await ward.post("/query", json=asked(question, nested(leaf.path, value)))
            assert answer.status_code == 400 or is_empty(answer.json()), (leaf.path, value, answer.text)


NAMELESS = [{}, None, {"Identifiers": []}, {"Identifiers": None}, {"Identifiers": [{}]}, {"Identifiers": [None]}]
WORDS_FOR_NONE = ['""', "UNKNOWN", "n/a", " None ", "0000", "999-99-9999"]
UNUSABLE = [
    {"Identifiers": [{"ID": "N-1"}]},
    {"Identifiers": [{"IDType": "MR"}]},
    *({"Identifiers": [{"ID": word, "IDType": "MR"}]} for word in WORDS_FOR_NONE),
]
PATIENTS = [
    (question, leaf.path) for question in ANSWERED for leaf in paths(question) if leaf.path.endswith("Patients[]")
]


@pytest.mark.parametrize(("question", "path"), PATIENTS)
async def test_a_patient_without_a_usable_identifier_is_refused_with_the_path(
    question: tuple[str, str], path: str, ward: httpx.AsyncClient
) -> None:
    above = path.removesuffix("[]")
    for patient in NAMELESS + UNUSABLE:
        for listed in ([patient], [{"Identifiers": IDENTIFIERS}, patient]):
            answer = await ward.post("/query", json=asked(question, nested(above, listed)))
            assert answer.status_code == 400, (listed, answer.text)
            assert f" - {above}[{len(listed) - 1}]" in error_of(answer)["Text"]


PROVIDERS = [{}, None, {"ID": None}, {"Credentials": ["MD"]}, {"ID": "UNKNOWN"}, {"NPI": "0000000000"}, {"ID": '""'}]


async def test_a_provider_without_a_usable_criterion_is_refused_with_the_path(ward: httpx.AsyncClient) -> None:
    for provider in PROVIDERS:
        content = {"Visit": {"AttendingProviders": [OKAFOR, provider]}}
        answer = await ward.post("/query", json=asked(("Scheduling", "Booked"), content))
        assert answer.status_code == 400, (provider, answer.text)
        assert " - Visit.AttendingProviders[1]" in error_of(answer)["Text"]


@pytest.mark.parametrize(
    ("provider", "count"),
    [
        ({"NPI": "77"}, 1),
        ({"NPI": "77", "ID": "77"}, 1),
        ({"NPI": "77", "ID": "78", "IDType": "EHRID"}, 0),
        ({"NPI": "78", "ID": "77"}, 0),
        ({"ID": "UNKNOWN", "LastName": "Okafor"}, 0),
    ],
)
async def test_a_provider_is_compared_by_npi_and_by_id(provider: Json, count: int, ward: httpx.AsyncClient) -> None:
    content = {"Visit": {"VisitProvider": provider}}
    answer = await ward.post("/query", json=asked(("Scheduling", "Booked"), content))
    assert len(answer.json()["Visits"]) == count


@pytest.mark.parametrize(
    ("patient", "status"),
    [
        ({"Identifiers": [{"ID": "UNKNOWN", "IDType": "MR"}]}, 400),
        ({"Identifiers": [{"ID": '""', "IDType": "MR"}]}, 400),
        ({"Demographics": {"SSN": "000-00-0000", "DOB": "1970-02-03"}}, 400),
        ({"Identifiers": [*IDENTIFIERS, {"ID": "UNKNOWN", "IDType": "PPN"}]}, 200),
    ],
)
async def test_a_search_for_words_for_none_is_refused(patient: Json, status: int, ward: httpx.AsyncClient) -> None:
    answer = await ward.post("/query", json=message("PatientSearch", "Query", SANDBOX, Patient=patient))
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["Patient"] == {}


async def test_types_that_identify_nobody_find_all_the_same(ward: httpx.AsyncClient, service: Service) -> None:
    patient = {"Identifiers": [*IDENTIFIERS, {"ID": "900", "IDType": "FIN"}]}
    pushed = message("PatientAdmin", "PatientUpdate", SANDBOX, Patient=patient)
    assert (await ward.post("/endpoint", json=pushed)).status_code == 200
    wanted = {"Identifiers": [{"ID": "900", "IDType": "FIN"}]}
    found = await ward.post("/query", json=message("PatientSearch", "Query", SANDBOX, Patient=wanted))
    assert found.json()["Patient"]["Demographics"]["LastName"] == "Farrow"
    stays = await ward.post("/query", json=message("PatientAdmin", "VisitQuery", SANDBOX, Patients=[wanted]))
    assert len(stays.json()["Patients"]) == 1


@pytest.mark.parametrize(
    ("question", "content"),
    [
        (("Scheduling", "Booked"), {"EndDateTime": '""'}),
        (("PatientAdmin", "VisitQuery"), {"VisitStartDateTime": '""'}),
        (("PatientAdmin", "VisitQuery"), {"VisitStatuses": ["Arrived", "Left"]}),
        (("PatientAdmin", "CensusQuery"), {"Departments": "Dermatology"}),
    ],
)
async def test_a_criterion_that_cannot_be_read_is_refused(
    question: tuple[str, str], content: Json, ward: httpx.AsyncClient
) -> None:
    assert (await ward.post("/query", json=asked(question, content))).status_code == 400
