"""Recall from a report: whatever stands under any column comes back in the answers that have its field."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.csv.templates import TEMPLATES, full_columns, leaf_of, unnumbered
from mappings.reading import read
from mappings.redox.patient_search import FoundPatient
from store.database import Store
from tests.feed import booked, new_partition, search, visits
from tests.feed import leaves as leaves_of
from tests.ingest.reports import load, table
from tests.strategies import EXAMPLES, dates, moments

Json = dict[str, Any]

NEEDED = {
    "Patient.Identifiers[1].ID": "sure",
    "Patient.Identifiers[1].IDType": "MR",
    "Visit.VisitNumber": "v-1",
    "Visit.VisitDateTime": "2026-05-04T03:02:01.000Z",
    "Visit.Duration": "20",
    "Visit.Location.Department": "3N",
}
"""What every row has that can have it."""


def texts(name: str) -> st.SearchStrategy[str]:
    letters = st.text(st.characters(categories=("L", "N", "P", "Zs"), exclude_characters='"'), min_size=1, max_size=8)
    free = letters.map(str.strip).filter(lambda text: text and not text.startswith("="))
    return st.sampled_from(EXAMPLES.get(name, ("Zoë, the; elder|\tone", 'the "quiet" room', "two\nlines"))) | free


def values(kind: str, column: str) -> st.SearchStrategy[str]:
    """Cells of a column."""
    leaf = leaf_of(TEMPLATES[kind].event, column)
    assert leaf
    if leaf.value_set:
        return st.sampled_from(leaf.value_set.words)
    by_type: dict[str, st.SearchStrategy[str]] = {
        "Number": st.integers(1, 999).map(str),
        "Flag": st.sampled_from(("true", "false")),
        "Date": dates(),
        "DateTime": moments(),
    }
    if leaf.type in by_type:
        return by_type[leaf.type]
    return texts(unnumbered(column).rpartition(".")[2].removesuffix("[]"))


@st.composite
def rows(draw: st.DrawFn, kind: str) -> dict[str, str]:
    """A row of the full template with every column filled, or with any of them."""
    columns = full_columns(TEMPLATES[kind])
    chosen = columns if draw(st.booleans()) else draw(st.lists(st.sampled_from(columns), min_size=1, unique=True))
    row = {column: draw(values(kind, column)) for column in chosen if not column.startswith("Meta.")}
    for column in list(row):  # a kind says something only beside what it is the kind of
        above, _, name = column.rpartition(".")
        beside = {"IDType": f"{above}.ID", "Codeset": f"{above}.Code"}.get(name)
        if beside and beside in columns:
            row.setdefault(beside, "x1")
        if "Identifiers[" in above and name == "ID":
            row.setdefault(f"{above}.IDType", "x2")
    due = {column: text for column, text in NEEDED.items() if leaf_of(TEMPLATES[kind].event, column)}
    return {**row, **due}


def said_by(row: dict[str, str], kind: str, zone: Any) -> Json:
    """What a row says, put together another way than the loader does."""
    tree: Json = {}
    for column, text in row.items():
        *above, last = column.replace("]", "").replace("[", ".").split(".")
        place = tree
        for step in above:
            place = place.setdefault(step, {})
        place[last] = text
    return read({"Meta": {}, **_listed(tree)}, TEMPLATES[kind].event, zone).message


def _listed(tree: Any) -> Any:
    """A tree whose numbered members are elements of lists."""
    if not isinstance(tree, dict):
        return tree
    if all(name.isdigit() for name in tree):
        return [_listed(tree[name]) for name in sorted(tree, key=int)]
    return {name: _listed(value) for name, value in tree.items()}


def answered(message: Json) -> Iterator[tuple[str, Json]]:
    """What of a message which answer has."""
    patient = message.get("Patient", {})
    visit = message.get("Visit", {})
    known = {field.alias for field in FoundPatient.model_fields.values()}
    person = {name: value for name, value in patient.items() if name in known and name != "Identifiers"}
    yield "person", person | {name: visit[name] for name in ("Guarantor", "Insurances") if name in visit}
    asked = {"VisitNumber", "VisitDateTime", "PatientClass", "Location", "Reason"}
    stay = {name: value for name, value in visit.items() if name in asked}
    if "Location" in stay:
        stay["Location"] = {name: value for name, value in stay["Location"].items() if name != "Address"}
    yield "stay", stay
    yield "booking", {**visit, **{name: message[name] for name in ("AppointmentInfo",) if name in message}}


@pytest.mark.parametrize("kind", TEMPLATES)
@given(data=st.data())
async def test_what_stands_under_any_column_comes_back(store: Store, kind: str, data: st.DataObject) -> None:
    partition = await new_partition(store)
    row = data.draw(rows(kind))
    summary = await load(partition, kind, table([row]), datetime(2026, 1, 1, tzinfo=UTC))
    assert summary.is_clean, summary
    said = dict(answered(said_by(row, kind, partition.tenant.zone)))
    person = (await search(partition, ("MR", "sure")))["Patient"]
    if kind == "appointments":
        said["person"] = {name: value for name, value in said["person"].items() if name in ("Demographics", "Notes")}
        comes_back(said["booking"], (await booked(partition))[0])
    if kind == "visits":
        comes_back(said["stay"], (await visits(partition))[0]["Visits"][0])
    comes_back(said["person"], person)


def comes_back(said: Json, answer: Json) -> None:
    """Every leaf of what was said stands in an answer."""
    heard = leaves_of(answer)
    missing = {path: value for path, value in leaves_of(said).items() if heard.get(path) != value}
    assert not missing, missing


@pytest.mark.parametrize("kind", TEMPLATES)
async def test_every_column_of_the_full_template_reaches_the_journal(store: Store, kind: str) -> None:
    """Each column alone, beside what every row needs: its value stands in the event that the journal has."""
    partition = await new_partition(store)
    columns = [column for column in full_columns(TEMPLATES[kind]) if column not in NEEDED]
    due = {column: text for column, text in NEEDED.items() if leaf_of(TEMPLATES[kind].event, column)}
    expected: dict[str, str] = {}
    table_rows = []
    for number, column in enumerate(columns):
        leaf = leaf_of(TEMPLATES[kind].event, column)
        assert leaf
        value = {
            "Flag": "true",
            "Number": f"{number}",
            "Date": "2001-02-03",
            "DateTime": "2001-02-03T04:05:06.000Z",
        }.get(leaf.type, leaf.value_set.words[-1] if leaf.value_set else f"value-{number}")
        above, _, name = column.rpartition(".")
        beside = {"IDType": "ID", "Codeset": "Code", "ID": "IDType"}.get(name, name)
        extra = {f"{above}.{beside}": f"beside-{number}"} if f"{above}.{beside}" in columns else {}
        identifier = {"Patient.Identifiers[1].ID": f"p-{number}"}
        table_rows.append({**due, **identifier, **extra, column: value})
        expected[f"p-{number}"] = value
    summary = await load(partition, kind, table(table_rows))
    assert summary.applied == len(columns), summary
    assert not summary.rejected
    async for entry in partition.journal.in_order_of_receipt():
        message = orjson.loads(entry.body)
        assert expected[message["Patient"]["Identifiers"][0]["ID"]] in map(str, leaves_of(message).values())
