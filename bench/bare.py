"""A server that does the reading behind each question and nothing else: what framework and mongod give by themselves.

    python -m bench.bare MONGODB_URI

It knows no tokens, no tenants' grants, no Redox words: it is told what to look up, and answers with the resources.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import orjson
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from gateway.sandbox import TENANTS
from gateway.serving import bound, url_of
from store.mongo import connect
from store.settings import DEFAULT_DATABASE

Json = dict[str, Any]

TENANT = TENANTS[0].name
MOST = 10_001
READY = b'{"Meta":{"DataModel":"PatientAdmin","EventType":"Arrival"}}'


async def nothing(request: Request) -> Response:
    """Ready bytes, once the body has come."""
    await request.body()
    return _json(READY)


async def person(request: Request) -> Response:
    """The person of an identifier's token."""
    asked = orjson.loads(await request.body())
    wanted = {"tenant": TENANT, "search.identifier": asked["identifier"]}
    found = await request.app.state.database["Patient"].find_one(wanted)
    return _json(orjson.dumps(found["resource"]))


async def census(request: Request) -> Response:
    """Stays in progress in a department, and their people."""
    asked = orjson.loads(await request.body())
    wanted = {"tenant": TENANT, "search.status": "in-progress", "search.department": asked["department"]}
    return _json(orjson.dumps(await _visits(request, "Encounter", wanted)))


async def booked(request: Request) -> Response:
    """Appointments of a span of time in a department, and their people."""
    asked = orjson.loads(await request.body())
    span = {"$gte": datetime.fromisoformat(asked["start"]), "$lt": datetime.fromisoformat(asked["end"])}
    wanted = {"tenant": TENANT, "search.department": asked["department"], "search.date": span}
    return _json(orjson.dumps(await _visits(request, "Appointment", wanted)))


async def _visits(request: Request, kind: str, wanted: Json) -> list[Json]:
    database = request.app.state.database
    visits = await database[kind].find(wanted).sort([("search.date", -1)]).limit(MOST).to_list()
    ids = [f"{TENANT}|{visit['search']['patient']}" for visit in visits]
    people = await database["Patient"].find({"tenant": TENANT, "_id": {"$in": ids}}).to_list()
    return [each["resource"] for each in (*visits, *people)]


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def create_app(uri: str) -> FastAPI:
    """The application, which connects to its mongod as it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        client = connect(uri)
        app.state.database = client[DEFAULT_DATABASE]
        gc.collect()
        gc.freeze()  # or each collection walks over all that was imported
        yield
        await client.close()

    app = FastAPI(lifespan=lifespan, openapi_url=None)
    for route in (nothing, person, census, booked):
        app.add_api_route(f"/{route.__name__}", route, methods=["POST"])
    return app


def main(uri: str) -> None:
    """Serves on a free port of the loopback address until a signal ends it."""
    listener = bound("127.0.0.1", 0)
    print(f"bare ready on {url_of(listener)}", flush=True)
    config = uvicorn.Config(create_app(uri), ws="none", log_config=None, access_log=False, server_header=False)
    uvicorn.Server(config).run([listener])


if __name__ == "__main__":
    main(sys.argv[1])
