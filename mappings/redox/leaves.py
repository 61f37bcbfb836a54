"""The words in which the models of this package are written: kinds of leaf, and the traits of a member.

`members` reads them back from a model. Nothing here depends on a single model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.fields import FieldInfo

from mappings.redox import value_sets as sets
from mappings.redox.value_sets import ValueSet

Reliability = Literal["Reliable", "Probable", "Possible"]
RELIABLE: Reliability = "Reliable"
PROBABLE: Reliability = "Probable"
POSSIBLE: Reliability = "Possible"

LeafType = Literal["Text", "Number", "Flag", "Date", "DateTime", "Code", "Texts", "Map"]


@dataclass(frozen=True)
class Kind:
    """The kind of a leaf: its type, and for a code its closed value set.

    `Texts` is a text or a list of texts, as it was sent. `Map` is an object with any members.
    """

    type: LeafType
    value_set: ValueSet | None = None
    is_trimmed: bool = False
    """Whether blanks around the text mean nothing, so that reading removes them."""
    has_case: bool = False
    """Whether questions compare the text with regard to case."""
    is_criterion: bool = False
    """Whether people or records are searched or ordered by the leaf. A value that cannot be read is then left out;
    other leaves keep it as it was sent."""


def _schema(**schema: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **schema})


def _words(value_set: ValueSet) -> WithJsonSchema:
    return _schema(enum=list(value_set.words))


Text = Annotated[str, Kind("Text")]
"""Free text, such as a name; it is kept as it was sent."""
Id = Annotated[str, Kind("Text", is_trimmed=True, has_case=True)]
"""An identifier, the type of an identifier, or a number that names something, such as a VisitNumber."""
Word = Annotated[str, Kind("Text", is_trimmed=True)]
"""A code, or a word of an open set, such as a PatientClass."""
Number = Annotated[int | float, Kind("Number")]
Flag = Annotated[bool, Kind("Flag")]
Date = Annotated[str, Kind("Date"), _schema(format="date")]
DateTime = Annotated[str, Kind("DateTime"), _schema(format="date-time")]
BirthDate = Annotated[str, Kind("Date", is_criterion=True), _schema(format="date")]
"""The date of birth by which people are searched; a year or a month alone matches nobody."""
Moment = Annotated[str, Kind("DateTime", is_criterion=True), _schema(format="date-time")]
"""A time by which records are searched or ordered; a year or a month alone cannot be read."""
Texts = Annotated[str | list[str], Kind("Texts")]
Map = Annotated[dict[str, Any], Kind("Map")]

Sex = Annotated[str, Kind("Code", sets.SEX), _words(sets.SEX)]
Race = Annotated[str, Kind("Code", sets.RACE), _words(sets.RACE)]
MaritalStatus = Annotated[str, Kind("Code", sets.MARITAL_STATUS), _words(sets.MARITAL_STATUS)]
Relationship = Annotated[str, Kind("Code", sets.RELATIONSHIP), _words(sets.RELATIONSHIP)]
AgreementType = Annotated[str, Kind("Code", sets.AGREEMENT_TYPE), _words(sets.AGREEMENT_TYPE)]
CoverageType = Annotated[str, Kind("Code", sets.COVERAGE_TYPE), _words(sets.COVERAGE_TYPE)]
DiagnosisType = Annotated[str, Kind("Code", sets.DIAGNOSIS_TYPE), _words(sets.DIAGNOSIS_TYPE)]
AllergyStatus = Annotated[str, Kind("Code", sets.ALLERGY_STATUS), _words(sets.ALLERGY_STATUS)]
VisitStatus = Annotated[str, Kind("Code", sets.VISIT_STATUS), _words(sets.VISIT_STATUS)]
DischargeStatusCode = Annotated[str, Kind("Code", sets.DISCHARGE_STATUS), _words(sets.DISCHARGE_STATUS)]
ReportStatus = Annotated[str, Kind("Code", sets.REPORT_STATUS), _words(sets.REPORT_STATUS)]
ResultStatus = Annotated[str, Kind("Code", sets.RESULT_STATUS), _words(sets.RESULT_STATUS)]
ResultedOrderStatus = Annotated[str, Kind("Code", sets.RESULTED_ORDER_STATUS), _words(sets.RESULTED_ORDER_STATUS)]
OrderPriority = Annotated[str, Kind("Code", sets.ORDER_PRIORITY), _words(sets.ORDER_PRIORITY)]
ResponseFlag = Annotated[str, Kind("Code", sets.RESPONSE_FLAG), _words(sets.RESPONSE_FLAG)]
ValueType = Annotated[str, Kind("Code", sets.VALUE_TYPE), _words(sets.VALUE_TYPE)]
AbnormalFlag = Annotated[str, Kind("Code", sets.ABNORMAL_FLAG), _words(sets.ABNORMAL_FLAG)]


class Block(BaseModel):
    """An object of a Redox message; the alias of a field is the member's name in JSON."""

    model_config = ConfigDict(populate_by_name=True)


class Criterion(Block):
    """A block of a question that says who is meant. In a list, one that says nothing is a fault and not left out."""


@dataclass(frozen=True)
class Traits:
    """The traits of a member beside its type. Pydantic calls it to add them to the JSON Schema."""

    required: bool
    reliability: Reliability | None
    unsupported_by_dod: bool
    within: Reliability | Mapping[str, Reliability] | None
    """The reliability of the members inside, if it differs at this place: one for all members, or by name."""
    is_instruction: bool = False
    """Whether the member tells what to do with records, and describes none."""
    is_beyond: bool = False
    """Whether Redox's schema of the event does not have the member, which is understood all the same."""

    def __call__(self, schema: dict[str, Any]) -> None:
        """Add the reliability to a schema, and a mark if Redox's own data on demand does not keep the member."""
        if self.reliability:
            schema["x-reliability"] = self.reliability
        if self.unsupported_by_dod:
            schema["x-unsupported-by-data-on-demand"] = True


def redox_field(
    name: str,
    reliability: Reliability | None = None,
    *,
    required: bool = False,
    unsupported_by_dod: bool = False,
    within: Reliability | Mapping[str, Reliability] | None = None,
    is_instruction: bool = False,
) -> Any:
    """Return a pydantic field: its name in JSON and its traits."""
    traits = Traits(required, reliability, unsupported_by_dod, within, is_instruction)
    return Field(... if required else None, alias=name, json_schema_extra=traits)


@dataclass(frozen=True)
class Member:
    """One member of a block: a leaf (`kind`) or a block (`block`), single or as a list (`many`)."""

    name: str
    traits: Traits
    many: bool
    kind: Kind | None = None
    block: type[BaseModel] | None = None


@cache
def members(model: type[BaseModel]) -> tuple[Member, ...]:
    """Return the members of a block in their order; raises TypeError if a field lacks a name or a kind."""
    return tuple(_member(field) for field in model.model_fields.values())


def _member(field: FieldInfo) -> Member:
    kind = next((each for each in field.metadata if isinstance(each, Kind)), None)
    annotation, kind = _bare(field.annotation, kind)
    many = kind is None and get_origin(annotation) is list
    if many:
        annotation, kind = _bare(get_args(annotation)[0], None)
    block = annotation if kind is None else None
    traits = field.json_schema_extra
    if field.alias is None or not isinstance(traits, Traits) or (kind is None and not _is_block(block)):
        raise TypeError(f"a member without a name or a kind: {field.alias or field.annotation}")
    return Member(field.alias, traits, many, kind, block)


def _bare(annotation: Any, kind: Kind | None) -> tuple[Any, Kind | None]:
    """Return an annotation without `None` and `Annotated`, and its kind if it has one."""
    origin = get_origin(annotation)
    if kind is None and origin in (Union, UnionType):
        return _bare(next(choice for choice in get_args(annotation) if choice is not type(None)), None)
    if origin is Annotated:
        return get_args(annotation)[0], next(each for each in annotation.__metadata__ if isinstance(each, Kind))
    return annotation, kind


def _is_block(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
