"""The codes of issues that the fold finds, and of the reasons why an event is stored but not folded.

The command `journal` explains the codes that it shows, and a page of the documentation is made from these rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """One code: what it means (`means`), and what an operator should do (`remedy`)."""

    code: str
    means: str
    remedy: str


FINDINGS: tuple[Code, ...] = (
    Code(
        "AfterDelete",
        "The event speaks of a record that was deleted before. The record stays deleted.",
        "Nothing, if the sender sends an old event again. A new record needs a new id.",
    ),
    Code(
        "AfterDischarge",
        "The event admits a patient whose visit is finished, and is not of a later time. It changed no status.",
        "Nothing: feeds resend such events. If the patient is back, the sender must send a later VisitDateTime.",
    ),
    Code(
        "CancelNotOfAVisit",
        "The Cancel names an event that is not of a visit. It took nothing back.",
        "Ask the sender what was meant.",
    ),
    Code(
        "CanceledEventUnknown",
        "The Cancel names an event that nobody knows, or that cannot be taken back. It took nothing back.",
        "Ask the sender what was meant; known are the event types of the data model.",
    ),
    Code(
        "IdentifierAmbiguous",
        "The identifiers may mean several people who are not one person. The event is held: it is kept and not folded.",
        "Nothing, if a merge will follow: the event is folded when these people have become one. Otherwise ask the"
        " sender for an identifier that only one of them has, or merge the people.",
    ),
    Code(
        "IdentifierConflict",
        "The event gave a person an identifier that another person has too. Searched by this identifier alone, both"
        " are potential matches.",
        "Check whether both are one person; then the sender should send a PatientMerge. A mother and her newborn child"
        " often share an identifier, and need nothing.",
    ),
    Code(
        "IdentifierDiffers",
        "A strong identifier says that this is a known person, but a weaker one differs from this person's.",
        "If two sites give numbers of the same type, two people may have become one. Give the tenant a list of types"
        " that begins with the enterprise identifier (`tenant change --identifying-type`), and replay.",
    ),
    Code(
        "IdentifierMissing",
        "The event names no person, and no visit that exactly one person has. It is kept and not folded.",
        "Ask the sender for an identifier of the patient. The event is folded if an earlier event makes its visit"
        " known, or when the people who have a visit of its number have become one.",
    ),
    Code(
        "IdentifierUnranked",
        "No identifier of the event is of a type that is known to be a person's number. People are then compared by"
        " types of which nothing is known, and strangers may share these.",
        "Name the types that identify people (`tenant change --identifying-type`, the strongest first), and replay.",
    ),
    Code(
        "IdentifierWorn",
        "The identifier stands beside so many different numbers of persons that it connects nobody any more.",
        "Find out what it is: often a default value of the sender. Add it to the words for none"
        " (`tenant change --no-identifier`), and replay.",
    ),
    Code(
        "IdentifiersOfSeveral",
        "The event is of a clinical data model, and its identifiers are of several people whom PatientAdmin or"
        " Scheduling know. It is of the person whom its strongest identifier names, and joins nobody.",
        "If these people are one, the sender should send a PatientMerge. Otherwise ask the sender why one event has"
        " identifiers of several people.",
    ),
    Code(
        "Routed",
        "The event waited for a tenant, and was brought into the one that it belongs to.",
        "Nothing.",
    ),
    Code(
        "VisitMergeAmbiguous",
        "Several people have the visit that is to be moved, and the event does not say from whom. Nothing was moved.",
        "Ask the sender for PreviousIdentifiers.",
    ),
    Code(
        "VisitMoved",
        "The event names a visit that was moved from its person to another one. What it says of a note, a result or"
        " another record of the visit is that person's now.",
        "Nothing: the sender does not know yet that the visit was moved.",
    ),
)

REASONS: tuple[Code, ...] = (
    Code("failed", "Folding the event raised an error.", "See the log; the service tries again every ten minutes."),
    Code(
        "late",
        "The event is older than others of its records, and the tenant's journal is being understood anew.",
        "Nothing: the event is folded when that is done.",
    ),
    Code("test", "The event is marked as a test, and the tenant is a Production one.", "Nothing."),
    Code("unmapped", "This version does not fold events of this data model.", "Nothing: a later version takes it up."),
    Code("unreadable", "The body is not a JSON object.", "Ask the sender."),
    Code(
        "unrouted",
        "No tenant has the source that the event names.",
        "Add the source id to a tenant that the webhook feeds (`tenant change --source-id`).",
    ),
)

_BY_CODE = {each.code: each for each in (*FINDINGS, *REASONS)}


def rows_of(codes: Iterable[str]) -> Iterator[Code]:
    """Yield the rows of these codes, each once, in alphabetical order; codes without a row are left out."""
    return (_BY_CODE[code] for code in sorted(set(codes)) if code in _BY_CODE)


_HEAD = """# Issues in the journal, and what to do

`data-on-demand journal --tenant T --issues` lists the events that have an issue or are not folded, and explains the
codes that it shows. A path with a reason says what could not be read in the message; the rest of the event counts. A
code says what the fold found. The page is printed from `ingest/finding_codes.py`; a test compares the two.

"""


def page() -> str:
    """Return the page of the documentation about all codes, as Markdown."""
    tables = (("What the fold found", FINDINGS), ("Why an event is not folded", REASONS))
    return _HEAD + "\n".join(_table(title, rows) for title, rows in tables)


def _table(title: str, rows: Iterable[Code]) -> str:
    lines = (f"| `{each.code}` | {each.means} | {each.remedy} |\n" for each in rows)
    return f"## {title}\n\n| code | what it means | what to do |\n|---|---|---|\n" + "".join(lines)
