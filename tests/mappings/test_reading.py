"""Reading gives a clean message of any JSON, and names every fault by its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.reading import CLEAR, Issue, Reading, read
from mappings.reading.findings import MORE, MOST_ISSUES
from mappings.redox.catalogue import EVENTS, Event, event
from tests.strategies import clean_blocks, json_values, messages

Json = dict[str, Any]

CHICAGO = ZoneInfo("America/Chicago")
KATHMANDU = ZoneInfo("Asia/Kathmandu")
KEPT = {"outside value set", "no date", "no number", "wrong type"}
"""The reasons of issues whose value is kept as it was sent, so that they are found again in the clean message."""
MAPPED = [known for known in EVENTS if known.model]


def known(data_model: str, event_type: str) -> Event:
    found = event(data_model, event_type)
    assert found
    return found


ARRIVAL = known("PatientAdmin", "Arrival")
NEW_PATIENT = known("PatientAdmin", "NewPatient")
NEW = known("Scheduling", "New")
BOOKED = known("Scheduling", "Booked")
VISIT_QUERY = known("PatientAdmin", "VisitQuery")


def message(data_model: str, event_type: str, **said: Any) -> Json:
    return {"Meta": {"DataModel": data_model, "EventType": event_type}, **said}


def arrival(*, visit: Any = None, zone: ZoneInfo = CHICAGO, **patient: Any) -> Reading:
    """The reading of an Arrival of one identified patient."""
    identified = {"Identifiers": [{"ID": "m1", "IDType": "MR"}], **patient}
    return read(message("PatientAdmin", "Arrival", Patient=identified, Visit=visit), ARRIVAL, zone)


def demographics(zone: ZoneInfo = CHICAGO, **said: Any) -> tuple[Any, tuple[Issue, ...]]:
    """What is left of demographics, and the issues."""
    reading = arrival(Demographics=said, zone=zone)
    return reading.message["Patient"].get("Demographics"), reading.issues


def visit_time(text: Any, zone: ZoneInfo = CHICAGO) -> tuple[Any, list[str]]:
    reading = arrival(visit={"VisitDateTime": text}, zone=zone)
    return reading.message.get("Visit", {}).get("VisitDateTime"), [issue.reason for issue in reading.issues]


def holes(value: Any, *, at_top: bool = True) -> Iterator[str]:
    """Every kind of nothing in a clean message."""
    if value is None or (isinstance(value, str) and not value.strip()):
        yield repr(value)
    elif isinstance(value, dict | list):
        if not value and not at_top:
            yield repr(value)
        for inner in value.values() if isinstance(value, dict) else value:
            yield from holes(inner, at_top=False)


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value in a JSON value."""
    yield above
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*above, key))


@st.composite
def any_messages(draw: st.DrawFn, *, clears: bool = False) -> tuple[Event, Json]:
    """A mapped event and a message of it."""
    one = draw(st.sampled_from(MAPPED))
    return one, draw(messages(one.data_model, one.event_type, clears=clears))


@st.composite
def spoilt_messages(draw: st.DrawFn) -> tuple[Event, Any]:
    """A mapped event and a message of it with any JSON grafted somewhere."""
    one, whole = draw(any_messages(clears=True))
    *above, last = draw(st.sampled_from([way for way in places(whole) if way]))
    spoilt = deepcopy(whole)
    at = spoilt
    for key in above:
        at = at[key]
    at[last] = draw(json_values())
    return one, spoilt


# Laws


@given(spoilt_messages() | st.tuples(st.sampled_from(EVENTS), json_values()), st.booleans())
def test_reading_never_raises_and_leaves_no_holes(case: tuple[Event, Any], nulls_clear: bool) -> None:
    one, raw = case
    reading = read(raw, one, CHICAGO, nulls_clear=nulls_clear)
    assert not list(holes(reading.message))
    json.dumps(reading.message, allow_nan=False, ensure_ascii=False).encode()
    assert set(reading.misshapen) <= {issue.path for issue in reading.issues}


@given(spoilt_messages(), st.booleans())
def test_reading_again_changes_nothing_nor_does_reading_change_what_came(
    case: tuple[Event, Any], nulls_clear: bool
) -> None:
    one, raw = case
    before = repr(raw)
    once = read(raw, one, CHICAGO, nulls_clear=nulls_clear).message
    assert repr(raw) == before
    again = read(once, one, KATHMANDU, nulls_clear=nulls_clear)
    assert again.message == once
    assert {issue.reason for issue in again.issues} <= KEPT


@given(any_messages())
def test_a_message_that_redox_can_say_has_no_fault_but_wall_times(case: tuple[Event, Json]) -> None:
    reading = read(case[1], case[0], CHICAGO)
    assert {issue.reason for issue in reading.issues} <= {"time does not exist", "time exists twice"}
    assert (reading.missing, reading.misshapen) == ((), ())


@given(any_messages())
def test_the_order_of_members_is_kept(case: tuple[Event, Json]) -> None:
    def orders(raw: Any, clean: Any) -> Iterator[tuple[list[str], list[str]]]:
        if isinstance(clean, dict):
            yield [name for name in raw if name in clean], list(clean)
            for name, inner in clean.items():
                yield from orders(raw[name], inner)

    reading = read(case[1], case[0], CHICAGO)
    assert all(before == after for before, after in orders(case[1], reading.message))


@given(st.data())
def test_a_clean_message_is_read_as_it_is(data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(MAPPED))
    assert one.model
    whole = data.draw(clean_blocks(one.model))
    reading = read(whole, one, CHICAGO)
    assert reading == Reading(whole, (), (), ())


@given(spoilt_messages(), st.sampled_from(["Zebedee-4711", "Zebedee 4711 \x01", "\0Zebedee-4711", "2024-99-99Zebedee"]))
def test_no_value_is_ever_told(case: tuple[Event, Any], secret: str) -> None:
    one, raw = case

    def replaced(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: replaced(inner) for name, inner in value.items()}
        return [replaced(inner) for inner in value] if isinstance(value, list) else secret

    reading = read(replaced(raw), one, CHICAGO)
    told = repr((reading.issues, reading.missing, reading.misshapen))
    assert "Zebedee" not in told
    assert "4711" not in told


# Nothing said


def test_what_says_nothing_is_left_out() -> None:
    nothing: Json = {
        "Address": {"City": None, "State": " \t"},
        "PhoneNumber": {},
        "EmailAddresses": [None, "", "\u00a0"],
    }
    left, issues = demographics(FirstName=None, LastName="", **nothing)
    assert (left, issues) == (None, ())


def test_false_and_zero_are_values() -> None:
    reading = arrival(Demographics={"IsDeceased": False}, visit={"Duration": 0})
    assert reading.message["Patient"]["Demographics"] == {"IsDeceased": False}
    assert reading.message["Visit"] == {"Duration": 0}


def test_text_keeps_its_blanks_and_line_breaks() -> None:
    assert arrival(Notes=[" a\tb\r\nc "]).message["Patient"]["Notes"] == [" a\tb\r\nc "]


@pytest.mark.parametrize("blanks", [" ", "\t", "\r\n", "\u00a0", "\u2003 "])
def test_identifiers_numbers_and_codes_are_trimmed(blanks: str) -> None:
    def spaced(text: str) -> str:
        return f"{blanks}{text}{blanks}"

    numbers = {"VisitNumber": "v 1", "AccountNumber": "a1", "PatientClass": "Day  surgery"}
    reading = arrival(
        Identifiers=[{"ID": spaced("W100"), "IDType": spaced("MR")}],
        Demographics={"Citizenship": [spaced("US")], "SSN": spaced("1"), "LastName": spaced("Quill")},
        Diagnoses=[{"Code": spaced("R07.0"), "Codeset": spaced("ICD-10"), "Name": spaced("Cough")}],
        visit={name: spaced(text) for name, text in numbers.items()},
    )
    assert reading.issues == ()
    patient = reading.message["Patient"]
    assert patient["Identifiers"] == [{"ID": "W100", "IDType": "MR"}]
    assert patient["Demographics"] == {"Citizenship": ["US"], "SSN": "1", "LastName": spaced("Quill")}
    assert patient["Diagnoses"] == [{"Code": "R07.0", "Codeset": "ICD-10", "Name": spaced("Cough")}]
    assert reading.message["Visit"] == numbers


def test_a_delete_is_trimmed_where_texts_are() -> None:
    assert arrival(visit={"VisitNumber": f" {CLEAR} "}).message["Visit"] == {"VisitNumber": CLEAR}


# Leaves


@pytest.mark.parametrize(("sent", "read_as"), [(1234, "1234"), (10**30, str(10**30)), (1.5, "1.5"), ("1234", "1234")])
def test_a_number_stands_for_a_text(sent: Any, read_as: str) -> None:
    assert arrival(visit={"VisitNumber": sent}).message["Visit"] == {"VisitNumber": read_as}


@pytest.mark.parametrize("sent", [True, 1e17, float("nan"), float("inf"), 10**400])
def test_what_is_no_text_is_left_out(sent: Any) -> None:
    reading = arrival(visit={"VisitNumber": sent, "Reason": "fall"})
    assert reading.message["Visit"] == {"Reason": "fall"}
    assert reading.issues == (Issue("Visit.VisitNumber", "wrong type"),)
    assert reading.misshapen == ()


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [
        (15, 15),
        (15.0, 15),
        (12.5, 12.5),
        (" 15 ", 15),
        ("-2.50", -2.5),
        ("+7", 7),
        (1e300, 1e300),
        (-0.0, 0),
        ("007", 7),
    ],
)
def test_a_number_may_be_a_text(sent: Any, read_as: float) -> None:
    found = arrival(visit={"Balance": sent}).message["Visit"]["Balance"]
    assert (found, type(found)) == (read_as, type(read_as))


@pytest.mark.parametrize("sent", ["ten", "1e5", "1,5", "--1", "9" * 30, True, float("nan"), 2**63, "٣"])
def test_what_is_no_number_is_kept_as_text_if_it_is_one(sent: Any) -> None:
    reading = arrival(visit={"Balance": sent, "Reason": "fall"})
    kept = {} if sent is True or str(sent) == "nan" else {"Balance": str(sent)}
    assert reading.message["Visit"] == {**kept, "Reason": "fall"}
    assert reading.issues == (Issue("Visit.Balance", "no number"),)


@pytest.mark.parametrize(("sent", "read_as"), [(True, True), ("FALSE", False), (" true ", True)])
def test_a_flag_may_be_a_word(sent: Any, read_as: bool) -> None:
    assert demographics(IsDeceased=sent) == ({"IsDeceased": read_as}, ())


@pytest.mark.parametrize("sent", ["yes", 1, 0, 1.0])
def test_what_is_no_flag_is_kept_as_text(sent: Any) -> None:
    issue = Issue("Patient.Demographics.IsDeceased", "wrong type")
    assert demographics(IsDeceased=sent) == ({"IsDeceased": str(sent)}, (issue,))


@pytest.mark.parametrize(("sent", "read_as"), [("female", "Female"), (" NONBINARY ", "Nonbinary"), ("Male", "Male")])
def test_a_code_is_spelt_as_its_value_set_spells_it(sent: str, read_as: str) -> None:
    assert demographics(Sex=sent) == ({"Sex": read_as}, ())


@pytest.mark.parametrize(("sent", "kept"), [("F", "F"), (" f ", " f "), (1, "1")])
def test_a_word_outside_its_value_set_is_kept_as_it_was_sent(sent: Any, kept: str) -> None:
    assert demographics(Sex=sent) == ({"Sex": kept}, (Issue("Patient.Demographics.Sex", "outside value set"),))


def test_what_is_no_word_at_all_is_left_out() -> None:
    assert demographics(Sex=True) == (None, (Issue("Patient.Demographics.Sex", "outside value set"),))


def test_a_discharge_code_may_be_a_number() -> None:
    discharge = message("PatientAdmin", "Discharge", Visit={"DischargeStatus": {"Code": 1}})
    reading = read(discharge, known("PatientAdmin", "Discharge"), CHICAGO)
    assert reading.message["Visit"] == {"DischargeStatus": {"Code": "01"}}


@pytest.mark.parametrize("sent", ["a\x01b", "a\x1bb", "\ud800", "x\udfff"])
def test_a_text_with_a_control_character_is_left_out(sent: str) -> None:
    left, issues = demographics(FirstName=sent, LastName="Quill")
    assert left == {"LastName": "Quill"}
    assert issues == (Issue("Patient.Demographics.FirstName", "control character"),)


# Times


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [
        ("2024-03-04T05:06:07.890Z", "2024-03-04T05:06:07.890Z"),
        ("2024-03-04T05:06:07.890123Z", "2024-03-04T05:06:07.890Z"),
        ("2024-03-04T05:06:07.8Z", "2024-03-04T05:06:07.800Z"),
        ("2024-03-04T05:06:07,8z", "2024-03-04T05:06:07.800Z"),
        ("2024-03-04 05:06:07Z", "2024-03-04T05:06:07.000Z"),
        ("2024-03-04t05:06Z", "2024-03-04T05:06:00.000Z"),
        (" 2024-03-04T05:06:07+05:45 ", "2024-03-03T23:21:07.000Z"),
        ("2024-03-04T05:06:07-0600", "2024-03-04T11:06:07.000Z"),
        ("2024-03-04T05:06:07 -06", "2024-03-04T11:06:07.000Z"),
        ("2024-03-04T05:06:07", "2024-03-04T11:06:07.000Z"),
        ("2024-07-04 05:06", "2024-07-04T10:06:00.000Z"),
        ("2024-03-04", "2024-03-04"),
        ("20240304", "2024-03-04"),
        ("20240304T050607Z", "2024-03-04T05:06:07.000Z"),
        ("20240304T050607.890Z", "2024-03-04T05:06:07.890Z"),
        ("20240304T0506+0545", "2024-03-03T23:21:00.000Z"),
        ("20240304050607.8901-0600", "2024-03-04T11:06:07.890Z"),
        ("202403040506-0600", "2024-03-04T11:06:00.000Z"),
        ("2024030405", "2024-03-04T11:00:00.000Z"),
        ("20240704 0506", "2024-07-04T10:06:00.000Z"),
        ("0001-01-02T00:00:00Z", "0001-01-02T00:00:00.000Z"),
    ],
)
def test_a_time_is_utc_to_the_millisecond_and_a_date_stays_a_date(sent: str, read_as: str) -> None:
    assert visit_time(sent) == (read_as, [])


@pytest.mark.parametrize(
    "sent",
    [
        "yesterday",
        "2024-02-30",
        "2024-02-30T00:00:00.000Z",
        "2024-03-04T24:00:00.000Z",
        "2024-03-04T24:00",
        "2024-03-04T23:59:60Z",
        "2024-03-04T05Z",
        "2024-3-4",
        "20241304",
        "202403",
        "2024",
        "2024-03",
        "2024030425",
        "20240304-0600",
        "2024-03-04T050607Z",
        "03/04/2024",
        "2024-03-04T05:06:07+99:00",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "2024-03-04T",
        "٢٠٢٤-03-04",
        20240304,
        True,
    ],
)
def test_what_is_no_time_is_left_out(sent: Any) -> None:
    assert visit_time(sent) == (None, ["no date"])


def test_a_wall_time_that_exists_twice_is_its_first_occurrence() -> None:
    assert visit_time("2024-11-03T01:30:00") == ("2024-11-03T06:30:00.000Z", ["time exists twice"])


def test_a_wall_time_that_does_not_exist_is_taken_with_the_offset_before() -> None:
    assert visit_time("2024-03-10T02:30:00") == ("2024-03-10T08:30:00.000Z", ["time does not exist"])


def test_an_offset_leaves_nothing_to_remark() -> None:
    assert visit_time("2024-11-03T01:30:00-05:00") == ("2024-11-03T06:30:00.000Z", [])


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [
        ("2008-01-06", "2008-01-06"),
        (" 2008-01-06 ", "2008-01-06"),
        ("2008-01-06T00:00:00.000Z", "2008-01-06"),
        ("2008-01-06T06:00:00.000Z", "2008-01-06"),
        ("2008-01-05T18:15:00Z", "2008-01-05"),
        ("2008-01-06T00:00:00", "2008-01-06"),
        ("2008-01-06 13:45", "2008-01-06"),
        ("2008-01-06T22:00:00-08:00", "2008-01-07"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01"),
    ],
)
def test_a_date_with_a_time_is_the_local_date_at_midnight_else_as_written(sent: str, read_as: str) -> None:
    assert demographics(DOB=sent) == ({"DOB": read_as}, ())


def test_midnight_is_that_of_the_zone() -> None:
    assert demographics(DOB="2008-01-05T18:15:00Z", zone=KATHMANDU) == ({"DOB": "2008-01-06"}, ())


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [
        ("20080106", "2008-01-06"),
        ("200801061405-0600", "2008-01-06"),
        ("2008010614", "2008-01-06"),
        ("20080106T000000", "2008-01-06"),
        ("2008", "2008"),
        (" 2008-01 ", "2008-01"),
    ],
)
def test_a_date_may_be_of_another_form_or_a_part_of_one(sent: str, read_as: str) -> None:
    assert demographics(DOB=sent) == ({"DOB": read_as}, ())


@pytest.mark.parametrize(
    "sent", ["01-01-01", "2008-13-01", "2008-01-06Z", "2008-01-06T99:00", 20080106, "2008-13", "0000", "200801", 2008]
)
def test_a_date_of_birth_that_is_no_date_is_left_out(sent: Any) -> None:
    assert demographics(DOB=sent) == (None, (Issue("Patient.Demographics.DOB", "no date"),))


@pytest.mark.parametrize("sent", ["soon", "2008-13-01", 20080106, "1/6/08"])
def test_a_date_that_nobody_is_searched_by_is_kept_as_text(sent: Any) -> None:
    paying = arrival(visit={"Guarantor": {"DOB": sent}})
    assert paying.message["Visit"] == {"Guarantor": {"DOB": str(sent)}}
    assert paying.issues == (Issue("Visit.Guarantor.DOB", "no date"),)
    assert demographics(DeathDateTime=sent)[0] == {"DeathDateTime": str(sent)}


@pytest.mark.parametrize("sent", ["2008", "2008-01"])
def test_a_time_that_nobody_is_searched_by_may_be_a_part_of_a_date(sent: str) -> None:
    assert demographics(DeathDateTime=sent) == ({"DeathDateTime": sent}, ())


@pytest.mark.parametrize("sent", ["a\x01b", "\0soon", {"$ne": ""}, ["soon"], True, float("nan")])
def test_what_no_text_can_be_of_is_not_kept(sent: Any) -> None:
    assert demographics(DeathDateTime=sent)[0] is None


# Shape


@pytest.mark.parametrize(
    ("patient", "path"),
    [
        ({"Demographics": {"FirstName": {"$ne": ""}}}, "Patient.Demographics.FirstName"),
        ({"Demographics": {"FirstName": {}}}, "Patient.Demographics.FirstName"),
        ({"Demographics": {"DOB": []}}, "Patient.Demographics.DOB"),
        ({"Demographics": {"Sex": ["Male"]}}, "Patient.Demographics.Sex"),
        ({"Demographics": {"Address": "Main Street 1"}}, "Patient.Demographics.Address"),
        ({"Demographics": {"Address": []}}, "Patient.Demographics.Address"),
        ({"Demographics": [{"FirstName": "Ada"}]}, "Patient.Demographics"),
        ({"Notes": "tall"}, "Patient.Notes"),
        ({"Notes": ["tall", {"Text": "kind"}]}, "Patient.Notes[1]"),
        ({"Contacts": {"FirstName": "Bo"}}, "Patient.Contacts"),
        ({"Contacts": [{"FirstName": "Bo"}, 7]}, "Patient.Contacts[1]"),
        ({"Contacts": [{}, {"Address": {"City": [1]}}]}, "Patient.Contacts[1].Address.City"),
        ({"Allergies": [{"Reaction": [{"Code": "1"}, {"Code": {}}]}]}, "Patient.Allergies[0].Reaction[1].Code"),
        ({"Demographics": {"FirstName": "A\0da"}}, "Patient.Demographics.FirstName"),
        ({"Demographics": CLEAR}, "Patient.Demographics"),
    ],
)
def test_a_wrong_shape_is_named_by_its_path(patient: Json, path: str) -> None:
    reading = arrival(**patient)
    assert reading.misshapen == (path,)
    assert reading.issues == (Issue(path, "wrong shape"),)


@pytest.mark.parametrize("sent", [[], "text", 7, True, 1.5])
def test_a_message_that_is_no_object_is_misshapen(sent: Any) -> None:
    assert read(sent, ARRIVAL, CHICAGO) == Reading({}, (Issue("$", "wrong shape"),), (), ("$",))


def test_a_reason_of_booked_is_a_text_or_a_list() -> None:
    def reason(sent: Any) -> Reading:
        asked = {"StartDateTime": "2024-03-04", "Visit": {"Reason": sent}}
        return read(message("Scheduling", "Booked", **asked), BOOKED, CHICAGO)

    assert reason("knee").message["Visit"] == {"Reason": "knee"}
    assert reason(["knee", None, "hip", 7]).message["Visit"] == {"Reason": ["knee", "hip", "7"]}
    assert "Visit" not in reason([]).message
    assert reason({"$gt": ""}).misshapen == ("Visit.Reason",)
    assert reason(["knee", {}]).misshapen == ("Visit.Reason[1]",)


# Unknown members


def test_unknown_members_are_left_out_and_named() -> None:
    sent = message("PatientAdmin", "VisitQuery", Colour="red", Patients=[{"Identifiers": [], "Shoe": {"Size": 7}}])
    reading = read(sent, VISIT_QUERY, CHICAGO)
    assert reading.message == message("PatientAdmin", "VisitQuery")
    assert reading.issues == (
        Issue("Colour", "unknown field"),
        Issue("Patients[0].Shoe", "unknown field"),
        Issue("Patients[0]", "says nothing"),
    )
    assert reading.misshapen == ()


def test_who_is_asked_for_must_be_said_at_each_place_of_a_list() -> None:
    somebody = {"Identifiers": [{"ID": "1", "IDType": "MR"}]}
    sent = message("PatientAdmin", "VisitQuery", Patients=[somebody, None, {}, {"Identifiers": [{}, None]}])
    reading = read(sent, VISIT_QUERY, CHICAGO)
    assert reading.message["Patients"] == [somebody]
    assert reading.issues == tuple(Issue(f"Patients[{at}]", "says nothing") for at in (1, 2, 3))


def test_nothing_clears_in_a_question() -> None:
    sent = message("PatientAdmin", "VisitQuery", VisitStartDateTime=CLEAR, Departments=[CLEAR])
    reading = read(sent, VISIT_QUERY, CHICAGO)
    assert reading.message == message("PatientAdmin", "VisitQuery", Departments=[CLEAR])
    assert reading.issues == (Issue("VisitStartDateTime", "no date"),)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada Quill 1980", "Ada Quill 1980"),
        ("a.b", "a.b"),
        ("$where", "$where"),
        ("Patient[]", "Patient[]"),
        ("x" * 41, "x" * 40),
        ("", "?"),
        ("a\x00\ud800\u202eb", "a???b"),
    ],
)
def test_an_unknown_member_is_named_in_forty_characters_but_not_for_logs(name: str, shown: str) -> None:
    (issue,) = arrival(**{name: 1}).issues
    assert issue == Issue(f"Patient.{shown}", "unknown field")
    assert issue.place == "Patient.?"


def test_a_known_member_is_named_for_logs() -> None:
    (issue,) = arrival(visit={"Balance": "ten"}).issues
    assert issue.place == "Visit.Balance"


@pytest.mark.parametrize("nothing", [None, "", "\u2003", [], {}, [{"a": [None, {"b": " "}]}]])
def test_an_unknown_member_may_say_nothing(nothing: Any) -> None:
    assert arrival(Colour=nothing).issues == ()


def test_an_unknown_member_may_be_deep() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert arrival(Colour=deep).issues == ()


@pytest.mark.parametrize("said", [False, 0, "a", [None, 0]])
def test_an_unknown_member_that_says_something_is_named(said: Any) -> None:
    assert arrival(Colour=said).issues == (Issue("Patient.Colour", "unknown field"),)


SHOE = {"url": "https://example.org/shoe-size", "integer": 7}


@pytest.mark.parametrize(
    "said",
    [
        {"shoe-size": SHOE},
        {"a": {"string": " x "}, "b": {"url": "not absolute", "boolean": False}},
        {"phones": {"url": "urn:x", "telecoms": [{"value": "1"}, {"value": "2", "use": {"code": "home"}}]}},
        {"Ada Quill": {"decimal": 0.5}, "z": CLEAR},
    ],
)
def test_extensions_of_any_object_are_kept_as_they_were_sent(said: Json) -> None:
    patient: Json = {"Extensions": said, "Demographics": {"Extensions": said, "Address": {"Extensions": said}}}
    reading = arrival(**patient)
    assert reading.issues == ()
    assert {name: reading.message["Patient"][name] for name in patient} == patient


def test_what_says_nothing_in_extensions_is_left_out() -> None:
    said = {
        "a": None,
        "b": {},
        "c": {"string": " ", "coding": {"code": None}},
        "d": {"string": "x", "list": [None, {}]},
    }
    assert arrival(Extensions=said).message["Patient"]["Extensions"] == {"d": {"string": "x"}}
    assert arrival(Extensions={"a": None}, Notes=["x"]).message["Patient"].keys() == {"Identifiers", "Notes"}


def deep(levels: int) -> Any:
    return {"in": deep(levels - 1)} if levels else 1


@pytest.mark.parametrize(
    ("said", "path", "reason"),
    [
        ("shoes", "Patient.Extensions", "wrong shape"),
        ([SHOE], "Patient.Extensions", "wrong shape"),
        ({"shoe-size": 7}, "Patient.Extensions.shoe-size", "wrong shape"),
        ({"Ada Quill 1980": 7}, "Patient.Extensions.Ada Quill 1980", "wrong shape"),
        ({"a\x00": 7}, "Patient.Extensions.a?", "control character"),
        ({"x" * 50: 7}, f"Patient.Extensions.{'x' * 40}", "wrong shape"),
        ({"a": {"url": "urn:x"}}, "Patient.Extensions.a", "wrong shape"),
        ({"a": {"url": ["urn:x"], "string": "x"}}, "Patient.Extensions.a", "wrong shape"),
        ({"a": {"list": [["x"]]}}, "Patient.Extensions.a", "wrong shape"),
        ({"a": deep(9)}, "Patient.Extensions.a", "wrong shape"),
        ({"a": {"string": "x\0"}}, "Patient.Extensions.a", "control character"),
        ({"a": {"decimal": float("nan")}}, "Patient.Extensions.a", "no number"),
        ({"a": {"integer": 2**63}}, "Patient.Extensions.a", "no number"),
    ],
)
def test_an_extension_of_another_shape_is_left_out_and_named(said: Any, path: str, reason: str) -> None:
    reading = arrival(Extensions=said)
    assert reading.issues == (Issue(path, reason),)
    assert reading.misshapen == ()
    assert "Extensions" not in reading.message["Patient"]


def test_one_bad_extension_spoils_no_other() -> None:
    assert arrival(Extensions={"a": 7, "shoe-size": SHOE}).message["Patient"]["Extensions"] == {"shoe-size": SHOE}


def test_extensions_of_a_question_ask_nothing() -> None:
    somebody = {"Identifiers": [{"ID": "1", "IDType": "MR"}]}
    sent = message(
        "PatientAdmin", "VisitQuery", Extensions={"a": SHOE}, Patients=[{**somebody, "Extensions": {"a": SHOE}}]
    )
    clean = message("PatientAdmin", "VisitQuery", Patients=[somebody])
    assert read(sent, VISIT_QUERY, CHICAGO) == Reading(clean, (), (), ())


def test_extensions_of_the_message_itself_belong_to_no_record() -> None:
    reading = read(message("PatientAdmin", "Arrival", Extensions={"a": SHOE}), ARRIVAL, CHICAGO)
    assert reading.issues == (Issue("Extensions", "unknown field"),)


def test_what_meta_tolerates_has_no_issue() -> None:
    meta = {"DataModel": "PatientAdmin", "EventType": "Arrival"}
    retired = {"Message": {"ID": 5565, "Batch": 1}, "Transmission": {"ID": 7, "Way": "up"}}
    sent = {"Meta": {**meta, **retired, "Extensions": {"a": {"b": None}}}, "Patient": {}}
    reading = read(sent, ARRIVAL, CHICAGO)
    assert reading.message == {"Meta": {**meta, "Message": {"ID": 5565}, "Transmission": {"ID": 7}}}
    assert reading.issues == ()


def test_a_flood_of_faults_is_cut() -> None:
    reading = arrival(Notes=[True] * (MOST_ISSUES + 5))
    assert len(reading.issues) == MOST_ISSUES + 1
    assert reading.issues[-1] == Issue("$", MORE)


# Missing


@pytest.mark.parametrize(
    ("visit", "missing"),
    [
        (None, ("Visit.VisitNumber", "Visit.VisitDateTime", "Visit.Duration", "Visit.Location.Department")),
        (
            {"VisitNumber": " "},
            ("Visit.VisitNumber", "Visit.VisitDateTime", "Visit.Duration", "Visit.Location.Department"),
        ),
        ({"VisitNumber": "v1", "VisitDateTime": "2024-03-04", "Duration": 15}, ("Visit.Location.Department",)),
        (
            {"VisitNumber": "v1", "VisitDateTime": "2024-03-04", "Duration": 15, "Location": {"Room": "7"}},
            ("Visit.Location.Department",),
        ),
        ({"VisitNumber": "v1", "VisitDateTime": "2024-03-04", "Location": {"Department": "3N"}}, ("Visit.Duration",)),
        ({"VisitNumber": "v1", "VisitDateTime": "2024-03-04", "Duration": 0, "Location": {"Department": "3N"}}, ()),
    ],
)
def test_required_paths_of_which_nothing_is_said_are_missing(visit: Any, missing: tuple[str, ...]) -> None:
    assert sorted(read(message("Scheduling", "New", Visit=visit), NEW, CHICAGO).missing) == sorted(missing)


@pytest.mark.parametrize("patient", [None, {}, {"Identifiers": []}, {"Identifiers": [None, {"ID": ""}]}])
def test_a_patient_needs_identifiers(patient: Any) -> None:
    assert read(message("PatientAdmin", "Arrival", Patient=patient), ARRIVAL, CHICAGO).missing == (
        "Patient.Identifiers",
    )


def test_an_identifier_needs_both_halves() -> None:
    sent = message("PatientAdmin", "Arrival", Patient={"Identifiers": [{"ID": "m1", "IDType": "MR"}, {"ID": "e1"}]})
    assert read(sent, ARRIVAL, CHICAGO).missing == ("Patient.Identifiers[1].IDType",)


def test_an_identifier_of_an_appointment_need_not() -> None:
    sent = message("Scheduling", "New", Patient={"Identifiers": [{"ID": "m1"}]})
    assert not any("Identifiers" in path for path in read(sent, NEW, CHICAGO).missing)


def test_what_was_said_and_not_understood_is_not_missing() -> None:
    visit = {"VisitNumber": True, "VisitDateTime": "soon", "Duration": "long", "Location": "here"}
    reading = read(message("Scheduling", "New", Visit=visit), NEW, CHICAGO)
    assert reading.missing == ()
    assert reading.lost == ("Visit.VisitNumber", "Visit.VisitDateTime")
    assert reading.message["Visit"] == {"Duration": "long"}
    assert reading.misshapen == ("Visit.Location",)


@pytest.mark.parametrize(
    ("identifier", "missing", "lost"),
    [
        ({"ID": True, "IDType": False}, (), ("ID", "IDType")),
        ({"ID": True}, ("IDType",), ("ID",)),
        ({"ID": {}, "IDType": False}, (), ("IDType",)),
    ],
)
def test_a_required_member_that_is_not_understood_is_lost_and_told_once(
    identifier: Json, missing: tuple[str, ...], lost: tuple[str, ...]
) -> None:
    reading = read(message("PatientAdmin", "Arrival", Patient={"Identifiers": [identifier]}), ARRIVAL, CHICAGO)
    assert reading.missing == tuple(f"Patient.Identifiers[0].{name}" for name in missing)
    assert reading.lost == tuple(f"Patient.Identifiers[0].{name}" for name in lost)
    assert "Patient" not in reading.message


def test_an_element_of_unknown_members_says_nothing() -> None:
    reading = read(message("PatientAdmin", "Arrival", Patient={"Identifiers": [{"Colour": 1}]}), ARRIVAL, CHICAGO)
    assert (reading.missing, reading.lost) == (("Patient.Identifiers",), ())
    assert "Patient" not in reading.message


def test_a_message_of_nothing_misses_all_that_is_required() -> None:
    missing = ("Meta.DataModel", "Meta.EventType", "StartDateTime")
    assert read({}, BOOKED, CHICAGO) == read(None, BOOKED, CHICAGO) == Reading({}, (), missing, ())


# HL7's delete


def test_the_delete_passes_any_leaf() -> None:
    said = {"FirstName": CLEAR, "DOB": CLEAR, "Sex": CLEAR, "IsDeceased": CLEAR, "EmailAddresses": [CLEAR]}
    assert demographics(**said) == (said, ())
    assert arrival(visit={"Duration": CLEAR, "VisitDateTime": CLEAR}).message["Visit"] == {
        "Duration": CLEAR,
        "VisitDateTime": CLEAR,
    }


def clearing(event_type: str, patient: Json) -> Any:
    one = known("PatientAdmin", event_type)
    return read(message("PatientAdmin", event_type, Patient=patient), one, CHICAGO, nulls_clear=True).message.get(
        "Patient"
    )


@pytest.mark.parametrize("event_type", ["NewPatient", "PatientUpdate"])
def test_null_and_the_empty_list_clear_a_person_where_that_was_chosen(event_type: str) -> None:
    patient = {
        "Identifiers": [],
        "Demographics": {"MiddleName": None, "EmailAddresses": [], "Address": None, "PhoneNumber": {"Home": None}},
        "Notes": [],
        "Contacts": None,
        "PCP": None,
        "Insurances": [],
    }
    assert clearing(event_type, patient) == {
        "Demographics": {
            "MiddleName": CLEAR,
            "EmailAddresses": CLEAR,
            "Address": CLEAR,
            "PhoneNumber": {"Home": CLEAR},
        },
        "Notes": CLEAR,
        "Contacts": CLEAR,
        "PCP": CLEAR,
        "Insurances": CLEAR,
    }


def test_what_was_cleared_is_read_again_as_it_is() -> None:
    cleared = {"Demographics": CLEAR, "Notes": CLEAR, "PCP": {"Address": CLEAR, "NPI": CLEAR}}
    assert clearing("PatientUpdate", cleared) == cleared


@pytest.mark.parametrize(
    "patient",
    [
        {"Identifiers": None},
        {"Identifiers": [{"ID": None}]},
        {"Demographics": {}},
        {"Notes": [None, " "]},
        {"Contacts": [{"FirstName": None, "EmailAddresses": [], "Address": {"City": None}}]},
    ],
)
def test_nothing_else_clears(patient: Json) -> None:
    assert clearing("NewPatient", patient) is None


def test_null_clears_nothing_where_that_was_not_chosen() -> None:
    sent = message("PatientAdmin", "NewPatient", Patient={"Notes": [], "PCP": None})
    assert "Patient" not in read(sent, NEW_PATIENT, CHICAGO).message


# Events that are not mapped


def test_of_an_unmapped_event_only_meta_is_read() -> None:
    sent = message("Claim", "Submission", Claims=[{"ID": 7}])
    sent["Meta"] |= {"SessionID": "s", "EventDateTime": "2024-03-04 05:06Z"}
    reading = read(sent, known("Claim", "Submission"), CHICAGO)
    assert reading.message["Meta"]["EventDateTime"] == "2024-03-04T05:06:00.000Z"
    assert (list(reading.message), reading.issues) == (["Meta"], ())
