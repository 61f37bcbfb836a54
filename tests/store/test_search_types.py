"""Search types: a new one is rows alone, what is wrong in one is told at once, and all tables follow from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from pkgutil import iter_modules
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mappings.notation.r4 import member
from store import search
from store.documents import KINDS
from store.indexes import declared
from store.operations.sharding import SPLIT
from store.search import INDEXES, TYPES
from store.search.paths import Filter, Member, PathUnreadable, Step, Target, steps
from store.search.reading import reader
from store.search.rows import code, concept, flag, identifier, moment, reference, text
from store.search.search_type import Index, SearchType, TypeFaulty, index
from tests.store.test_search import MR, key

Json = dict[str, Any]
LOINC = "http://loinc.org"

OBSERVATION = SearchType(
    "Observation",
    (
        identifier("identifier", "identifier"),
        reference("patient", "subject"),
        concept("code", "code"),
        concept("category", "category"),
        code("status", "status"),
        moment("date", "effectiveDateTime", "effectivePeriod.start", "effectiveInstant"),
    ),
    indexes=(index("identifier"), index("patient", "date"), index("patient", "code", "date")),
    newest="search.date",
    shared=True,
)

DOCUMENT_REFERENCE = SearchType(
    "DocumentReference",
    (
        identifier("identifier", "masterIdentifier", "identifier"),
        reference("patient", "subject"),
        reference("author", "author", is_list=True),
        text("author-name", "author->Practitioner.name.family"),
        concept("type", "type"),
        text("type-text", "type.text"),
        moment("date", "date"),
        flag("is-signed", "extension[url=urn:signed].valueBoolean", default=False),
    ),
    indexes=(index("identifier", is_partial=True), index("patient", "date")),
)


def found(of_type: SearchType, **resource: Any) -> Json:
    return of_type.parameters({"resourceType": of_type.type, **resource}, key, ZoneInfo("Asia/Kathmandu"))


def test_an_observation_is_declared_by_rows_alone() -> None:
    glucose = {"coding": [{"system": LOINC, "code": "2345-7"}, {"code": "GLU"}, {"display": "no code"}]}
    assert found(
        OBSERVATION,
        identifier=[{"system": MR, "value": "o1"}, {"system": MR, "value": "o1"}, {"system": MR}],
        subject={"reference": "Patient/ada"},
        code=glucose,
        category=[{"coding": [{"code": "laboratory"}]}, {"text": "a text alone"}],
        status="final",
        effectivePeriod={"start": "2026-03-01"},
    ) == {
        "identifier": [f"#|identifier|{MR}|o1"],
        "patient": "ada",
        "code": [f"#|code|{LOINC}|2345-7", "#|code|2345-7", "#|code||GLU", "#|code|GLU"],
        "category": ["#|category||laboratory", "#|category|laboratory"],
        "status": "final",
        "date": datetime(2026, 2, 28, 18, 15, tzinfo=UTC),
    }


def test_a_document_is_declared_by_rows_alone() -> None:
    assert found(
        DOCUMENT_REFERENCE,
        masterIdentifier={"value": "d1"},
        subject={"reference": "Patient/ada"},
        author=[{"reference": "#sato"}, {"reference": "Practitioner/bo"}, {"display": "somebody"}],
        contained=[{"resourceType": "Practitioner", "id": "sato", "name": [{"family": "Sato"}]}],
        type={"text": "Discharge Summary"},
        date="2026-03-01T10:00:00Z",
    ) == {
        "identifier": ["#|identifier||d1"],
        "patient": "ada",
        "author": ["bo"],
        "author-name": "#|author-name|sato",
        "type-text": "#|type-text|discharge summary",
        "date": datetime(2026, 3, 1, 10, tzinfo=UTC),
        "is-signed": False,
    }
    assert found(DOCUMENT_REFERENCE, extension=[{"url": "urn:signed", "valueBoolean": True}]) == {"is-signed": True}


def test_the_tokens_of_a_type_are_its_parameters_that_are_hashed() -> None:
    assert OBSERVATION.tokens == ("identifier", "code", "category")
    hashed = ("identifier", "account", "reason", "department", "facility", "practitioner", "words")
    assert TYPES["Appointment"].tokens == hashed


def test_indexes_begin_with_the_tenant_and_where_kinds_share_a_type_with_the_kind() -> None:
    assert [(each.document["name"], [*each.document["key"]]) for each in OBSERVATION.models()] == [
        ("identifier", ["tenant", "kind", "search.identifier"]),
        ("patient_date", ["tenant", "kind", "search.patient", "search.date"]),
        ("patient_code_date", ["tenant", "kind", "search.patient", "search.code", "search.date"]),
    ]
    first, second = (each.document for each in DOCUMENT_REFERENCE.models())
    assert [*first["key"]] == ["tenant", "search.identifier"]
    assert first["partialFilterExpression"] == {"search.identifier": {"$exists": True}}
    assert "partialFilterExpression" not in second


@pytest.mark.parametrize(
    ("rows", "indexes", "newest", "fault"),
    [
        (
            (code("status", "status"), identifier("status", "identifier")),
            (),
            "fold.last",
            "status has a row that is no list",
        ),
        ((code("status", "a"), code("status", "b")), (), "fold.last", "status has several rows and is no list"),
        ((), (index("date"),), "fold.last", "date has no row"),
        ((), (), "search.date", "date has no row"),
    ],
)
def test_a_type_that_contradicts_itself_is_refused(rows: Any, indexes: Any, newest: str, fault: str) -> None:
    with pytest.raises(TypeFaulty, match=fault):
        SearchType("Basic", rows, indexes, newest)


# --- paths ------------------------------------------------------------------------------------------------------------

RESOURCE = {
    "status": "booked",
    "_status": {"extension": [{"url": "urn:said", "valueString": "Scheduled"}]},
    "active": False,
    "name": [{"given": ["Ada", "May"], "family": "Quill"}, {"given": [None, "Bo"]}, {"use": "old"}],
    "type": [{"coding": [{"system": LOINC, "code": "1"}, {"code": "2"}], "text": "T"}, {"text": "U"}],
    "place": {"reference": "#bed"},
    "other": {"reference": "Location/bed"},
    "contained": [
        {"resourceType": "Location", "id": "bed", "name": "B", "partOf": {"reference": "#ward"}},
        {"resourceType": "Location", "id": "ward", "name": "W", "partOf": {"reference": "#bed"}},
    ],
}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("status", ["booked"]),
        ("absent.at.all", []),
        ("name.given", ["Ada", "May", "Bo"]),
        ("name.given[0]", ["Ada"]),
        ("_status.extension[url=urn:said].valueString", ["Scheduled"]),
        ("name[0].given[1]", ["May"]),
        ("name[use=old].use", ["old"]),
        ("name[use!=old].family", ["Quill"]),
        ("name[given=Bo].given", ["Bo"]),
        ("name[given!=Bo,given!=Ada].use", ["old"]),
        ("name[given=May,family=Quill].family", ["Quill"]),
        ("name[given=May,family=Okafor].family", []),
        (f"type[coding={LOINC}|1].text", ["T"]),
        (f"type[coding={LOINC}|2].text", []),
        ("type[coding.code=2].text", ["T"]),
        ("type[coding.code!=2].text", ["U"]),
        (f"type[coding!={LOINC}|1,coding.code!=3].text", ["U"]),
        ("[active=false].status", ["booked"]),
        ("[active!=false].status", []),
        ("[active=false]", [RESOURCE]),
        ("place->Location.name", ["B"]),
        ("place->Organization.name", []),
        ("other->Location.name", []),
        ("place->Location[name=B].name", ["B"]),
        ("place->Location[name=W].name", []),
        ("place->Location.partOf*->Location.name", ["B", "W"]),
        ("place->Location.partOf*->Location[name!=B].name", ["W"]),
        ("place->Location.partOf*->Organization.name", []),
    ],
)
def test_what_a_path_finds(path: str, values: list[Any]) -> None:
    assert reader([(path,)])(RESOURCE) == (values,)


def test_several_paths_are_read_at_once_and_alternatives_together() -> None:
    assert reader([("name.given",), ("name.family", "status"), ("name.given",)])(RESOURCE) == (
        ["Ada", "May", "Bo"],
        ["Quill", "booked"],
        ["Ada", "May", "Bo"],
    )


@pytest.mark.parametrize(
    "path",
    ["a.", ".a", "_", "__a", "_1", "a..b", "a[", "a[b]", "a[]", "a[=b]", "a[b=]", "a->", "a->b", "a*", "a*.b", "a b", "a[b=c]d", "a[1", "1", "a.b[c=d,]"],
)  # fmt: skip
def test_a_path_that_follows_no_grammar_is_refused(path: str) -> None:
    with pytest.raises(PathUnreadable, match=r".+"):
        steps(path)
    with pytest.raises(PathUnreadable):
        SearchType("Basic", (code("a", path),), ())


# --- all types --------------------------------------------------------------------------------------------------------


def declarations() -> Iterator[SearchType]:
    """Every search type that a module of `store.search` declares."""
    for module in iter_modules(search.__path__):
        members = vars(import_module(f"{search.__name__}.{module.name}")).values()
        yield from (member for member in members if isinstance(member, SearchType))


def test_every_table_derives_from_the_types() -> None:
    assert {each.type for each in declarations()} == set(TYPES)
    assert tuple(TYPES) == KINDS == tuple(INDEXES)
    assert all(
        [each.document for each in declared()[name]] == [each.document for each in INDEXES[name]] for name in TYPES
    )
    assert {name: SPLIT[name] for name in TYPES} == dict.fromkeys(TYPES, ("tenant", "_id"))


def end_of(of_type: str, path: Iterable[Step]) -> str:
    """The FHIR type of the element that a path leads to; raises UnknownHome if FHIR R4 has none there."""
    for step in path:
        if isinstance(step, Filter):
            end_of(of_type, map(Member, step.path))
        elif isinstance(step, Member):
            of_type = member(of_type, step.name).type
        elif isinstance(step, Target):
            assert of_type == "Reference"
            of_type = step.type
        else:
            assert (member(of_type, step.name).type, of_type) == ("Reference", step.type)
    return of_type


@pytest.mark.parametrize("of_type", [*TYPES.values(), OBSERVATION, DOCUMENT_REFERENCE], ids=lambda each: each.type)
def test_every_path_leads_to_an_element_of_fhir_r4(of_type: SearchType) -> None:
    for row in of_type.rows:
        for path in (path for source in row.sources for path in source):
            assert end_of(of_type.type, steps(path))


def test_every_index_begins_with_the_tenant() -> None:
    for one in (one for of_type in INDEXES.values() for one in of_type):
        assert next(iter(one.document["key"])) == "tenant"


def test_an_index_may_be_over_another_member() -> None:
    assert Index("span", ("fold.span.node",)).model("tenant").document["key"] == {"tenant": 1, "fold.span.node": 1}
