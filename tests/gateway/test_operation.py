"""Health and metrics."""

import httpx
import pytest
from fastapi import FastAPI

from gateway.health import Readiness
from store.database import Store
from tests.gateway.calls import CANARY, new_patient, who_is


async def test_live_and_ready(http: httpx.AsyncClient) -> None:
    live, ready = await http.get("/health/live"), await http.get("/health/ready")
    assert (live.status_code, live.json()) == (200, {"status": "live"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


async def test_a_database_that_does_not_answer_is_503(
    http: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def is_away(_: Store) -> bool:
        return False

    monkeypatch.setattr(Store, "ready", is_away)
    answer = await http.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})
    assert (await http.get("/health/live")).status_code == 200
    assert app.state.readiness is not None


async def test_the_database_is_looked_at_once_a_second(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []
    seconds = [0.0]

    async def look(_: Store) -> bool:
        looks.append(seconds[0])
        return True

    monkeypatch.setattr(Store, "ready", look)
    readiness = Readiness(store, lambda: seconds[0])
    for moment in (0.0, 0.5, 0.9, 1.5, 1.6):
        seconds[0] = moment
        assert await readiness.is_ready()
    assert looks == [0.0, 1.5]


async def test_metrics_count_by_names_of_the_catalogue(caller: httpx.AsyncClient) -> None:
    await caller.post("/endpoint", json=new_patient(last_name=CANARY))
    await caller.post("/endpoint", json=who_is(CANARY))
    await caller.post(f"/{CANARY}")
    text = (await caller.get("/metrics")).text
    assert 'data_on_demand_events_total{data_model="PatientAdmin",door="endpoint",event_type="NewPatient"}' in text
    assert 'data_on_demand_questions_total{cut="false",data_model="PatientSearch",event_type="Query"}' in text
    assert 'data_on_demand_requests_total{route="other",status="404"}' in text
    assert CANARY not in text
