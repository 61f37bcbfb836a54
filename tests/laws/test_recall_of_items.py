"""Recall and Valid for records with a key: a question says again, whole, what an event said of them.

The tests run over all rows of LIFECYCLES and LISTINGS, so a new data model is in them without a line here.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fold.item_names import blocks_of
from ingest.fold.lifecycles import LIFECYCLES
from ingest.fold.verbs import Lifecycle, Says
from ingest.intake import Intake
from mappings.fhir.validity import faults
from mappings.kinds import Kind
from mappings.reading import CLEAR
from query_api.answers import LISTINGS
from query_api.listings import Listing
from store.database import Store
from tests.feed import Json, ask, documents, leaves, new_partition, push
from tests.laws.test_recall import SURE, prepared, said, shared
from tests.strategies import messages

QUESTIONS: dict[Kind, tuple[tuple[str, str], Listing]] = {each.kind: (name, each) for name, each in LISTINGS.items()}
ROWS = [row for row in LIFECYCLES if any(isinstance(verb, Says) and verb.kind in QUESTIONS for verb in row.items)]
EVENTS = [(row.data_model, row.event_type) for row in LIFECYCLES if row.items]
WHOSE = {"Patients": [{"Identifiers": [{"IDType": SURE[0], "ID": SURE[1]}]}]}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.data_model}.{row.event_type}")
@shared(len(ROWS))
@given(data=st.data())
async def test_recall_of_items(store: Store, row: Lifecycle, data: st.DataObject) -> None:
    partition = await new_partition(store)
    message = prepared(data.draw(messages(row.data_model, row.event_type, odd=True)))
    await push(Intake(store), partition, [message])
    clean = said(message, partition.tenant.zone)
    for verb in row.items:
        if not isinstance(verb, Says) or verb.kind not in QUESTIONS:
            continue
        (data_model, event_type), _ = QUESTIONS[verb.kind]
        meta = {"Meta": {"DataModel": data_model, "EventType": event_type, "Whole": True}}
        answer = (await ask(partition, data_model, event_type, {**WHOSE, **meta})).body
        (entries,) = answer.values()
        for _, block in blocks_of(verb, clean, clean.get("Patient", {})):
            beside = {name: clean[name] for name in verb.kind.beside if name in clean}
            expected = _leaves({**_own(block, verb), **beside})
            assert any(expected.items() <= _leaves(entry).items() for entry in entries), (expected, entries)


def _own(block: Json, verb: Says) -> Json:
    """The block without the lists that are records of another kind."""
    return {name: value for name, value in block.items() if name in verb.kind.table.members}


def _leaves(value: Any) -> dict[str, object]:
    return {path: leaf for path, leaf in leaves(value).items() if leaf != CLEAR}


@pytest.mark.parametrize(("data_model", "event_type"), EVENTS)
@shared(len(EVENTS))
@given(data=st.data())
async def test_all_that_is_stored_of_items_is_valid(
    store: Store, data_model: str, event_type: str, data: st.DataObject
) -> None:
    """Valid: every resource that any such message leads to is valid FHIR R4, by schema, binding and invariant."""
    partition = await new_partition(store)
    await push(Intake(store), partition, [data.draw(messages(data_model, event_type, odd=True))])
    found = {f"{doc.kind}: {fault}" for doc in await documents(partition) for fault in faults(doc.resource)}
    assert not found
