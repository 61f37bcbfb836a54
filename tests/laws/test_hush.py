"""Hush: no log line, error or metric contains a value of a message, whatever the message."""

from __future__ import annotations

import io
import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.redox.catalogue import EVENTS
from tests.feed import Json
from tests.gateway.calls import CANARY, SANDBOX
from tests.gateway.conftest import app, caller, http, log, service, settings  # noqa: F401 - fixtures
from tests.strategies import json_values, messages

MAPPED = [event for event in EVENTS if event.model is not None and event.kind != "response"]
SAFE = {"DataModel", "EventType", "EventDateTime", "VisitDateTime", "Destinations"}


def marked(value: Any) -> Any:
    """The value with every text made one that can be recognised."""
    if isinstance(value, dict):
        return {name: inner if name in SAFE else marked(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [marked(inner) for inner in value]
    return CANARY if isinstance(value, str) else value


@st.composite
def _messages(draw: st.DrawFn) -> Json:
    """A message of any mapped event, its texts marked, now and then with rubbish at one of its members."""
    event = draw(st.sampled_from(MAPPED))
    if event.kind == "push":
        message = draw(messages(event.data_model, event.event_type))
    else:
        message = {
            "Meta": {},
            "Patient": {"Identifiers": [{"ID": "x", "IDType": "y"}]},
            "Departments": ["z"],
            "VisitNumbers": ["n"],
        }
    message = marked(message)
    message["Meta"] |= {"DataModel": event.data_model, "EventType": event.event_type}
    message["Meta"]["Destinations"] = [{"ID": SANDBOX}]
    if draw(st.booleans()):
        member = draw(st.sampled_from(sorted(set(message) - {"Meta"}) or ["Patient"]))
        message[member] = marked(draw(json_values()))
    return message


@pytest.mark.parametrize("door", ["/endpoint", "/webhook"])
@given(data=st.data())
async def test_no_value_reaches_a_log_an_error_or_a_metric(
    caller: httpx.AsyncClient,
    log: io.StringIO,
    door: str,
    data: st.DataObject,
) -> None:
    message = data.draw(_messages())
    answer = await caller.post(door, content=json.dumps(message), headers={"verification-token": "sandbox-token"})
    assert answer.status_code in {200, 400}
    assert CANARY not in answer.text or (answer.status_code == 200 and "Errors" not in answer.json()["Meta"])
    assert CANARY not in log.getvalue()
    assert CANARY not in (await caller.get("/metrics")).text
