"""Examples for the documentation: messages that the sandbox accepts unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from gateway.sandbox import API_KEY, DESTINATION_ID, SECRET, SOURCE_ID, WEBHOOK_TOKEN, messages, questions

Json = dict[str, Any]


def pushes(today: date) -> dict[str, Json]:
    """Return one push for each mapped event, by its name, for example `PatientAdmin.Arrival`."""
    examples: dict[str, Json] = {}
    for message in messages(today):
        examples.setdefault(f"{message['Meta']['DataModel']}.{message['Meta']['EventType']}", addressed(message))
    return examples


def asked(today: date) -> dict[str, Json]:
    """Return the example questions, by a text that describes each."""
    return {name: addressed(question) for name, question in questions(today).items()}


def deliveries(today: date) -> dict[str, Json]:
    """Return two bodies of a webhook by their names: a delivery and a verification."""
    message = messages(today)[0]
    meta = {**message["Meta"], "Source": {"ID": SOURCE_ID, "Name": "Sandbox feed"}}
    return {
        "A delivery": {**message, "Meta": meta},
        "A verification": {"challenge": "b0a7", "verification-token": WEBHOOK_TOKEN},
    }


CREDENTIALS: Mapping[str, Json] = {"The key of the sandbox": {"apiKey": API_KEY, "secret": SECRET}}


def addressed(message: Json, destination_id: str = DESTINATION_ID) -> Json:
    """Return a message with a destination in its Meta, by default the destination of the sandbox."""
    return {**message, "Meta": {**message["Meta"], "Destinations": [{"ID": destination_id}]}}
