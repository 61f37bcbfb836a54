"""What is known of one HTTP request while it is answered: its log ids, who calls, which event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast
from uuid import uuid4

if TYPE_CHECKING:
    from starlette.types import Scope

    from mappings.redox.catalogue import Event


@dataclass(slots=True)
class Call:
    """One request; the gateway fills it in as it learns more, the log line and the answer's Meta are read from it."""

    log_id: str = field(default_factory=lambda: str(uuid4()))
    attempt_id: str = field(default_factory=lambda: str(uuid4()))
    caller: str = ""
    """Name of the client or webhook, once its key or token was right."""
    peer: str = ""
    """The address that it comes from; behind a proxy that is trusted, what that says."""
    act: str = ""
    """What the client is about: a question, a push, a load; once that is known."""
    destinations: tuple[str, ...] = ()
    """Whom it says it is for, whether or not it may."""
    source_id: str = ""
    event: Event | None = None
    """Known only when the catalogue knows it: words of the sender never stand here."""
    route: str = "other"
    problem: str = ""
    places: tuple[str, ...] = ()
    issues: int = 0

    @property
    def log(self) -> dict[str, str]:
        """The entry of `Meta.Logs` that this request is found by."""
        return {"ID": self.log_id, "AttemptID": self.attempt_id}


def begin(scope: Scope) -> Call:
    """Puts a new call into the scope of a request."""
    call = Call(peer=(scope.get("client") or ("",))[0])
    scope.setdefault("state", {})["call"] = call
    return call


def call_of(scope: Scope) -> Call:
    """The call that `begin` put into the scope of a request."""
    return cast("Call", scope["state"]["call"])
