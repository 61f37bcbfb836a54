"""Redox's Extensions, each name with a url and a value, as extensions of FHIR, and back.

FHIR knows the extension by the url that was sent. If the url is absent, is no absolute URI, or belongs to FHIR or to
this service, FHIR has a url of ours that ends with the name. An extension has one value if Redox sent one value, if a
FHIR type of the same name can hold it, and if the url ends with the name. In all other cases it has an extension for
each member, named as the member, so that any JSON can be kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import quote, unquote

from mappings.notation import r4
from mappings.notation.rows import OURS

Json = dict[str, Any]

NAMED: Final = f"{OURS}extension:"
"""The beginning of the url of an extension that has no url of its own; the name follows, percent-encoded."""

_NAME: Final = f"{OURS}extension-name"
"""The url of the inner extension that has the name, if the url does not end with the name."""

_URL = "url"
_LISTED = "[]"
"""Ends the url of an inner extension that is an element of a list."""

_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:[!-~]+")
_RESERVED = (OURS, "http://hl7.org/fhir/")


def to_fhir(extensions: Json) -> list[Json]:
    """Return the FHIR extensions of a Redox object's Extensions."""
    return [_extension(name, said) for name, said in extensions.items()]


def to_redox(extensions: Iterable[Json]) -> Json:
    """Return the Extensions that FHIR extensions were made from, without extensions of another origin."""
    return dict(found for extension in extensions if (found := _named(extension)) is not None)


def _extension(name: str, said: Json) -> Json:
    sent: str | None = said.get(_URL)
    is_own = sent is not None and _is_free(sent)
    url = sent if sent is not None and is_own else NAMED + quote(name, safe="")
    values = {kind: value for kind, value in said.items() if kind != _URL}
    is_named = not is_own or url.rpartition("/")[2] == name
    if is_named and len(values) == 1 and (is_own or sent is None):
        [(kind, value)] = values.items()
        if kind in _FITS and _FITS[kind](value):
            return {"url": url, _value_name(kind): value.copy() if isinstance(value, dict) else value}
    inner = values if is_own or sent is None else said
    named = [] if is_named else [{"url": _NAME, "valueString": name}]
    return {"url": url, "extension": [*named, *_members(inner)]}


def _is_free(url: str) -> bool:
    """Whether a sender's url can be the url of an extension as it is."""
    return _ABSOLUTE.fullmatch(url) is not None and not url.startswith(_RESERVED)


def _named(extension: Json) -> tuple[str, Json] | None:
    """Return the name and the content of an extension; None if it has another origin."""
    url = str(extension.get("url", ""))
    is_own = not url.startswith(NAMED)
    if is_own and not _is_free(url):
        return None
    name = url.rpartition("/")[2] if is_own else unquote(url.removeprefix(NAMED))
    said: Json = {_URL: url} if is_own else {}
    inner = extension.get("extension")
    if inner is None:
        return name, said | {kind: extension[value] for value, kind in _KINDS.items() if value in extension}
    named = [one["valueString"] for one in inner if one["url"] == _NAME]
    return (named or [name])[0], said | _read(one for one in inner if one["url"] != _NAME)


def _members(said: Json) -> Iterator[Json]:
    """Give an extension for each member of an object, and for each element of each of its lists."""
    for name, value in said.items():
        url = quote(name, safe="")
        if isinstance(value, list):
            yield from (_inner(url + _LISTED, one) for one in value)
        else:
            yield _inner(url, value)


def _inner(url: str, value: Any) -> Json:
    if isinstance(value, dict):
        return {"url": url, "extension": [*_members(value)]}
    if isinstance(value, bool):
        return {"url": url, "valueBoolean": value}
    return {"url": url, "valueString" if isinstance(value, str) else "valueDecimal": value}


def _read(inner: Iterable[Json]) -> Json:
    said: Json = {}
    for one in inner:
        url = one["url"]
        value = _read(one["extension"]) if "extension" in one else _scalar(one)
        if url.endswith(_LISTED):
            said.setdefault(unquote(url.removesuffix(_LISTED)), []).append(value)
        else:
            said[unquote(url)] = value
    return said


def _scalar(one: Json) -> Any:
    return next(value for name, value in one.items() if name != "url")


# --- the values that FHIR types can hold ------------------------------------------------------------------------------

Fits = Callable[[Any], bool]


def _text(type_name: str) -> Fits:
    pattern = r4.FORMATS[type_name]
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -(2**31) <= value < 2**31


def _is_decimal(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _time(type_name: str) -> Fits:
    has_form = _text(type_name)

    def fits(value: Any) -> bool:
        if not has_form(value):
            return False
        try:
            _ = datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(f"{value}-01-01"[:10])
        except ValueError:
            return False
        return True

    return fits


def _object(members: Mapping[str, Fits]) -> Fits:
    return lambda value: (
        isinstance(value, dict) and all(name in members and members[name](inside) for name, inside in value.items())
    )


_is_text = _text("string")


def _is_system(value: Any) -> bool:
    return isinstance(value, str) and _ABSOLUTE.fullmatch(value) is not None


def _is_reference(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[A-Z][A-Za-z]{1,63}/[A-Za-z0-9.-]{1,64}", value) is not None


_FITS: Mapping[str, Fits] = {
    "string": _is_text,
    "boolean": _is_flag,
    "integer": _is_integer,
    "decimal": _is_decimal,
    "code": _text("code"),
    "date": _time("date"),
    "dateTime": _time("dateTime"),
    "coding": _object(
        {
            "system": _is_system,
            "version": _is_text,
            "code": _text("code"),
            "display": _is_text,
            "userSelected": _is_flag,
        }
    ),
    "identifier": _object({"system": _is_system, "value": _is_text}),
    "quantity": _object({"value": _is_decimal, "unit": _is_text}),
    "reference": _object({"reference": _is_reference, "display": _is_text}),
}
"""By the member that has the value: whether FHIR's type of that name can hold a value."""


def _value_name(kind: str) -> str:
    return f"value{kind[0].upper()}{kind[1:]}"


_KINDS: Mapping[str, str] = {_value_name(kind): kind for kind in _FITS}
