"""The page of what each event does is printed from the rows, and the rows are whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.event_page import page
from ingest.fold.lifecycles import LIFECYCLES, lifecycle
from ingest.fold.verbs import Course, Says, on
from mappings.kinds import KINDS, PERSON
from mappings.redox.catalogue import EVENTS

PAGE = Path(__file__).parents[2] / "docs" / "events.md"


def test_the_page_says_what_the_rows_say() -> None:
    """Write it anew with `python -c "from ingest.event_page import page; print(page(), end='')" > docs/events.md`."""
    assert PAGE.read_text() == page()


def test_every_event_that_is_read_has_a_row_and_every_row_an_event_that_is_read() -> None:
    read = {(event.data_model, event.event_type) for event in EVENTS if event.kind == "push" and event.model}
    assert read == {(row.data_model, row.event_type) for row in LIFECYCLES}


def test_no_event_has_two_rows_and_no_kind_two_names() -> None:
    assert len({(row.data_model, row.event_type) for row in LIFECYCLES}) == len(LIFECYCLES)
    assert len({kind.name for kind in KINDS}) == len(KINDS)


def test_a_row_with_two_courses_is_refused() -> None:
    arrival = lifecycle("PatientAdmin", "Arrival")
    assert arrival is not None
    steps = [verb for verb in arrival.verbs if isinstance(verb, Course)]
    with pytest.raises(ValueError, match=r"^X\.New$"):
        on("X", "New", 100, Says(PERSON), *steps, *steps)
