"""The service from outside: started, used, stopped, started again, beside others on one directory."""

import json
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.gateway.calls import CANARY, SANDBOX, message, new_patient, who_is
from tests.journeys.processes import Service, command, serving


def found(service: Service, number: str) -> str | None:
    """The last name of who has a record number."""
    with service.client() as client:
        answer = client.post("/endpoint", json=who_is(number)).json()
    demographics = answer["Patient"].get("Demographics", {})
    return demographics.get("LastName")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_was_acknowledged_is_there_after_a_stop_and_a_start(number: signal.Signals, tmp_path: Path) -> None:
    with serving(tmp_path / "data", "--sandbox=empty") as service:
        with service.client() as client:
            assert client.get("/health/ready").status_code == 200
            assert client.post("/endpoint", json=new_patient("J-1")).status_code == 200
        assert service.stop(number) == 0
        assert service.process.stdout.read() == ""
        assert "Traceback" not in service.log.read_text()
    with serving(tmp_path / "data", "--sandbox=empty") as service:
        assert found(service, "J-1") == "Farrow"


def test_a_stop_in_the_middle_of_pushes_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "data", "--sandbox=empty") as service,
        service.client() as client,
        ThreadPoolExecutor(8) as senders,
    ):

        def push(number: int) -> int | None:
            try:
                answer = client.post("/endpoint", json=new_patient(f"J-{number}"))
            except httpx.TransportError:
                return None
            return number if answer.status_code == 200 else None

        sent = [senders.submit(push, number) for number in range(200)]
        while sum(each.done() for each in sent) < 40:
            time.sleep(0.002)
        assert service.stop() == 0
        acknowledged = {number for each in sent if (number := each.result()) is not None}
    assert 40 <= len(acknowledged) < 200
    with serving(tmp_path / "data", "--sandbox=empty") as service, service.client() as client:
        answers = [client.post("/query", json=who_is(f"J-{number}")).json()["Patient"] for number in acknowledged]
        assert all(answers)


def test_two_services_and_a_command_share_one_directory(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "data", "--sandbox=empty") as first,
        serving(tmp_path / "data", "--sandbox=empty") as second,
    ):
        with first.client() as client:
            assert client.post("/endpoint", json=new_patient("J-7")).status_code == 200
        assert found(second, "J-7") == "Farrow"
        listed = command("tenant", "list", "--json", "--data-dir", str(tmp_path / "data"))
        assert [each["name"] for each in json.loads(listed.stdout)] == ["sandbox", "sandbox-two"]
        assert first.stop() == 0
        assert found(second, "J-7") == "Farrow"


def test_several_workers_answer_as_one(tmp_path: Path) -> None:
    with serving(tmp_path / "data", "--sandbox=empty", "--workers", "2") as service:
        with service.client() as client:
            for number in range(20):
                assert client.post("/endpoint", json=new_patient(f"J-{number}")).status_code == 200
        for number in range(20):
            assert found(service, f"J-{number}") == "Farrow"
        with service.client(with_token=False) as client:
            text = client.get("/metrics").text
        counted = 'data_on_demand_events_total{data_model="PatientAdmin",door="endpoint",event_type="NewPatient"} 20.0'
        assert counted in text
        assert service.stop() == 0
        assert "Traceback" not in service.log.read_text()


def test_a_revoked_client_is_out_within_five_seconds_in_a_running_service(tmp_path: Path) -> None:
    data = ("--data-dir", str(tmp_path / "data"))
    with serving(tmp_path / "data", "--sandbox=empty") as service, service.client(with_token=False) as client:
        added = command("client", "add", "leaver", "--tenant", "sandbox", "--query", "--json", *data)
        shown = json.loads(added.stdout)
        given = {"apiKey": shown["apiKey"], "secret": shown["secret"]}
        client.headers["authorization"] = (
            f"Bearer {client.post('/auth/authenticate', json=given).json()['accessToken']}"
        )
        assert client.post("/query", json=who_is()).status_code == 200
        assert command("client", "revoke", "leaver", *data).returncode == 0
        assert _refused_within(client, 5.0)


def _refused_within(client: httpx.Client, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if client.post("/query", json=who_is()).status_code == 401:
            return True
        time.sleep(0.2)
    return False


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = command("serve", "--port", port, "--data-dir", str(tmp_path))
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith(f"The service cannot listen - port {port} of 127.0.0.1")
    assert len(ended.stderr.splitlines()) == 1


def test_a_database_that_is_away_is_said_in_one_line() -> None:
    uri = "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200"
    for arguments in (("tenant", "list"), ("serve", "--port", "0"), ("serve", "--port", "0", "--workers", "2")):
        ended = command(*arguments, "--mongodb-uri", uri)
        assert ended.returncode == 1
        assert ended.stdout == ""
        assert ended.stderr.startswith("MongoDB does not answer")
        assert len(ended.stderr.splitlines()) == 1


def test_the_keys_of_a_sandbox_open_nothing_once_it_is_none(tmp_path: Path) -> None:
    with serving(tmp_path / "data", "--sandbox=empty") as service:
        with service.client() as client:
            token = client.headers["authorization"]
        service.stop()
    with serving(tmp_path / "data") as service, service.client(with_token=False) as client:
        given = {"apiKey": "sandbox", "secret": "sandbox-secret"}
        assert client.post("/auth/authenticate", json=given).status_code == 401
        assert client.post("/endpoint", json=new_patient(), headers={"authorization": token}).status_code == 401
        shown = client.get("/webhook", params={"verification-token": "sandbox-token", "challenge": "1"})
        assert shown.status_code == 403


def test_no_value_is_in_the_log_of_a_service(tmp_path: Path) -> None:
    with serving(tmp_path / "data", "--sandbox") as service:
        with service.client() as client:
            client.post("/endpoint", json=new_patient(CANARY, CANARY))
            client.post("/endpoint", json=new_patient(CANARY, CANARY))
            client.post("/endpoint", json=message("PatientSearch", "Query", SANDBOX, Patient={"Notes": [CANARY]}))
            client.post("/endpoint", json=message(CANARY, CANARY, CANARY))
            client.post("/endpoint", content=CANARY.encode() * 100)
        service.stop()
        text = service.log.read_text()
    assert '"route":"/endpoint"' in text
    assert CANARY not in text
    assert "Okonkwo" not in text


def test_the_demonstration_runs_through() -> None:
    shown = command("demo")
    assert shown.returncode == 0, shown.stderr
    for said in ("PatientSearch.Query", "Scheduling.Booked", "PatientAdmin.CensusQuery", "Marisol Okonkwo", "4 North"):
        assert said in shown.stdout
    assert shown.stderr == ""
