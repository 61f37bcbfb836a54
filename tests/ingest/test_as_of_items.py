"""Questions about the past of notes and results: the answer is the one that would have been given then."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

import query_api
from ingest.as_of import AsOf
from ingest.intake import Intake
from mappings.reading import read
from mappings.redox import catalogue
from query_api import Limits
from store.database import Store
from store.partition import Partition
from tests.feed import Json, ask, new_partition, push
from tests.ingest import test_note_cases, test_result_cases
from tests.lives import moment, timed

CASES = {
    **{f"notes: {name}": ("Notes", messages) for name, (messages, _) in test_note_cases.CASES.items()},
    **{f"results: {name}": ("Results", messages) for name, (messages, _) in test_result_cases.CASES.items()},
}
FILTERS: dict[str, list[Json]] = {
    "Notes": [{}, {"DocumentIDs": ["a"]}, {"Patients": [{"Identifiers": [{"IDType": "MR", "ID": "m1"}]}]}],
    "Results": [
        {},
        {"OrderIDs": ["o1"]},
        {"ResultStatuses": ["Final"]},
        {"Procedures": [{"Code": "BMP"}]},
        {"Patients": [{"Identifiers": [{"IDType": "MR", "ID": "m1"}]}]},
    ],
}


async def _then(partition: Partition, model: str, filters: Json, at: datetime) -> Any:
    kind = catalogue.event(model, "Query")
    assert kind is not None
    question = {"Meta": {"DataModel": model, "EventType": "Query"}, **filters}
    clean = read(question, kind, partition.tenant.zone).message
    return (await query_api.answer(AsOf(partition, at), model, "Query", clean, Limits(), at)).body


@pytest.mark.parametrize("case", CASES)
async def test_the_answer_is_the_one_of_then(store: Store, case: str) -> None:
    model, messages = CASES[case]
    events = timed(messages, range(0, 10 * len(messages), 10))
    intake, whole = Intake(store), await new_partition(store)
    await push(intake, whole, events)
    for told in range(1, len(events)):
        early = await new_partition(store)
        await push(intake, early, events[:told])
        at = datetime.fromisoformat(moment(10 * told - 5))
        for filters in FILTERS[model]:
            assert await _then(whole, model, filters, at) == (await ask(early, model, "Query", filters)).body, (
                told,
                filters,
            )
