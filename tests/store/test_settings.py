"""Settings of the store: variables, checked before anything is opened."""

from pathlib import Path

import pytest

from store.errors import SettingInvalid
from store.settings import StoreSettings


def test_without_variables_an_embedded_mongod_keeps_its_data_beside_us() -> None:
    assert StoreSettings.from_environment({}) == StoreSettings(None, "data_on_demand", Path(".data-on-demand"))


def test_empty_variables_count_as_absent() -> None:
    empty = {f"DATA_ON_DEMAND_{name}": "" for name in ("MONGODB_URI", "DATABASE", "DATA_DIR")}
    assert StoreSettings.from_environment(empty) == StoreSettings()


def test_every_variable_is_taken() -> None:
    given = {
        "DATA_ON_DEMAND_MONGODB_URI": "mongodb://one.example,two.example/?replicaSet=rs0",
        "DATA_ON_DEMAND_DATABASE": "riverside",
        "DATA_ON_DEMAND_DATA_DIR": "/var/lib/with a blank",
    }
    assert StoreSettings.from_environment(given) == StoreSettings(
        "mongodb://one.example,two.example/?replicaSet=rs0", "riverside", Path("/var/lib/with a blank")
    )


@pytest.mark.parametrize(("said", "records"), [("", 20_000), ("0", 0), ("365", 365)])
def test_how_many_records_are_remembered_is_a_setting(said: str, records: int) -> None:
    assert StoreSettings.from_environment({"DATA_ON_DEMAND_RECORDS_IN_MEMORY": said}).records_in_memory == records


@pytest.mark.parametrize("said", ["-1", "all", "1.5", "99999999999"])
def test_a_number_of_records_that_cannot_be_is_named(said: str) -> None:
    with pytest.raises(SettingInvalid, match="DATA_ON_DEMAND_RECORDS_IN_MEMORY"):
        StoreSettings.from_environment({"DATA_ON_DEMAND_RECORDS_IN_MEMORY": said})


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_ON_DEMAND_DATABASE", "from_outside")
    assert StoreSettings.from_environment().database == "from_outside"


@pytest.mark.parametrize("name", ["a.b", "a b", "$a", "a/b", "a" * 64, "admin", "Local", "config", "a\x00b", ""])
def test_a_name_that_no_database_can_have_is_refused(name: str) -> None:
    with pytest.raises(SettingInvalid, match="DATA_ON_DEMAND_DATABASE"):
        StoreSettings(database=name)


@pytest.mark.parametrize(
    "uri",
    ["", "one.example:27017", "http://one.example", "mongodb://", "mongodb://u:p:w@one.example", "mongodb://h:99999"],
)
def test_a_uri_that_is_none_is_refused_without_being_repeated(uri: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        StoreSettings(mongodb_uri=uri)
    assert caught.value.place == "DATA_ON_DEMAND_MONGODB_URI"
    assert caught.value.__cause__ is None


def test_a_seed_list_is_not_looked_up_before_it_is_needed() -> None:
    assert StoreSettings("mongodb+srv://cluster.invalid/").mongodb_uri == "mongodb+srv://cluster.invalid/"


def test_the_password_of_a_uri_is_not_shown() -> None:
    assert "hunter2" not in repr(StoreSettings("mongodb://someone:hunter2@one.example/"))
