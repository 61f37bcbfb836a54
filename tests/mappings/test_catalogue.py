"""The catalogue knows every event there is, and every path of those that are mapped."""

from collections import Counter

import pytest
from pydantic import BaseModel

from mappings.redox.catalogue import EVENTS, Event, Leaf, event, leaves
from mappings.redox.leaves import Block, Text, members
from mappings.redox.scheduling import Booked
from mappings.redox.value_sets import DISCHARGE_STATUS, RACE, SEX, VALUE_SETS, ValueSet

MAPPED = [known for known in EVENTS if known.model]

LEAVES = {
    ("Notes", "Delete"): 157,
    ("Notes", "New"): 158,
    ("Notes", "Query"): 21,
    ("Notes", "QueryResponse"): 31,
    ("Notes", "Replace"): 159,
    ("PatientAdmin", "Arrival"): 297,
    ("PatientAdmin", "Cancel"): 298,
    ("PatientAdmin", "CensusQuery"): 19,
    ("PatientAdmin", "CensusQueryResponse"): 59,
    ("PatientAdmin", "Discharge"): 309,
    ("PatientAdmin", "NewPatient"): 159,
    ("PatientAdmin", "PatientMerge"): 43,
    ("PatientAdmin", "PatientUpdate"): 164,
    ("PatientAdmin", "PreAdmit"): 297,
    ("PatientAdmin", "Registration"): 297,
    ("PatientAdmin", "Transfer"): 316,
    ("PatientAdmin", "VisitMerge"): 44,
    ("PatientAdmin", "VisitQuery"): 24,
    ("PatientAdmin", "VisitQueryResponse"): 61,
    ("PatientAdmin", "VisitUpdate"): 298,
    ("PatientSearch", "Query"): 43,
    ("PatientSearch", "Response"): 283,
    ("Results", "New"): 264,
    ("Results", "NewUnsolicited"): 264,
    ("Results", "Query"): 28,
    ("Results", "QueryResponse"): 154,
    ("Scheduling", "Booked"): 74,
    ("Scheduling", "BookedResponse"): 208,
    ("Scheduling", "Cancel"): 183,
    ("Scheduling", "Modification"): 182,
    ("Scheduling", "New"): 182,
    ("Scheduling", "NoShow"): 183,
    ("Scheduling", "Reschedule"): 184,
}

PAIR = {"Patient", "Patient.Identifiers[]", "Patient.Identifiers[].ID", "Patient.Identifiers[].IDType"}
PREVIOUS = {"Patient.PreviousIdentifiers[]", "Patient.PreviousIdentifiers[].ID", "Patient.PreviousIdentifiers[].IDType"}
APPOINTMENT = {"Visit", "Visit.VisitNumber", "Visit.VisitDateTime", "Visit.Location", "Visit.Location.Department"}
NOTE = PAIR | {
    "Note",
    "Note.ContentType",
    "Note.DocumentID",
    "Note.DocumentType",
    "Note.Provider",
    "Note.Provider.ID",
}
REPORT = {"Orders[]", "Orders[].Status", "Orders[].Results[]"} | {
    f"Orders[].Results[].{name}" for name in ("Code", "Value", "ValueType")
}
REQUIRED = {
    ("Notes", "New"): NOTE,
    ("Notes", "Replace"): NOTE | {"Note.OriginalDocumentID"},
    ("Notes", "Delete"): NOTE,
    ("PatientAdmin", "PatientMerge"): PAIR | PREVIOUS,
    ("PatientAdmin", "VisitMerge"): PAIR | {"Visit", "Visit.VisitNumber"},
    ("Results", "New"): PAIR | REPORT | {"Orders[].ID"},
    ("Results", "NewUnsolicited"): PAIR | REPORT | {"Orders[].ApplicationOrderID"},
    ("Scheduling", "New"): APPOINTMENT | {"Visit.Duration"},
    ("Scheduling", "Reschedule"): APPOINTMENT | {"Visit.Duration"},
    ("Scheduling", "Modification"): APPOINTMENT | {"Visit.Duration"},
    ("Scheduling", "Cancel"): APPOINTMENT,
    ("Scheduling", "NoShow"): APPOINTMENT,
    ("Scheduling", "Booked"): {"StartDateTime"},
    ("Scheduling", "BookedResponse"): {
        "Visits[]",
        "Visits[].VisitNumber",
        "Visits[].VisitDateTime",
        "Visits[].Duration",
        "Visits[].Location",
        "Visits[].Location.Department",
        "Visits[].Patient",
        "Visits[].Patient.Identifiers[]",
        "Visits[].Patient.Identifiers[].ID",
        "Visits[].Patient.Identifiers[].IDType",
    },
}


def model_of(data_model: str, event_type: str) -> type[BaseModel]:
    known = event(data_model, event_type)
    assert known
    assert known.model
    return known.model


def leaf(data_model: str, event_type: str, path: str) -> Leaf:
    return next(leaf for leaf in leaves(model_of(data_model, event_type)) if leaf.path == path)


def test_every_data_model_and_event_is_known() -> None:
    assert len({known.data_model for known in EVENTS}) == 25
    assert Counter(known.kind for known in EVENTS) == {"push": 70, "question": 23, "response": 22}


def test_no_event_is_there_twice() -> None:
    assert len({(known.data_model, known.event_type) for known in EVENTS}) == len(EVENTS)


@pytest.mark.parametrize("name", ["Clinical Summary", "ClinicalSummary", "Clinical Decisions", "ClinicalDecisions"])
def test_a_data_model_is_known_with_and_without_its_blank(name: str) -> None:
    event_type = "VisitPush" if "Summary" in name else "Request"
    known = event(name, event_type)
    assert known
    assert known.data_model == f"Clinical {name.removeprefix('Clinical').strip()}"


@pytest.mark.parametrize(
    ("data_model", "event_type"),
    [("PatientAdmin", "Departure"), ("Weather", "New"), ("", ""), ("PatientAdmin", "Visit")],
)
def test_an_event_that_is_none_is_unknown(data_model: str, event_type: str) -> None:
    assert event(data_model, event_type) is None


def test_what_is_mapped_has_a_number_of_leaves_here() -> None:
    assert {(known.data_model, known.event_type) for known in MAPPED} == set(LEAVES)


@pytest.mark.parametrize(
    ("data_model", "event_type", "kind"),
    [
        ("PatientAdmin", "Arrival", "push"),
        ("Scheduling", "PushSlots", "push"),
        ("Scheduling", "Booked", "question"),
        ("PatientAdmin", "CensusQuery", "question"),
        ("SSO", "Sign-on", "question"),
        ("Scheduling", "BookedResponse", "response"),
        ("PatientSearch", "Response", "response"),
        ("Clinical Decisions", "Response", "response"),
        ("Referral", "AuthResponse", "push"),
    ],
)
def test_an_event_is_a_push_a_question_or_a_response(data_model: str, event_type: str, kind: str) -> None:
    known = event(data_model, event_type)
    assert known
    assert known.kind == kind


@pytest.mark.parametrize("known", MAPPED, ids=lambda known: f"{known.data_model}.{known.event_type}")
class TestEveryMappedEvent:
    def test_has_all_its_leaves(self, known) -> None:
        found = [leaf for leaf in leaves(known.model) if not leaf.is_container]
        assert len(found) == LEAVES[known.data_model, known.event_type]

    def test_names_each_path_once_and_containers_first(self, known) -> None:
        paths = [leaf.path for leaf in leaves(known.model)]
        assert len(set(paths)) == len(paths)
        for at, path in enumerate(paths):
            above = path.rpartition(".")[0]
            assert not above or above in paths[:at]

    def test_requires_what_redox_requires(self, known) -> None:
        found = {leaf.path for leaf in leaves(known.model) if leaf.required and not leaf.path.startswith("Meta")}
        identified = PAIR if known.data_model == "PatientAdmin" and known.kind == "push" else set()
        assert found == REQUIRED.get((known.data_model, known.event_type), identified)

    def test_requires_its_meta(self, known) -> None:
        found = [leaf.path for leaf in leaves(known.model) if leaf.required and leaf.path.startswith("Meta")]
        assert found == ["Meta", "Meta.DataModel", "Meta.EventType"]

    def test_knows_retired_marks_and_extensions(self, known) -> None:
        paths = {leaf.path for leaf in leaves(known.model)}
        assert {"Meta.Message.ID", "Meta.Transmission.ID", "Meta.Extensions"} <= paths

    def test_has_a_value_set_with_every_code_and_with_nothing_else(self, known) -> None:
        assert all((leaf.type == "Code") == (leaf.value_set is not None) for leaf in leaves(known.model))

    def test_says_all_names_in_its_json_schema(self, known) -> None:
        schema = known.model.model_json_schema(by_alias=True)
        assert set(schema["properties"]) == {member.name for member in members(known.model)}


@pytest.mark.parametrize(
    ("path", "reliability"),
    [
        ("Visit.AttendingProvider", "Reliable"),
        ("Visit.AttendingProvider.ID", "Probable"),
        ("Visit.ConsultingProvider.ID", "Possible"),
        ("Visit.AdmittingProvider.IDType", "Reliable"),
        ("Visit.AdmittingProvider.Location.FacilityIdentifiers[].ID", "Possible"),
        ("Visit.Location.FacilityIdentifiers[].ID", "Probable"),
        ("Visit.Location.Address.County", "Possible"),
        ("Visit.Insurances[].Insured.Identifiers[].ID", "Possible"),
        ("Patient.Contacts[].Address.City", "Possible"),
        ("Patient.Demographics.Address.City", "Probable"),
        ("Patient.Contacts[].PhoneNumber.Mobile", "Probable"),
        ("Patient.Contacts[].PhoneNumber.Home", "Possible"),
        ("Visit.AdditionalStaff[]", None),
    ],
)
def test_reliability_is_that_of_the_place(path: str, reliability: str | None) -> None:
    assert leaf("PatientAdmin", "Arrival", path).reliability == reliability


def test_reliability_differs_between_events() -> None:
    assert leaf("Scheduling", "New", "Visit.Location.Room").reliability == "Reliable"
    assert leaf("Scheduling", "Booked", "Visit.Location.Room").reliability == "Probable"
    assert leaf("Scheduling", "New", "AppointmentInfo[].Value").reliability == "Reliable"
    assert leaf("Scheduling", "BookedResponse", "Visits[].AppointmentInfo[].Value").reliability == "Possible"
    assert leaf("PatientAdmin", "Discharge", "Visit.DischargeDateTime").reliability == "Reliable"
    assert leaf("PatientAdmin", "VisitUpdate", "Visit.DischargeDateTime").reliability == "Probable"


@pytest.mark.parametrize(("event_type", "above"), [("New", "Visit."), ("BookedResponse", "Visits[].")])
def test_what_redox_itself_does_not_keep_is_marked(event_type: str, above: str) -> None:
    marked = {leaf.path for leaf in leaves(model_of("Scheduling", event_type)) if leaf.unsupported_by_dod}
    names = ("AccountNumber", "Type", "Instructions[]", "Equipment[].StartDateTime", "Equipment[].Duration")
    assert marked == {above + name for name in names}


def test_what_redox_itself_does_not_keep_of_results_is_marked() -> None:
    order = ("TransactionDateTime", "Notes[]", "ResultCopyProviders[]", "Status", "ResponseFlag", "Priority")
    names = {*order, "Results[].ValueType", "Results[].Notes[]"}
    for event_type in ("New", "NewUnsolicited", "QueryResponse"):
        marked = {leaf.path for leaf in leaves(model_of("Results", event_type)) if leaf.unsupported_by_dod}
        assert marked == {f"Orders[].{name}" for name in names}


@pytest.mark.parametrize(
    ("path", "reliability"),
    [
        ("Visit", "Possible"),
        ("Visit.VisitNumber", "Possible"),
        ("Visit.Location.Bed", "Possible"),
        ("Orders[].Procedure.Codeset", "Reliable"),
        ("Orders[].Provider.NPI", "Possible"),
        ("Orders[].Results[].Value", "Reliable"),
        ("Orders[].Results[].Performer.EmailAddresses[]", "Probable"),
        ("Orders[].Results[].ObservationMethod.Code", "Possible"),
    ],
)
def test_reliability_of_results(path: str, reliability: str) -> None:
    assert (
        leaf("Results", "New", path).reliability == leaf("Results", "NewUnsolicited", path).reliability == reliability
    )


def test_patient_admin_has_nothing_that_redox_does_not_keep() -> None:
    assert not any(leaf.unsupported_by_dod for leaf in leaves(model_of("PatientAdmin", "Transfer")))


def test_times_and_dates_are_told_apart() -> None:
    found = leaves(model_of("PatientAdmin", "Transfer"))
    assert {leaf.path for leaf in found if leaf.type == "Date"} == {
        "Patient.Demographics.DOB",
        "Visit.Guarantor.DOB",
        "Visit.Insurances[].EffectiveDate",
        "Visit.Insurances[].ExpirationDate",
        "Visit.Insurances[].Insured.DOB",
    }
    assert {leaf.path for leaf in found if leaf.type == "DateTime"} == {
        "Meta.EventDateTime",
        "Patient.Demographics.DeathDateTime",
        "Patient.Diagnoses[].DocumentedDateTime",
        "Patient.Allergies[].OnsetDateTime",
        "Visit.VisitDateTime",
        "Visit.DischargeDateTime",
    }


def test_closed_value_sets_stand_where_redox_closes_them() -> None:
    sets = {leaf.path: leaf.value_set.name for leaf in leaves(model_of("PatientAdmin", "Discharge")) if leaf.value_set}
    assert sets == {
        "Patient.Demographics.Sex": "Sex",
        "Patient.Demographics.Race": "Race",
        "Patient.Demographics.MaritalStatus": "MaritalStatus",
        "Patient.Contacts[].RelationToPatient": "Relationship",
        "Patient.Diagnoses[].Type": "DiagnosisType",
        "Patient.Allergies[].Status": "AllergyStatus",
        "Visit.DischargeStatus.Code": "DischargeStatus",
        "Visit.Guarantor.Sex": "Sex",
        "Visit.Guarantor.RelationToPatient": "Relationship",
        "Visit.Insurances[].AgreementType": "AgreementType",
        "Visit.Insurances[].CoverageType": "CoverageType",
        "Visit.Insurances[].Insured.Relationship": "Relationship",
        "Visit.Insurances[].Insured.Sex": "Sex",
    }


def test_open_sets_are_text() -> None:
    assert leaf("PatientAdmin", "Arrival", "Visit.PatientClass").type == "Text"
    assert leaf("PatientAdmin", "Cancel", "Meta.CanceledEvent").type == "Text"
    assert leaf("Scheduling", "New", "Visit.Status").type == "Text"
    assert leaf("PatientAdmin", "VisitQueryResponse", "Patients[].Visits[].Status").type == "Code"


def beyond(data_model: str, event_type: str) -> set[str]:
    """The members of Patient and Visit that are understood though Redox's schema of the event lacks them."""
    known = event(data_model, event_type)
    assert known
    assert known.understood
    return {leaf.path for leaf in leaves(known.understood) if leaf.is_beyond and leaf.path.count(".") == 1}


PATIENT = {
    f"Patient.{name}" for name in ("Contacts[]", "Allergies[]", "Diagnoses[]", "PCP", "Guarantor", "Insurances[]")
}


@pytest.mark.parametrize(
    ("data_model", "event_type", "paths"),
    [
        ("PatientAdmin", "PatientUpdate", set()),
        ("PatientAdmin", "NewPatient", {"Patient.Diagnoses[]"}),
        ("Results", "New", PATIENT - {"Patient.Contacts[]"}),
        ("PatientAdmin", "PatientMerge", PATIENT),
        ("PatientAdmin", "VisitMerge", PATIENT),
        (
            "PatientAdmin",
            "VisitUpdate",
            {"Patient.Guarantor", "Patient.Insurances[]"}
            | {f"Visit.{name}" for name in ("DischargeStatus", "DischargeLocation", "PreviousLocation")},
        ),
        (
            "Scheduling",
            "New",
            PATIENT | {f"Visit.{name}" for name in ("OldVisitNumber", "OldDateTime", "CancelReason", "NoShowReason")},
        ),
    ],
)
def test_a_block_means_the_same_wherever_it_stands(data_model: str, event_type: str, paths: set[str]) -> None:
    assert beyond(data_model, event_type) == paths


@pytest.mark.parametrize("known", MAPPED, ids=lambda known: f"{known.data_model}.{known.event_type}")
def test_what_is_understood_has_the_model_and_requires_no_more(known: Event) -> None:
    assert known.model
    assert known.understood
    standard, all_leaves = leaves(known.model), leaves(known.understood)
    assert [leaf for leaf in all_leaves if not leaf.is_beyond] == list(standard)
    assert not [leaf.path for leaf in all_leaves if leaf.is_beyond and leaf.path.count(".") == 1 and leaf.required]
    assert (known.understood is known.model) or known.kind == "push"


def test_members_of_our_own_are_there() -> None:
    questions = [known for known in MAPPED if known.kind == "question"]
    for known in questions:
        assert "Meta.AsOf" in {leaf.path for leaf in leaves(known.model)}
    for known in MAPPED:
        has_limit = "Meta.IsIncomplete" in {leaf.path for leaf in leaves(known.model)}
        assert has_limit == (known.kind == "response")
    assert leaf("Scheduling", "BookedResponse", "Visits[].Patient.Contacts[].FirstName").type == "Text"
    assert leaf("Scheduling", "Booked", "Visit.Reason").type == "Texts"
    assert leaf("Results", "Query", "RelatedGroupIDs").type == "Texts"


@pytest.mark.parametrize("value_set", VALUE_SETS, ids=lambda value_set: value_set.name)
def test_a_word_is_found_whatever_its_case(value_set: ValueSet) -> None:
    for word in value_set.words:
        assert value_set.spelling(word) == word
        assert value_set.spelling(f" {word.swapcase()} ") == word
    assert value_set.spelling("no such word") is None


def test_other_spellings_stand_for_their_word() -> None:
    assert RACE.spelling("black") == "Black or African American"
    assert DISCHARGE_STATUS.spelling("1") == "01"
    assert DISCHARGE_STATUS.spelling("0") == "0"
    assert DISCHARGE_STATUS.spelling("8") is None
    assert len(DISCHARGE_STATUS.words) == 41


def test_a_value_set_whose_words_read_alike_cannot_exist() -> None:
    with pytest.raises(ValueError, match="Mood"):
        ValueSet("Mood", ("Good", "good"))
    with pytest.raises(ValueError, match="Mood"):
        ValueSet("Mood", ("Good",), {"Fine": "Well"})


def test_value_sets_are_told_apart_by_name() -> None:
    assert len({*VALUE_SETS, SEX}) == len(VALUE_SETS) == 17


def test_what_is_known_of_a_member_stands_in_the_json_schema() -> None:
    schema = Booked.model_json_schema(by_alias=True)
    assert schema["properties"]["StartDateTime"]["x-reliability"] == "Reliable"
    assert schema["required"] == ["Meta", "StartDateTime"]
    appointment = model_of("Scheduling", "New").model_json_schema(by_alias=True)["$defs"]["TimedVisit"]
    assert appointment["properties"]["Type"]["x-unsupported-by-data-on-demand"] is True


def test_a_member_nobody_described_is_refused() -> None:
    class Undescribed(Block):
        name: Text | None = None

    with pytest.raises(TypeError):
        members(Undescribed)
