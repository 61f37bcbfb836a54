"""A server that does the reading behind each question and nothing else: what framework and mongod give by themselves.

    DATA_ON_DEMAND_MONGODB_URI=... python -m bench.bare

It knows no tokens, no tenants' grants, no Redox words: it is told what to look up, and answers with the resources.
Where a question is measured against the same find and the same audit, it remembers what it showed like the service.
"""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from bench.hospital import TENANT
from store.audit.audit_entry import Remembered
from store.audit.audit_log import Audit
from store.database import connect
from store.documents import document_id
from store.settings import StoreSettings

Json = dict[str, Any]

MOST = 10_001
SHOWN = Remembered(
    "question",
    "bare",
    "client",
    "127.0.0.1",
    TENANT.name,
    "PatientSearch",
    "Query",
    "00000000-0000-4000-8000-000000000000",
    count=1,
)
READY = b'{"Meta":{"DataModel":"PatientAdmin","EventType":"Arrival"}}'


async def nothing(request: Request) -> Response:
    """Ready bytes, once the body has come."""
    await request.body()
    return _json(READY)


async def person(request: Request) -> Response:
    """The person of an identifier's token, and the audit's entry that this was shown."""
    asked = orjson.loads(await request.body())
    wanted = {"tenant": TENANT.name, "search.identifier": asked["identifier"]}
    found = await request.app.state.database["Patient"].find_one(wanted)
    shown = (f"Patient/{found['resource']['id']}",)
    await request.app.state.audit.write([replace(SHOWN, resources=shown)])
    return _json(orjson.dumps(found["resource"]))


async def census(request: Request) -> Response:
    """Stays in progress in a department, and their people."""
    asked = orjson.loads(await request.body())
    wanted = {"tenant": TENANT.name, "search.status": "in-progress", "search.department": asked["department"]}
    return _json(orjson.dumps(await _visits(request, "Encounter", wanted)))


async def booked(request: Request) -> Response:
    """Appointments of a span of time in a department, and their people."""
    asked = orjson.loads(await request.body())
    span = {"$gte": datetime.fromisoformat(asked["start"]), "$lt": datetime.fromisoformat(asked["end"])}
    wanted = {"tenant": TENANT.name, "search.department": asked["department"], "search.date": span}
    return _json(orjson.dumps(await _visits(request, "Appointment", wanted)))


async def _visits(request: Request, kind: str, wanted: Json) -> list[Json]:
    database = request.app.state.database
    visits = await database[kind].find(wanted).sort([("search.date", -1)]).limit(MOST).to_list()
    ids = [document_id(TENANT.name, visit["search"]["patient"]) for visit in visits]
    people = await database["Patient"].find({"tenant": TENANT.name, "_id": {"$in": ids}}).to_list()
    return [each["resource"] for each in (*visits, *people)]


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def create_app(settings: StoreSettings) -> FastAPI:
    """The application, which connects to its mongod as it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        client = connect(settings.mongodb_uri or "")
        app.state.database = client[settings.database]
        app.state.audit = Audit(app.state.database, timedelta(days=settings.audit_days))
        gc.collect()
        gc.freeze()  # or each collection walks over all that was imported
        yield
        await app.state.audit.close()
        await client.close()

    app = FastAPI(lifespan=lifespan, openapi_url=None)
    for route in (nothing, person, census, booked):
        app.add_api_route(f"/{route.__name__}", route, methods=["POST"])
    return app


class _Server(uvicorn.Server):
    """A server that says where it answers, once it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        assert sockets
        print(f"bare ready on http://127.0.0.1:{sockets[0].getsockname()[1]}", flush=True)


def main() -> None:
    """Serves on a free port of the loopback address until a signal ends it."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        app = create_app(StoreSettings.from_environment())
        config = uvicorn.Config(app, ws="none", log_config=None, access_log=False, server_header=False)
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(_Server(config).serve([listener]))


if __name__ == "__main__":
    main()
