"""Results: how reports and their values are said in FHIR, and that each word comes back as it was."""

from __future__ import annotations

import re
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.fhir.allergy import ALLERGY
from mappings.fhir.diagnostic_report import DIAGNOSTIC_REPORT
from mappings.fhir.observation import OBSERVATION
from mappings.fhir.patient import PATIENT
from mappings.fhir.validity import faults
from mappings.notation import FieldMap
from mappings.redox import value_sets
from mappings.redox.catalogue import event, leaves
from store.search import parameters
from tests import strategies as said

Json = dict[str, Any]

ID = "0b7c6a52-6a0e-4d0f-9d7b-1f3a5c7e9b01"
NOON = "2026-03-04T12:00:00.000Z"


def written(table: FieldMap, **words: Any) -> Json:
    """The resource of a record that comes back as it was, also after it was JSON."""
    record = {"id": ID, "patient": "p", **words}
    resource = table.to_fhir(record)
    assert table.to_redox(orjson.loads(orjson.dumps(resource))) == record
    assert faults(resource) == []
    return resource


def report(**words: Any) -> Json:
    return written(DIAGNOSTIC_REPORT, **words)


def result(**words: Any) -> Json:
    return written(OBSERVATION, **words)


def extensions(element: Json) -> Json:
    """The values of an element's extensions, by the end of their url."""
    return {
        re.split("[:/]", one["url"])[-1]: next(value for name, value in one.items() if name.startswith("value"))
        for one in element.get("extension", ())
    }


def contained(resource: Json) -> Json:
    """The contained resources by their ids."""
    return {inside["id"]: inside for inside in resource.get("contained", ())}


# --- homes ------------------------------------------------------------------------------------------------------------

HOMES = (
    ("Orders[].Results[].", OBSERVATION.leaves),
    ("Orders[].", DIAGNOSTIC_REPORT.leaves),
    ("Patient.Allergies[].", ALLERGY.leaves),
    ("Patient.", PATIENT.leaves),
    ("", DIAGNOSTIC_REPORT.leaves),
)


@pytest.mark.parametrize("event_type", ["New", "NewUnsolicited"])
def test_every_leaf_of_an_event_has_a_home(event_type: str) -> None:
    known = event("Results", event_type)
    assert known
    assert known.understood
    for leaf in leaves(known.understood):
        if not leaf.is_container and not leaf.path.startswith("Meta."):
            above, table = next((above, table) for above, table in HOMES if leaf.path.startswith(above))
            assert leaf.path.removeprefix(above) in table


# --- reports ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("Final", "final"),
        ("Preliminary", "preliminary"),
        ("Corrected", "corrected"),
        ("Canceled", "cancelled"),
        ("Unavailable", "cancelled"),
        ("In Process", "registered"),
        ("done, they say", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_report_has_a_status_and_the_word_for_it(word: str | None, code: str) -> None:
    resource = report(**({"ResultsStatus": word} if word else {}))
    assert resource["status"] == code
    assert extensions(resource.get("_status", {})) == ({"said": word} if word else {})


def test_every_word_for_a_report_has_a_code() -> None:
    assert all(report(ResultsStatus=word)["status"] != "unknown" for word in value_sets.REPORT_STATUS.words)


def test_a_report_in_process_is_partial_if_it_has_results() -> None:
    resource = report(ResultsStatus="In Process", results=["a", "b"])
    assert resource["status"] == "partial"
    assert resource["result"] == [{"reference": "Observation/a"}, {"reference": "Observation/b"}]


@pytest.mark.parametrize("words", [{"results": ["a"]}, {"results": ["a"], "ResultsStatus": "Final"}])
def test_results_do_not_change_another_status(words: Json) -> None:
    assert report(**words)["status"] == ("final" if "ResultsStatus" in words else "unknown")


@pytest.mark.parametrize(("time", "is_issued"), [(NOON, True), ("2026-03-04", False), ("2026-03", False)])
def test_a_report_is_issued_at_a_moment(time: str, is_issued: bool) -> None:
    resource = report(CompletionDateTime=time)
    assert resource.get("issued") == (time if is_issued else None)
    assert extensions(resource) == ({} if is_issued else {"completion-date-time": time})


def test_the_numbers_of_an_order_are_those_of_placer_and_filler() -> None:
    resource = report(ID="7", ApplicationOrderID="7")
    told = [(one["system"], one["value"], one["type"]["coding"][0]["code"]) for one in resource["identifier"]]
    assert told == [("urn:redox:order", "7", "PLAC"), ("urn:redox:application-order", "7", "FILL")]


def test_what_is_said_of_the_order_is_a_snapshot() -> None:
    resource = report(TransactionDateTime=NOON, Status="Resulted", Priority="Stat", Provider={"NPI": "4356789876"})
    order = contained(resource)["order"]
    assert (order["status"], order["intent"], order["authoredOn"]) == ("unknown", "order", NOON)
    assert order["subject"] == {"reference": "Patient/p"}
    assert order["requester"] == {"reference": "#requester"}
    assert extensions(order) == {"status": "Resulted"}


@pytest.mark.parametrize(
    ("word", "code", "kept"),
    [
        ("Stat", "stat", {}),
        ("ASAP", "asap", {}),
        ("Routine", "routine", {}),
        ("Preoperative", None, {"said": "Preoperative"}),
        ("Timing Critical", None, {"said": "Timing Critical"}),
        ("soonish", None, {"said": "soonish"}),
    ],
)
def test_a_priority_has_a_code_where_fhir_has_one(word: str, code: str | None, kept: Json) -> None:
    order = contained(report(Priority=word))["order"]
    assert order.get("priority") == code
    assert extensions(order.get("_priority", {})) == kept


def test_the_visit_of_a_report_is_an_encounter_of_its_own() -> None:
    resource = report(Visit={"VisitNumber": "v1", "Location": {"Department": "3N"}})
    assert resource["encounter"] == {"reference": "#visit"}
    assert contained(resource)["visit"]["identifier"][0]["value"] == "v1"


@pytest.mark.parametrize(
    ("example", "name"),
    [
        ({"ID": "A1"}, "identifier"),
        ({"ApplicationOrderID": "A1"}, "identifier"),
        ({"ResultsStatus": "fINAL"}, "status"),
        ({"CompletionDateTime": "2026-03-04"}, "date"),
        ({"LastUpdated": NOON}, "last-updated"),
        ({"Procedure": {"Code": "a  b"}}, "code"),
        ({"Procedure": {"Codeset": "loinc"}}, "code"),
        ({"groups": ["g1"]}, "group"),
        ({"Visit": {"Location": {"Department": "3n"}}}, "department"),
    ],
)
def test_each_filter_of_a_question_has_a_search_parameter(example: Json, name: str) -> None:
    whole = {
        "ResultsStatus": "Final",
        "Procedure": {"Code": "a  b", "Codeset": "LOINC"},
        "Visit": {"VisitNumber": "v1", "Location": {"Department": "3N"}},
    }
    wanted, found = (
        parameters(DIAGNOSTIC_REPORT.to_fhir(record), lambda *parts: "|".join(parts))
        for record in (example, {**example, **whole})
    )
    assert set(wanted) == {name}
    assert wanted[name] == found[name] or set(wanted[name]) <= set(found[name])


# --- results ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "code", "is_kept"),
    [
        ("Final", "final", False),
        ("Preliminary", "preliminary", False),
        ("Incomplete", "preliminary", True),
        ("Corrected", "corrected", False),
        ("Canceled", "cancelled", False),
        ("Unavailable", "cancelled", True),
        ("Deleted", "entered-in-error", False),
        ("None Specified", "unknown", True),
        ("half done", "unknown", True),
        (None, "unknown", False),
    ],
)
def test_a_result_has_a_status_and_keeps_a_word_that_has_no_code_of_its_own(
    word: str | None, code: str, is_kept: bool
) -> None:
    resource = result(**({"Status": word} if word else {}))
    assert resource["status"] == code
    assert extensions(resource.get("_status", {})) == ({"said": word} if is_kept else {})


def test_every_word_for_a_result_but_one_has_a_code() -> None:
    unknown = [word for word in value_sets.RESULT_STATUS.words if result(Status=word)["status"] == "unknown"]
    assert unknown == ["None Specified"]


FLAGS = {
    "Normal": "N",
    "Low": "L",
    "Very Low": "LL",
    "Critically Low": "LL",
    "High": "H",
    "Very High": "HH",
    "Critically High": "HH",
    "Abnormal": "A",
    "Very Abnormal": "AA",
    "Critically Abnormal": "AA",
    "Susceptible": "S",
    "Very Susceptible": "VS",
    "Moderately Susceptible": "MS",
    "Not Susceptible": "NS",
    "Intermediate": "I",
    "Resistant": "R",
    "Inconclusive": "IND",
}


@pytest.mark.parametrize("word", [*value_sets.ABNORMAL_FLAG.words, "odd"])
def test_a_flag_is_an_interpretation_with_its_word(word: str) -> None:
    [interpretation] = result(AbnormalFlag=word)["interpretation"]
    codings = [coding["code"] for coding in interpretation.get("coding", ())]
    assert codings == ([FLAGS[word]] if word in FLAGS else [])
    assert interpretation["text"] == word


@pytest.mark.parametrize(
    ("text", "quantity", "is_kept"),
    [
        ("110", {"value": 110}, False),
        ("110.5", {"value": 110.5}, False),
        ("0", {"value": 0}, False),
        ("-3", {"value": -3}, False),
        ("<5", {"value": 5, "comparator": "<"}, False),
        (">=0.1", {"value": 0.1, "comparator": ">="}, False),
        ("110.00", {"value": 110.0}, True),
        ("007", {"value": 7}, True),
        ("+7", {"value": 7}, True),
        ("-0", {"value": 0}, True),
        ("< 5", {"value": 5, "comparator": "<"}, True),
        (" 5 ", {"value": 5}, True),
        ("0.00001", {"value": 0.00001}, True),
        ("123456789012345678.25", {"value": 123456789012345678.25}, True),
        ("999999999999999999", {"value": 999999999999999999}, False),
    ],
)
def test_a_number_is_a_quantity_and_comes_back_as_it_was_written(text: str, quantity: Json, is_kept: bool) -> None:
    resource = result(Value=text, ValueType="Numeric", Units="mg/dL")
    assert resource["valueQuantity"] == {**quantity, "unit": "mg/dL"}
    assert extensions(resource) == {"value-type": "Numeric", **({"value": text} if is_kept else {})}


@pytest.mark.parametrize(
    ("kind", "text", "member", "value"),
    [
        ("Money", "12.5", "valueQuantity", {"value": 12.5}),
        ("Price", "$12.50", "valueString", "$12.50"),
        ("Numeric", "Positive", "valueString", "Positive"),
        ("Numeric", "1e5", "valueString", "1e5"),
        ("Numeric", "1-10", "valueString", "1-10"),
        ("Numeric", "1234567890123456789", "valueString", "1234567890123456789"),
        ("Structured Numeric", ">100", "valueQuantity", {"value": 100, "comparator": ">"}),
        ("Structured Numeric", "1-10", "valueRange", {"low": {"value": 1}, "high": {"value": 10}}),
        ("Structured Numeric", "10-1", "valueString", "10-1"),
        ("Structured Numeric", "1:128", "valueRatio", {"numerator": {"value": 1}, "denominator": {"value": 128}}),
        ("Structured Numeric", "2+", "valueString", "2+"),
        ("String", "5", "valueString", "5"),
        ("Formatted Text", "a\nb", "valueString", "a\nb"),
        ("ID And Name", "1 Ada", "valueString", "1 Ada"),
        ("Coded Entry", "Positive", "valueCodeableConcept", {"text": "Positive"}),
        ("Date", "2015-05-06", "valueDateTime", "2015-05-06"),
        ("Date", "20150506", "valueDateTime", "2015-05-06"),
        ("Date", "2015", "valueDateTime", "2015"),
        ("Date", "2015-02-30", "valueString", "2015-02-30"),
        ("DateTime", NOON, "valueDateTime", NOON),
        ("DateTime", "20260304070000-0500", "valueDateTime", NOON),
        ("DateTime", "2026-03-04T12:00", "valueString", "2026-03-04T12:00"),
        ("Time", "09:30", "valueTime", "09:30:00"),
        ("Time", "093015", "valueTime", "09:30:15"),
        ("Time", "24:00", "valueString", "24:00"),
        ("Encapsulated Data", "not in base64", "valueString", "not in base64"),
        ("Reference Pointer", "somewhere", "valueString", "somewhere"),
        ("NM", "5", "valueString", "5"),
        (None, "5", "valueString", "5"),
    ],
)
def test_a_value_has_the_type_that_is_said_if_it_has_its_form(
    kind: str | None, text: str, member: str, value: Any
) -> None:
    resource = result(Value=text, **({"ValueType": kind} if kind else {}))
    assert [name for name in resource if name.startswith("value")] == [member]
    assert resource[member] == value


@pytest.mark.parametrize(
    ("words", "attachment"),
    [
        ({"Value": "SGVsbG8=", "FileType": "PDF"}, {"data": "SGVsbG8=", "contentType": "application/pdf"}),
        ({"Value": "SGVsbG8=", "FileType": ".tif"}, {"data": "SGVsbG8=", "contentType": "image/tiff"}),
        ({"Value": "SGVsbG8="}, {"data": "SGVsbG8=", "contentType": "application/octet-stream"}),
        ({"Value": "SGVsbG8=", "FileType": "holo"}, {"data": "SGVsbG8=", "contentType": "application/octet-stream"}),
        ({"Value": "https://a.example/1", "FileType": "a/b"}, {"url": "https://a.example/1", "contentType": "a/b"}),
        ({"Value": "Binary/b1"}, {"url": "Binary/b1"}),
    ],
)
def test_a_file_is_an_attachment(words: Json, attachment: Json) -> None:
    resource = result(ValueType="Encapsulated Data", **words)
    assert extensions(resource)["extension-Observation.value"] == attachment
    assert not [name for name in resource if name.startswith("value")]


def test_units_of_a_text_and_of_a_range_are_kept() -> None:
    assert extensions(result(Value="few", ValueType="String", Units="cells"))["units"] == "cells"
    ranged = result(Value="1-2", ValueType="Structured Numeric", Units="mm")
    assert ranged["valueRange"]["high"] == {"value": 2, "unit": "mm"}
    assert extensions(result(Units="mg"))["units"] == "mg"


@given(
    st.sampled_from((*value_sets.VALUE_TYPE.words, "NM")),
    said.texts("Value") | st.from_regex(r"[<>=+0-9.:/ -]{1,12}", fullmatch=True).filter(str.strip),
    st.none() | said.texts("FileType"),
)
def test_any_text_is_a_valid_value_of_any_type(kind: str, text: str, file_type: str | None) -> None:
    result(Value=text, ValueType=kind, **({"FileType": file_type} if file_type else {}))


def test_a_reference_range_has_numbers_and_a_text() -> None:
    [found] = result(ReferenceRange={"Low": 3.5, "High": 5, "Text": "3.5 to 5"})["referenceRange"]
    assert found == {"low": {"value": 3.5}, "high": {"value": 5}, "text": "3.5 to 5"}
    [bare] = result(ReferenceRange={"Extensions": {"method": {"string": "x"}}})["referenceRange"]
    assert "_text" in bare
    assert "referenceRange" not in result()


def test_producer_and_performer_are_two_performers() -> None:
    resource = result(Producer={"ID": "RL1", "IDType": "lab"}, Performer={"ID": "7", "LastName": "Reed"})
    assert [one["type"] for one in resource["performer"]] == ["Organization", "PractitionerRole"]
    assert [one["reference"] for one in resource["performer"]] == ["#producer", "#performer"]
    assert "identifier" not in result(Producer={"Name": "Lab"})["performer"][0]


def test_a_specimen_is_contained() -> None:
    specimen = contained(result(Specimen={"ID": "s1", "Source": "Blood", "BodySite": "arm"}))["specimen"]
    assert specimen["type"]["text"] == "Blood"
    assert specimen["collection"]["bodySite"]["text"] == "arm"
    assert specimen["subject"] == {"reference": "Patient/p"}
