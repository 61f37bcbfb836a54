"""A wrong value at every path of every mapped event: refused with a place or kept, never 500, and never half."""

import asyncio
import io
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import orjson
import pytest

from gateway.service import Service
from ingest.intake import UNROUTED
from mappings.redox.catalogue import EVENTS, Event, Leaf, leaves
from tests.gateway.calls import CANARY, SANDBOX, SOURCE, message

Json = dict[str, Any]

MAPPED = [event for event in EVENTS if event.model and event.kind != "response"]
ABREAST = 64

NAME = "Quuxified"
"""A name of a member that no model has; only the refusal of a question may repeat it."""

WRONG: Sequence[Any] = (
    {"$ne": ""},
    [],
    True,
    CANARY,
    None,
    [[CANARY, [{}]]],
    -1.5,
    "",
    {NAME: {CANARY: [CANARY]}},
    [None, 1, CANARY, {}],
    1e300,
    "\x00" + CANARY,
    {},
    '""',
    10**18,
    "  ",
    ["", {"ID": {"ID": CANARY}}],
    "2026-13-45T99:99:99Z",
    [CANARY] * 50,
)
"""Every kind of JSON, and what is no value of any. A path meets another of them in each event that has it."""

IDENTIFYING = {"Patient.Identifiers[].ID": "MU", "Patient.Identifiers[].IDType": "MR"}


def _due(event: Event) -> Iterator[tuple[str, Any]]:
    """What an event needs to be taken at all, by path."""
    for leaf in leaves(event.model):
        if leaf.required and not leaf.is_container and not leaf.path.startswith("Meta."):
            yield leaf.path, _value(leaf)


def _value(leaf: Leaf) -> Any:
    if leaf.value_set:
        return leaf.value_set.words[0]
    return {"DateTime": "2026-02-03T04:05:06Z", "Date": "1970-02-03", "Number": 20, "Flag": False}.get(leaf.type, "MU")


def put(into: Json, path: str, value: Any) -> None:
    """Puts a value at a path such as `Patient.Contacts[].Address.City`, in the first element of each list."""
    *above, last = path.split(".")
    for name in above:
        many = name.endswith("[]")
        inner = into.setdefault(name.removesuffix("[]"), [{}] if many else {})
        into = inner[0] if many else inner
    into[last.removesuffix("[]")] = value


def mutants(event: Event, turn: int, step: int = 1) -> Iterator[Json]:
    """The event once for each of its paths, or each second one, with something wrong there."""
    for number, leaf in list(enumerate(leaves(event.model)))[turn % step :: step]:
        # Events of equal content are one; a question that is to be answered must not have a member that nobody knows.
        serial = {} if event.kind == "question" and step == 1 else {"Serial": f"{turn}-{number}"}
        sent = message(event.data_model, event.event_type, SANDBOX, **serial)
        sent["Meta"]["Source"] = {"ID": SOURCE}
        for path, value in (*_due(event), *IDENTIFYING.items()):
            put(sent, path, f"MU-{turn}-{number}" if path.endswith("Identifiers[].ID") else value)
        put(sent, leaf.path, WRONG[(turn + number) % len(WRONG)])
        yield sent


async def _sent(caller: httpx.AsyncClient, door: str, messages: list[Json]) -> list[httpx.Response]:
    token = {"verification-token": "sandbox-token"}
    answers = []
    for start in range(0, len(messages), ABREAST):
        bodies = [orjson.dumps(each) for each in messages[start : start + ABREAST]]
        answers += await asyncio.gather(*(caller.post(door, content=body, headers=token) for body in bodies))
    return answers


async def _journal(service: Service) -> set[str]:
    """The log ids of all that is in the journal."""
    tenants = [*await service.store.tenants.all(), UNROUTED]
    pages = [await service.store.partition(tenant).journal.page(limit=10_000) for tenant in tenants]
    return {entry.log_id for page in pages for entry in page}


@pytest.mark.parametrize("event", MAPPED, ids=lambda event: f"{event.data_model}.{event.event_type}")
@pytest.mark.parametrize("door", ["/endpoint", "/webhook"])
async def test_a_wrong_value_at_any_path_is_no_fault_of_ours(
    door: str, event: Event, caller: httpx.AsyncClient, service: Service, log: io.StringIO
) -> None:
    is_webhook = door == "/webhook"
    turn = MAPPED.index(event) + 7 * is_webhook
    answers = await _sent(caller, door, list(mutants(event, turn, 1 + is_webhook)))
    statuses = {answer.status_code for answer in answers}
    assert statuses <= ({200} if is_webhook else {200, 400})
    acknowledged = {answer.json()["Meta"]["Logs"][0]["ID"] for answer in answers if answer.status_code == 200}
    if event.kind == "push" or is_webhook:
        assert acknowledged
        assert acknowledged == await _journal(service)
    assert all(CANARY not in answer.text for answer in answers)
    assert event.kind == "question" or all(NAME not in answer.text for answer in answers)
    assert CANARY not in log.getvalue()
    assert NAME not in log.getvalue()
    assert "Traceback" not in log.getvalue()
    assert "exception" not in log.getvalue()


def test_every_kind_of_wrong_value_meets_every_path_that_several_events_have() -> None:
    """The turns differ between the events, so that a path of all visit events meets as many kinds as there are."""
    met: dict[str, set[str]] = {}
    for turn, event in enumerate(MAPPED):
        for number, leaf in enumerate(leaves(event.model)):
            met.setdefault(leaf.path, set()).add(type(WRONG[(turn + number) % len(WRONG)]).__name__)
    assert len(met) > 400
    assert {"dict", "list", "str"} <= met["Visit.VisitNumber"]
