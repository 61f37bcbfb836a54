"""A copy of the product whose tables have one more data model. Rows and files are added; no function is touched."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("mappings", "store", "ingest", "query_api", "gateway")
HERE = Path(__file__).parent

FILES = {
    "redox.py": "mappings/redox/excursion.py",
    "fhir.py": "mappings/fhir/excursion.py",
    "search.py": "store/search/basic.py",
}
"""Whole files, and where they go."""

ROWS = (
    ("mappings/redox/catalogue.py", "_PUSHES: dict[str, str] = {", '    "Excursion": "New Cancel",'),
    (
        "mappings/redox/catalogue.py",
        "_QUESTIONS: dict[str, dict[str, str | None]] = {",
        '    "Excursion": {"Query": "QueryResponse"},',
    ),
    ("mappings/redox/catalogue.py", "_MODELS = {", '    "Excursion": excursion,'),
    ("mappings/redox/catalogue.py", "", "from mappings.redox import excursion"),
    ("mappings/kinds.py", "KINDS: tuple[Kind, ...] = (", "    OUTING,"),
    (
        "mappings/kinds.py",
        '_PLACE = (("Location.Department",), ("Location.Facility",))',
        'OUTING = Kind("outing", OUTING_TABLE, named_by=(("ID",), ("Destination", "DateTime?")))',
    ),
    ("mappings/kinds.py", "", "from mappings.fhir.excursion import OUTING as OUTING_TABLE"),
    (
        "ingest/fold/lifecycles.py",
        "LIFECYCLES: tuple[Lifecycle, ...] = (",
        '    on("Excursion", "New", 100, Says(PERSON), Says(OUTING, at="Travellers[].Outings[]", reopens=True), of=At("Travellers[]")),\n'
        '    on("Excursion", "Cancel", 500, Says(PERSON), Ends(OUTING, "off", at="Travellers[].Outings[]"), of=At("Travellers[]")),',
    ),
    ("ingest/fold/lifecycles.py", "", "from ingest.fold.verbs import Ends"),
    ("ingest/fold/lifecycles.py", "", "from mappings.kinds import OUTING, At"),
    ("store/search/__init__.py", "        ALLERGY_INTOLERANCE,", "        BASIC,"),
    ("store/search/__init__.py", "", "from store.search.basic import BASIC"),
    (
        "query_api/answers.py",
        "LISTINGS: Mapping[tuple[str, str], Listing] = {",
        '    ("Excursion", "Query"): Listing(OUTING, member="Excursions", block="Outings[]"),',
    ),
    ("query_api/answers.py", "", "from mappings.kinds import OUTING"),
)
"""Rows: the file, the line after which the row goes (nothing: after the last import of the future), the row."""


def copy(to: Path) -> Path:
    """Copy the product to a folder, with the invented data model in its tables."""
    for room in ROOMS:
        shutil.copytree(ROOT / room, to / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name, place in FILES.items():
        shutil.copyfile(HERE / name, to / place)
    for name, line, row in ROWS:
        file = to / name
        text = file.read_text()
        after = line or "from __future__ import annotations"
        assert text.count(f"{after}") == 1, (name, after)
        file.write_text(text.replace(after, f"{after}\n{row}"))
    return to
