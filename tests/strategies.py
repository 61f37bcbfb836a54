"""What Redox can say: messages as they come, blocks as reading leaves them, and the records that events amount to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta, timezone
from functools import cache
from typing import Any

from hypothesis import strategies as st
from pydantic import BaseModel

from mappings.as_sent import AsSent
from mappings.reading import CLEAR
from mappings.redox import clinical, coverage, notes, patient_admin, results, scheduling, visits
from mappings.redox.catalogue import event
from mappings.redox.leaves import Block, Kind, Member, members, redox_field
from mappings.redox.parts import Allergy, Identifier, LooseIdentifier, Provider, VisitLocation

Json = dict[str, Any]
Strategy = st.SearchStrategy[Any]
LeafStrategy = Callable[[Member], Strategy]

_STATUSES = ("arrived", "cancelled", "entered-in-error")
ENCOUNTER_STATUSES = (*_STATUSES, "planned", "triaged", "in-progress", "onleave", "finished", "unknown")
APPOINTMENT_STATUSES = (*_STATUSES, "proposed", "pending", "booked", "fulfilled", "noshow", "checked-in", "waitlist")

ODD_TEXTS = (
    "Zoë",
    "O'Malley-Ng",
    'the "quiet" room',
    " leads with a blank",
    "trails with one ",
    "back\\slash / slash | bar ^ tilde ~ & so on",
    "$where",
    "a.b.c",
    "{}",
    "null",
    "0",
    "00123",
    "true",
    "2024-02-30",
    "Привет 你好 مرحبا",
    "é composed, e\u0301 not",
    "🩺",
    "no\u00a0break",
    "urn:oid:1.2.3",
    "two words," * 60,
)

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "IDType": ("MR", "EPI", "EHRID", "NIST", "NPI", "SS"),
    "FirstName": ("Ada", "Ngozi", "Jun"),
    "LastName": ("Quill", "Okafor", "Sato"),
    "SSN": ("987-65-4320", "987654321"),
    "Language": ("en", "es", "zh-Hant", "english"),
    "Citizenship": ("US", "NG"),
    "State": ("WI", "CA"),
    "ZIP": ("53703", "90210-1234"),
    "Country": ("US", "USA"),
    "Home": ("+16085550100", "(608) 555-0100"),
    "Office": ("+16085550101",),
    "Mobile": ("+16085550102", "608.555.0102"),
    "EmailAddresses": ("ada@example.org", "quill@example.net"),
    "Roles": ("Emergency Contact", "Next of Kin"),
    "Codeset": ("ICD-10", "SNOMED CT", "RxNorm", "CPT", "LOINC"),
    "Code": ("R07.0", "7982", "0001"),
    "PatientClass": ("Inpatient", "Outpatient", "Emergency"),
    "Status": ("Scheduled", "Arrived", "Completed", "Cancelled", "No Show", "Pending", "Authenticated", "In progress"),
    "Department": ("3N", "ICU", "Main Registration"),
    "Facility": ("Riverside", "Hilltop Clinic"),
    "Type": ("Clinic", "Nursing Unit", "Home"),
    "Priority": ("1", "2", "0", "Primary"),
    "NPI": ("4356789876",),
    "ContentType": ("Plain Text", "Base64 Encoded", "Rich Text"),
    "FileType": ("PDF", "application/pdf", "holo"),
    "FileContents": (
        "as before",
        "SGVsbG8=",
        "SGVs\r\nbG8=",
        "SGVsbG9=",
        "SGVsbG8",
        "https://files.example.org/1",
    ),
    "Value": (
        *("110.00", "5", "-0.50", "< 5", ">=10", "+7", "007", "1e5", "1:128", "1-10", "10-1", "Positive", "$12.50"),
        *("2015-05-06", "20150506", "2015-05-06T06:00:58.872Z", "20150506060058", "2015", "0930", "09:30", "09:30:15"),
        *("SGVsbG8=", "SGVsbG8", "https://files.example.org/1", "Binary/b1"),
    ),
    "Units": ("mg/dL", "mmol/L", "%"),
    "CanceledEvent": ("Arrival", "Discharge", "PreAdmit", "Registration", "Transfer"),
}


# Leaves


def _is_text(text: str) -> bool:
    return bool(text.strip()) and text != CLEAR


def texts(name: str = "") -> Strategy:
    """Texts, usual and odd; none blank, none with a control character, none HL7's delete."""
    characters = st.characters(exclude_categories=("Cc", "Cs", "Cn"))
    free = st.text(characters, min_size=1, max_size=12).filter(_is_text)
    return st.sampled_from(EXAMPLES.get(name, ()) + ODD_TEXTS) | free


def trimmed_texts(name: str = "") -> Strategy:
    """Texts without blanks around them."""
    return texts(name).map(str.strip).filter(_is_text)


def dates() -> Strategy:
    """Dates as text, in centuries that people live in."""
    return st.dates(date(1900, 1, 1), date(2099, 12, 31)).map(date.isoformat)


def moments() -> Strategy:
    """Moments as text, the way reading leaves them."""
    return _datetimes().map(_clean_text)


def times() -> Strategy:
    """Moments and, seldom, bare dates, the way reading leaves them."""
    return st.one_of(moments(), moments(), moments(), dates())


def spelled_times() -> Strategy:
    """Times in the spellings that are understood: zones, offsets or none, seconds or none, long fractions, a blank."""
    return st.one_of(
        times(),
        st.builds(_with_offset, _datetimes(), st.sampled_from((-720, -300, -210, 0, 60, 345, 840)), st.booleans()),
        _datetimes().map(lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S")),
        _datetimes().map(lambda moment: moment.strftime("%Y-%m-%d %H:%M")),
        _datetimes().map(lambda moment: moment.strftime("%Y-%m-%d %H:%M:%SZ")),
        _datetimes().map(lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")),
    )


def numbers() -> Strategy:
    """Numbers, the way reading leaves them: whole ones as integers."""
    return st.integers(-100, 100_000) | st.integers(-9999, 9999).map(lambda cents: _whole(cents / 100))


def _whole(number: float) -> int | float:
    return int(number) if number == int(number) else number


def _datetimes() -> st.SearchStrategy[datetime]:
    return st.datetimes(datetime(1900, 1, 2), datetime(2099, 12, 30))  # noqa: DTZ001 - every spelling adds its own zone


def _clean_text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds") + "Z"


def _with_offset(moment: datetime, minutes: int, has_colon: bool) -> str:
    text = moment.replace(tzinfo=timezone(timedelta(minutes=minutes))).isoformat(timespec="milliseconds")
    return text if has_colon else text[:-3] + text[-2:]


def clean_leaf(member: Member) -> Strategy:
    """What a leaf of a clean message may hold."""
    return _clean(member.kind or Kind("Text"), member.name)


def spoken_leaf(member: Member) -> Strategy:
    """What a leaf of a message may hold as it comes, all of it to be understood."""
    return _spoken(member.kind or Kind("Text"), member.name)


@cache
def _clean(kind: Kind, name: str) -> Strategy:
    if kind.value_set:
        return st.sampled_from(kind.value_set.words)
    if kind.type == "Texts":
        return texts(name) | st.lists(texts(name), min_size=1, max_size=3)
    if kind.is_trimmed:
        return trimmed_texts(name)
    by_type = {"Text": texts(name), "Number": numbers(), "Flag": st.booleans(), "Date": dates(), "DateTime": times()}
    return by_type[kind.type]


@cache
def _spoken(kind: Kind, name: str) -> Strategy:
    clean = _clean(kind, name)
    if kind.value_set:
        return clean | clean.map(str.upper) | clean.map(lambda word: f" {word.lower()} ")
    if kind.is_trimmed:
        return clean | st.integers(0, 10**12) | texts(name)
    if kind.type == "Text":
        return clean | st.integers(0, 10**12)
    if kind.type == "Texts":
        return clean
    others = {
        "Number": numbers().map(lambda number: f"{number}"),
        "Flag": st.sampled_from(("true", "FALSE")),
        "Date": dates().map(lambda day: f"{day}T00:00:00"),
        "DateTime": spelled_times(),
    }
    return clean | others[kind.type]


def kept_leaf(member: Member) -> Strategy:
    """What a leaf of a record may hold: what reading leaves of any leaf that a sender may say."""
    return _kept(member.kind or Kind("Text"), member.name, member.many)


def odd_leaf(member: Member) -> Strategy:
    """What a leaf of a message may hold as it comes: what is understood, and words that are kept as they were sent."""
    kind = member.kind or Kind("Text")
    spoken, words = spoken_leaf(member), words_of_senders()
    return spoken if kind.type in _TEXTS or kind.is_criterion else st.one_of(spoken, spoken, spoken, words)


_TEXTS = {"Text", "Texts", "Map"}


@cache
def _kept(kind: Kind, name: str, many: bool) -> Strategy:
    clean = _clean(kind, name)
    if kind.type in _TEXTS or many:
        return clean
    parts = parts_of_dates() if kind.type == "Date" or (kind.type == "DateTime" and not kind.is_criterion) else clean
    if kind.is_criterion:
        return clean | parts
    words = words_of_senders()
    return st.one_of(clean, clean, parts, words if kind.value_set else words.map(AsSent))


def parts_of_dates() -> Strategy:
    """Years and months."""
    return dates().map(lambda day: day[:4]) | dates().map(lambda day: day[:7])


def words_of_senders() -> Strategy:
    """Words that no value set has, and no form of a date, a number or a flag."""
    return st.sampled_from(("F", "M", "U", "A13", "Frau", "soon", "1980-13-45", "ten", "n/a", "yes", "1/6/08"))


# Extensions

_REDOX = "https://api.redoxengine.com/extensions/"
_NAMES = ("shoe-size", "additional-phones", "a b/c", "Größe", "PhoneNumber", "url", "x[]")
_URLS = (_REDOX, "urn:oid:1.2.3", "not a url", "urn:data-on-demand:note", "http://hl7.org/fhir/us/core/x", "text")


@cache
def extensions() -> Strategy:
    """Extensions of an object: names with urls, or without one, and any JSON that says something."""
    scalar = texts() | numbers() | st.booleans() | dates()
    inner = st.recursive(
        scalar | st.lists(scalar, min_size=1, max_size=2),
        lambda value: st.dictionaries(st.sampled_from(_NAMES), value, min_size=1, max_size=2),
        max_leaves=4,
    )
    simple = st.one_of(
        *(
            st.fixed_dictionaries({name: value})
            for name, value in (
                ("string", texts()),
                ("boolean", st.booleans()),
                ("integer", st.integers(-(2**40), 2**40)),
                ("decimal", numbers()),
                ("date", dates() | st.sampled_from(("1980", "1980-02", "2024-02-30"))),
                ("dateTime", spelled_times()),
                ("coding", st.dictionaries(st.sampled_from(("system", "code", "display")), texts(), min_size=1)),
                ("identifier", st.dictionaries(st.sampled_from(("type", "system", "value")), texts(), min_size=1)),
                ("reference", st.fixed_dictionaries({"reference": st.sampled_from(("Patient/1", "#x", "x"))})),
            )
        )
    )
    free = st.dictionaries(st.sampled_from((*_NAMES, "valueString", "extension")), inner, min_size=1, max_size=2)
    said = (simple | free).filter(lambda extension: extension.keys() != {"url"} and "url" not in extension)
    name = st.sampled_from(_NAMES)
    return st.lists(st.tuples(name, st.sampled_from((None, *_URLS)), st.booleans(), said), min_size=1, max_size=2).map(
        lambda drawn: {name: _extension(name, url, is_named, value) for name, url, is_named, value in drawn}
    )


def _extension(name: str, url: str | None, is_named: bool, said: Json) -> Json:
    if url is None:
        return said
    return {"url": f"{url}{name}" if is_named else url, **said}


# Blocks


def blocks(
    parts: Iterable[Member],
    leaf: LeafStrategy,
    *,
    due: Iterable[str] = (),
    holes: bool = False,
    keeps_due: bool = True,
) -> Strategy:
    """Objects of some members, at least one: those in `due` always, any of the others; holes for some of the rest.

    With keeps_due the members that a model requires are there, at every depth.
    """
    chosen = tuple(part for part in parts if not (part.kind and part.kind.type == "Map"))
    fixed = {part.name for part in chosen if part.traits.required and keeps_due} | set(due)
    values = {part.name: _values(part, leaf, holes=holes, keeps_due=keeps_due) for part in chosen}
    gaps = {part.name: _hole(part) for part in chosen} if holes else {}
    return _some_of(values, frozenset(fixed), gaps)


@st.composite
def _some_of(
    draw: st.DrawFn, values: Mapping[str, Strategy], fixed: frozenset[str], gaps: Mapping[str, Strategy]
) -> Json:
    free = [name for name in values if name not in fixed]
    mask = int.from_bytes(draw(_masks(len(free) // 8 + 1)))
    taken = fixed | {name for position, name in enumerate(free) if mask >> position & 1}
    taken = taken or frozenset(free[:1])
    unsaid = [name for name in gaps if name not in taken]
    shown = draw(st.sampled_from(([], unsaid[:1], unsaid[-1:], unsaid)))
    return {name: draw(values[name] if name in taken else gaps[name]) for name in values if name in {*taken, *shown}}


@cache
def _masks(size: int) -> st.SearchStrategy[bytes]:
    """Which members to take, a bit each: any of them, or one time in four all."""
    some = st.binary(min_size=size, max_size=size)
    return st.one_of(some, some, some, st.just(b"\xff" * size))


def _hole(part: Member) -> Strategy:
    """The ways to say nothing where a member could be."""
    if part.many:
        return st.sampled_from((None, []))
    return st.sampled_from((None, {}) if part.block else (None, "", "  "))


def _values(part: Member, leaf: LeafStrategy, *, holes: bool, keeps_due: bool) -> Strategy:
    one = st.deferred(lambda: _block_of(part.block, leaf, holes, keeps_due)) if part.block else leaf(part)
    return st.lists(one, min_size=1, max_size=2) if part.many else one


@cache
def _block_of(model: type[BaseModel] | None, leaf: LeafStrategy, holes: bool, keeps_due: bool) -> Strategy:
    assert model is not None
    whole = blocks(members(model), leaf, holes=holes, keeps_due=keeps_due)
    if leaf not in _WITH_EXTENSIONS or model in (Identifier, LooseIdentifier):
        return whole
    with_extensions = st.builds(lambda block, said: {**block, "Extensions": said}, whole, extensions())
    return st.one_of(*[whole] * 11, with_extensions)


_WITH_EXTENSIONS = (kept_leaf, odd_leaf)


def clean_blocks(model: type[BaseModel], *, keeps_due: bool = True) -> Strategy:
    """Objects of a model as reading leaves them: any members, those required among them unless told otherwise."""
    return _block_of(model, clean_leaf, None, keeps_due)


def kept_blocks(model: type[BaseModel]) -> Strategy:
    """Objects of a model as records have them, with words that are kept as they were sent, and with Extensions."""
    return _block_of(model, kept_leaf, None, keeps_due=True)


# Messages


def messages(
    data_model: str, event_type: str, *, clears: bool = False, holes: bool = True, odd: bool = False
) -> Strategy:
    """Messages of a mapped event as they come: any leaves, in any spelling that is understood, and what says nothing.

    With clears, leaves may be HL7's delete. With odd, leaves may be words that are kept as they were sent, and any object
    may have Extensions.
    """
    known = event(data_model, event_type)
    assert known is not None
    assert known.understood is not None
    leaf = odd_leaf if odd else _clearing_leaf if clears else spoken_leaf
    return _messages(known.understood, data_model, event_type, leaf, holes)


@cache
def _messages(model: type[BaseModel], data_model: str, event_type: str, leaf: LeafStrategy, holes: bool) -> Strategy:
    meta, *rest = members(model)
    assert meta.block is not None
    named = {"DataModel": data_model, "EventType": event_type}
    parts = [part for part in members(meta.block) if part.name not in (*named, "Errors")]
    body = blocks(rest, leaf, holes=holes)
    return st.builds(lambda more, body: {"Meta": named | more, **body}, blocks(parts, spoken_leaf, holes=holes), body)


def _clearing_leaf(member: Member) -> Strategy:
    return st.one_of(spoken_leaf(member), spoken_leaf(member), st.just(CLEAR))


def json_values() -> Strategy:
    """Any JSON value, whatever Python's own reader of JSON may give."""
    leaf = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.sampled_from((2**63, 10**400, -(2**64), 0.0, -0.0, 1e308, float("nan"), float("inf")))
        | st.floats()
        | st.text(max_size=8)
        | st.sampled_from(("", " ", CLEAR, "\0", "a\x01b", "\ud800", "2024-13-01", "24:00", "ID", "Patient"))
    )
    names = st.text(max_size=6) | st.sampled_from(("ID", "IDType", "Patient", "Meta", "Visit", "Extensions", "$ne"))
    return st.recursive(leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3))


# Records


def extended(records: Strategy) -> Strategy:
    """Records, some of which have Extensions of their own."""
    return records | st.builds(lambda record, said: {**record, "Extensions": said}, records, extensions())


def ids() -> Strategy:
    """Ids of resources."""
    return st.uuids().map(str)


@st.composite
def person_records(draw: st.DrawFn) -> Json:
    """Records of persons, some of them ended; of the identifiers that one has, one at least is current."""
    standing: Json = draw(
        st.sampled_from(({}, {}, {"active": False}))
        | st.builds(lambda survivor: {"active": False, "replacedBy": survivor}, ids())
        | st.builds(lambda ended: {"replaces": ended}, st.lists(ids(), min_size=1, max_size=2, unique=True))
    )
    identifier = st.fixed_dictionaries(
        {"ID": trimmed_texts(), "IDType": trimmed_texts("IDType")}, optional={"ended": st.just(True)}
    )
    said: Json = draw(st.just({}) | _without(patient_admin.UpdatedPatient, "Identifiers", "Allergies"))
    identifiers = draw(st.lists(identifier, max_size=3, unique_by=lambda pair: (pair["ID"], pair["IDType"])))
    if identifiers and all(one.get("ended") for one in identifiers):
        del identifiers[0]["ended"]
    return {"id": draw(ids()), **standing, **({"Identifiers": identifiers} if identifiers else {}), **said}


@st.composite
def allergy_records(draw: st.DrawFn) -> Json:
    """Records of allergies."""
    said: Json = draw(kept_blocks(Allergy))
    return {"id": draw(ids()), "patient": draw(ids()), **said}


@st.composite
def note_records(draw: st.DrawFn) -> Json:
    """Records of notes, with the visits and orders that they name."""
    marks = st.fixed_dictionaries(
        {},
        optional={
            "event": st.sampled_from(("New", "Replace", "Delete")),
            "ended": st.sampled_from(("Replace", "Delete")),
            "replaced": st.lists(ids(), min_size=1, max_size=3),
            "Visit": kept_blocks(clinical.ClinicalVisit),
            "Orders": st.lists(kept_blocks(notes.NoteOrder), min_size=1, max_size=2),
        },
    )
    note = draw(kept_blocks(notes.ReplacingNote))
    return {"id": draw(ids())} | draw(_links("patient")) | draw(marks) | note


@st.composite
def encounter_records(draw: st.DrawFn) -> Json:
    """Records of visits."""
    record = {"id": draw(ids()), "status": draw(st.sampled_from(ENCOUNTER_STATUSES))}
    record |= draw(_links("patient", "appointment"))
    record |= draw(st.just({}) | _visits(visits.TransferredVisit, visits.DischargedVisit))
    if "Location" in record and draw(st.booleans()):
        record["locationStart"] = draw(moments())
    earlier = draw(st.lists(_earlier_locations(), max_size=2))
    return record | ({"locations": earlier} if earlier else {})


@st.composite
def _earlier_locations(draw: st.DrawFn) -> Json:
    start, end = sorted((draw(moments()), draw(moments())))
    kept = draw(st.sampled_from((("start", "end"), ("start",), ("end",), ())))
    said = {"start": start, "end": end}
    return {"Location": draw(kept_blocks(VisitLocation)), **{name: said[name] for name in kept}}


@st.composite
def appointment_records(draw: st.DrawFn) -> Json:
    """Records of appointments: with a patient's id, with a patient who is only described, or with none."""
    record = {"id": draw(ids()), "status": draw(st.sampled_from(APPOINTMENT_STATUSES))}
    record |= draw(
        _links("patient") | blocks(_described_patient(), kept_leaf).map(lambda patient: {"Patient": patient})
    )
    said = _visits(scheduling.RescheduledVisit, scheduling.CancelledVisit, scheduling.MissedVisit, due=("VisitNumber",))
    record |= draw(said)
    answered = ("AppointmentInfo", "CancelDateTime", "ScheduledDateTime", "LastUpdated")
    return record | draw(st.just({}) | blocks(_parts(scheduling.BookedVisit, *answered), kept_leaf, keeps_due=False))


class _PaidVisit(Block):
    """What the visits of some clinical events have beside an `AttendedVisit`."""

    consulting_provider: Provider | None = redox_field("ConsultingProvider")
    guarantor: coverage.Guarantor | None = redox_field("Guarantor")
    insurances: list[coverage.Insurance] | None = redox_field("Insurances")


def visit_contexts() -> Strategy:
    """The visits that clinical events name."""
    return extended(_visits(clinical.AttendedVisit, _PaidVisit))


@st.composite
def report_records(draw: st.DrawFn) -> Json:
    """Records of reports, with the visits that they name."""
    record = {"id": draw(ids())} | draw(_links("patient")) | draw(_marks())
    record |= draw(st.just({}) | st.builds(lambda found: {"results": found}, st.lists(ids(), min_size=1, max_size=3)))
    record |= draw(st.just({}) | st.builds(lambda visit: {"Visit": visit}, kept_blocks(results.ResultVisit)))
    record |= draw(st.just({}) | st.builds(lambda time: {"LastUpdated": time}, moments()))
    return record | draw(kept_blocks(results.LooseOrder))


@st.composite
def result_records(draw: st.DrawFn) -> Json:
    """Records of results."""
    return {"id": draw(ids())} | draw(_links("patient")) | draw(_marks()) | draw(kept_blocks(results.LooseResult))


def _marks() -> Strategy:
    return st.fixed_dictionaries({}, optional={"event": st.sampled_from(("New", "NewUnsolicited"))})


def _described_patient() -> tuple[Member, ...]:
    """The members of a patient in an appointment's event, without identifiers."""
    known = event("Scheduling", "New")
    assert known is not None
    assert known.understood is not None
    block = next(member.block for member in members(known.understood) if member.name == "Patient")
    assert block is not None
    return tuple(part for part in members(block) if part.name != "Identifiers")


def _links(*names: str) -> Strategy:
    return st.fixed_dictionaries({}, optional={name: ids() for name in names})


def _visits(*models: type[BaseModel], due: Iterable[str] = ()) -> Strategy:
    """Visits with the members of all of these models."""
    parts = {part.name: part for model in models for part in members(model)}
    return blocks(parts.values(), kept_leaf, due=due, keeps_due=False)


def _parts(model: type[BaseModel], *names: str) -> tuple[Member, ...]:
    return tuple(part for part in members(model) if part.name in names)


def _without(model: type[BaseModel], *names: str) -> Strategy:
    return blocks((part for part in members(model) if part.name not in names), kept_leaf)
