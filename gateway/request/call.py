"""One HTTP request as the gateway knows it while it answers: its log ids, its caller, its event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast
from uuid import uuid4

if TYPE_CHECKING:
    from starlette.types import Scope

    from mappings.redox.catalogue import Event


@dataclass(slots=True)
class Call:
    """One request. The gateway fills it in step by step; the log line and the Meta of the response are made from it."""

    log_id: str = field(default_factory=lambda: str(uuid4()))
    attempt_id: str = field(default_factory=lambda: str(uuid4()))
    caller: str = ""
    """The name of the client or webhook after it has authenticated; empty before."""
    peer: str = ""
    """The network address of the caller; behind a trusted proxy, the address that the proxy reports."""
    act: str = ""
    """What the client wants: `question`, `push` or `load`; empty until that is known."""
    destinations: tuple[str, ...] = ()
    """The destinations that the message names, whether or not the client may reach them."""
    source_id: str = ""
    event: Event | None = None
    """The event if the catalogue has it, else None: the sender's own words are never stored here."""
    route: str = "other"
    problem: str = ""
    places: tuple[str, ...] = ()
    issues: int = 0

    @property
    def log(self) -> dict[str, str]:
        """Return the entry of `Meta.Logs` by which this request can be found in the logs."""
        return {"ID": self.log_id, "AttemptID": self.attempt_id}


def begin(scope: Scope) -> Call:
    """Create the call of a request and put it into the scope of the request."""
    call = Call(peer=(scope.get("client") or ("",))[0])
    scope.setdefault("state", {})["call"] = call
    return call


def call_of(scope: Scope) -> Call:
    """Return the call that `begin` put into the scope of a request."""
    return cast("Call", scope["state"]["call"])
