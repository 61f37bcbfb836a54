"""Account: every leaf of every mapped message has a home in FHIR, an extension, or a written reason to be dropped."""

from __future__ import annotations

import pytest

from gateway.cli.fields import home_of
from mappings.redox.catalogue import EVENTS, Event, leaves

MAPPED = [event for event in EVENTS if event.model is not None]


@pytest.mark.parametrize("event", MAPPED, ids=lambda event: f"{event.data_model}.{event.event_type}")
def test_every_leaf_is_accounted_for(event: Event) -> None:
    assert event.understood is not None
    for leaf in leaves(event.understood):
        if not leaf.is_container:
            assert home_of(event, leaf.path), leaf.path


def test_nothing_that_an_event_says_of_people_and_visits_is_dropped() -> None:
    """Only marks of the delivery, and what acts on records instead of describing them, have no home."""
    homeless = {
        leaf.path.partition(".")[0] + "." + leaf.path.split(".")[1]
        for event in MAPPED
        if event.kind == "push" and event.understood is not None
        for leaf in leaves(event.understood)
        if not leaf.is_container and home_of(event, leaf.path).startswith("not kept")
    }
    assert {path for path in homeless if not path.startswith("Meta.")} == {"Patient.PreviousIdentifiers[]"}
