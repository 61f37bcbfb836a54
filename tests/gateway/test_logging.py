"""Logs say where, never what."""

import asyncio
import io
import json
import logging

import httpx
import pytest
import structlog

from gateway import logging as service_logging
from tests.gateway.calls import CANARY, new_patient, who_is


def _fail() -> None:
    try:
        _ = {}[CANARY]
    except KeyError as inner:
        raise ValueError(CANARY) from inner


@pytest.mark.parametrize("form", ["json", "console"])
def test_an_exception_is_logged_as_its_classes_and_frames(form: str, log: io.StringIO) -> None:
    service_logging.configure("info", form, log)
    try:
        _fail()
    except ValueError:
        structlog.get_logger().exception("ours")
        logging.getLogger("theirs").exception("theirs")
    assert CANARY not in log.getvalue()
    assert log.getvalue().count("builtins.KeyError") == 2
    assert log.getvalue().count("builtins.ValueError") == 2
    assert "test_logging.py" in log.getvalue()


async def test_a_task_that_nobody_awaited_is_logged_so_too(log: io.StringIO) -> None:
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(service_logging.loop_failure)
    loop.call_soon(_fail)
    await asyncio.sleep(0.01)
    loop.set_exception_handler(before)
    assert "builtins.ValueError" in log.getvalue()
    assert CANARY not in log.getvalue()


async def test_each_request_is_one_line_of_places(caller: httpx.AsyncClient, log: io.StringIO) -> None:
    sent = new_patient(last_name=CANARY)
    sent["Patient"]["Demographics"] |= {"DOB": CANARY, CANARY.replace("-", ""): CANARY}
    answer = await caller.post(f"/endpoint?{CANARY}", json=sent)
    refused = await caller.post("/endpoint", json={**who_is(), "Patient": {"Demographics": {"LastName": [CANARY]}}})
    first, second = [json.loads(line) for line in log.getvalue().splitlines() if '"request"' in line]
    assert first["log"] == answer.json()["Meta"]["Logs"][0]["ID"]
    assert (first["route"], first["status"], first["caller"]) == ("/endpoint", 200, "sandbox")
    assert (first["data_model"], first["event_type"], first["issues"]) == ("PatientAdmin", "NewPatient", 2)
    assert second["log"] == refused.json()["Meta"]["Logs"][0]["ID"]
    assert (second["problem"], second["places"]) == ("WrongType", ["Patient.Demographics.LastName"])
    assert CANARY not in log.getvalue()


async def test_paths_and_queries_of_strangers_are_not_logged(http: httpx.AsyncClient, log: io.StringIO) -> None:
    await http.get(f"/{CANARY}?{CANARY}")
    await http.get("/webhook", params={"verification-token": CANARY, "challenge": CANARY})
    await http.request(CANARY.upper().replace("-", ""), "/endpoint")
    assert "zebul" not in log.getvalue().lower()


def test_drivers_do_not_debug_into_the_log(log: io.StringIO) -> None:
    for name in ("pymongo.command", "httpx", "asyncio"):
        logging.getLogger(name).debug(CANARY)
    assert CANARY not in log.getvalue()
