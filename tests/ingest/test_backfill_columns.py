"""Reports in a site's own words: names, formats, codes, constants, and columns joined into one path."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ingest.backfill.file_errors import ColumnsUnfit
from mappings.csv.columns import ColumnsInvalidError, columns_in
from store.database import Store
from store.partition import Partition
from tests.feed import booked, new_partition, search
from tests.ingest.reports import lines, load

PAGE = Path(__file__).parents[2] / "docs" / "backfill.md"
COLUMNS = """
empty = ["NULL"]
ignored = ["RUN_BY"]

[dates]
date = "%m/%d/%Y"

[columns]
"MRN" = "Patient.Identifiers[1].ID"
"NAME_L" = "Patient.Demographics.LastName"
"SEX" = { path = "Patient.Demographics.Sex", codes = { "M" = "Male", "F" = "Female" } }
"BORN" = "Patient.Demographics.DOB"
"STREET" = { path = "Patient.Demographics.Address.StreetAddress", join = ["STREET2"], with = ", " }
"KIN" = "Patient.Contacts[1].FirstName"

[constants]
"Patient.Identifiers[1].IDType" = "MR"
"Patient.Contacts[1].Roles[1]" = "Next of Kin"
"""
HEADER = "MRN|NAME_L|SEX|BORN|STREET|STREET2|KIN|RUN_BY"


async def test_a_report_is_loaded_in_its_own_words(partition: Partition) -> None:
    body = lines(HEADER, "1|Quill|F|1/6/2008|12 Elm Street|Flat 3|NULL|me", "2|Wren|Male|12/31/1951|5 Oak Road||Bo|me")
    summary = await load(partition, "patients", body, columns=columns_in(COLUMNS))
    assert summary.is_clean, summary
    first = (await search(partition, ("MR", "1")))["Patient"]
    assert first["Demographics"] == {
        "LastName": "Quill",
        "Sex": "Female",
        "DOB": "2008-01-06",
        "Address": {"StreetAddress": "12 Elm Street, Flat 3"},
    }
    assert "Contacts" not in first
    second = (await search(partition, ("MR", "2")))["Patient"]
    assert second["Contacts"] == [{"FirstName": "Bo", "Roles": ["Next of Kin"]}]
    assert second["Demographics"]["Address"] == {"StreetAddress": "5 Oak Road"}


@pytest.mark.parametrize(
    ("row", "path", "reason"),
    [
        ("3|Quill|X|1/6/2008||||me", "Patient.Demographics.Sex (SEX)", "not one of the codes"),
        ("3|Quill|F|2008-01-06||||me", "Patient.Demographics.DOB (BORN)", "not in the format"),
    ],
)
async def test_what_is_not_as_told_is_rejected(row: str, path: str, reason: str, partition: Partition) -> None:
    summary = await load(partition, "patients", lines(HEADER, row), columns=columns_in(COLUMNS))
    assert [each["path"] for each in summary.shown] == [path]
    assert reason in summary.shown[0]["reason"]


async def test_codes_may_be_a_table_of_lines(partition: Partition) -> None:
    told = """
        [columns]
        MRN = "Patient.Identifiers[1].ID"
        [columns.SEX]
        path = "Patient.Demographics.Sex"
        [columns.SEX.codes]
        M = "Male"
        F = "Female"
        [constants]
        "Patient.Identifiers[1].IDType" = "MR"
    """
    summary = await load(partition, "patients", lines("MRN,SEX", "1,F"), columns=columns_in(told))
    assert summary.is_clean, summary
    assert (await search(partition, ("MR", "1")))["Patient"]["Demographics"] == {"Sex": "Female"}


async def test_two_columns_make_one_time_of_the_tenants_zone(store: Store) -> None:
    partition = await new_partition(store, time_zone="America/Denver")
    told = columns_in("""
        [columns]
        "DAY" = { path = "Visit.VisitDateTime", join = ["TIME"], format = "%d.%m.%Y %H:%M" }
        "NO" = "Visit.VisitNumber"
        [constants]
        "Visit.Duration" = "20"
        "Visit.Location.Department" = "Allergy"
    """)
    await load(partition, "appointments", lines("DAY;TIME;NO", "24.12.2026;09:30;B-1"), columns=told)
    [visit] = await booked(partition)
    assert (visit["VisitDateTime"], visit["Duration"]) == ("2026-12-24T16:30:00.000Z", 20)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (HEADER.replace("SEX|", ""), "missing column SEX"),
        (f"{HEADER}|WARD", "unknown column WARD"),
        (f"{HEADER}|Patient.Demographics.Sex", r"Patient\.Demographics\.Sex is filled twice"),
    ],
)
async def test_a_header_that_is_not_as_told_stops_the_run(header: str, said: str, partition: Partition) -> None:
    with pytest.raises(ColumnsUnfit, match=said):
        await load(partition, "patients", lines(header), columns=columns_in(COLUMNS))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[columns", "not valid TOML"),
        ("colums = 1", "colums is unknown"),
        ("[columns]\nA = 1", "columns.A needs a path"),
        ('[columns]\nA = {path = "x", code = {}}', "columns.A.code is unknown"),
        ('[columns]\nA = {path = "x", codes = {M = 1}}', "columns.A.codes.M must be a text"),
        ('[columns]\nA = {path = "x", format = "%H:%M"}', "columns.A.format is not a format"),
        ('[dates]\ndate = "MM/DD/YYYY"', "dates.date is not a format"),
        ('[columns]\nA = "x"\nB = "x"', "x is filled twice"),
        ("[constants]\nA = 1", "constants.A must be a text"),
        ("empty = 1", "empty has the wrong type"),
        ('delimiter = "||"', "delimiter must be one character"),
        ("delimiter = '\"'", "delimiter must be one character"),
        ('[dates]\ndate = "%Y %Y %m %d"', "dates.date is not a format"),
        ("a = " + "[" * 4000, "nested too deeply"),
        (".".join(["a"] * 3000) + " = 1", "a line is longer than 4,096 characters"),
        ("# much\n" * 10_000, "longer than 65,536 characters"),
    ],
)
def test_columns_that_cannot_be_understood_are_named_by_their_place(text: str, said: str) -> None:
    with pytest.raises(ColumnsInvalidError, match=said):
        columns_in(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[columns]\nA = "Patient.Nonsense"', "is not a path"),
        ('[constants]\n"Visit.Nonsense" = "x"', "is not a path"),
        ('[columns]\nA = {path = "Patient.Demographics.DOB", format = "%m/%d/%y"}', "two digits"),
    ],
)
async def test_columns_that_no_event_has_stop_the_run(text: str, said: str, partition: Partition) -> None:
    with pytest.raises(ColumnsUnfit, match=said):
        await load(partition, "patients", lines("A,Patient.Identifiers[1].ID"), columns=columns_in(text))


async def test_the_worked_example_of_the_page_loads_as_it_stands(store: Store) -> None:
    partition = await new_partition(store, time_zone="America/Chicago")
    page = PAGE.read_text()
    told, table_of_codes = re.findall(r"^```toml\n(.+?)^```$", page, re.MULTILINE | re.DOTALL)
    report, *_ = re.findall(r"^```csv\n(.+?)^```$", page, re.MULTILINE | re.DOTALL)
    assert columns_in(table_of_codes).rules[0].codes == {"ALG": "Allergy", "DRM": "Dermatology"}
    summary = await load(partition, "appointments", report.encode(), columns=columns_in(told))
    assert summary.is_clean, summary
    assert [(visit["VisitNumber"], visit["VisitDateTime"]) for visit in await booked(partition)] == [
        ("A-20931", "2026-12-01T15:30:00.000Z"),
        ("A-20932", "2026-12-01T16:15:00.000Z"),
    ]
