"""The notation turns rows into two directions, and refuses to make a table that would lose or mix up anything."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

from mappings.notation import (
    SUBJECT,
    CodeTable,
    FieldMap,
    Iso,
    const,
    each,
    either,
    extension,
    field,
    matching,
    omission,
    one,
)
from mappings.notation.errors import DoubleHome, Homeless, OneWay, UnfitHome, UnknownHome, UnreadablePath
from mappings.notation.paths import Link, Step, fhir_path
from mappings.notation.r4 import member
from mappings.notation.rows import Row

Json = dict[str, Any]


def table(*rows: Row, of: str = "Patient", **leaves: str) -> FieldMap:
    """A table whose leaves are texts unless told otherwise."""
    named = {path: "Text" for row in rows for path in _paths(row)}
    return FieldMap(of, {**named, **leaves}, *rows)


def _paths(row: Row) -> tuple[str, ...]:
    redox = getattr(row, "redox", ())
    return redox if isinstance(redox, tuple) else (redox,)


def there_and_back(made: FieldMap, record: Json) -> Json:
    """The resource of a record, which must give the record again."""
    resource = made.to_fhir(record)
    assert made.to_redox(resource) == record
    return {name: value for name, value in resource.items() if name != "resourceType"}


# --- what rows say ----------------------------------------------------------------------------------------------------


def test_a_field_stands_in_the_first_element_of_a_list() -> None:
    made = table(field("Last", "name.family"), field("First", "name.given"))
    assert there_and_back(made, {"First": "Ada", "Last": "Quill"}) == {"name": [{"family": "Quill", "given": ["Ada"]}]}


def test_a_field_inside_a_redox_object_needs_no_table_of_its_own() -> None:
    made = table(field("Who.Name.Last", "name.family"))
    assert there_and_back(made, {"Who": {"Name": {"Last": "Quill"}}}) == {"name": [{"family": "Quill"}]}


def test_what_is_not_said_leaves_nothing_behind() -> None:
    made = table(field("Last", "name.family"), each("Mails[]", "telecom[system=email][].value"))
    assert made.to_fhir({}) == {"resourceType": "Patient"}


def test_a_flag_that_is_false_is_said() -> None:
    made = table(field("Alive", "active"), Alive="Flag")
    assert there_and_back(made, {"Alive": False}) == {"active": False}


def test_a_pick_finds_its_element_wherever_it_stands() -> None:
    made = table(
        field("Home", "telecom[system=phone,use=home].value"),
        field("Fax", "telecom[system=fax].value"),
        each("Mails[]", "telecom[system=email][].value"),
    )
    resource = made.to_fhir({"Home": "1", "Fax": "2", "Mails": ["a", "b"]})
    resource["telecom"].reverse()
    assert made.to_redox(resource) == {"Home": "1", "Fax": "2", "Mails": ["b", "a"]}


def test_a_pick_may_ask_for_a_member_deep_inside() -> None:
    made = table(field("Number", "identifier[type.coding.code=MB].value"), field("Other", "identifier.value"))
    resource = there_and_back(made, {"Number": "1", "Other": "2"})
    assert {"type": {"coding": [{"code": "MB"}]}, "value": "1"} in resource["identifier"]


def test_each_takes_what_picks_beside_it_did_not() -> None:
    inside = table(field("ID", "value"), field("System", "system", Iso(str, str)), of="Identifier")
    made = FieldMap(
        "Patient",
        {"SSN": "Text", "Ids[].ID": "Text", "Ids[].System": "Text"},
        field("SSN", "identifier[system=urn:ssn].value"),
        each("Ids[]", "identifier[]", inside),
    )
    there_and_back(made, {"SSN": "1", "Ids": [{"ID": "1"}, {"ID": "1", "System": "urn:other"}, {"ID": "1"}]})


def test_a_constant_stands_only_where_something_is_said_beside_it() -> None:
    made = table(field("Last", "name.family"), const("name.use", "official"))
    assert there_and_back(made, {}) == {}
    assert there_and_back(made, {"Last": "Quill"}) == {"name": [{"family": "Quill", "use": "official"}]}


def test_a_constant_is_needless_where_others_are_there() -> None:
    made = table(
        field("City", "contact.address.city"),
        field("Role", "contact.relationship.text"),
        const("contact.name", {"text": "?"}, unless="address"),
    )
    assert there_and_back(made, {"City": "Lund"}) == {"contact": [{"address": {"city": "Lund"}}]}
    assert "name" in there_and_back(made, {"Role": "aunt"})["contact"][0]


def test_documents_share_no_constant() -> None:
    made = table(field("Last", "name.family"), const("name.period", {"extension": [{"url": "x", "valueCode": "y"}]}))
    first = made.to_fhir({"Last": "Quill"})
    first["name"][0]["period"]["extension"][0]["url"] = "changed"
    assert made.to_fhir({"Last": "Quill"})["name"][0]["period"]["extension"][0]["url"] == "x"


def test_values_that_belong_together_turn_together() -> None:
    whole = Iso(lambda first, second: f"{first}-{second}", lambda both: tuple(both.split("-")))
    made = table(field(("First", "Second"), "name.text", whole))
    assert there_and_back(made, {"First": "a", "Second": "b"}) == {"name": [{"text": "a-b"}]}


def test_a_value_that_fits_one_home_only_goes_there() -> None:
    made = table(field("Code", ("maritalStatus.coding.code", "maritalStatus.text"), either(matching("[A-Z]"))))
    assert there_and_back(made, {"Code": "M"}) == {"maritalStatus": {"coding": [{"code": "M"}]}}
    assert there_and_back(made, {"Code": "in two minds"}) == {"maritalStatus": {"text": "in two minds"}}


def test_a_kept_value_is_an_extension_of_ours() -> None:
    made = table(extension("Note", "note", "valueString"), extension("Lines[]", "line", "valueString"))
    assert there_and_back(made, {"Note": "x", "Lines": ["a", "a"]})["extension"] == [
        {"url": "urn:data-on-demand:note", "valueString": "x"},
        {"url": "urn:data-on-demand:line", "valueString": "a"},
        {"url": "urn:data-on-demand:line", "valueString": "a"},
    ]


def test_a_dropped_value_is_gone_and_its_reason_told() -> None:
    made = table(field("Last", "name.family"), omission("Mood", because="nobody asks"))
    assert made.to_redox(made.to_fhir({"Last": "Quill", "Mood": "fair"})) == {"Last": "Quill"}
    assert made.homes() == {"Last": "Patient.name.family", "Mood": "not kept: nobody asks"}


# --- contained resources ----------------------------------------------------------------------------------------------

NAMED = table(field("Last", "practitioner->Practitioner#person.name.family"), of="PractitionerRole")
PLACE = table(
    field("Bed", "name"),
    const("mode", "instance"),
    field("Room", "partOf=>Location#room.name"),
    field("Ward", "partOf=>Location#room.partOf=>Location#ward.name"),
    of="Location",
)


def test_a_link_puts_siblings_among_the_contained() -> None:
    made = FieldMap(
        "Patient", {"Doctor.Last": "Text"}, one("Doctor", "generalPractitioner->PractitionerRole#gp", NAMED)
    )
    resource = there_and_back(made, {"Doctor": {"Last": "Okafor"}})
    assert resource["generalPractitioner"] == [{"reference": "#gp"}]
    assert {inside["id"]: inside["resourceType"] for inside in resource["contained"]} == {
        "gp-person": "Practitioner",
        "gp": "PractitionerRole",
    }


@pytest.mark.parametrize(
    ("said", "reference", "ids"),
    [
        ({"Bed": "1", "Room": "2", "Ward": "3"}, "#p", {"p", "p-room", "p-ward"}),
        ({"Bed": "1", "Ward": "3"}, "#p", {"p", "p-ward"}),
        ({"Room": "2", "Ward": "3"}, "#p-room", {"p-room", "p-ward"}),
        ({"Ward": "3"}, "#p-ward", {"p-ward"}),
        ({"Bed": "1"}, "#p", {"p"}),
    ],
)
def test_a_near_side_that_says_nothing_gives_way(said: Json, reference: str, ids: set[str]) -> None:
    leaves = {f"Place.{name}": "Text" for name in ("Bed", "Room", "Ward")}
    made = FieldMap("Encounter", leaves, one("Place", "location.location->Location#p", PLACE))
    resource = there_and_back(made, {"Place": said})
    assert resource["location"] == [{"location": {"reference": reference}}]
    assert {inside["id"] for inside in resource["contained"]} == ids


def test_the_elements_of_a_list_number_what_they_contain() -> None:
    named = table(field("Last", "individual->PractitionerRole.practitioner->Practitioner#person.name.family"),
                  of="EncounterParticipant")  # fmt: skip
    made = FieldMap("Encounter", {"Staff[].Last": "Text"}, each("Staff[]", "participant[]", named, called="staff"))
    resource = there_and_back(made, {"Staff": [{"Last": "Sato"}, {"Last": "Reed"}]})
    assert [inside["id"] for inside in resource["contained"]] == [
        "staff-1-person",
        "staff-1",
        "staff-2-person",
        "staff-2",
    ]


def test_what_nothing_refers_to_is_found_by_its_id_and_refers_to_the_whole() -> None:
    made = FieldMap(
        "Patient",
        {"Ills[].Name": "Text"},
        each("Ills[]", "contained[]->Condition", table(field("Name", "code.text"), const("subject", SUBJECT),
                                                       of="Condition"), called="ill"),
        about=lambda _: {"reference": "#"},
    )  # fmt: skip
    resource = there_and_back(made, {"Ills": [{"Name": "a"}, {"Name": "b"}]})
    assert [(inside["id"], inside["subject"]) for inside in resource["contained"]] == [
        ("ill-1", {"reference": "#"}),
        ("ill-2", {"reference": "#"}),
    ]


def test_a_reference_to_what_is_not_contained_reads_as_nothing() -> None:
    made = FieldMap(
        "Patient", {"Doctor.Last": "Text"}, one("Doctor", "generalPractitioner->PractitionerRole#gp", NAMED)
    )
    assert made.to_redox({"generalPractitioner": [{"reference": "Practitioner/1"}, {"display": "x"}]}) == {}


# --- reading some members ---------------------------------------------------------------------------------------------


def test_members_that_are_not_wanted_are_not_read_and_mislead_nobody() -> None:
    made = FieldMap(
        "Patient",
        {"SSN": "Text", "Ids[].ID": "Text", "Last": "Text", "First": "Text"},
        field("SSN", "identifier[system=urn:ssn].value"),
        each("Ids[]", "identifier[]", table(field("ID", "value"), of="Identifier")),
        field(("First", "Last"), ("name.given[]", "name.family"), Iso(lambda a, b: ([a], b), lambda a, b: (a[0], b))),
    )
    resource = made.to_fhir({"SSN": "1", "Ids": [{"ID": "2"}], "First": "Ada", "Last": "Quill"})
    assert made.reading("Ids")(resource) == {"Ids": [{"ID": "2"}]}
    assert made.reading("Last")(resource) == {"Last": "Quill"}
    with pytest.raises(UnknownHome):
        made.reading("Lest")


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "refusal"),
    [
        (field("A", "nmae.family"), UnknownHome),
        (field("A", "name.famliy"), UnknownHome),
        (field("A", "telecom[sytem=phone].value"), UnknownHome),
        (field("A", "telecom[system=fone].value"), UnfitHome),
        (field("A", "telecom[system].value"), UnreadablePath),
        (field("A", "name..family"), UnreadablePath),
        (field("A", "name.family."), UnreadablePath),
        (field("A", ""), UnreadablePath),
        (field("A", "name"), UnfitHome),
        (field("A", "name.use"), UnfitHome),
        (field("A", "birthDate"), UnfitHome),
        (field("A", "active"), UnfitHome),
        (field("A", "active.deep"), UnfitHome),
        (field("A", "maritalStatus[text=x]"), UnfitHome),
        (field("A", "maritalStatus[]"), UnfitHome),
        (field("A", "generalPractitioner->Practitoner#gp.active"), UnfitHome),
        (field("A", "generalPractitioner->Coverage#gp.network"), UnfitHome),
        (field("A", "maritalStatus->Practitioner#gp.active"), UnfitHome),
        (field("A", "generalPractitioner->Practitioner#gp"), UnfitHome),
        (each("A", "name.family"), UnfitHome),
        (each("A", "birthDate[]"), UnfitHome),
        (each("A", "telecom[sytem=email][].value"), UnknownHome),
        (one("A", "maritalStatus", table(field("City", "city"), of="Address")), UnknownHome),
    ],
)
def test_a_row_whose_home_is_none_is_refused(row: Row, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        table(row)


def test_a_place_takes_no_table_of_another_type() -> None:
    inside = table(field("City", "city"), of="Address")
    with pytest.raises(UnfitHome):
        FieldMap("Patient", {"A.City": "Text"}, one("A", "maritalStatus", inside))


@pytest.mark.parametrize(
    "rows",
    [
        (field("A", "name.family"), field("B", "name.family")),
        (field("A", "telecom[system=phone].value"), field("B", "telecom[system=phone].value")),
        (field("A", "telecom[system=phone].value"), field("B", "telecom[system=phone,use=home].value")),
        (field("A", "telecom[system=phone].value"), field("B", "telecom[use=home].value")),
        (each("A[]", "name.given[]"), each("B[]", "name.given[]")),
        (field("A", "name.given"), field("B", "name.given[]", Iso(list, list))),
        (field("A", "name.family"), field("A", "name.text")),
        (field("A", "maritalStatus", Iso(str, str)), field("B", "maritalStatus.text")),
        (
            field("A", "managingOrganization->Organization#one.name"),
            field("B", "managingOrganization->Organization#two.active"),
        ),
        (field("A", "name.family"), const("name.use", "old"), const("name.use", "official")),
    ],
)
def test_two_rows_never_claim_one_place(rows: tuple[Row, ...]) -> None:
    with pytest.raises(DoubleHome):
        table(*rows)


def test_an_object_with_a_table_has_no_other_rows() -> None:
    address = table(field("City", "city"), of="Address")
    with pytest.raises(DoubleHome):
        FieldMap("Patient", {"A.City": "Text"}, one("A", "address", address), field("A.City", "name.text"))


@pytest.mark.parametrize(
    ("row", "refusal"),
    [
        (const("name.use", "oficial"), UnfitHome),
        (const("name.period", [{}]), UnfitHome),
        (const("address.use", "home"), UnknownHome),
        (const("name.text", SUBJECT), UnfitHome),
        (const("name.text", "x", unless="famliy"), UnknownHome),
    ],
)
def test_a_constant_that_cannot_be_is_refused(row: Row, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        table(field("A", "name.family"), row)


def test_every_leaf_has_a_row_and_every_row_a_leaf() -> None:
    with pytest.raises(Homeless, match=r"Patient: B$"):
        FieldMap("Patient", {"A": "Text", "B": "Text"}, field("A", "name.family"))
    with pytest.raises(UnknownHome, match=r"Patient: B$"):
        FieldMap("Patient", {"A": "Text"}, field("A", "name.family"), field("B", "name.text"))
    inside = table(field("City", "city"), of="Address")
    with pytest.raises(Homeless, match=r"A\.State$"):
        FieldMap("Patient", {"A.City": "Text", "A.State": "Text"}, one("A", "address", inside))


def test_what_is_no_redox_path_is_refused() -> None:
    with pytest.raises(UnreadablePath):
        table(field("A b", "name.family"))


# --- code tables ------------------------------------------------------------------------------------------------------


def test_a_code_table_that_cannot_be_read_backwards_is_refused() -> None:
    with pytest.raises(OneWay):
        CodeTable("Sex", {"Other": "other", "Nonbinary": "other"})
    with pytest.raises(OneWay):
        CodeTable("Sex", {"Other": "other", "OTHER": "unknown"}, read_as=str.casefold, word_in="beside")
    with pytest.raises(OneWay):
        CodeTable("Sex", {"Other": ("urn:x", "other")})


def test_a_code_table_that_lacks_a_word_is_refused() -> None:
    with pytest.raises(Homeless, match="Sex: Female"):
        CodeTable("Sex", {"Male": "male"}, covers=("Male", "Female"))


def test_a_word_that_shares_its_code_stays_readable() -> None:
    beside = CodeTable("Sex", {"Other": "other", "Nonbinary": "other"}, word_in="beside")
    assert beside.to_fhir("Other") == ("other", None)
    assert beside.to_fhir("Nonbinary") == ("other", "Nonbinary")
    assert beside.to_fhir("Tall") == (None, "Tall")
    for word in ("Other", "Nonbinary", "Tall"):
        assert beside.to_redox(*beside.to_fhir(word)) == word


@pytest.mark.parametrize("word_in", ["text", "display"])
def test_a_word_kept_in_a_coded_value_is_said_as_it_was(word_in: Any) -> None:
    codes = CodeTable("Class", {"I": ("urn:x", "IMP")}, word_in=word_in, read_as=str.casefold)
    for word in ("I", "i", "Elsewhere"):
        assert codes.to_redox(codes.to_fhir(word)) == word


def test_a_code_table_of_single_words_turns_them_both_ways() -> None:
    codes = CodeTable("Ended", {True: "old"})
    assert codes.to_fhir(True) == "old"
    assert codes.to_redox("old") is True


# --- paths and types --------------------------------------------------------------------------------------------------


def test_a_path_says_its_picks_lists_and_links() -> None:
    assert fhir_path("telecom[system=phone,use=home].value") == (
        Step("telecom", (("system", "phone"), ("use", "home"))),
        Step("value"),
    )
    assert fhir_path("extension[url=http://a.b/c#d][].valueReference=>Location#room") == (
        Step("extension", (("url", "http://a.b/c#d"),), is_list=True),
        Step("valueReference", link=Link("Location", "room", near_side_gives_way=True)),
    )


def test_codes_that_the_models_abridge_are_whole() -> None:
    assert "unknown" in member("Encounter", "status").codes


def test_a_traceback_shows_the_line_of_a_table() -> None:
    made = table(field("A", "name.family", Iso(str.upper, str.lower)))
    with pytest.raises(TypeError) as raised:
        made.to_fhir({"A": 1})
    assert "{'family': to_fhir" in "".join(traceback.format_tb(raised.value.__traceback__))
