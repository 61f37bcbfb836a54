"""Visits: each row of the two status tables, undo, occurrences, moves and links."""

from __future__ import annotations

import pytest

from tests.ingest.stories import admin, appointments, booking, encounters, issues
from tests.lives import moment

V = {"VisitNumber": "v1"}


@pytest.mark.parametrize(
    ("story", "status"),
    [
        ([("PreAdmit", {})], "planned"),
        ([("Arrival", {})], "in-progress"),
        ([("Registration", {})], "in-progress"),
        ([("Transfer", {})], "in-progress"),
        ([("VisitUpdate", {})], "unknown"),
        ([("PreAdmit", {}), ("VisitUpdate", {})], "planned"),
        ([("Arrival", {}), ("Discharge", {})], "finished"),
        ([("Arrival", {}), ("VisitUpdate", {"DischargeDateTime": moment(5)})], "finished"),
        ([("Arrival", {}), ("VisitUpdate", {"DischargeDateTime": "2099-01-01"})], "in-progress"),
        ([("Arrival", {}), ("Transfer", {"DischargeDateTime": moment(5)})], "finished"),
        ([("Arrival", {}), ("Transfer", {"DischargeStatus": {"Code": "01"}})], "in-progress"),
        ([("Arrival", {}), ("Cancel", {})], "cancelled"),
        ([("Arrival", {}), ("Cancel", {"canceled": "Arrival"})], "cancelled"),
        ([("PreAdmit", {}), ("Arrival", {}), ("Registration", {}), ("Cancel", {"canceled": "Arrival"})], "planned"),
        ([("PreAdmit", {}), ("Registration", {}), ("Cancel", {"canceled": "arrival"})], "planned"),
        ([("Arrival", {}), ("Discharge", {}), ("Cancel", {"canceled": "Discharge"})], "in-progress"),
        ([("VisitUpdate", {}), ("Cancel", {"canceled": "Discharge"})], "in-progress"),
        ([("VisitUpdate", {}), ("Cancel", {"canceled": "Transfer"})], "in-progress"),
        ([("VisitUpdate", {}), ("Cancel", {"canceled": "PreAdmit"})], "cancelled"),
        ([("VisitUpdate", {}), ("Cancel", {"canceled": "Something"})], "cancelled"),
        ([("VisitUpdate", {}), ("Arrival", {}), ("Cancel", {"canceled": "Arrival"})], "cancelled"),
        ([("Arrival", {}), ("Cancel", {"canceled": "Arrival"}), ("Arrival", {})], "in-progress"),
        ([("Arrival", {}), ("Discharge", {}), ("Transfer", {})], "finished"),
        ([("Arrival", {}), ("Cancel", {"canceled": "PatientUpdate"})], "in-progress"),
    ],
)
def test_status_of_an_encounter_after_a_story(story: list[tuple[str, dict[str, str]]], status: str) -> None:
    told = [admin(event, minute, **(V | said)) for minute, (event, said) in enumerate(story, start=10)]
    assert [found["status"] for found in encounters(*told)] == [status]


def test_an_undone_event_left_nothing_on_the_visit() -> None:
    before = encounters(admin("PreAdmit", 1, Reason="fall", **V))
    after = encounters(
        admin("PreAdmit", 1, Reason="fall", **V),
        admin("Arrival", 2, Reason="cough", Location={"Department": "ER"}, **V),
        admin("Cancel", 3, canceled="Arrival", **V),
    )
    assert after == before


def test_cancel_of_a_discharge_takes_back_every_discharge_leaf() -> None:
    (visit,) = encounters(
        admin("Arrival", 1, **V),
        admin("VisitUpdate", 2, DischargeDateTime=moment(60), **V),
        admin("Discharge", 3, DischargeDateTime=moment(50), DischargeStatus={"Code": "01"}, **V),
        admin("Cancel", 4, canceled="Discharge", **V),
    )
    assert visit["status"] == "in-progress"
    assert not {"DischargeDateTime", "DischargeStatus"} & visit.keys()


def test_only_the_newest_transfer_is_undone_and_the_location_of_the_cancel_counts() -> None:
    (visit,) = encounters(
        admin("Arrival", 1, Location={"Department": "ER"}, **V),
        admin("Transfer", 2, Location={"Department": "3N"}, **V),
        admin("Transfer", 3, Location={"Department": "ICU"}, **V),
        admin("Cancel", 4, canceled="Transfer", Location={"Department": "4S"}, **V),
    )
    assert visit["Location"] == {"Department": "4S"}
    assert [left["Location"] for left in visit["locations"]] == [{"Department": "ER"}, {"Department": "3N"}]


def test_a_cancel_fills_only_what_is_unsaid() -> None:
    (visit,) = encounters(
        admin("PreAdmit", 1, Reason="fall", **V),
        admin("Cancel", 2, Reason="other", PatientClass="Inpatient", **V),
    )
    assert (visit["Reason"], visit["PatientClass"]) == ("fall", "Inpatient")


def test_a_different_location_moves_the_patient_and_an_equal_one_does_not() -> None:
    (visit,) = encounters(
        admin("Arrival", 1, Location={"Department": "ER"}, **V),
        admin("VisitUpdate", 2, Location={"Department": "3N"}, **V),
        admin("VisitUpdate", 3, Location={"Department": "3N"}, **V),
    )
    assert visit["locationStart"] == moment(2)
    assert visit["locations"] == [{"Location": {"Department": "ER"}, "start": moment(1), "end": moment(2)}]


def test_a_resent_arrival_after_discharge_changes_no_status() -> None:
    story = [
        admin("Arrival", 1, VisitDateTime=moment(0), **V),
        admin("Discharge", 60, DischargeDateTime=moment(50), **V),
        admin("Arrival", 70, VisitDateTime=moment(0), **V),
        admin("Registration", 71, **V),
    ]
    assert [visit["status"] for visit in encounters(*story)] == ["finished"]
    assert "AfterDischarge" in issues(*story)


def test_a_later_visit_under_the_same_number_is_another_occurrence() -> None:
    visits = encounters(
        admin("Arrival", 1, VisitDateTime=moment(0), Reason="first", **V),
        admin("Discharge", 60, DischargeDateTime=moment(50), **V),
        admin("Arrival", 3000, VisitDateTime=moment(2990), **V),
    )
    assert [(visit["status"], visit.get("Reason")) for visit in visits] == [
        ("finished", "first"),
        ("in-progress", None),
    ]


def test_undo_reaches_into_the_current_occurrence_only() -> None:
    visits = encounters(
        admin("Arrival", 1, VisitDateTime=moment(0), **V),
        admin("Discharge", 60, DischargeDateTime=moment(50), **V),
        admin("Arrival", 3000, VisitDateTime=moment(2990), **V),
        admin("Cancel", 3001, canceled="Arrival", **V),
    )
    assert [visit["status"] for visit in visits] == ["finished"]


def test_a_discharge_on_a_bare_date_lasts_until_its_midnight() -> None:
    visits = encounters(
        admin("Arrival", 1, VisitDateTime="2026-03-01", **V),
        admin("Discharge", 60, DischargeDateTime="2026-03-01", **V),
        admin("Arrival", 70, VisitDateTime=moment(65), **V),
        admin("Arrival", 2000, VisitDateTime="2026-03-02", **V),
    )
    assert len(visits) == 2


# --- without a number ---------------------------------------------------------------------------------------------------


def test_unnumbered_events_go_to_the_open_unnumbered_visit() -> None:
    visits = encounters(
        admin("Arrival", 1, VisitDateTime=moment(0), Reason="a"),
        admin("Transfer", 2, Location={"Department": "ICU"}),
        admin("Discharge", 3, DischargeDateTime=moment(3)),
        admin("Cancel", 4, canceled="Discharge"),
    )
    assert [(visit["status"], visit["Location"]) for visit in visits] == [("in-progress", {"Department": "ICU"})]


def test_an_unnumbered_arrival_of_another_day_is_another_visit() -> None:
    visits = encounters(
        admin("Arrival", 1, VisitDateTime=moment(0)),
        admin("Registration", 2, VisitDateTime=moment(30)),
        admin("Arrival", 3, VisitDateTime=moment(3000)),
    )
    assert len(visits) == 2


def test_an_unnumbered_update_goes_to_the_only_open_visit() -> None:
    (visit,) = encounters(admin("Arrival", 1, **V), admin("VisitUpdate", 2, Reason="fall"))
    assert (visit["VisitNumber"], visit["Reason"]) == ("v1", "fall")


def test_an_unnumbered_update_among_several_open_visits_stands_alone() -> None:
    story = [admin("Arrival", 1, VisitNumber="v1"), admin("Arrival", 2, VisitNumber="v2")]
    visits = encounters(*story, admin("VisitUpdate", 3, Reason="fall"))
    assert [visit.get("VisitNumber") for visit in visits if visit.get("Reason") == "fall"] == [None]


# --- appointments -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("story", "status"),
    [
        ([("New", {})], "booked"),
        ([("Modification", {})], "booked"),
        ([("New", {}), ("Cancel", {})], "cancelled"),
        ([("New", {}), ("NoShow", {})], "noshow"),
        ([("New", {}), ("Cancel", {}), ("Modification", {})], "cancelled"),
        ([("New", {}), ("Cancel", {}), ("Reschedule", {})], "booked"),
        ([("New", {}), ("Modification", {"Status": "No Show"})], "noshow"),
        ([("New", {}), ("Modification", {"Status": "Roomed"})], "booked"),
        ([("New", {"Status": "Waitlist"})], "waitlist"),
    ],
)
def test_status_of_an_appointment_after_a_story(story: list[tuple[str, dict[str, str]]], status: str) -> None:
    told = [booking(event, minute, **said) for minute, (event, said) in enumerate(story, start=1)]
    assert [found["status"] for found in appointments(*told)] == [status]


@pytest.mark.parametrize(
    ("events", "status"),
    [
        (["Arrival"], "arrived"),
        (["Registration"], "arrived"),
        (["PreAdmit"], "booked"),
        (["Arrival", "Discharge"], "fulfilled"),
        (["Transfer"], "booked"),
    ],
)
def test_an_appointment_follows_its_encounter(events: list[str], status: str) -> None:
    story = [admin(event, minute, **V) for minute, event in enumerate(events, start=10)]
    (appointment,) = appointments(booking("New", 1, Status="Confirmed"), *story)
    assert appointment["status"] == status
    assert appointment["LastUpdated"] == moment(9 + len(events))


def test_an_undone_arrival_gives_the_status_back() -> None:
    story = [
        booking("New", 1, Status="Confirmed"),
        admin("Arrival", 2, **V),
        admin("Cancel", 3, canceled="Arrival", **V),
    ]
    (appointment,) = appointments(*story)
    assert (appointment["status"], appointment["Status"]) == ("booked", "Confirmed")


def test_an_arrival_does_not_reopen_a_cancelled_appointment() -> None:
    (appointment,) = appointments(booking("New", 1), booking("Cancel", 2, CancelReason="ill"), admin("Arrival", 3, **V))
    assert (appointment["status"], appointment["CancelReason"]) == ("cancelled", "ill")
    assert appointment["CancelDateTime"] == moment(2)


def test_a_new_booking_forgets_why_the_old_one_ended() -> None:
    (appointment,) = appointments(booking("New", 1), booking("Cancel", 2, CancelReason="ill"), booking("New", 3))
    assert not {"CancelReason", "CancelDateTime"} & appointment.keys()
    assert appointment["ScheduledDateTime"] == moment(1)


def test_the_status_as_sent_lasts_until_an_event_sets_another() -> None:
    (appointment,) = appointments(booking("New", 1, Status="Confirmed"), booking("Modification", 2))
    assert appointment["Status"] == "Confirmed"
    (appointment,) = appointments(booking("New", 1, Status="Confirmed"), booking("Reschedule", 2))
    assert "Status" not in appointment


def test_a_reschedule_to_another_number_cancels_the_old_visit() -> None:
    old, new = appointments(booking("New", 1), booking("Reschedule", 2, VisitNumber="v2", OldVisitNumber="v1"))
    assert (old["status"], old["CancelDateTime"], new["status"]) == ("cancelled", moment(2), "booked")


def test_a_reschedule_of_an_unknown_number_cancels_nothing() -> None:
    assert len(appointments(booking("Reschedule", 2, VisitNumber="v2", OldVisitNumber="v9"))) == 1


def test_an_account_that_one_booking_and_one_stay_have_links_them() -> None:
    story = [booking("New", 1, AccountNumber="a"), admin("Arrival", 2, VisitNumber="v2", AccountNumber="a")]
    (appointment,) = appointments(*story)
    assert appointment["status"] == "arrived"
    (appointment,) = appointments(*story, admin("Arrival", 3, VisitNumber="v3", AccountNumber="a"))
    assert appointment["status"] == "booked"


def test_a_hold_is_an_appointment_of_nobody() -> None:
    (hold,) = appointments(booking("New", 1, ids="", Reason="block"), booking("Modification", 2, ids="", Duration=30))
    assert "patient" not in hold
    assert (hold["Reason"], hold["Duration"]) == ("block", 30)
