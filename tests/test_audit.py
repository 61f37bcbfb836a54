"""Known vulnerabilities fail the build; being offline does not, and is said."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


def _program() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit_program", ROOT / ".ci" / "audit.py")
    assert spec
    assert spec.loader
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    return program


AUDIT = _program()
SOUND = {"name": "sound", "version": "1.0", "vulns": []}
HOLED = {
    "name": "holed",
    "version": "1.1",
    "vulns": [{"id": "PYSEC-2031-7", "aliases": ["CVE-2031-0007"], "fix_versions": ["1.2"], "description": "x"}],
}
UNKNOWN = {"name": "homemade", "skip_reason": "not found"}


def _outcome(capsys: pytest.CaptureFixture[str], said: Any, ignored: dict[str, str] | None = None) -> tuple[int, str]:
    status = AUDIT.main(lambda: said, ignored or {})
    return status, capsys.readouterr().out


def test_a_vulnerability_fails_and_says_where_it_is_mended(capsys: pytest.CaptureFixture[str]) -> None:
    status, out = _outcome(capsys, {"dependencies": [SOUND, HOLED]})
    assert status == 1
    assert "holed 1.1: PYSEC-2031-7, mended in 1.2" in out


@pytest.mark.parametrize("name", ["PYSEC-2031-7", "CVE-2031-0007"])
def test_one_that_is_ignored_for_a_reason_does_not(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _outcome(capsys, {"dependencies": [HOLED]}, {name: "its part is not used"})[0] == 0


@pytest.mark.parametrize("said", [None, {"dependencies": [UNKNOWN]}], ids=["offline", "nothing is known there"])
def test_who_could_not_be_asked_is_said_and_fails_nothing(said: Any, capsys: pytest.CaptureFixture[str]) -> None:
    status, out = _outcome(capsys, said)
    assert status == 0
    assert "SKIPPED" in out


def test_what_was_not_looked_up_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    status, out = _outcome(capsys, {"dependencies": [SOUND, UNKNOWN]})
    assert status == 0
    assert "1 packages looked up, 0 vulnerabilities" in out
    assert "homemade: SKIPPED" in out


def test_a_program_that_is_away_or_hangs_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AUDIT.sys, "executable", "/nowhere/python")
    assert AUDIT.report() is None
    monkeypatch.setattr(AUDIT.sys, "executable", "/bin/true")
    assert AUDIT.report() is None


def test_every_ignored_vulnerability_has_a_reason() -> None:
    assert all(len(reason) > 10 for reason in AUDIT.IGNORED.values())


def test_the_checks_ask() -> None:
    assert ".ci/audit.py" in (ROOT / "Makefile").read_text()
