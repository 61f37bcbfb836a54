"""Whose an event is: ranked, unknown and never-identifying types, words for none, held events, worn identifiers."""

from __future__ import annotations

from itertools import permutations

import pytest

from ingest.fold.worn import MOST_BESIDE
from ingest.intake import Intake
from mappings.redox.identifier_types import NEVER, UNKNOWN, type_of
from store.database import Store
from tests.feed import census, new_partition, push, resources, visits
from tests.ingest.stories import Json, admin, encounters, issues, people, told

NEW = "NewPatient"


def sets(*story: Json) -> list[str]:
    """The identifiers of each living person, current and ended, each person as one sorted text."""
    living = (person for person in people(*story) if person.get("active", True))
    return sorted(" ".join(sorted(f"{i['IDType']}:{i['ID']}" for i in each.get("Identifiers", ()))) for each in living)


def current(*story: Json) -> list[str]:
    """The identifiers of each living person that have not ended."""
    living = (person for person in people(*story) if person.get("active", True))
    shown = ([i for i in each.get("Identifiers", ()) if not i.get("ended")] for each in living)
    return sorted(" ".join(sorted(f"{i['IDType']}:{i['ID']}" for i in each)) for each in shown)


def news(*all_ids: str) -> list[Json]:
    """A NewPatient of each of these identifiers, one after another."""
    return [admin(NEW, minute, ids=ids) for minute, ids in enumerate(all_ids)]


# --- types --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("id_type", "name", "rank"),
    [
        ("MR", "MR", 1), ("mrn", "MR", 1), ("M.R.N.", "MR", 1), ("Medical Record Number", "MR", 1),
        ("MedicalRecordNumber", "MR", 1), ("Mercy MRN", "Mercy MRN", 1), ("Visit MRN", "Visit MRN", 1),
        ("EHRID", "EHRID", 2), ("EHR-ID", "EHRID", 2), ("EMPI", "EPI", 3), ("MPI", "EPI", 3), ("PE", "EPI", 3),
        ("PI", "PI", 4), ("NIST", "NIST", 5),
        ("DL", "DL", UNKNOWN), ("ECW", "ECW", UNKNOWN), ("Void", "Void", UNKNOWN), ("", "", UNKNOWN),
        *((name, name, NEVER) for name in (
            "FIN", "HAR", "Hospital Account", "ENC", "URMC Epic CSN", "Case", "Claim", "Claims", "SSN", "S.S.N.", "VN",
            "AccountNumber", "encounterid", "Contact Serial Number", "Member ID", "Placer Order", "Guarantor",
        )),
    ],
)  # fmt: skip
def test_the_words_of_a_types_name_decide(id_type: str, name: str, rank: int) -> None:
    found = type_of(id_type)
    assert (found.name, found.rank) == (name, rank)


def test_a_tenants_list_wins_over_names() -> None:
    listed = ("SSN", "EPI")
    assert [type_of(name, listed).rank for name in ("SSN", "EPI", "MR", "epi", "DL")] == [1, 2, NEVER, NEVER, NEVER]


# --- one person or several ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param(["MR:1 FIN:900", "MR:1 FIN:901"], ["FIN:900 FIN:901 MR:1"], id="accounts of one person"),
        pytest.param(["MR:1 DL:8", "MR:1 DL:9"], ["DL:8 DL:9 MR:1"], id="a renewed licence"),
        pytest.param(["MR:1 EPI:a", "MR:1 EPI:b"], ["EPI:a EPI:b MR:1"], id="a changed enterprise id"),
        pytest.param(["MR:1", "MRN:1"], ["MR:1 MRN:1"], id="two spellings of one type"),
        pytest.param(
            ["MR:1 EHRID:e NIST:n", "MR:2 EHRID:e NIST:n"],
            ["EHRID:e MR:1 NIST:n", "EHRID:e MR:2 NIST:n"],
            id="mother and son",
        ),
        pytest.param(["MR:1", "MR:2", "MR:1 MR:2"], ["MR:1 MR:2"], id="linked, without a merge"),
        pytest.param(["MR:1 EPI:a", "EPI:b", "MR:1 EPI:b"], ["EPI:a EPI:b MR:1"], id="an enterprise id that came late"),
        pytest.param(["ECW:1 HH:5", "ECW:2 HH:5"], ["ECW:1 HH:5", "ECW:2 HH:5"], id="a household, no ranked type"),
        pytest.param(
            ["MR:1 DL:9", "MR:2 DL:9", "EPI:7 DL:9"], ["DL:9 EPI:7", "DL:9 MR:1", "DL:9 MR:2"], id="a shared licence"
        ),
        pytest.param(["ECW:1 HH:5", "ECW:2 HH:5", "ECW:1 ECW:2"], ["ECW:1 ECW:2 HH:5"], id="linked by an unknown type"),
        pytest.param(["MR:1", "EPI:7", "MR:1 EPI:7"], ["EPI:7 MR:1"], id="who said nothing of each other"),
        pytest.param(["DL:9", "MR:1 DL:9"], ["DL:9 MR:1"], id="a number for persons comes late"),
        pytest.param(
            ["DL:9", "MR:1", "MR:1 DL:9"], ["DL:9 MR:1"], id="an unknown type joins who is found by a ranked one"
        ),
        pytest.param(
            ["MR:1 DL:8", "DL:8 ECW:1", "DL:8 ECW:2"], ["DL:8 ECW:1 MR:1", "DL:8 ECW:2"], id="unknown contradicts"
        ),
    ],
)
def test_people_are_compared_by_the_strongest_type_of_which_both_have_ids(said: list[str], expected: list[str]) -> None:
    assert sets(*news(*said)) == expected


TWO_ACCOUNTS = (
    admin("Arrival", 0, ids="MR:1 FIN:900", VisitNumber="a"),
    admin("Discharge", 1, ids="MR:1 FIN:900", VisitNumber="a"),
    admin("Arrival", 2, ids="MR:1 FIN:901", VisitNumber="b"),
    admin("Discharge", 3, ids="MR:1", VisitNumber="b"),
)


def test_the_discharge_of_a_person_with_two_accounts_finds_its_visit() -> None:
    assert [visit["status"] for visit in encounters(*TWO_ACCOUNTS)] == ["finished", "finished"]
    assert len(sets(*TWO_ACCOUNTS)) == 1


def test_an_event_that_links_a_person_of_a_ranked_type_with_several_others_is_a_new_persons() -> None:
    """The licence is of two who cannot be one; the number for persons is nobody's yet."""
    assert sets(*news("MR:1 DL:9", "MR:2 DL:9", "DL:9 EPI:3")) == ["DL:9 EPI:3", "DL:9 MR:1", "DL:9 MR:2"]


def test_an_event_without_a_ranked_type_says_so() -> None:
    assert issues(*news("DL:9")) == {"IdentifierUnranked"}
    assert issues(*news("MR:1 DL:9")) == set()


def test_a_weaker_ranked_type_that_differs_is_an_issue() -> None:
    assert issues(*news("MR:1 EPI:a", "MR:1 EPI:b")) == {"IdentifierDiffers"}
    assert issues(*news("MR:1 DL:8", "MR:1 DL:9")) == set(), "of unknown types a person may have several"


def test_a_conflict_is_noted_once_on_the_event_that_caused_it() -> None:
    world = told(*news("MR:1 EPI:e", "MR:2 EPI:e", "MR:1 EPI:e", "MR:2 EPI:e"))
    assert {event: codes for event, codes in world.findings.of.items() if codes} == {"e001": ["IdentifierConflict"]}


# --- words for none -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ['""', "UNKNOWN", "n/a", "NONE", "NULL", "0000", "99999", "000-00-0000"])
def test_words_for_none_join_nobody(word: str) -> None:
    story = news("AA:1", "BB:2")
    for each in story:
        each["Patient"]["Identifiers"].append({"IDType": "PPN", "ID": word})
    kept = [] if word == '""' else [f"PPN:{word}"]
    assert sets(*story) == [" ".join(["AA:1", *kept]), " ".join(["BB:2", *kept])]


def test_a_spelling_on_the_other_side_of_a_merge_is_not_ended() -> None:
    merge = admin("PatientMerge", 3, ids="MRN:1", previous="MR:1 MR:2")
    assert current(*news("MR:1", "MR:2"), merge) == ["MR:1 MRN:1"]


def test_quotation_marks_in_previous_identifiers_end_nobody() -> None:
    story = [*news("MR:1", "MR:2"), admin("PatientMerge", 3, ids="MR:1", previous='MR:""')]
    assert sets(*story) == ["MR:1", "MR:2"]


# --- held events --------------------------------------------------------------------------------------------------------

MOTHER, CHILD = admin(NEW, 0, ids="MR:a EPI:e"), admin(NEW, 1, ids="MR:b EPI:e")
ARRIVAL = admin("Arrival", 2, ids="EPI:e", VisitNumber="v", patient_Notes=["held"])
MERGE = admin("PatientMerge", 3, ids="MR:a", previous="MR:b")
MERGE_OF_TWO = admin("PatientMerge", 3, ids="MR:1", previous="MR:2")
APART = admin("PatientMerge", 4, ids="MR:b", previous="MR:a")


def test_an_event_of_two_people_is_held_until_they_are_one() -> None:
    assert encounters(MOTHER, CHILD, ARRIVAL) == []
    assert "IdentifierAmbiguous" in issues(MOTHER, CHILD, ARRIVAL)
    (visit,) = encounters(MOTHER, CHILD, ARRIVAL, MERGE)
    assert visit["status"] == "in-progress"
    world = told(MOTHER, CHILD, ARRIVAL, MERGE)
    assert world.people.unfolded == {}
    assert "IdentifierAmbiguous" not in {code for codes in world.findings.of.values() for code in codes}
    assert any(person.get("Notes") == ["held"] for person in people(MOTHER, CHILD, ARRIVAL, MERGE))


def test_a_reversal_does_not_hold_an_event_again() -> None:
    assert len(encounters(MOTHER, CHILD, ARRIVAL, MERGE, APART)) == 1


def test_the_words_of_a_held_event_stand_at_its_own_place() -> None:
    newer = admin("Discharge", 2.5, ids="MR:a", VisitNumber="v", patient_Notes=["newer"])
    story = (MOTHER, CHILD, ARRIVAL, newer, MERGE)
    (visit,) = encounters(*story)
    assert visit["status"] == "finished"
    assert [each["Notes"] for each in people(*story) if each.get("active", True)] == [["newer"]]


def test_the_identifiers_of_a_held_event_connect_from_the_moment_of_becoming_one() -> None:
    arrival = admin("Arrival", 2, ids="EPI:e NIST:n", VisitNumber="v")
    before, after = admin(NEW, 2.5, ids="NIST:n"), admin(NEW, 3.5, ids="NIST:n")
    assert sets(MOTHER, CHILD, arrival, MERGE, after) == ["EPI:e MR:a MR:b NIST:n"]
    assert sets(MOTHER, CHILD, arrival, before, MERGE) == ["EPI:e MR:a MR:b NIST:n", "NIST:n"]


def test_a_held_merge_acts_when_its_candidates_have_become_one() -> None:
    other = admin(NEW, 0, ids="MR:c", patient_Notes=["other"])
    held = admin("PatientMerge", 2, ids="MR:c", previous="EPI:e")
    assert sets(MOTHER, CHILD, other, held) == ["EPI:e MR:a", "EPI:e MR:b", "MR:c"]
    assert sets(MOTHER, CHILD, other, held, MERGE) == ["EPI:e MR:a MR:b MR:c"]


def test_held_events_are_looked_at_in_their_order_until_none_is_left() -> None:
    """The first merge makes one of two, the held merge then one of three, and with it the second held event has a person."""
    third = admin(NEW, 0, ids="MR:c PI:p")
    fourth = admin(NEW, 1, ids="EPI:e MR:d PI:p")
    held = admin("Arrival", 1.5, ids="PI:p", VisitNumber="w")
    held_merge = admin("PatientMerge", 2, ids="MR:c", previous="EPI:e")
    joins = admin(NEW, 4, ids="MR:a MR:b MR:d")
    story = [MOTHER, CHILD, third, fourth, held, held_merge]
    assert encounters(*story) == []
    assert len(encounters(*story, joins)) == 1
    assert len(sets(*story, joins)) == 1


@pytest.mark.parametrize(
    ("story", "visits_of"),
    [
        pytest.param((MOTHER, CHILD, ARRIVAL, MERGE), [1], id="held"),
        pytest.param((MOTHER, CHILD, ARRIVAL), [], id="held for good"),
        pytest.param(tuple(news("MR:1 EPI:a", "EPI:b", "MR:1 EPI:b")), [], id="linked late"),
        pytest.param(tuple(news("ECW:1 HH:5", "ECW:2 HH:5", "ECW:1 ECW:2")), [], id="linked by an unknown type"),
        pytest.param(tuple(news("MR:1 DL:9", "MR:2 DL:9", "EPI:7 DL:9")), [], id="a shared licence"),
        pytest.param(
            (*news("MR:1 EPI:x", "MR:2 DL:9"), MERGE_OF_TWO, admin("PatientUpdate", 4, ids="MR:1 DL:9")), [], id="merge"
        ),
        pytest.param(TWO_ACCOUNTS, [2], id="two accounts"),
    ],
)
async def test_a_story_has_one_end_in_every_order_of_arrival(
    store: Store, story: tuple[Json, ...], visits_of: list[int]
) -> None:
    intake, ends = Intake(store), []
    for arrival in permutations(story):
        partition = await new_partition(store)
        await push(intake, partition, arrival)
        ends.append((await resources(partition), await visits(partition), await census(partition)))
    assert [end for end in ends if end != ends[0]] == []
    assert [len(patient["Visits"]) for patient in ends[0][1]] == visits_of


# --- worn identifiers ---------------------------------------------------------------------------------------------------


def test_an_identifier_beside_too_many_others_is_worn_and_connects_nobody() -> None:
    many = [admin(NEW, minute, ids=f"MR:m{minute} EPI:default") for minute in range(MOST_BESIDE + 1)]
    last = admin(NEW, 100, ids="EPI:default")
    assert "IdentifierWorn" not in issues(*many[:-1], last)
    assert "IdentifierAmbiguous" in issues(*many[:-1], last)
    world = told(*many, last)
    assert world.findings.of[f"e{MOST_BESIDE + 1:03d}"] == ["IdentifierWorn"]
    assert len(sets(*many, last)) == MOST_BESIDE + 2, "the event is of a person of its own"


def test_an_event_that_says_very_many_ids_wears_out_what_it_says_beside_them() -> None:
    many = admin(NEW, 0, ids=" ".join(["EPI:default", *(f"MR:m{number}" for number in range(MOST_BESIDE + 1))]))
    assert issues(many, admin(NEW, 1, ids="EPI:default")) == {"IdentifierWorn"}
    assert len(sets(many, admin(NEW, 1, ids="EPI:default"))) == 2


def test_an_event_without_a_ranked_type_gives_nobody_very_many_ids() -> None:
    story = news(*(f"HH:5 ECW:e{number} ECW:e{number + 1}" for number in range(30)))
    assert "IdentifierAmbiguous" in issues(*story)
    assert max(each.count("ECW") for each in sets(*story)) <= 20
