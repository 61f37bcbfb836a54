"""The lifecycle of results: every order of the events of a case comes to the same, and to what the case says."""

from __future__ import annotations

from typing import Any

import pytest

from store.database import Store
from tests.feed import Json
from tests.ingest.every_order import (
    Pairs,
    every_order_comes_to_the_same,
    identifiers,
    merge,
    one_batch_comes_to_the_same,
    person,
)

QUESTION = ("Results", "Query")
ONE, OTHER, BOTH = [("MR", "m1")], [("EPI", "e1")], [("MR", "m1"), ("EPI", "e1")]
FIRST, SECOND = [("MR", "m1")], [("MR", "m2")]
_DAY = "2026-02-0{}T08:00:00.000Z"


def _result(code: str, value: str, **said: Any) -> Json:
    return {"Code": code, "Value": value, "ValueType": "Numeric", **said}


def _order(number: str | None, *results: Json, other: str | None = None, procedure: str = "", **said: Any) -> Json:
    named = {name: value for name, value in (("ID", number), ("ApplicationOrderID", other)) if value}
    coded = {"Procedure": {"Code": procedure}} if procedure else {}
    return {**named, **coded, "Status": "Resulted", "Results": list(results), **said}


def _results(*orders: Json, pairs: Pairs = ONE, event: str = "New", **said: Any) -> Json:
    meta = {"DataModel": "Results", "EventType": event}
    return {"Meta": meta, "Patient": {"Identifiers": identifiers(pairs)}, "Orders": list(orders), **said}


FINAL, EARLY = {"ResultsStatus": "Final"}, {"ResultsStatus": "Preliminary"}

CASES: dict[str, tuple[list[Json], list[str]]] = {
    "results come one by one, and stay": (
        [
            _results(_order("o1", _result("Na", "140"))),
            _results(_order("o1", _result("K", "4.0"), procedure="BMP")),
            _results(_order("o1", _result("Na", "141.0"))),
        ],
        ["o1 BMP Na=141.0 K=4.0"],
    ),
    "a deleted result is answered no more, until it comes again": (
        [
            _results(_order("o1", _result("Na", "140"), _result("K", "4"))),
            _results(_order("o1", _result("K", "4", Status="Deleted"))),
            _results(_order("o1", _result("Na", "140", Status="Deleted"))),
            _results(_order("o1", _result("Na", "139", Status="Corrected"))),
        ],
        ["o1 Na=139"],
    ),
    "a late preliminary report does not win": (
        [
            _results(_order("o1", _result("Na", "140", Status="Final"), Priority="Stat", **FINAL)),
            _results(_order("o1", _result("Na", "130", Status="Preliminary"), Priority="Routine", **EARLY)),
            _results(_order("o1", _result("Na", "131", Status="Incomplete"))),
        ],
        ["o1 Final Na=140"],
    ),
    "a preliminary result of a later time wins": (
        [
            _results(_order("o1", _result("Na", "140", Status="Final", CompletionDateTime=_DAY.format(2)))),
            _results(_order("o1", _result("Na", "130", Status="Preliminary", CompletionDateTime=_DAY.format(3)))),
            _results(_order("o1", _result("Na", "120", Status="Preliminary", CompletionDateTime=_DAY.format(1)))),
        ],
        ["o1 Na=130", "o1 Na=130"][:1],
    ),
    "the number of the order comes later": (
        [
            _results(_order(None, _result("Na", "140"), other="a1"), event="NewUnsolicited"),
            _results(_order("o1", _result("K", "4"), other="a1")),
            _results(_order("o1", _result("Cl", "99"))),
        ],
        ["o1 a1 Na=140 K=4 Cl=99"],
    ),
    "one accession number of two orders": (
        [
            _results(_order(None, _result("Na", "140"), other="a1"), event="NewUnsolicited"),
            _results(_order("o1", _result("K", "4"), other="a1")),
            _results(_order("o2", _result("Cl", "99"), other="a1")),
        ],
        ["a1 Na=140", "o1 a1 K=4", "o2 a1 Cl=99"],
    ),
    "two procedures of one order are two reports": (
        [
            _results(_order("o1", _result("Na", "140"), procedure="BMP")),
            _results(_order("o1", _result("WBC", "5"), procedure="CBC")),
            _results(_order("o1", _result("RBC", "4"))),
            _results(_order("o1", _result("K", "4"), procedure="BMP")),
        ],
        ["o1 BMP Na=140 K=4", "o1 CBC WBC=5 RBC=4"],
    ),
    "two results with one name are paired by their time, then by place": (
        [
            _results(
                _order(
                    "o1",
                    _result("Glu", "90", CompletionDateTime=_DAY.format(1)),
                    _result("Glu", "120", CompletionDateTime=_DAY.format(2)),
                )
            ),
            _results(_order("o1", _result("Glu", "121", CompletionDateTime=_DAY.format(2)))),
            _results(_order("o1", _result("Glu", "91"), _result("Glu", "122"))),
        ],
        ["o1 Glu=91 Glu=122"],
    ),
    "one order number of two people": (
        [
            _results(_order("o1", _result("Na", "140")), pairs=FIRST),
            _results(_order("o1", _result("Na", "150")), pairs=SECOND),
            _results(_order("o1", _result("K", "4")), pairs=SECOND),
        ],
        ["o1 Na=140", "o1 Na=150 K=4"],
    ),
    "people who join": (
        [
            _results(_order("o1", _result("Na", "140")), pairs=ONE),
            _results(_order("o1", _result("K", "4")), pairs=OTHER),
            person("NewPatient", BOTH),
            _results(_order("o1", _result("Na", "141")), pairs=OTHER),
        ],
        ["o1 Na=141 K=4"],
    ),
    "a merge keeps both reports": (
        [
            _results(_order("o1", _result("Na", "140"), other="a1"), pairs=FIRST),
            _results(_order("o1", _result("Na", "150"), other="a2"), pairs=SECOND),
            merge(FIRST, SECOND),
            _results(_order("o1", _result("K", "4"), other="a2"), pairs=FIRST),
        ],
        ["o1 a1 Na=140", "o1 a2 Na=150 K=4"],
    ),
    "an opposite merge": (
        [_results(_order("o1", _result("Na", "140")), pairs=SECOND), merge(FIRST, SECOND), merge(SECOND, FIRST)],
        ["o1 Na=140"],
    ),
    "a visit that moves takes its reports along": (
        [
            {**person("Arrival", FIRST), "Visit": {"VisitNumber": "v1"}},
            _results(_order("o1", _result("Na", "140")), pairs=FIRST, Visit={"VisitNumber": "v1"}),
            {
                "Meta": {"DataModel": "PatientAdmin", "EventType": "VisitMerge"},
                "Patient": {"Identifiers": [{"IDType": "MR", "ID": "m2"}]},
                "Visit": {"VisitNumber": "v1"},
            },
            _results(_order("o1", _result("K", "4")), pairs=FIRST, Visit={"VisitNumber": "v1"}),
        ],
        ["o1 Na=140 K=4"],
    ),
    "two orders of one message": (
        [
            _results(_order("o1", _result("Na", "140")), _order("o2", _result("K", "4"))),
            _results(_order("o2", _result("K", "5")), _order("o3", _result("Cl", "99"))),
            _results(_order("o1", _result("Na", "141"))),
        ],
        ["o1 Na=141", "o2 K=5", "o3 Cl=99"],
    ),
    "a report without a number is its own": (
        [_results(_order(None, _result("Na", "140"))), _results(_order(None, _result("Na", "141")))],
        ["Na=140", "Na=141"],
    ),
}


def _short(order: Json) -> str:
    numbers = [order[name] for name in ("ID", "ApplicationOrderID", "ResultsStatus") if name in order]
    procedure = [order["Procedure"]["Code"]] if "Procedure" in order else []
    return " ".join([*numbers, *procedure, *(f"{each['Code']}={each['Value']}" for each in order.get("Results", ()))])


@pytest.mark.parametrize("case", CASES)
async def test_every_order_comes_to_the_same(store: Store, case: str) -> None:
    messages, expected = CASES[case]
    await every_order_comes_to_the_same(store, messages, QUESTION, expected, _short)


@pytest.mark.parametrize("case", CASES)
async def test_events_of_one_batch_come_to_the_same(store: Store, case: str) -> None:
    await one_batch_comes_to_the_same(store, CASES[case][0], QUESTION)
