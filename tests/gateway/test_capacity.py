"""What is too much is sent away with 503 and a time to come again; what is let in gives its place back."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request

import query_api
from gateway import middleware
from gateway.errors import AnswerTooLarge, NoRoomForBody, Overloaded, QuestionTooLong
from gateway.request.answer_bounds import fewer, in_time
from gateway.request.bodies import body_of
from gateway.request.capacity import Bodies, Capacity, Gate, Reservation
from gateway.service import Service
from gateway.settings import Settings
from ingest.intake import Intake
from query_api.answers import Answer, Limits
from store.database import Store
from store.errors import Unavailable, driver_errors
from tests.gateway.calls import SANDBOX, message, new_patient, who_is

Json = dict[str, Any]


async def _entered(gate: Gate, times: int) -> int:
    outcomes = await asyncio.gather(*(gate.enter() for _ in range(times)), return_exceptions=True)
    assert all(outcome is None or isinstance(outcome, Overloaded) for outcome in outcomes)
    return sum(outcome is None for outcome in outcomes)


async def test_a_gate_lets_through_so_many_and_no_more() -> None:
    gate = Gate(3)
    assert await _entered(gate, 10) == 3
    gate.leave()
    assert await _entered(gate, 10) == 1


async def test_who_waits_comes_in_order_and_who_is_beyond_the_queue_is_sent_away() -> None:
    gate, came = Gate(1, waiting=2), []

    async def come(name: str) -> None:
        await gate.enter()
        came.append(name)

    await come("first")
    waiting = [asyncio.create_task(come(name)) for name in ("second", "third")]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await come("fourth")
    for _ in range(2):
        gate.leave()
        await asyncio.sleep(0.01)
    await asyncio.gather(*waiting)
    assert came == ["first", "second", "third"]


async def test_nobody_waits_for_longer_than_makes_sense() -> None:
    gate = Gate(1, waiting=5, patience=0.01)
    await gate.enter()
    assert await _entered(gate, 5) == 0
    assert gate.waiting == 0


async def test_who_leaves_while_waiting_takes_no_place() -> None:
    gate = Gate(1, waiting=1)
    await gate.enter()
    waiting = asyncio.create_task(gate.enter())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    gate.leave()
    assert await _entered(gate, 2) == 1


async def test_a_stay_gives_everything_back() -> None:
    gate, bodies = Gate(1), Bodies(100)
    reservation = Reservation(bodies)
    await reservation.enter(gate)
    reservation.hold(60)
    with pytest.raises(NoRoomForBody):
        Reservation(bodies).hold(50)
    reservation.end()
    reservation.end()
    assert bodies.held == 0
    assert await _entered(gate, 2) == 1


def test_one_body_of_the_largest_size_has_room_whatever_is_set() -> None:
    assert Capacity(Settings(bodies_limit=1, body_limit=5_000, upload_limit=1_024)).bodies.limit == 10_000


async def test_a_body_that_finds_no_room_is_read_no_further() -> None:
    chunks = iter([b"x" * 40] * 9)

    async def receive() -> Json:
        return {"type": "http.request", "body": next(chunks), "more_body": True}

    scope: Json = {"type": "http", "headers": []}
    reservation = Capacity(Settings(bodies_limit=2_048, body_limit=1_024, upload_limit=1_024)).reserve(scope)
    reservation.hold(1_978)
    with pytest.raises(NoRoomForBody):
        await body_of(Request(scope, receive), 1_000)
    assert len(list(chunks)) == 7


def _is_busy(answer: httpx.Response) -> bool:
    return answer.status_code == 503 and answer.headers["retry-after"] == "5"


async def _while_held(gate: Gate, work: Callable[[], Awaitable[Any]]) -> Any:
    await gate.enter()
    try:
        return await work()
    finally:
        gate.leave()


async def test_a_flood_of_pushes_leaves_room_for_questions_and_the_reverse(
    caller: httpx.AsyncClient, app: FastAPI
) -> None:
    capacity: Capacity = app.state.service.capacity
    token = {"verification-token": "sandbox-token"}

    async def each() -> list[httpx.Response]:
        return [
            await caller.post("/endpoint", json=new_patient()),
            await caller.post("/webhook", json=new_patient(), headers=token),
            await caller.post("/endpoint", json=who_is()),
            await caller.post("/query", json=who_is()),
        ]

    capacity.pushes = Gate(1)
    pushes_flooded = await _while_held(capacity.pushes, each)
    assert [_is_busy(answer) for answer in pushes_flooded] == [True, True, False, False]
    assert [answer.status_code for answer in pushes_flooded[2:]] == [200, 200]
    capacity.questions = Gate(1)
    questions_flooded = await _while_held(capacity.questions, each)
    assert [_is_busy(answer) for answer in questions_flooded] == [False, False, True, True]
    assert [answer.status_code for answer in await each()] == [200] * 4


async def test_a_flood_of_logins_waits_and_is_then_sent_away(http: httpx.AsyncClient, app: FastAPI) -> None:
    app.state.service.capacity.logins = Gate(1)
    given = {"apiKey": "sandbox", "secret": "sandbox-secret"}
    answers = await asyncio.gather(*(http.post("/auth/authenticate", json=given) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 503, 503, 503, 503]


async def test_every_place_is_given_back_however_a_request_ends(caller: httpx.AsyncClient, app: FastAPI) -> None:
    capacity: Capacity = app.state.service.capacity
    capacity.pushes, capacity.questions = Gate(1), Gate(1)
    broken = new_patient()
    broken["Patient"] = [1]
    for body in (broken, new_patient(), message("PatientSearch", "Query", SANDBOX, Patient={}), who_is(), {"Meta": 1}):
        for _ in range(2):
            assert (await caller.post("/endpoint", json=body)).status_code in {200, 400}
    assert capacity.bodies.held == 0


async def test_bodies_that_find_no_room_are_503(caller: httpx.AsyncClient, app: FastAPI) -> None:
    bodies = app.state.service.capacity.bodies
    bodies.held = bodies.limit - 10
    assert _is_busy(await caller.post("/endpoint", json=new_patient()))
    bodies.held = 0
    assert (await caller.post("/endpoint", json=new_patient())).status_code == 200


async def test_a_question_that_takes_too_long_is_ended_and_504(
    caller: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, app: FastAPI
) -> None:
    async def never(*_: object) -> Answer:
        await asyncio.sleep(60)
        raise AssertionError

    service: Service = app.state.service
    monkeypatch.setattr(query_api, "answer", never)
    object.__setattr__(service.settings, "question_seconds", 0.05)
    answer = await caller.post("/query", json=who_is())
    assert answer.status_code == 504
    assert answer.json()["Meta"]["Errors"][0]["Text"].startswith("The question takes too long. Ask for less")


async def test_the_database_ends_it_too(store: Store) -> None:
    """Asked of the database itself: nothing of the question runs on."""
    await store.database["health"].insert_one({"_id": "slow"})
    slow = {"$where": "for (let i = 0; i < 500; i++) sleep(10); return true", "_id": "slow"}

    async def asked() -> None:
        with driver_errors():  # as every way to the database: who gives up first, it or the driver, is all the same
            await store.database["health"].find_one(slow)

    with pytest.raises(QuestionTooLong):
        await in_time(asked(), 1.0)
    # Left alone it would take four seconds more.
    async with asyncio.timeout(2):
        while any("sleep(10)" in str(each.get("command")) for each in await running(store)):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)


async def running(store: Store) -> list[dict[str, Any]]:
    """What the database is at."""
    ops = await store.client.admin.command("currentOp", active=True)
    return ops["inprog"]


async def test_weather_within_the_time_stays_weather() -> None:
    async def away() -> None:
        raise Unavailable("somewhere")

    with pytest.raises(Unavailable):
        await in_time(away(), 10)


def _found(people: int, visits: int) -> Answer:
    return Answer({}, [*(f"Patient/{n}" for n in range(people)), *(f"Encounter/{n}" for n in range(visits))])


def test_of_an_answer_that_is_too_large_a_share_is_asked_for_again() -> None:
    assert fewer(Limits(), _found(20, 100), 0.5) == Limits(visits=45)
    assert fewer(Limits(), _found(20, 0), 0.5) == Limits(potential_matches=9)


@pytest.mark.parametrize("found", [_found(1, 1), _found(1, 0), _found(2, 0)], ids=["one visit", "one person", "two"])
def test_the_least_that_is_too_large_is_refused(found: Answer) -> None:
    """Two who may be meant among them: the one that is left would look like the one who is."""
    with pytest.raises(AnswerTooLarge):
        fewer(Limits(), found, 0.6)


async def test_an_answer_that_is_too_large_keeps_the_newest_and_is_marked(
    caller: httpx.AsyncClient, app: FastAPI
) -> None:
    for number in range(40):
        visit = {"VisitNumber": f"V-{number}", "VisitDateTime": f"2026-01-{1 + number // 2:02}T{number % 2:02}:00:00Z"}
        location = {"Location": {"Department": "Ward"}}
        admitted = message("PatientAdmin", "Arrival", SANDBOX, Patient=new_patient()["Patient"], Visit=visit | location)
        assert (await caller.post("/endpoint", json=admitted)).status_code == 200
    census = message("PatientAdmin", "CensusQuery", SANDBOX, Departments=["Ward"])
    whole = await caller.post("/query", json=census)
    object.__setattr__(app.state.service.settings, "answer_limit", len(whole.content) // 2)
    cut = await caller.post("/query", json=census)
    assert cut.status_code == 200
    assert len(cut.content) <= len(whole.content) // 2
    assert cut.json()["Meta"]["IsIncomplete"] is True
    numbers = [_numbers(answer.json()) for answer in (whole, cut)]
    assert len(numbers[0]) == 40
    assert 10 < len(numbers[1]) < 20
    assert numbers[1] == numbers[0][-len(numbers[1]) :]
    object.__setattr__(app.state.service.settings, "answer_limit", 10)
    refused = await caller.post("/query", json=census)
    assert refused.status_code == 400
    assert refused.json()["Meta"]["Errors"][0]["Text"].startswith("The answer is too large. Ask for less")


def _numbers(body: Json) -> list[str]:
    return sorted(
        (visit["VisitNumber"] for patient in body["Patients"] for visit in patient["Visits"]),
        key=lambda number: int(number[2:]),
    )


async def test_a_long_answer_is_sent_as_fast_as_it_is_read_and_then_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "SEND_SECONDS", 0.05)
    sent: list[int] = []
    aborted: list[bool] = []

    async def send(message: Any) -> None:
        sent.append(len(message.get("body", b"")))
        if len(sent) > 3:
            await asyncio.sleep(10)

    scope = {"scheme": "http", "extensions": {"data_on_demand.abort": lambda: aborted.append(True)}}
    reply = middleware.Reply(scope, send)
    await reply({"type": "http.response.start", "status": 200, "headers": []})
    with pytest.raises(middleware.AnswerNotReadError):
        await reply({"type": "http.response.body", "body": b"x" * 5 * middleware.PIECE})
    assert (aborted, max(sent)) == ([True], middleware.PIECE)


async def test_a_long_answer_comes_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces: list[Any] = []

    async def send(message: Any) -> None:
        pieces.append(message)

    body = bytes(range(256)) * 4_000
    await middleware.Reply({"scheme": "http"}, send)({"type": "http.response.body", "body": body})
    assert b"".join(piece["body"] for piece in pieces) == body
    assert [piece["more_body"] for piece in pieces] == [True] * (len(pieces) - 1) + [False]
    assert len(pieces) > 2


async def test_the_intake_is_not_asked_by_who_is_sent_away(
    caller: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asked(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Intake, "push", asked)
    app.state.service.capacity.pushes = Gate(1)
    answers = await _while_held(app.state.service.capacity.pushes, lambda: caller.post("/endpoint", json=new_patient()))
    assert _is_busy(answers)
