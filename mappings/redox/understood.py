"""What is understood of an event: its model, and what other events may say in the same blocks.

Redox's schemas give the Patient and Visit blocks of each event their own members. Systems send what they have: the
contacts of a patient come with an appointment too, whose schema lacks them. So a member that one event of a data model
has in its Patient or its Visit block is understood in each event of that data model that has the block; in the Patient
block this holds across all data models. A member that tells what to do with records stays where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BaseModel, Field, create_model
from pydantic.fields import FieldInfo

from mappings.redox.leaves import Traits, members

Model = type[BaseModel]
Fields = Mapping[str, FieldInfo]

_EVERYWHERE, _WITHIN_A_DATA_MODEL = "Patient", "Visit"


def understood(models: Mapping[str, list[Model]]) -> dict[Model, Model]:
    """Return, by each model, the model with all that is understood; `models` has the pushes of each data model."""
    everyone = _described((each for listed in models.values() for each in listed), _EVERYWHERE)
    found: dict[Model, Model] = {}
    for listed in models.values():
        blocks = {_EVERYWHERE: everyone, _WITHIN_A_DATA_MODEL: _described(listed, _WITHIN_A_DATA_MODEL)}
        found |= {model: _widened(model, blocks) for model in listed}
    return found


def _described(models: Iterable[Model], name: str) -> Fields:
    """Return the fields that any model has in its block of this name, each as the first model has it."""
    fields: dict[str, FieldInfo] = {}
    for model in models:
        for field in _block(model, name).items():
            fields.setdefault(*field)
    return {attribute: field for attribute, field in fields.items() if not _traits(field).is_instruction}


def _block(model: Model, name: str) -> Fields:
    """Return the fields of a block that describes; none if the model has no such block."""
    for member in members(model):
        if member.name == name and member.block and not member.many and not member.traits.is_instruction:
            return member.block.model_fields
    return {}


def _widened(model: Model, blocks: Mapping[str, Fields]) -> Model:
    fields: dict[str, Any] = {}
    for attribute, field in model.model_fields.items():
        own = _block(model, str(field.alias))
        more = {name: each for name, each in blocks.get(str(field.alias), {}).items() if name not in own}
        block = next(member.block for member in members(model) if member.name == field.alias)
        if own and more and block:
            wide = create_model(block.__name__, __base__=block, **{name: _beyond(each) for name, each in more.items()})
            fields[attribute] = (wide if field.is_required() else wide | None, field)
    return create_model(model.__name__, __base__=model, **fields) if fields else model


def _beyond(field: FieldInfo) -> Any:
    """Return the definition of a field that the standard of an event does not have; it is never required."""
    traits = replace(_traits(field), required=False, is_beyond=True)
    annotation: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    return annotation | None, Field(None, alias=field.alias, json_schema_extra=traits)


def _traits(field: FieldInfo) -> Traits:
    traits = field.json_schema_extra
    if not isinstance(traits, Traits):
        raise TypeError(f"a member without traits: {field.alias}")
    return traits
