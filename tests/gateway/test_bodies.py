"""Bodies over real sockets: large, chunked, slow and broken off."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator
from contextlib import nullcontext

import httpx
import orjson
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request

from gateway.errors import BodyTooLarge, BodyTooSlow
from gateway.request.bodies import body_of
from gateway.service import Service
from gateway.settings import Settings
from tests.gateway.calls import new_patient, who_is

LIMIT = 100_000


@pytest.fixture
def settings() -> Settings:
    """A sandbox that takes small bodies only."""
    return Settings(sandbox="empty", body_limit=LIMIT)


class Server(uvicorn.Server):
    """A server that leaves the signals to the tests."""

    capture_signals = nullcontext


@pytest.fixture
async def address(app: FastAPI) -> AsyncIterator[tuple[str, int]]:
    """Where the service listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(uvicorn.Config(app, http="httptools", ws="none", lifespan="off", log_config=None))
        task = asyncio.create_task(server.serve([listener]))
        yield listener.getsockname()
        server.should_exit = True
        await task


@pytest.fixture
async def sender(address: tuple[str, int], caller: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """A client on a real socket, with a token."""
    url = f"http://127.0.0.1:{address[1]}"
    async with httpx.AsyncClient(base_url=url, headers={"authorization": caller.headers["authorization"]}) as client:
        yield client


async def _chunks(size: int, count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b" " * size


async def test_a_body_above_the_limit_is_413(sender: httpx.AsyncClient) -> None:
    answer = await sender.post("/endpoint", content=b" " * (LIMIT + 1))
    assert answer.status_code == 413
    assert answer.json()["Meta"]["Errors"][0]["Text"] == "The body is too large"


async def test_a_body_at_the_limit_is_taken(sender: httpx.AsyncClient) -> None:
    answer = await sender.post("/endpoint", content=b" " * LIMIT)
    assert answer.json()["Meta"]["Errors"][0]["Text"] == "The body is not JSON"


async def test_a_chunked_body_is_413_too_and_is_not_read_to_its_end(sender: httpx.AsyncClient) -> None:
    answer = await sender.post("/endpoint", content=_chunks(10_000, 11))
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"


async def test_an_endless_body_is_answered_and_the_connection_closed(
    address: tuple[str, int], caller: httpx.AsyncClient
) -> None:
    reader, writer = await asyncio.open_connection(*address)
    head = f"POST /endpoint HTTP/1.1\r\nHost: x\r\nAuthorization: {caller.headers['authorization']}\r\n"
    writer.write(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
    chunk = b"2710\r\n" + b" " * 10_000 + b"\r\n"
    sending = asyncio.create_task(_flood(writer, chunk))
    assert b"413" in await asyncio.wait_for(reader.readline(), 60)
    with pytest.raises(ConnectionError):
        await asyncio.wait_for(sending, 60)
    writer.close()


async def _flood(writer: asyncio.StreamWriter, chunk: bytes) -> None:
    while True:
        writer.write(chunk)
        await writer.drain()
        await asyncio.sleep(0.001)


async def test_a_delivery_above_the_limit_is_413(sender: httpx.AsyncClient) -> None:
    answer = await sender.post("/webhook", content=b" " * (LIMIT + 1), headers={"verification-token": "sandbox-token"})
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/endpoint", "/webhook"])
async def test_a_small_body_that_unpacks_above_the_limit_is_413(path: str, sender: httpx.AsyncClient) -> None:
    headers = {"verification-token": "sandbox-token", "content-encoding": "gzip"}
    answer = await sender.post(path, content=gzip.compress(bytes(50_000_000)), headers=headers)
    assert answer.status_code == 413
    packed = gzip.compress(b"\xef\xbb\xbf" + orjson.dumps(new_patient()))
    assert (await sender.post(path, content=packed, headers=headers)).status_code == 200


async def test_without_a_token_the_body_is_not_waited_for(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"POST /endpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n")
    assert b"401" in await asyncio.wait_for(reader.readline(), 60)
    writer.close()


async def test_who_hangs_up_in_the_middle_leaves_nothing(
    address: tuple[str, int], caller: httpx.AsyncClient, service: Service
) -> None:
    _, writer = await asyncio.open_connection(*address)
    head = f"POST /endpoint HTTP/1.1\r\nHost: x\r\nAuthorization: {caller.headers['authorization']}\r\n"
    writer.write(f'{head}Content-Length: 500\r\n\r\n{{"Meta"'.encode())
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.close()
    assert (await caller.post("/endpoint", json=who_is())).json()["Patient"] == {}


async def test_a_push_over_a_socket_is_answered(sender: httpx.AsyncClient) -> None:
    assert (await sender.post("/endpoint", json=new_patient())).status_code == 200
    assert (await sender.post("/endpoint", json=who_is())).json()["Patient"]["Demographics"]["LastName"] == "Farrow"


async def test_head_over_a_socket_has_the_head_of_get_and_no_body(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address)
    for path in ("/health/live", "/docs", "/nowhere", "/endpoint"):
        said = {}
        for method in ("GET", "HEAD", "GET"):  # a body after the second would be taken for the head of the third
            writer.write(f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
            said[method] = head.split(b"\r\n")
            if method == "GET":
                length = next(line for line in said[method] if line.lower().startswith(b"content-length:"))
                await reader.readexactly(int(length.partition(b":")[2]))
        assert said["HEAD"][0] == said["GET"][0]
        if b"200" in said["GET"][0]:  # the ids in a refusal have one digit more or less
            assert sorted(said["HEAD"]) == sorted(said["GET"])
    writer.close()


async def test_a_forged_host_is_sent_nowhere(address: tuple[str, int]) -> None:
    for path in ("/endpoint/", "/query/", "/docs/", "/health/live/", "//elsewhere.example/", "/webhook/?challenge=1"):
        reader, writer = await asyncio.open_connection(*address)
        writer.write(f"POST {path} HTTP/1.1\r\nHost: elsewhere.example\r\nConnection: close\r\n\r\n".encode())
        answer = await asyncio.wait_for(reader.read(), 30)
        assert answer.startswith(b"HTTP/1.1 404 ")
        assert b"elsewhere" not in answer
        writer.close()


async def test_a_body_that_does_not_come_is_given_up() -> None:
    async def never() -> dict[str, object]:
        await asyncio.sleep(60)
        return {}

    request = Request({"type": "http", "headers": []}, never)
    with pytest.raises(BodyTooSlow):
        await body_of(request, LIMIT, seconds=0.01)


async def test_an_announced_length_above_the_limit_is_refused_before_a_byte_is_read() -> None:
    async def unwanted() -> dict[str, object]:
        raise AssertionError

    request = Request({"type": "http", "headers": [(b"content-length", b"100001")]}, unwanted)
    with pytest.raises(BodyTooLarge):
        await body_of(request, LIMIT)
