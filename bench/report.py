"""The page of the documentation that holds what was measured, made of the results and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from math import inf
from pathlib import Path
from typing import Any

from bench.figures import Curve, Line, measured, table
from bench.plot import svg
from bench.results import DIRECTORY, kept

Json = dict[str, Any]

DOCS = Path(__file__).parents[1] / "docs"
PAGE, PLOT = "performance.md", "performance.svg"

INTRODUCTION = """# Performance

Every figure here was measured by the programs in `bench/`, and this page was printed from what they found:

```sh
make bench                   # all measures in short, under five minutes
make bench-full              # up to a million people; hours
python -m bench report       # this page, from the results
```

Client, service and mongod share one machine, so read the ratios: floor and product are measured in turn, in one run, on
the same mongod. A figure is the median of the rounds, behind it stand the least and the most. The mongod is the
embedded one, whose cache may grow to an eighth of the memory.

- *push*: the floor is a group commit of the very documents that the pushes left, by the driver alone: journal entries,
  a look at the people, two documents an event, without HTTP, fold, transaction or claims.
- *questions*: the floor is a route of the same web framework that does the same find, for a PatientSearch also the same
  write to the audit, and answers with the resources as they are. The same questions come again and again, so the
  service has the records of visits in memory; *nothing remembered* is without (`DATA_ON_DEMAND_RECORDS_IN_MEMORY=0`).
- *rates*: no floor; what a service with as many workers as cores gives one caller, and eight of them.
- *backfill*: the floor is the documents that the command left, its journal and claims included, written anew in bulks.
- *replay*: the floor is the command that loads a file of the same events, in the order in which a feed told them. The
  product takes them up from a journal that keeps all of them as unmapped. Then it understands every entry anew, after
  the order of each was brought into the form of version 1. The replay of the tenant does that and folds them again.
- *late*: the floor is the same events in order, pushed to a new database; a file of history into an empty tenant; an
  event in order of the same person.
- *past*: the floor is the same question about the present, of which the service remembers the records. Five sixths of
  the visits came after the moment that is asked about, and each visit of the answer changed since.
- *growth*: hospitals side by side on one mongod, each with a service of its own. Their documents are the fold's,
  inserted without journal and claims, which no question reads (`bench/seeding.py`). Nothing is remembered. Where a
  thousand people fill one ward, a million fill a thousand, of which 80 are asked for in turn.
- *plans*: of each question the combination of filters that examines most of the keys it may.
- *overload*: pushes come at three times the rate that 32 connections reached, whether those before are answered or not.
- *sizes*: what a thousand people with all their events take up, after they came in as events; freshly written, so pages
  are fuller than after a year.
- *memory*: the resident sets of the service's processes together, one for each core and the one that begins them.

"""

COMPARISON = """## Comparing with a former version

Rounds of one and the same version differ by a fifth on a small machine, so a change is not judged by this page but
against the version before it, both measured in turn on one machine:

```sh
python -m bench versus COMMIT                              # any git revision; about ten minutes
python -m bench versus COMMIT --measures push,search       # some of push, search, census, booked, backfill
```

The service of each version runs from its own files, with its own embedded mongod; the client is that of the working
tree. In each of 12 rounds (`--rounds`) both do the same work twice in the order ABBA, A being the former version, and
the other is idle meanwhile. Pushed events and loaded rows are always new, and both versions get the same ones. Both
versions run in one virtual environment, so a difference in dependencies is not measured. It needs Linux, whose `/proc`
shows the processor time of the service and of mongod.

The table shows for each measure the median of the rounds' ratios, this tree / COMMIT, and its interval. The interval is
made of order statistics: of 12 ratios it reaches from the third smallest to the third largest, which holds the true
median with 96.1 % confidence, whatever the distribution. *No slower* means that all of the interval lies above 0.95;
*slower*, that all of it lies below; everything else is *undecided*, and more rounds make the interval narrower. The
exit status is 0 if every measure is no slower, and 1 if not. The rate of a backfill counts the whole command, its start
included.

"""


def page(found: Mapping[str, Json]) -> str:
    """The page; raises LookupError where nothing was measured yet."""
    if not found:
        raise LookupError("nothing was measured yet: run `make bench`")
    parts = [INTRODUCTION, "## Results\n\n", table(_lines(found)), "\n\n"]
    if any(_curves(found)):
        parts.append(f"![Curves]({PLOT})\n\n")
    return "".join([*parts, COMPARISON, "## How\n\n", *_how(found)])


def _lines(found: Mapping[str, Json]) -> Iterator[Line]:
    """All lines; those of the targets first, by their numbers."""
    every = [line for each in found.values() for line in measured(_part(each)).lines]
    yield from sorted(every, key=_target)


def _target(line: Line) -> float:
    """The number of the target that a line is of; of none, more than any."""
    number = line.measure.partition(":")[0]
    return int(number) if number.isdigit() else inf


def _part(found: Json) -> Json:
    return {name: found[name] for name in ("lines", "curves")}


def _curves(found: Mapping[str, Json]) -> Iterator[Curve]:
    for each in found.values():
        yield from measured(_part(each)).curves


def _how(found: Mapping[str, Json]) -> Iterator[str]:
    """The machines, and on each what was run."""
    runs = sorted(found.values(), key=lambda each: (_machine(each), each["measure"]))
    for machine, theirs in groupby(runs, key=_machine):
        yield f"{machine}\n\n| measure | form | command | took | load before | ended |\n|---|---|---|---|---|---|\n"
        for each in theirs:
            took, load = f"{each['seconds']:,} s", each["machine"]["load"]
            yield f"| {each['measure']} | {each['form']} | `{each['command']}` | {took} | {load} | {each['ended']} |\n"
        yield "\n"


def _machine(found: Json) -> str:
    on = found["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in on["packages"].items())
    processor = f" ({on['processor']})" if on["processor"] else ""
    return (
        f"{on['cores']} cores{processor}, {on['memory']}, {on['system']}, Python {on['python']}, mongod {on['mongod']},"
        f" {packages}."
    )


def write(directory: Path = DIRECTORY, docs: Path = DOCS) -> Path:
    """Make the page and its picture; gives where the page is."""
    found = kept(directory)
    text = page(found)
    (docs / PLOT).write_text(svg([*_curves(found)]))
    (docs / PAGE).write_text(text.rstrip() + "\n")
    return docs / PAGE
