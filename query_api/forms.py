"""The forms of an answer about visits: the members of Redox's response, or everything that was said."""

from __future__ import annotations

from dataclasses import dataclass

from mappings.notation import FieldMap
from query_api.projection import Projection
from query_api.question import Json, Question
from query_api.readers import Readers, whole_readers
from query_api.whole import whole


@dataclass(frozen=True, slots=True)
class Form:
    """What is read for an answer, and the function from a record with the records inside it to a part of the answer."""

    readers: Readers
    project: Projection


@dataclass(frozen=True, slots=True)
class Forms:
    """The two forms of the answer to one question."""

    response: Form
    whole: Form

    def asked_for(self, asked: Question) -> Form:
        """Return the form that a question asks for by `Meta.Whole`."""
        return self.whole if asked.is_whole else self.response


def forms(visit: FieldMap, readers: Readers, project: Projection, inside: str) -> Forms:
    """Return the forms of an answer.

    `readers`, `project`: for the members of the response. `inside`: the member that holds the records inside a record,
    such as `Visits`: a record or a list of records.
    """

    def everything(record: Json) -> Json:
        held = record.get(inside, {})
        said = [whole(each) for each in held] if isinstance(held, list) else whole(held)
        return whole({**record, inside: said})

    return Forms(Form(readers, project), Form(whole_readers(visit), everything))
