"""People: whose an event is, joins, contradictions, merges and their reversals."""

from __future__ import annotations

from tests.ingest.stories import Json, admin, encounters, issues, people, told

NEW = "NewPatient"


def ids(person: Json) -> tuple[str, str]:
    """A person's identifiers: current and ended."""
    current, ended = [], []
    for identifier in person.get("Identifiers", []):
        (ended if identifier.get("ended") else current).append(f"{identifier['IDType']}:{identifier['ID']}")
    return " ".join(current), " ".join(ended)


def living(*story: Json) -> list[tuple[str, str]]:
    """The identifiers of living people, in the order of their first events."""
    return [ids(person) for person in people(*story) if person.get("active", True)]


def test_an_event_belongs_to_who_shares_an_identifier() -> None:
    assert living(admin(NEW, 1, ids="MR:1 EPI:5"), admin(NEW, 2, ids="EPI:5 NIST:9")) == [("MR:1 EPI:5 NIST:9", "")]


def test_identifiers_that_contradict_make_another_person() -> None:
    story = [admin(NEW, 1, ids="MR:1 EPI:5"), admin(NEW, 2, ids="MR:2 EPI:5")]
    assert living(*story) == [("MR:1 EPI:5", ""), ("MR:2 EPI:5", "")]
    assert "IdentifierConflict" in issues(*story)


def test_an_event_that_could_be_of_two_is_of_nobody() -> None:
    story = [
        admin(NEW, 1, ids="MR:1 EPI:5"),
        admin(NEW, 2, ids="MR:2 EPI:5"),
        admin(NEW, 3, ids="EPI:5", patient_Notes=["x"]),
    ]
    assert "IdentifierAmbiguous" in issues(*story)
    assert not any("Notes" in person for person in people(*story))


def test_an_event_that_names_two_records_joins_them() -> None:
    story = [
        admin("Arrival", 1, ids="MR:1", VisitNumber="v1", patient_Notes=["older"]),
        admin("Arrival", 2, ids="EPI:5", VisitNumber="v2", patient_Notes=["newer"]),
        admin(NEW, 3, ids="MR:1 EPI:5"),
    ]
    (person,) = people(*story)
    assert (ids(person), person["Notes"]) == (("MR:1 EPI:5", ""), ["newer"])
    assert {visit["patient"] for visit in encounters(*story)} == {person["id"]}


def test_shared_types_identify_nobody() -> None:
    assert len(living(admin(NEW, 1, ids="MR:1 SSN:5"), admin(NEW, 2, ids="MR:2 SSN:5"))) == 2


def test_an_event_without_identifiers_goes_to_the_only_visit_of_its_number() -> None:
    story = [
        admin("Arrival", 1, ids="MR:1", VisitNumber="v1"),
        admin("VisitUpdate", 2, ids="", VisitNumber="v1", Reason="fall"),
    ]
    assert [visit.get("Reason") for visit in encounters(*story)] == ["fall"]
    assert issues(*story, admin("VisitUpdate", 3, ids="", VisitNumber="v9")) == {"IdentifierMissing"}
    assert issues(*story, admin("VisitUpdate", 3, ids="")) == {"IdentifierMissing"}


# --- merges -------------------------------------------------------------------------------------------------------------

ONE = admin("Arrival", 1, ids="MR:1", VisitNumber="v1", patient_Demographics={"FirstName": "Ada"})
TWO = admin(
    "Arrival", 2, ids="MR:2 EPI:5", VisitNumber="v2", patient_Demographics={"FirstName": "Eda", "LastName": "Q"}
)
MERGE = admin("PatientMerge", 3, ids="MR:1", previous="MR:2")


def test_a_merge_ends_the_previous_record_in_the_other() -> None:
    survivor, ended = people(ONE, TWO, MERGE)
    assert ids(survivor) == ("MR:1 EPI:5", "MR:2")
    assert survivor["Demographics"] == {"FirstName": "Ada", "LastName": "Q"}
    assert survivor["replaces"] == [ended["id"]]
    assert (ended["active"], ended["replacedBy"], ids(ended)) == (False, survivor["id"], ("MR:2 EPI:5", ""))
    assert {visit["patient"] for visit in encounters(ONE, TWO, MERGE)} == {survivor["id"]}


def test_a_merge_before_its_people_is_remembered() -> None:
    merge = admin("PatientMerge", 0, ids="MR:1", previous="MR:2")
    assert living(merge, ONE, TWO) == [("MR:1 EPI:5", "MR:2")]
    assert len(encounters(merge, ONE, TWO)) == 2


def test_an_ended_identifier_finds_the_survivor_and_stays_ended() -> None:
    story = [ONE, TWO, MERGE, admin("Arrival", 9, ids="MR:2", VisitNumber="v3")]
    assert living(*story) == [("MR:1 EPI:5", "MR:2")]
    assert len(encounters(*story)) == 3


def test_an_ended_identifier_stays_ended_in_each_spelling_of_its_type() -> None:
    assert living(ONE, TWO, MERGE, admin(NEW, 9, ids="MRN:2")) == [("MR:1 EPI:5", "MR:2 MRN:2")]


def test_an_id_that_is_said_with_an_ended_one_is_current() -> None:
    story = [admin(NEW, 1, ids="MR:1 EPI:1"), MERGE, admin(NEW, 9, ids="MR:2 EPI:7")]
    assert living(*story) == [("MR:1 EPI:1 EPI:7", "MR:2")]


def test_a_merge_ends_only_what_it_names_as_previous() -> None:
    story = [
        admin(NEW, 1, ids="MR:1 EPI:x"),
        admin(NEW, 2, ids="MR:2 DL:9"),
        MERGE,
        admin("PatientUpdate", 4, ids="MR:1 DL:9"),
    ]
    assert living(*story) == [("MR:1 EPI:x DL:9", "MR:2")]


def test_a_repeated_merge_changes_nothing() -> None:
    again = admin("PatientMerge", 4, ids="MR:1", previous="MR:2")
    assert living(ONE, TWO, MERGE, again) == living(ONE, TWO, MERGE)


def test_merges_chain() -> None:
    three = admin(NEW, 2, ids="MR:3")
    next_merge = admin("PatientMerge", 4, ids="MR:3", previous="MR:1")
    assert living(ONE, TWO, three, MERGE, next_merge) == [("MR:3 EPI:5", "MR:1 MR:2")]
    survivor, *ended = people(ONE, TWO, three, MERGE, next_merge)
    assert len(ended) == 2
    assert len(encounters(ONE, TWO, three, MERGE, next_merge)) == 2
    assert {visit["patient"] for visit in encounters(ONE, TWO, three, MERGE, next_merge)} == {survivor["id"]}


def test_a_newer_opposite_merge_reverses_the_older() -> None:
    opposite = admin("PatientMerge", 4, ids="MR:2", previous="MR:1")
    assert living(ONE, TWO, MERGE, opposite) == [("MR:2 EPI:5", "MR:1")]
    survivor, ended = people(ONE, TWO, MERGE, opposite)
    assert survivor["Demographics"] == {"FirstName": "Eda", "LastName": "Q"}
    assert ended["replacedBy"] == survivor["id"]
    again = admin("PatientMerge", 5, ids="MR:1", previous="MR:2")
    assert living(ONE, TWO, MERGE, opposite, again) == [("MR:1 EPI:5", "MR:2")]


def test_an_opposite_merge_within_one_record_turns_its_identifiers() -> None:
    one = admin(NEW, 1, ids="MR:1 MR:2")
    opposite = admin("PatientMerge", 4, ids="MR:2", previous="MR:1")
    assert living(one, MERGE) == [("MR:1", "MR:2")]
    assert living(one, MERGE, opposite) == [("MR:2", "MR:1")]


def test_a_pair_on_both_sides_of_a_merge_is_not_ended() -> None:
    merge = admin("PatientMerge", 3, ids="MR:1 EPI:5", previous="MR:2 EPI:5")
    assert living(ONE, TWO, merge) == [("MR:1 EPI:5", "MR:2")]


def test_a_merge_of_no_certain_record_is_refused() -> None:
    story = [
        admin(NEW, 1, ids="MR:1 EPI:5"),
        admin(NEW, 2, ids="MR:2 EPI:5"),
        admin("PatientMerge", 3, ids="MR:9", previous="EPI:5"),
    ]
    assert "IdentifierAmbiguous" in issues(*story)
    assert len(living(*story)) == 2


def test_visits_of_one_number_fuse_with_their_people() -> None:
    one = admin("PreAdmit", 1, ids="MR:1", VisitNumber="v1", Reason="fall")
    two = admin("Arrival", 2, ids="MR:2", VisitNumber="v1")
    (visit,) = encounters(one, two, MERGE)
    assert (visit["status"], visit["Reason"]) == ("in-progress", "fall")


# --- visit merges -------------------------------------------------------------------------------------------------------


def test_a_visit_merge_moves_a_visit_from_its_only_other_holder() -> None:
    story = [ONE, admin("VisitMerge", 3, ids="MR:9", VisitNumber="v1")]
    names = {person["id"]: ids(person)[0] for person in people(*story)}
    assert [names[visit["patient"]] for visit in encounters(*story)] == ["MR:9"]


def test_a_visit_merge_between_several_holders_needs_a_name() -> None:
    story = [admin("Arrival", minute, ids=f"MR:{minute}", VisitNumber="v1") for minute in (1, 2)]
    assert "VisitMergeAmbiguous" in issues(*story, admin("VisitMerge", 3, ids="MR:9", VisitNumber="v1"))
    named = admin("VisitMerge", 3, ids="MR:9", previous="MR:2", VisitNumber="v1")
    world = told(*story, named)
    assert "VisitMergeAmbiguous" not in {code for codes in world.findings.of.values() for code in codes}
    names = {person["id"]: ids(person)[0] for person in people(*story, named)}
    assert sorted(names[visit["patient"]] for visit in encounters(*story, named)) == ["MR:1", "MR:9"]


# --- what is said of people ---------------------------------------------------------------------------------------------


def test_guarantor_and_insurances_of_visits_are_the_persons_too() -> None:
    plan, other = [{"Plan": {"Name": "Blue"}}], [{"Plan": {"Name": "Red"}}]
    (person,) = people(admin(NEW, 1, patient_Insurances=plan), admin("Arrival", 2, VisitNumber="v1", Insurances=other))
    assert person["Insurances"] == other
    (person,) = people(
        admin("Arrival", 1, VisitNumber="v1", Insurances=other), admin("Cancel", 2, VisitNumber="v1", Insurances=plan)
    )
    assert person["Insurances"] == other


def test_a_person_no_longer_deceased_has_no_death_time() -> None:
    dead = admin(NEW, 1, patient_Demographics={"IsDeceased": True, "DeathDateTime": "2026-01-01"})
    alive = admin(NEW, 2, patient_Demographics={"IsDeceased": False})
    (person,) = people(dead, alive)
    assert person["Demographics"] == {"IsDeceased": False}
