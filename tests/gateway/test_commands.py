"""The command line beside a database: what is added is there, what is wrong is said, and the exit status tells."""

import json
from pathlib import Path

import pytest

from gateway.sandbox import well_known
from gateway.service import Service
from ingest.incoming import Incoming
from mappings.redox.catalogue import EVENTS, leaves
from tests.gateway.calls import CANARY, booking, new_patient
from tests.gateway.commands import Command, Outcome, run

DESTINATION = "9d2f7a1c-4a3e-4c55-8d1b-5f0f6f6f0a01"


async def add_tenant(command: Command, name: str = "north", destination: str = DESTINATION, *more: str) -> Outcome:
    """A tenant that is added."""
    return await command("tenant", "add", name, "--destination-id", destination, *more)


async def test_a_tenant_is_added_listed_and_shown(command: Command) -> None:
    given = ("--environment", "staging", "--time-zone", "America/Denver", "--source-id", DESTINATION.upper())
    more = (
        "--identifying-type",
        "MR",
        "--no-identifier",
        "PENDING",
        "--census-hours",
        "Out=Patient=36",
        "--person-updates",
        "replace",
    )
    assert (await add_tenant(command, "north", DESTINATION, *given, *more)).status == 0
    shown = await command("tenant", "show", "north", "--json")
    assert json.loads(shown.out) == {
        "name": "north",
        "destinationId": DESTINATION,
        "environment": "Staging",
        "timeZone": "America/Denver",
        "sourceIds": [DESTINATION],
        "identifyingTypes": ["MR"],
        "noIdentifier": ["PENDING"],
        "censusHours": {"Out=Patient": 36},
        "personUpdates": "replace",
        "replayDue": False,
    }
    assert json.loads((await command("tenant", "list", "--json")).out) == [json.loads(shown.out)]
    assert "north" in (await command("tenant", "list")).out
    assert "America/Denver" in (await command("tenant", "show", "north")).out


async def test_a_tenant_is_changed_and_says_whether_a_replay_is_due(command: Command) -> None:
    await add_tenant(command, "north", DESTINATION, "--source-id", DESTINATION, "--identifying-type", "MR")
    said = await command(
        "tenant", "change", "north", "--census-hours", "Outpatient=36", "--source-id", DESTINATION[:-1] + "2"
    )
    assert said.status == 0
    assert "replay --tenant north" not in said.out
    said = await command(
        *("tenant", "change", "north", "--identifying-type", "EPI", "--identifying-type", "MR"),
        *("--no-identifier", "PENDING", "--remove-source-id", DESTINATION.upper(), "--time-zone", "America/Denver"),
    )
    assert said.status == 0
    assert "replay --tenant north" in said.out
    shown = json.loads((await command("tenant", "show", "north", "--json")).out)
    assert (shown["identifyingTypes"], shown["noIdentifier"]) == (["EPI", "MR"], ["PENDING"])
    assert (shown["sourceIds"], shown["censusHours"]) == ([DESTINATION[:-1] + "2"], {"Outpatient": 36})
    assert (shown["timeZone"], shown["personUpdates"], shown["replayDue"]) == ("America/Denver", "keep", True)
    emptied = await command("tenant", "change", "north", "--identifying-type", "", "--census-hours", "", "--json")
    assert (json.loads(emptied.out)["identifyingTypes"], json.loads(emptied.out)["censusHours"]) == ([], {})


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ((), 2),
        (("--time-zone", "Mars/Olympus"), 2),
        (("--person-updates", "forget"), 2),
        (("--source-id", "feed"), 2),
        (("--environment", "Staging"), 2),
    ],
)
async def test_a_change_that_cannot_be_changes_nothing(
    arguments: tuple[str, ...], status: int, command: Command
) -> None:
    await add_tenant(command)
    before = (await command("tenant", "show", "north", "--json")).out
    assert (await command("tenant", "change", "north", *arguments)).status == status
    assert (await command("tenant", "show", "north", "--json")).out == before
    assert (await command("tenant", "change", "south", "--person-updates", "keep")).status == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("--environment", "Moon"),
        ("--time-zone", "Mars/Olympus"),
        ("--source-id", "feed"),
        ("--census-hours", "36"),
        ("--census-hours", "=36"),
        ("--census-hours", "Outpatient=soon"),
        ("--census-hours", "Outpatient=-1"),
        ("--person-updates", "forget"),
        ("--nonsense",),
    ],
)
async def test_a_tenant_that_cannot_be_is_wrong_usage(arguments: tuple[str, ...], command: Command) -> None:
    outcome = await add_tenant(command, "north", DESTINATION, *arguments)
    assert outcome.status == 2, outcome
    assert outcome.err
    assert json.loads((await command("tenant", "list", "--json")).out) == []


async def test_names_and_ids_are_used_once(command: Command) -> None:
    await add_tenant(command)
    for name, destination in (("north", DESTINATION[:-1] + "2"), ("south", DESTINATION)):
        outcome = await add_tenant(command, name, destination)
        assert outcome.status == 1
        assert outcome.err.startswith("Another tenant has this already")
    assert (await add_tenant(command, "unrouted", DESTINATION[:-1] + "3")).status == 2
    assert (await command("tenant", "show", "west")).status == 1


async def test_a_client_gets_its_key_once_and_may_do_what_was_granted(command: Command, service: Service) -> None:
    await add_tenant(command)
    added = await command(
        "client", "add", "app", "--tenant", "north", "--query", "--model", "ClinicalSummary", "--json"
    )
    shown = json.loads(added.out)
    tokens = await service.authentication.authenticate(shown["apiKey"], shown["secret"])
    client = await service.authentication.client(f"Bearer {tokens.access_token}")
    assert (client.name, client.environment, client.source_id) == ("app", "Development", shown["sourceId"])
    listed = await command("client", "list", "--json")
    [described] = [each for each in json.loads(listed.out) if each["name"] == "app"]
    assert described["grants"] == [{"tenant": "north", "push": False, "query": True, "models": ["Clinical Summary"]}]
    for text in (listed.out, (await command("client", "list")).out):
        assert "app" in text
        assert shown["secret"] not in text
    assert (await command("client", "revoke", "app")).status == 0
    assert "revoked" in (await command("client", "list")).out
    assert (await command("client", "revoke", "nobody")).status == 1


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("app", "--tenant", "north"), 2),
        (("app", "--push"), 2),
        (("app", "--tenant", "north", "--push", "--model", "Poetry"), 2),
        (("sandbox", "--tenant", "north", "--push"), 2),
        (("a|b", "--tenant", "north", "--push"), 2),
        (("app", "--tenant", "west", "--push"), 1),
        (("app", "--tenant", "unrouted", "--push"), 1),
        (("app", "--tenant", "north", "--push", "--environment", "Production"), 1),
    ],
)
async def test_a_client_that_would_reach_nothing_is_not_added(
    arguments: tuple[str, ...], status: int, command: Command
) -> None:
    await add_tenant(command)
    outcome = await command("client", "add", *arguments)
    assert outcome.status == status, outcome
    assert outcome.err
    assert json.loads((await command("client", "list", "--json")).out) == []


async def test_a_webhook_gets_its_token_once(command: Command, service: Service) -> None:
    await add_tenant(command)
    added = await command("webhook", "add", "feed", "--tenant", "north", "--json")
    token = json.loads(added.out)["verificationToken"]
    assert (await service.authentication.webhook(token)).tenants == ("north",)
    listed = await command("webhook", "list", "--json")
    assert {"name": "feed", "tenants": ["north"], "rotating": False, "revoked": False} in json.loads(listed.out)
    assert token not in listed.out
    assert (await command("webhook", "add", "feed", "--tenant", "north")).status == 1
    assert (await command("webhook", "add", "other", "--tenant", "west")).status == 1
    assert (await command("webhook", "revoke", "feed")).status == 0
    assert "revoked" in (await command("webhook", "list")).out


async def _pushed(service: Service) -> None:
    partition = service.store.partition(well_known.TENANTS[0])
    faulty = new_patient(last_name=CANARY)
    faulty["Patient"]["Demographics"]["DOB"] = CANARY
    for index, message in enumerate((faulty, booking(Reason=CANARY))):
        body = json.dumps(message).encode()
        await service.intake.push([partition], Incoming(body, message, "app", f"log-{index}", "attempt"))
    await service.intake.push_unrouted(Incoming(CANARY.encode(), None, "feed", "log-2", "attempt"))


async def test_the_journal_says_what_was_wrong_and_no_value(command: Command, service: Service) -> None:
    await _pushed(service)
    whole = await command("journal", "--tenant", "sandbox")
    assert len(whole.out.splitlines()) == 2
    assert "PatientAdmin.NewPatient" in whole.out
    assert "Patient.Demographics.DOB (no date)" in whole.out
    issues = await command("journal", "--tenant", "sandbox", "--issues", "--json")
    [line] = [json.loads(each) for each in issues.out.splitlines()]
    assert (line["eventType"], line["source"], line["log"]) == ("NewPatient", "app", "log-0")
    assert line["issues"] == [{"path": "Patient.Demographics.DOB", "reason": "no date"}]
    unrouted = await command("journal", "--tenant", "unrouted")
    assert "not folded: unrouted" in unrouted.out
    assert CANARY not in whole.out + issues.out + unrouted.out


async def test_the_journal_is_narrowed(command: Command, service: Service) -> None:
    await _pushed(service)
    for arguments, count in (
        (("--model", "Scheduling"), 1),
        (("--model", "Scheduling", "--event", "Cancel"), 0),
        (("--event", "NewPatient"), 1),
        (("--model", "ClinicalSummary"), 0),
        (("--since", "2999-01-01"), 0),
        (("--since", "2020-01-01T00:00:00+02:00"), 2),
    ):
        outcome = await command("journal", "--tenant", "sandbox", *arguments)
        assert len(outcome.out.splitlines()) == count, arguments
    assert (await command("journal", "--tenant", "sandbox", "--since", "yesterday")).status == 2
    assert (await command("journal", "--tenant", "sandbox", "--model", "Poetry")).status == 2
    assert (await command("journal", "--tenant", "west")).status == 1


async def test_one_event_is_shown_as_it_came_when_asked_for(command: Command, service: Service) -> None:
    partition = service.store.partition(well_known.TENANTS[0])
    body = json.dumps(new_patient(last_name=CANARY)).encode()
    [kept] = await service.intake.push([partition], Incoming(body, json.loads(body), "app", "log", "attempt"))
    shown = await command("journal", "--tenant", "sandbox", "--show", kept.journal_id)
    assert shown.out.strip() == body.decode()
    assert (await command("journal", "--tenant", "sandbox", "--show", "nothing")).status == 1
    assert (await command("journal", "--tenant", "sandbox-two", "--show", kept.journal_id)).status == 1


async def test_the_journal_shows_an_event_as_it_came_with_the_contents_of_its_file(
    command: Command, service: Service
) -> None:
    partition = service.store.partition(well_known.TENANTS[0])
    message = {"Meta": {"DataModel": "Media", "EventType": "New"}, "Media": {"FileContents": f"{CANARY} " * 900}}
    body = json.dumps(message).encode()
    came = Incoming(body, message, "app", "log", "attempt")
    [kept] = await service.intake.push([partition], came)
    found = await partition.journal.one(kept.journal_id)
    assert found is not None
    assert len(found.body) < 400
    shown = await command("journal", "--tenant", "sandbox", "--show", kept.journal_id)
    assert shown.out.strip() == body.decode()
    await service.store.database["files"].delete_many({"tenant": "sandbox"})
    lost = await command("journal", "--tenant", "sandbox", "--show", kept.journal_id)
    assert lost.status == 1
    assert CANARY not in lost.out + lost.err


async def test_an_export_is_one_file_of_resources_a_type(command: Command, service: Service, tmp_path: Path) -> None:
    await _pushed(service)
    outcome = await command("export", "--tenant", "sandbox", str(tmp_path / "out"))
    assert outcome.status == 0
    files = {path.name: path.read_text().splitlines() for path in (tmp_path / "out").iterdir()}
    assert {name: len(lines) for name, lines in files.items()} == {
        "Patient.ndjson": 1,
        "Encounter.ndjson": 0,
        "Appointment.ndjson": 1,
        "AllergyIntolerance.ndjson": 0,
        "DocumentReference.ndjson": 0,
        "DiagnosticReport.ndjson": 0,
        "Observation.ndjson": 0,
    }
    [patient] = map(json.loads, files["Patient.ndjson"])
    assert (patient["resourceType"], patient["name"][0]["family"]) == ("Patient", CANARY)


async def test_an_export_of_one_type_writes_that_alone(command: Command, service: Service, tmp_path: Path) -> None:
    await _pushed(service)
    assert (await command("export", "--tenant", "sandbox", "--type", "Appointment", str(tmp_path))).status == 0
    assert _files(tmp_path) == ["Appointment.ndjson"]
    assert (await command("export", "--tenant", "sandbox", "--type", "Banana", str(tmp_path))).status == 2
    assert (await command("export", "--tenant", "west", str(tmp_path))).status == 1


def _files(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


async def test_an_export_into_a_file_is_an_error_in_one_line(
    command: Command, service: Service, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    outcome = await command("export", "--tenant", "sandbox", str(tmp_path / "file"))
    assert (outcome.status, len(outcome.err.splitlines())) == (1, 1)
    assert service is not None


async def test_a_replay_of_what_is_right_changes_nothing(command: Command, service: Service) -> None:
    await _pushed(service)
    for arguments in (("--tenant", "sandbox"), ("--tenant", "sandbox", "--verify")):
        outcome = await command("replay", *arguments)
        assert outcome.status == 0, outcome.err
        assert "2 events folded again, 0 documents" in outcome.out
    outcome = await command("replay", "--tenant", "sandbox", "--person", "MR:N-1")
    assert "1 events folded again, 0 documents" in outcome.out
    outcome = await command("replay", "--tenant", "sandbox", "--person", "MR:nobody")
    assert "0 events folded again" in outcome.out


async def test_a_replay_brings_in_what_waited_for_its_tenant(command: Command, service: Service) -> None:
    message = {**new_patient(), "Meta": {**new_patient()["Meta"], "Source": {"ID": DESTINATION}}}
    await service.store.access.add_webhook("feed", "a token", ("north",))
    await service.intake.push_unrouted(Incoming(json.dumps(message).encode(), message, "feed", "log", "attempt"))
    assert "0 taken up, 1 still open" in (await command("replay", "--unrouted")).out
    await add_tenant(command, "north", DESTINATION, "--source-id", DESTINATION)
    assert "1 taken up, 0 still open" in (await command("replay", "--unrouted")).out
    assert "PatientAdmin.NewPatient" in (await command("journal", "--tenant", "north")).out


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--tenant", "sandbox", "--person", "MR"),
        ("--unrouted", "--person", "MR:1"),
        ("--unrouted", "--verify"),
    ],
)
async def test_a_replay_of_nothing_is_wrong_usage(arguments: tuple[str, ...], command: Command) -> None:
    assert (await command("replay", *arguments)).status == 2


@pytest.mark.parametrize(
    "event", [each for each in EVENTS if each.model], ids=lambda each: f"{each.data_model}.{each.event_type}"
)
async def test_every_leaf_of_every_mapped_event_has_a_home_or_a_reason(
    event: object, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = await run(capsys, "fields", f"{event.data_model}.{event.event_type}", "--json")
    assert outcome.status == 0, outcome.err
    found = json.loads(outcome.out)
    assert [each["path"] for each in found] == [leaf.path for leaf in leaves(event.understood) if not leaf.is_container]
    assert all(each["fhir"] for each in found)


async def test_fields_are_shown_to_people_too(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = await run(capsys, "fields", "Scheduling.New")
    assert "Visit.VisitNumber" in outcome.out
    for name in ("Scheduling.Never", "Nonsense", "Claim.Submission"):
        assert (await run(capsys, "fields", name)).status == 2


async def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert "serve" in (await run(capsys, "--help")).out
    assert (await run(capsys, "--version")).out.strip()
    assert (await run(capsys, "frobnicate")).status == 2


async def test_a_setting_that_cannot_be_understood_is_wrong_usage(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_ON_DEMAND_LOG_LEVEL", "loud")
    outcome = await run(capsys, "tenant", "list")
    assert (outcome.status, outcome.err) == (2, "A setting cannot be understood - DATA_ON_DEMAND_LOG_LEVEL\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--sandbox", "--host", "0.0.0.0"),  # noqa: S104 - it is refused
        ("--sandbox=empty", "--host", "192.0.2.1"),
        ("--sandbox=nonsense",),
        ("--port", "high"),
        ("--port", "70000"),
        ("--workers", "0"),
    ],
)
async def test_serving_wrongly_is_wrong_usage(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert (await run(capsys, "serve", *arguments)).status == 2
