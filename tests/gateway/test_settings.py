"""Settings: what they understand, and that the documentation holds every one."""

from dataclasses import fields
from pathlib import Path

import pytest

from gateway.settings import SettingNotUnderstood, Settings, document, unknown_variables
from store.settings import StoreSettings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_holds_every_setting_with_its_default() -> None:
    assert PAGE.read_text() == document()
    for each in (*fields(Settings), *fields(StoreSettings)):
        assert f"`DATA_ON_DEMAND_{each.name.upper()}`" in document()


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Settings.from_environment({}) == Settings()
    assert Settings.from_environment({"DATA_ON_DEMAND_PORT": " "}) == Settings()


def test_a_setting_is_understood_as_what_it_is() -> None:
    given = {"DATA_ON_DEMAND_PORT": "9001", "DATA_ON_DEMAND_HOST": "::1", "DATA_ON_DEMAND_LOG_FORM": "json"}
    assert Settings.from_environment(given) == Settings(port=9001, host="::1", log_form="json")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("WORKERS", "0"),
        ("LOG_LEVEL", "loud"),
        ("SANDBOX", "yes"),
        ("BODY_LIMIT", "1"),
        ("PUBLIC_URL", "data.example.org"),
        ("PUBLIC_URL", "ftp://data.example.org"),
    ],
)
def test_what_cannot_be_understood_is_named_and_not_repeated(name: str, value: str) -> None:
    with pytest.raises(SettingNotUnderstood) as refused:
        Settings.from_environment({f"DATA_ON_DEMAND_{name}": value})
    assert str(refused.value) == f"A setting cannot be understood - DATA_ON_DEMAND_{name}"


def test_a_variable_that_is_no_setting_is_noticed() -> None:
    given = {"DATA_ON_DEMAND_PROT": "1", "DATA_ON_DEMAND_MONGODB_URI": "x", "DATA_ON_DEMAND_PORT": "1", "HOME": "/"}
    assert unknown_variables(given) == ["DATA_ON_DEMAND_PROT"]
