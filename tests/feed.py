"""A feed into a tenant of its own, and all that can be asked of what it came to."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import uuid4

import orjson

import query_api
from ingest.incoming import Incoming
from ingest.intake import Intake
from ingest.pipeline import Accepted
from mappings.reading import read
from mappings.redox import catalogue
from query_api import Answer, Limits
from store.access.tenant import Tenant
from store.database import Store
from store.documents import KINDS, Document
from store.partition import Partition
from tests.lives import moment

Json = dict[str, Any]
_serial = count()


async def new_partition(store: Store, **said: Any) -> Partition:
    """The documents of a new tenant in an odd zone."""
    tenant = Tenant(
        name=f"feed-{next(_serial)}", destination_id=str(uuid4()), **{"time_zone": "Asia/Kathmandu", **said}
    )
    await store.tenants.add(tenant)
    return store.partition(tenant)


def incoming(message: Json) -> Incoming:
    """A message as it comes in."""
    return Incoming(orjson.dumps(message), message, "feed", "log", "attempt")


def newcomer(number: str) -> Json:
    """A message of somebody new, of whom only a record number is told."""
    meta = {"DataModel": "PatientAdmin", "EventType": "NewPatient", "EventDateTime": moment(0)}
    return {"Meta": meta, "Patient": {"Identifiers": [{"IDType": "MR", "ID": number}]}}


async def push(
    intake: Intake, partition: Partition, messages: Iterable[Json], *, at_once: bool = False
) -> list[Accepted]:
    """Push messages one after the other, or all together."""

    async def one(message: Json) -> Accepted:
        (accepted,) = await intake.push([partition], incoming(message))
        return accepted

    if at_once:
        return list(await asyncio.gather(*map(one, messages)))
    return [await one(message) for message in messages]


async def ask(partition: Partition, data_model: str, event_type: str, question: Json | None = None) -> Answer:
    """Ask as the gateway does."""
    kind = catalogue.event(data_model, event_type)
    assert kind is not None
    whole = {"Meta": {"DataModel": data_model, "EventType": event_type}, **(question or {})}
    clean = read(whole, kind, partition.tenant.zone).message
    return await query_api.answer(partition, data_model, event_type, clean, Limits(), datetime.now(UTC))


async def search(partition: Partition, *pairs: tuple[str, str]) -> Json:
    """PatientSearch by identifiers."""
    identifiers = [{"IDType": id_type, "ID": value} for id_type, value in pairs]
    return (await ask(partition, "PatientSearch", "Query", {"Patient": {"Identifiers": identifiers}})).body


async def booked(partition: Partition, **said: Any) -> list[Json]:
    """All appointments, or those that a filter leaves."""
    question = {"StartDateTime": "1900-01-01T00:00:00.000Z", **said}
    visits: list[Json] = (await ask(partition, "Scheduling", "Booked", question)).body["Visits"]
    return visits


async def census(partition: Partition, **said: Any) -> list[Json]:
    """Who is admitted."""
    patients: list[Json] = (await ask(partition, "PatientAdmin", "CensusQuery", said)).body["Patients"]
    return patients


async def visits(partition: Partition, **said: Any) -> list[Json]:
    """All stays."""
    patients: list[Json] = (await ask(partition, "PatientAdmin", "VisitQuery", said)).body["Patients"]
    return patients


async def everything(partition: Partition, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The answers to all four questions, the search once for each identifier."""
    return {
        "census": await census(partition),
        "visits": await visits(partition),
        "booked": await booked(partition),
        **{":".join(pair): await search(partition, pair) for pair in pairs},
    }


async def documents(partition: Partition) -> list[Document]:
    """All documents of the tenant."""
    return [document for kind in KINDS async for document in partition.each(kind)]


async def resources(partition: Partition) -> list[str]:
    """All resources, with no difference between their ids."""
    found = await documents(partition)
    texts = [orjson.dumps(document.resource, option=orjson.OPT_SORT_KEYS).decode() for document in found]
    ids = re.compile("|".join(re.escape(document.id) for document in found) or "$.")
    return sorted(ids.sub("id", text) for text in texts)


def leaves(value: object, path: str = "") -> dict[str, object]:
    """The leaves of a JSON value by their paths."""
    if isinstance(value, dict):
        parts = [leaves(inner, f"{path}.{name}" if path else name) for name, inner in value.items()]
    elif isinstance(value, list):
        parts = [leaves(inner, f"{path}[{index}]") for index, inner in enumerate(value)]
    else:
        return {path: value}
    return {name: leaf for part in parts for name, leaf in part.items()}
