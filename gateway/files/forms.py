"""Forms with files: multipart bodies with a file and a description of its columns. Nothing is written to a disk."""

from __future__ import annotations

from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from gateway.errors import FormUnfit

MULTIPART = "multipart/form-data"
FILE, COLUMNS = "file", "columns"


def is_form(content_type: str) -> bool:
    """Return whether a content type is that of a form."""
    return content_type.partition(";")[0].strip().lower() == MULTIPART


def parts_of(body: bytes, content_type: str) -> dict[str, bytes]:
    """Return the parts of a form by name: `file`, and `columns` if the form has it. Raises FormUnfit."""
    _, options = parse_options_header(content_type)
    form = _Form()
    try:
        parser = MultipartParser(options.get(b"boundary", b""), form.callbacks())  # type: ignore[arg-type]
        parser.write(body)
    except FormParserError:
        raise FormUnfit("it is broken") from None
    if not form.is_ended:
        raise FormUnfit("its end is missing")
    if FILE not in form.parts:
        raise FormUnfit(f"its part {FILE} is missing")
    return {name: b"".join(pieces) for name, pieces in form.parts.items()}


@dataclass(slots=True)
class _Form:
    """The parts that the parser has found so far."""

    parts: dict[str, list[bytes]] = field(default_factory=dict)
    is_ended: bool = False
    _name: bytes = b""
    _value: bytes = b""
    _said: bytes = b""
    """The Content-Disposition of the present part."""
    _pieces: list[bytes] = field(default_factory=list)

    def callbacks(self) -> dict[str, object]:
        """Return the functions that the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._take_name,
            "on_header_value": self._take_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._open,
            "on_part_data": lambda data, start, end: self._pieces.append(data[start:end]),
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._said = b""

    def _take_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _take_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._said = self._value
        self._name = self._value = b""

    def _open(self) -> None:
        name = parse_options_header(self._said)[1].get(b"name", b"")
        known = next((each for each in (FILE, COLUMNS) if each.encode() == name), None)
        if known is None:
            raise FormUnfit(f"a part is neither {FILE} nor {COLUMNS}")
        if known in self.parts:
            raise FormUnfit(f"its part {known} is there twice")
        self._pieces = self.parts.setdefault(known, [])

    def _end(self) -> None:
        self.is_ended = True
