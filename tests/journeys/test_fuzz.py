"""Whatever the description of the service allows, and what it does not: no 500, no traceback, no value said again."""

import json
import os
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, settings

from gateway.administration import admin_door
from gateway.app import ROUTES, create_app
from gateway.docs.documentation import openapi
from gateway.settings import Settings
from tests.gateway.calls import SANDBOX
from tests.journeys.processes import Service, serving

if TYPE_CHECKING:
    from gateway.service import Service as Parts

ADMIN_KEY = "fuzzing-key-of-more-than-thirty-two-characters"
LONG_ENOUGH = 8
"""Characters from which a text that is said again is no accident."""
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "25"))


@schemathesis.serializer("application/x-ndjson", "text/csv", "application/gzip")
def _lines(_context: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _application() -> FastAPI:
    """The application with every route it can have; only its description is looked at."""
    return create_app(cast("Parts", SimpleNamespace(settings=Settings(admin_key=ADMIN_KEY))))


DESCRIBED: Any = openapi(_application(), date(2026, 2, 3))
WORDS = json.dumps(DESCRIBED)
"""Words of the description: to say these is to say nothing of anybody."""
SCHEMA = schemathesis.openapi.from_dict(deepcopy(DESCRIBED))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An empty sandbox with an admin API."""
    with serving(tmp_path_factory.mktemp("fuzz"), "--sandbox=empty", admin_key=ADMIN_KEY) as running:
        yield running


@pytest.fixture(scope="module")
def token(service: Service) -> str:
    with service.client() as client:
        return client.headers["authorization"]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str) and len(value) >= LONG_ENOUGH and value not in WORDS:
        yield value


def _addressed(case: Any) -> None:
    """A message to the sandbox, so that it gets further than the door."""
    if isinstance(case.body, dict) and isinstance(case.body.get("Meta"), dict):
        case.body["Meta"]["Destinations"] = [{"ID": SANDBOX}]


@SCHEMA.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_nothing_that_is_sent_is_a_fault_of_ours(case: Any, service: Service, token: str) -> None:
    _addressed(case)
    shown = {"authorization": f"Bearer {ADMIN_KEY}" if case.path.startswith("/admin") else token}
    if case.path == "/webhook" and case.method == "POST":
        shown["verification-token"] = "sandbox-token"
    answer = case.call(base_url=service.url, headers=shown, timeout=30)
    text = answer.content.decode()
    assert answer.status_code < 500 or answer.status_code == 503, (case.method, case.path, answer.status_code)
    assert "Traceback" not in text
    if answer.status_code >= 400:
        sent = [*_texts(case.body), *_texts(case.query), *_texts(case.path_parameters)]
        assert [each for each in sent if each in text] == []


def test_every_route_was_among_them_and_the_log_is_clean(service: Service) -> None:
    described = {(method.upper(), path) for path, methods in DESCRIBED["paths"].items() for method in methods}
    assert described == {(method, path.replace(":path", "")) for method, path, _ in (*ROUTES, *admin_door.routes())}
    text = Path(service.log).read_text()
    assert '"status":500' not in text
    assert "Traceback" not in text
    assert "request.failed" not in text
