"""The memory that a process may reckon with, and what of it an embedded mongod takes for its cache."""

from pathlib import Path

import pytest

from store.mongod import executable, memory

MIB = 1024**2


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The control group of this process, below another, none of them limited."""
    group = tmp_path / "groups" / "above" / "own"
    group.mkdir(parents=True)
    (tmp_path / "own").write_text("1:name=other:/elsewhere\n0::/above/own\n")
    monkeypatch.setattr(memory, "_OWN", tmp_path / "own")
    monkeypatch.setattr(memory, "_GROUPS", tmp_path / "groups")
    return group


def test_without_a_limit_it_is_the_machines(group: Path) -> None:
    machine = memory.available()
    (group / "memory.max").write_text("max\n")
    assert memory.available() == machine > 100 * MIB


def test_a_limit_of_a_group_or_of_one_above_it_counts(group: Path) -> None:
    (group / "memory.max").write_text(f"{64 * MIB}\n")
    assert memory.available() == 64 * MIB
    (group.parent / "memory.max").write_text(f"{32 * MIB}\n")
    assert memory.available() == 32 * MIB


@pytest.mark.parametrize("place", ["memory", "memory/slice", "memory/slice/own"])
def test_a_limit_of_the_older_groups_counts(place: str, group: Path, tmp_path: Path) -> None:
    (tmp_path / "own").write_text("4:cpu:/else\n3:blkio,memory:/slice/own\n0::/\n")
    (tmp_path / "groups" / place).mkdir(parents=True)
    (tmp_path / "groups" / place / "memory.limit_in_bytes").write_text(f"{48 * MIB}\n")
    assert memory.available() == 48 * MIB


def test_a_system_without_such_groups_has_no_limit(group: Path, tmp_path: Path) -> None:
    (tmp_path / "own").unlink()
    assert memory.available() > 100 * MIB


@pytest.mark.parametrize(("mib", "cache"), [(16 * 1024, "2.00"), (4 * 1024, "0.50"), (512, "0.25")])
def test_a_mongods_cache_is_an_eighth_of_it_but_not_less_than_mongod_takes(
    mib: int, cache: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "available", lambda: mib * MIB)
    called = executable.arguments(tmp_path, tmp_path / "log", 1, {})
    assert called[called.index("--wiredTigerCacheSizeGB") + 1] == cache
