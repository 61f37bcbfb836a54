"""Extensions become FHIR extensions of their own urls, and come back as they were sent."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import given

from mappings.as_sent import AsSent
from mappings.fhir.appointment import APPOINTMENT
from mappings.fhir.encounter import ENCOUNTER
from mappings.fhir.patient import PATIENT
from mappings.fhir.validity import faults
from mappings.kinds import KINDS
from mappings.notation.extensions import to_fhir, to_redox
from tests import strategies as said

Json = dict[str, Any]

REDOX = "https://api.redoxengine.com/extensions/"
OURS = "urn:data-on-demand:extension:"
ID = "0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9b01"
SIZE = {"shoe-size": {"url": f"{REDOX}shoe-size", "integer": 7}}
SIZE_IN_FHIR = {"url": f"{REDOX}shoe-size", "valueInteger": 7}


@given(said.extensions())
def test_extensions_come_back_as_they_were_sent(extensions: Json) -> None:
    before = deepcopy(extensions)
    written = to_fhir(extensions)
    assert to_redox(orjson.loads(orjson.dumps(written))) == extensions == before
    assert faults({"resourceType": "Patient", "extension": written}) == []


@pytest.mark.parametrize(
    ("name", "sent", "written"),
    [
        ("a", {"url": f"{REDOX}a", "string": "x"}, {"url": f"{REDOX}a", "valueString": "x"}),
        ("a", {"url": f"{REDOX}a", "boolean": False}, {"url": f"{REDOX}a", "valueBoolean": False}),
        ("a", {"url": f"{REDOX}a", "decimal": 0.5}, {"url": f"{REDOX}a", "valueDecimal": 0.5}),
        ("a", {"url": f"{REDOX}a", "date": "1980-02"}, {"url": f"{REDOX}a", "valueDate": "1980-02"}),
        (
            "a",
            {"url": f"{REDOX}a", "dateTime": "2020-04-13T10:33:12.000Z"},
            {"url": f"{REDOX}a", "valueDateTime": "2020-04-13T10:33:12.000Z"},
        ),
        (
            "a",
            {"url": f"{REDOX}a", "coding": {"code": "x", "display": "y"}},
            {"url": f"{REDOX}a", "valueCoding": {"code": "x", "display": "y"}},
        ),
        ("a", {"string": "x"}, {"url": f"{OURS}a", "valueString": "x"}),
        ("a b", {"string": "x"}, {"url": f"{OURS}a%20b", "valueString": "x"}),
        (
            "a",
            {"url": f"{REDOX}a", "identifier": {"type": "orderId", "value": "7"}},
            {
                "url": f"{REDOX}a",
                "extension": [
                    {
                        "url": "identifier",
                        "extension": [{"url": "type", "valueString": "orderId"}, {"url": "value", "valueString": "7"}],
                    }
                ],
            },
        ),
        (
            "a",
            {"url": f"{REDOX}a", "phones": [{"value": "1"}, {"value": "2"}]},
            {
                "url": f"{REDOX}a",
                "extension": [
                    {"url": "phones[]", "extension": [{"url": "value", "valueString": "1"}]},
                    {"url": "phones[]", "extension": [{"url": "value", "valueString": "2"}]},
                ],
            },
        ),
        (
            "a",
            {"url": f"{REDOX}b", "string": "x"},
            {
                "url": f"{REDOX}b",
                "extension": [
                    {"url": "urn:data-on-demand:extension-name", "valueString": "a"},
                    {"url": "string", "valueString": "x"},
                ],
            },
        ),
        (
            "a",
            {"url": "urn:data-on-demand:note", "string": "x"},
            {
                "url": f"{OURS}a",
                "extension": [
                    {"url": "url", "valueString": "urn:data-on-demand:note"},
                    {"url": "string", "valueString": "x"},
                ],
            },
        ),
    ],
)
def test_an_extension_is_known_by_its_own_url_if_it_has_one(name: str, sent: Json, written: Json) -> None:
    assert to_fhir({name: sent}) == [written]
    assert to_redox([written]) == {name: sent}


def test_extensions_of_another_origin_are_none_of_these() -> None:
    others = ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-race", "urn:data-on-demand:note", "text"]
    assert to_redox([{"url": url, "valueString": "x"} for url in others]) == {}


def test_an_object_with_an_element_of_its_own_has_its_extensions_there() -> None:
    contact = {"FirstName": "Bo", "Extensions": SIZE, "Address": {"Extensions": SIZE}}
    record = {"id": ID, "Extensions": SIZE, "Contacts": [contact], "Guarantor": {"Employer": {"Extensions": SIZE}}}
    resource = PATIENT.to_fhir(record)
    employer = next(each for each in resource["contained"] if each["resourceType"] == "Organization")
    assert resource["extension"] == resource["contact"][0]["extension"] == employer["extension"] == [SIZE_IN_FHIR]
    assert resource["contact"][0]["address"]["extension"] == [SIZE_IN_FHIR]
    assert PATIENT.to_redox(resource) == record
    assert faults(resource) == []


def test_an_object_without_an_element_is_named_by_its_path() -> None:
    record = {"id": ID, "Demographics": {"Extensions": SIZE, "PhoneNumber": {"Extensions": SIZE}}}
    resource = PATIENT.to_fhir(record)
    assert resource["extension"] == [
        {"url": f"urn:data-on-demand:extensions-of:{path}", "extension": [SIZE_IN_FHIR]}
        for path in ("Demographics", "Demographics.PhoneNumber")
    ]
    assert PATIENT.to_redox(resource) == record


def test_a_place_that_only_has_extensions_is_no_bed() -> None:
    record = {"id": ID, "status": "planned", "Location": {"Extensions": SIZE}}
    resource = ENCOUNTER.to_fhir(record)
    assert [each.get("physicalType") for each in resource["contained"]] == [None]
    assert ENCOUNTER.to_redox(resource) == record


def test_documents_share_no_extension_with_the_record() -> None:
    record = {"id": ID, "Extensions": {"a": {"url": f"{REDOX}a", "coding": {"code": "x"}}}}
    PATIENT.to_fhir(record)["extension"][0]["valueCoding"]["code"] = "changed"
    assert record["Extensions"]["a"]["coding"] == {"code": "x"}


@pytest.mark.parametrize("table", [kind.table for kind in KINDS], ids=[kind.name for kind in KINDS])
def test_every_block_of_a_table_has_a_home_for_its_extensions(table: Any) -> None:
    assert table.extension_homes[""]
    assert all("extension" in home for home in table.extension_homes.values())


def test_a_value_that_was_kept_as_sent_stands_in_an_extension_named_by_its_path() -> None:
    record = {"id": ID, "Demographics": {"DeathDateTime": AsSent("long ago"), "IsDeceased": AsSent("yes")}}
    resource = PATIENT.to_fhir(record)
    assert resource["extension"] == [
        {"url": "urn:data-on-demand:as-sent:Demographics.IsDeceased", "valueString": "yes"},
        {"url": "urn:data-on-demand:as-sent:Demographics.DeathDateTime", "valueString": "long ago"},
    ]
    back = PATIENT.to_redox(orjson.loads(orjson.dumps(resource)))
    assert back == record
    assert PATIENT.to_fhir(back) == resource


def test_reading_without_a_member_leaves_out_what_was_kept_of_it() -> None:
    record = {"id": ID, "status": "booked", "OldDateTime": AsSent("soon"), "Extensions": SIZE, "Reason": "knee"}
    resource = APPOINTMENT.to_fhir(record)
    assert APPOINTMENT.reading("Reason")(resource) == {"Reason": "knee"}
    assert APPOINTMENT.reading("OldDateTime", "Extensions")(resource) == {
        "OldDateTime": "soon",
        "Extensions": SIZE,
    }
