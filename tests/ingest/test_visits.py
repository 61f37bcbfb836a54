"""Visits: each row of the two status tables, undo, occurrences, moves and links."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ingest.stories import admin, appointments, booking, encounters, issues, people
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
        ([("VisitUpdate", {}), ("Cancel", {"canceled": "Something"})], "unknown"),
        ([("Arrival", {}), ("Cancel", {"canceled": "Discharged"})], "in-progress"),
        ([("Arrival", {}), ("Cancel", {"canceled": "A13"})], "in-progress"),
        ([("Arrival", {}), ("Cancel", {"canceled": "Cancel"})], "in-progress"),
        ([("Arrival", {}), ("Cancel", {"canceled": '""'})], "cancelled"),
        ([("Arrival", {}), ("Discharge", {}), ("Discharge", {}), ("Cancel", {"canceled": "Discharge"})], "in-progress"),
        ([("Arrival", {}), ("Discharge", {}), ("VisitUpdate", {}), ("Discharge", {}), ("Cancel", {"canceled": "Discharge"})], "in-progress"),
        ([("Arrival", {}), ("Discharge", {}), ("Arrival", {}), ("Discharge", {}), ("Cancel", {"canceled": "Discharge"})], "in-progress"),
        ([("Arrival", {}), ("Discharge", {}), ("Cancel", {}), ("Discharge", {}), ("Cancel", {"canceled": "Discharge"})], "cancelled"),
        ([("PreAdmit", {}), ("PreAdmit", {}), ("Cancel", {"canceled": "PreAdmit"})], "cancelled"),
        ([("PreAdmit", {}), ("Arrival", {}), ("Cancel", {"canceled": "PreAdmit"})], "in-progress"),
        ([("Arrival", {}), ("PreAdmit", {}), ("VisitUpdate", {}), ("PreAdmit", {}), ("Cancel", {"canceled": "PreAdmit"})], "in-progress"),
        ([("PreAdmit", {}), ("Arrival", {}), ("PreAdmit", {}), ("Cancel", {"canceled": "PreAdmit"})], "in-progress"),
        ([("PreAdmit", {}), ("Transfer", {}), ("Transfer", {}), ("Cancel", {"canceled": "Transfer"})], "planned"),
        ([("PreAdmit", {}), ("Arrival", {}), ("Transfer", {}), ("Cancel", {"canceled": "Arrival"})], "planned"),
        ([("PreAdmit", {}), ("Arrival", {}), ("Discharge", {}), ("Cancel", {"canceled": "Registration"})], "planned"),
        ([("Transfer", {}), ("Arrival", {}), ("Discharge", {}), ("Cancel", {"canceled": "Arrival"})], "in-progress"),
        ([("VisitUpdate", {}), ("Arrival", {}), ("Cancel", {"canceled": "Arrival"})], "cancelled"),
        ([("Arrival", {}), ("Cancel", {"canceled": "Arrival"}), ("Arrival", {})], "in-progress"),
        ([("Arrival", {}), ("Discharge", {}), ("Transfer", {})], "finished"),
        ([("Arrival", {}), ("Cancel", {"canceled": "PatientUpdate"})], "in-progress"),
    ],
)  # fmt: skip
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


def test_a_word_that_names_no_event_cancels_nothing_and_is_an_issue() -> None:
    story = [admin("Arrival", 1, **V), admin("Cancel", 2, canceled="A13", patient_Notes=["tall"], Reason="fall", **V)]
    assert issues(*story) == {"CanceledEventUnknown"}
    assert "Reason" not in encounters(*story)[0]
    assert people(*story)[0]["Notes"] == ["tall"], "the event still says what it says of the person"


def test_a_word_that_names_an_event_of_no_visit_is_another_issue() -> None:
    assert issues(admin("Arrival", 1, **V), admin("Cancel", 2, canceled="New Patient", **V)) == {"CancelNotOfAVisit"}


ER, ICU = {"Department": "ER"}, {"Department": "ICU"}


@pytest.mark.parametrize("between", [[], [("VisitUpdate", {"Reason": "fall"})]], ids=["nothing", "an update"])
def test_a_transfer_that_was_sent_twice_is_undone_whole(between: list[tuple[str, dict[str, str]]]) -> None:
    twice = [("Transfer", {"Location": ICU}), *between, ("Transfer", {"Location": {**ICU, "Bed": '""'}})]
    told = [("Arrival", {"Location": ER}), *twice, ("Cancel", {"canceled": "Transfer"})]
    (visit,) = encounters(*(admin(event, minute, **V, **said) for minute, (event, said) in enumerate(told)))
    assert (visit["Location"], visit.get("locations")) == (ER, None)


@pytest.mark.parametrize(
    "between",
    [("Transfer", {"Location": ER}), ("Transfer", {}), ("Arrival", {}), ("Cancel", {"canceled": "Discharge"})],
)
def test_a_transfer_that_something_else_follows_stays(between: tuple[str, dict[str, str]]) -> None:
    told = [
        ("Transfer", {"Location": ICU}),
        between,
        ("Transfer", {"Location": ICU}),
        ("Cancel", {"canceled": "Transfer"}),
    ]
    (visit,) = encounters(*(admin(event, minute, **V, **said) for minute, (event, said) in enumerate(told)))
    assert (visit["status"], visit["locationStart"]) == ("in-progress", moment(1 if between[1].get("Location") else 0))


def test_an_undone_arrival_takes_the_transfers_and_discharges_after_it_along() -> None:
    before = encounters(admin("PreAdmit", 1, Location=ER, **V))
    told = [
        admin("PreAdmit", 1, Location=ER, **V),
        admin("Arrival", 2, Location={"Department": "3N"}, **V),
        admin("Transfer", 3, Location=ICU, **V),
        admin("Registration", 4, **V),
        admin("Discharge", 5, DischargeStatus={"Code": "01"}, **V),
        admin("Cancel", 6, canceled="Arrival", **V),
    ]
    (after,) = encounters(*told)
    assert [after] == before


def test_a_cancel_that_came_twice_takes_no_earlier_stay_back() -> None:
    visits = encounters(
        admin("Arrival", 1, VisitDateTime=moment(0), Reason="first", **V),
        admin("Discharge", 60, DischargeDateTime=moment(50), **V),
        admin("Arrival", 3000, VisitDateTime=moment(2990), Reason="second", **V),
        admin("Cancel", 3001, canceled="Arrival", **V),
        admin("Cancel", 3002, canceled="Arrival", **V),
    )
    assert [(visit["Reason"], visit["DischargeDateTime"]) for visit in visits] == [("first", moment(50))]


def test_a_cancel_of_a_discharge_that_repeats_the_discharge_does_not_say_it() -> None:
    story = [admin("Arrival", 1, **V), admin("Discharge", 3, DischargeDateTime=moment(2), **V)]
    (visit,) = encounters(*story, admin("Cancel", 4, canceled="Discharge", DischargeDateTime=moment(2), **V))
    assert (visit["status"], visit.get("DischargeDateTime")) == ("in-progress", None)


def test_a_discharge_that_was_corrected_is_undone_for_the_appointment_too() -> None:
    story = [admin(event, minute, **V) for minute, event in enumerate(("Arrival", "Discharge", "Discharge"), start=2)]
    (appointment,) = appointments(booking("New", 1), *story, admin("Cancel", 9, canceled="Discharge", **V))
    assert appointment["status"] == "arrived"


def test_bookings_between_resent_events_of_a_stay_are_not_of_the_stay() -> None:
    told = [admin("Arrival", 1, Location=ER, **V), admin("Transfer", 2, Location=ICU, **V), booking("Modification", 3)]
    told += [admin("Transfer", 4, Location=ICU, **V), admin("Cancel", 5, canceled="Transfer", **V)]
    assert encounters(*told)[0]["Location"] == ER


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
        ([("New", {}), ("Cancel", {"Status": "Scheduled"})], "cancelled"),
        ([("New", {}), ("Cancel", {"Status": "No Show"})], "cancelled"),
        ([("New", {}), ("NoShow", {"Status": "Cancelled"})], "noshow"),
        ([("New", {}), ("Cancel", {}), ("NoShow", {})], "noshow"),
        ([("New", {}), ("NoShow", {}), ("Cancel", {})], "cancelled"),
        ([("New", {}), ("Cancel", {}), ("Modification", {"Status": "Scheduled"})], "cancelled"),
        ([("New", {}), ("NoShow", {}), ("Modification", {"Status": "Arrived"})], "noshow"),
        ([("New", {}), ("Modification", {"Status": "Deleted"}), ("Modification", {"Status": "Booked"})], "entered-in-error"),
        ([("New", {}), ("NoShow", {}), ("Modification", {"Status": "Cancelled"})], "cancelled"),
        ([("New", {}), ("Modification", {"Status": "Completed"})], "fulfilled"),
        ([("New", {}), ("NoShow", {}), ("New", {"Status": "Pending"})], "pending"),
        ([("New", {}), ("Modification", {"Status": "Dc"})], "cancelled"),
    ],
)  # fmt: skip
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


def test_an_arrival_reopens_a_missed_appointment_and_an_undone_one_gives_it_back() -> None:
    missed = [booking("New", 1), booking("NoShow", 2, NoShowReason="ill", Status="No Show")]
    (before,) = appointments(*missed)
    (appointment,) = appointments(*missed, admin("Arrival", 3, **V))
    assert (appointment["status"], appointment.get("NoShowReason"), "Status" in appointment) == ("arrived", None, False)
    (appointment,) = appointments(*missed, admin("Arrival", 3, **V), admin("Cancel", 4, canceled="Arrival", **V))
    assert appointment == before | {"LastUpdated": moment(4)}


@pytest.mark.parametrize("event", ["Discharge", "Transfer", "VisitUpdate"])
def test_no_other_event_of_the_stay_reopens_a_missed_appointment(event: str) -> None:
    told = admin(event, 3, DischargeDateTime=moment(2), **V)
    (appointment,) = appointments(booking("New", 1), booking("NoShow", 2), told)
    assert appointment["status"] == "noshow"


ENDS = {
    "Cancel": booking("Cancel", 2, CancelReason="ill", Status="Canceled"),
    "NoShow": booking("NoShow", 2, NoShowReason="ill", Status="Noshow"),
    "word": booking("Modification", 2, Status="Cancelled"),
    "superseded": booking("Reschedule", 2, VisitNumber="v2", OldVisitNumber="v1"),
}
OTHER_ENDS = {
    "Cancel": (booking("Cancel", 3), {"CancelDateTime": moment(3)}),
    "NoShow": (booking("NoShow", 3), {}),
    "cancelled": (booking("Modification", 3, Status="Cancelled"), {"Status": "Cancelled", "CancelDateTime": moment(3)}),
    "no show": (booking("Modification", 3, Status="no-show"), {"Status": "no-show"}),
    "deleted": (booking("Modification", 3, Status="Deleted"), {"Status": "Deleted"}),
}
ABOUT_THE_END = ("Status", "CancelReason", "CancelDateTime", "NoShowReason")


def about_the_end(*story: dict[str, Any]) -> dict[str, Any]:
    """The status, and what is known of the end, of the first appointment."""
    appointment = next(found for found in appointments(*story) if found["VisitNumber"] == "v1")
    return {name: appointment[name] for name in ("status", *ABOUT_THE_END) if name in appointment}


@pytest.mark.parametrize("other", OTHER_ENDS)
@pytest.mark.parametrize("end", ENDS)
def test_the_leaves_of_an_end_go_with_it_for_good(end: str, other: str) -> None:
    first = about_the_end(booking("New", 1), ENDS[end])
    said, words = OTHER_ENDS[other]
    after = about_the_end(booking("New", 1), ENDS[end], said)
    if first["status"] != after["status"]:
        assert {name: value for name, value in after.items() if name != "status"} == words
    reopened = about_the_end(booking("New", 1), ENDS[end], said, booking("New", 4))
    assert reopened == {"status": "booked"}
    ended_again = about_the_end(booking("New", 1), ENDS[end], said, booking("New", 4), booking("Cancel", 5))
    assert ended_again == {"status": "cancelled", "CancelDateTime": moment(5)}


@pytest.mark.parametrize("word", ["Scheduled", "Confirmed", "X", "No Show", "Deleted"])
def test_the_word_of_a_cancel_is_answered_only_if_it_names_that_end(word: str) -> None:
    cancelled = {"status": "cancelled", "CancelDateTime": moment(2)}
    assert about_the_end(booking("New", 1, Status="Confirmed"), booking("Cancel", 2, Status=word)) == cancelled
    told = about_the_end(
        booking("New", 1), booking("Cancel", 2, Status="Discontinued"), booking("Cancel", 3, Status=word)
    )
    assert told == cancelled | {"Status": "Discontinued", "CancelDateTime": moment(3)}


def test_a_word_that_would_reopen_is_not_answered_and_any_other_is() -> None:
    ended = [booking("New", 1), booking("Cancel", 2, CancelReason="ill")]
    assert about_the_end(*ended, booking("Modification", 3, Status="Scheduled")) == about_the_end(*ended)
    assert about_the_end(*ended, booking("Modification", 3, Status="Bumped"))["Status"] == "Bumped"
    assert about_the_end(*ended, booking("Modification", 3, Status="canceled"))["Status"] == "canceled"


def test_the_status_as_sent_outlasts_an_event_of_the_stay_that_changes_no_status() -> None:
    told = [booking("New", 1), admin("Arrival", 2, **V), booking("Modification", 3, Status="Roomed")]
    assert about_the_end(*told, admin("Registration", 4, **V)) == {"status": "arrived", "Status": "Roomed"}
    assert about_the_end(*told, admin("Discharge", 4, **V)) == {"status": "fulfilled"}


def test_a_missed_appointment_that_is_rescheduled_to_another_number_was_cancelled() -> None:
    told = [booking("New", 1), ENDS["NoShow"], booking("Reschedule", 4, VisitNumber="v2", OldVisitNumber="v1")]
    assert about_the_end(*told) == {"status": "cancelled", "CancelDateTime": moment(4)}


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
