"""The writing of the audit trail: each act, before its response is sent. It has names, places, ids and numbers only.

An accepted event needs no entry: the journal has its sender, address and log id.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from gateway.errors import NoSubscription
from gateway.request import Call, call_of, problem_of
from gateway.service import Service, service_of
from store.audit.audit_entry import NO_TENANT, Remembered
from store.errors import StoreError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Scope

    from gateway.audit.actors import Act, Administrator, Login
    from ingest.backfill.summary import Summary
    from ingest.pipeline import Accepted
    from query_api import Answer
    from store.access.tenant import Tenant
    from store.database import Store
    from store.work.jobs import Job

Json = dict[str, Any]

LOCAL = "local"
"""The network address of commands."""
OPERATOR, ADMIN, CLIENT, WEBHOOK = "operator", "admin", "client", "webhook"
MOST_NAMED = 10
"""The largest number of tenants for which one refused message writes an entry; a message may name thousands."""
_PASSING = {408, 413, 415, 429}
"""The statuses of requests that were refused without being read; a flood of such requests would fill the audit log."""


async def remember(
    request: Request, event: str, tenants: Iterable[str] = (), *, by: str = ADMIN, status: int = 200, **details: Any
) -> None:
    """Write an entry of a caller's act for each tenant that it concerns. Raises NotRemembered.

    `details` must contain no value of a patient and no secret.
    """
    call = call_of(request.scope)
    entry = Remembered(event, call.caller, by, call.peer, log_id=call.log_id, status=status, details=details)
    await _write(service_of(request).store, entry, tenants)


async def question(request: Request, tenant: Tenant, found: Answer) -> None:
    """Write an entry of the resources that an answer shows.

    Raises NotRemembered, and NoSubscription if the tenant was removed meanwhile. The answer must then not be sent.
    """
    service, call = service_of(request), call_of(request.scope)
    # A slow question may have begun before the tenant was removed.
    if await service.store.tenants.by_name(tenant.name) is None:
        raise NoSubscription
    entry = Remembered(
        "question",
        call.caller,
        CLIENT,
        call.peer,
        model=call.event.data_model if call.event else "",
        type=call.event.event_type if call.event else "",
        log_id=call.log_id,
        count=results_of(found.body),
        resources=tuple(found.resources),
        details={"cut": True} if found.is_incomplete else {},
    )
    await _write(service.store, entry, [tenant.name])


def results_of(body: Json) -> int:
    """Return the number of results of an answer: the length of its list, or 1 if the answer is one record."""
    listed = next((member for member in body.values() if isinstance(member, list)), None)
    return len(listed) if listed is not None else sum(bool(member) for member in body.values())


def named_in(message: Json) -> tuple[str, ...]:
    """Return the destination ids that a message names, at most MOST_NAMED. They are not checked."""
    listed = message["Meta"].get("Destinations")
    given = (
        [each.get("ID") for each in listed[:MOST_NAMED] if isinstance(each, dict)] if isinstance(listed, list) else ()
    )
    return tuple(each for each in given if isinstance(each, str))


def origin(call: Call, by: str) -> Json:
    """Return the details of a journal entry about its origin: the sort of caller, and the network address."""
    return {"by": by, "from": call.peer}


async def delivered(request: Request, tenants: Sequence[Tenant], kept: Sequence[Accepted], by: str) -> None:
    """Write an entry for each event that the journal already had: the journal entry is about its first delivery.

    `kept` has one result for each tenant. Raises NotRemembered.
    """
    call = call_of(request.scope)
    for tenant, each in zip(tenants, kept, strict=True):
        if each.is_redelivery:
            entry = Remembered(
                "push", call.caller, by, call.peer, log_id=call.log_id, details={"entry": each.journal_id}
            )
            await _write(service_of(request).store, _with_event(entry, call), [tenant.name])


def loaded(summary: Summary) -> Json:
    """Return the state of a load and the numbers of its rows, as details of an entry."""
    counted = {"applied": summary.applied, "alreadyThere": summary.already_there, "rejected": summary.rejected}
    return {"state": summary.state, **counted}


async def job_ended(store: Store, job: Job, summary: Summary) -> None:
    """Write an entry of the end of a job, whose upload was answered long ago. Raises NotRemembered."""
    came, log_id = job.options.get("came", {}), job.options.get("log", "")
    details = {"kind": job.kind, "job": job.id, **loaded(summary)}
    entry = Remembered("load", job.client, came.get("by", ""), came.get("from", ""), log_id=log_id, details=details)
    await _write(store, entry, [job.tenant])


async def refused(error: Exception, scope: Scope) -> Exception:
    """Write an entry if the request of a known client is refused.

    Return the error to answer with: the given one, or the StoreError that prevented the entry.
    """
    call, status = call_of(scope), problem_of(error).status
    if not call.act or not call.caller or not 400 <= status < 500 or status in _PASSING:
        return error
    service: Service = scope["app"].state.service
    entry = Remembered(call.act, call.caller, CLIENT, call.peer, log_id=call.log_id, status=status)
    try:
        await _write(service.store, _with_event(entry, call), await _named(service.store, call))
    except StoreError as failure:
        return failure
    return error


async def login(request: Request, tried: Login, *, is_right: bool) -> None:
    """Write an entry of a login, successful or not, for each tenant that the client reaches. Raises NotRemembered.

    A keyed hash of the claimed API key is stored, so that the attempts with one key can be found.
    """
    store, call = service_of(request).store, call_of(request.scope)
    client = await store.access.client(tried.name) if is_right and tried.name else None
    key = {"key": store.access.hash("audit", tried.claimed)[:16]} if tried.claimed else {}
    entry = Remembered(
        "login",
        tried.name if is_right else "",
        ADMIN if tried.door == "admin key" else WEBHOOK if tried.door == "verification token" else CLIENT,
        tried.address,
        log_id=call.log_id,
        status=200 if is_right else 401,
        details={"door": tried.door, **key},
    )
    await _write(store, entry, [grant.tenant for grant in client.grants] if client else ())


def operator() -> str:
    """Return the name of the operating system's user that runs a command; the environment cannot change it."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


@dataclass(frozen=True, slots=True)
class Actor:
    """The person behind an act that is no request of a client; by default the user that runs a command."""

    who: str = field(default_factory=operator)
    by: str = OPERATOR
    peer: str = LOCAL
    log_id: str = field(default_factory=lambda: str(uuid4()))


async def remember_act(
    store: Store,
    event: str,
    tenants: Iterable[str] = (),
    actor: Actor | None = None,
    *,
    status: int = 200,
    **details: Any,
) -> None:
    """Write an entry of an act of a command or of management, for each tenant that it concerns.

    Raises NotRemembered.
    """
    by = actor or Actor()
    entry = Remembered(event, by.who, by.by, by.peer, log_id=by.log_id, status=status, details=details)
    await _write(store, entry, tenants)


async def administered(store: Store, administrator: Administrator, act: Act, problem: str) -> None:
    """Write an entry of an act of management; `problem` names the error of a refused act. Raises NotRemembered."""
    actor = Actor()
    if administrator.door == "admin API":
        actor = Actor(ADMIN, ADMIN, administrator.address, administrator.log_id)
    details = {"name": act.name} | ({"problem": problem} if problem else {})
    event = act.what.replace(" ", ".")
    await remember_act(store, event, act.tenants, actor, status=400 if problem else 200, **details)


@asynccontextmanager
async def command(store: Store, event: str, tenants: Sequence[str] = (), **details: Any) -> AsyncIterator[Json]:
    """Write one entry when a command begins and one when it ends. Raises NotRemembered.

    The context gets a dictionary. What it puts into the dictionary becomes part of the second entry.
    """
    actor, outcome = Actor(), dict[str, Any]()
    await remember_act(store, event, tenants, actor, **{**details, "state": "begun"})
    status, state = 500, "failed"
    try:
        yield outcome
        status, state = 200, "done"
    finally:
        await remember_act(store, event, tenants, actor, status=status, **{**details, "state": state, **outcome})


def _with_event(entry: Remembered, call: Call) -> Remembered:
    names = (call.event.data_model, call.event.event_type) if call.event else ("", "")
    return replace(entry, model=names[0], type=names[1])


async def _named(store: Store, call: Call) -> list[str]:
    """Return the names of the tenants that a message named, also of those that its client may not reach."""
    found = [
        await store.tenants.by_destination(each) or await store.tenants.by_name(each)
        for each in call.destinations[:MOST_NAMED]
    ]
    return [tenant.name for tenant in found if tenant]


async def _write(store: Store, entry: Remembered, tenants: Iterable[str]) -> None:
    await store.audit.write([replace(entry, tenant=each) for each in dict.fromkeys(tenants) or (NO_TENANT,)])
