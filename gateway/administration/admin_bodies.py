"""The request bodies of the admin API. Each member is checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from gateway.access import key_of, keys_of_pem
from gateway.errors import ActRefused, Faults, GatewayError, MemberMissing, MemberUnfit, MemberUnknown
from mappings.redox.catalogue import EVENTS
from store.access import Grant, PublicKey
from store.access.tenant import Environment, PersonUpdates, Tenant

Json = dict[str, Any]

_DATA_MODELS = {event.data_model.replace(" ", ""): event.data_model for event in EVENTS}
_SHOWN = re.compile(r"[A-Za-z]{1,40}")
_MOST_LISTED = 1_000
MOST_HOURS = 8760


class Body(BaseModel):
    """A body: no member but those that are named, no text for a number, no number for a text."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True, frozen=True)


Given = TypeVar("Given", bound=Body)


class Nothing(Body):
    """No members."""


class NewTenant(Body):
    """A tenant to add."""

    name: str
    destination_id: str
    environment: Environment = "Development"
    time_zone: str = "UTC"
    source_ids: list[str] = Field(default=[], max_length=_MOST_LISTED)
    identifying_types: list[str] = Field(default=[], max_length=_MOST_LISTED)
    no_identifier: list[str] = Field(default=[], max_length=_MOST_LISTED)
    census_hours: dict[str, float] = Field(default={}, max_length=_MOST_LISTED)
    person_updates: PersonUpdates = "keep"

    def tenant(self) -> Tenant:
        """Return the tenant. Raises TenantInvalid."""
        return Tenant(**_with_tuples(self.model_dump()))


class ChangedTenant(Body):
    """Settings of a tenant to change. A member that is absent leaves its setting as it is; a list replaces a list."""

    time_zone: str | None = None
    add_source_ids: list[str] = Field(default=[], max_length=_MOST_LISTED)
    remove_source_ids: list[str] = Field(default=[], max_length=_MOST_LISTED)
    identifying_types: list[str] | None = Field(default=None, max_length=_MOST_LISTED)
    no_identifier: list[str] | None = Field(default=None, max_length=_MOST_LISTED)
    census_hours: dict[str, float] | None = Field(default=None, max_length=_MOST_LISTED)
    person_updates: PersonUpdates | None = None

    def settings(self) -> Json:
        """Return the settings that the body has, named as the fields of Tenant, without the source ids."""
        said = self.model_dump(exclude_none=True, exclude={"add_source_ids", "remove_source_ids"})
        return _with_tuples(said)


def _with_tuples(members: Json) -> Json:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in members.items()}


class NewGrant(Body):
    """What a client may do with a tenant; no models named means all of them."""

    tenant: str
    push: bool = False
    query: bool = False
    models: list[str] = Field(default=[], max_length=_MOST_LISTED)

    def grant(self) -> Grant:
        """Return the grant.

        Raises MemberUnfit for an unknown data model, and if neither push nor query is permitted.
        """
        models = [each.replace(" ", "") for each in self.models]
        for index, each in enumerate(models):
            if each not in _DATA_MODELS:
                raise MemberUnfit(f"models[{index}]")
        if not (self.push or self.query):
            raise MemberUnfit("push")
        return Grant(self.tenant, self.push, self.query, tuple(_DATA_MODELS[each] for each in models))


class NewKeys(Body):
    """Public keys: JWKs, or PEM text."""

    keys: list[dict[str, Any]] = Field(default=[], max_length=_MOST_LISTED)
    pem: str = ""

    def public_keys(self) -> tuple[PublicKey, ...]:
        """Return the public keys. Raises PrivateKeyGiven, KeyUnfit, KeyIdUnfit, KeyFileUnusable, and MemberMissing."""
        listed = [key_of(jwk, f"keys[{index}]") for index, jwk in enumerate(self.keys)]
        found = (*listed, *(keys_of_pem(self.pem) if self.pem else ()))
        if not found:
            raise MemberMissing("keys")
        return found


class NewClient(Body):
    """A client to add."""

    name: str
    grants: list[NewGrant] = Field(min_length=1, max_length=_MOST_LISTED)
    environment: Environment | None = None
    keys: list[dict[str, Any]] = Field(default=[], max_length=_MOST_LISTED)

    def public_keys(self) -> tuple[PublicKey, ...]:
        """Return the public keys. Raises PrivateKeyGiven, KeyUnfit, KeyIdUnfit and KeyFileUnusable."""
        return tuple(key_of(jwk, f"keys[{index}]") for index, jwk in enumerate(self.keys))


class NewWebhook(Body):
    """A webhook to add."""

    name: str
    tenants: list[str] = Field(min_length=1, max_length=_MOST_LISTED)


class OneTenant(Body):
    """A tenant to let in or to shut out."""

    tenant: str


class Rotation(Body):
    """How long the former one still holds; without a number until it is retired."""

    retire_after_hours: float | None = Field(default=None, ge=0, le=MOST_HOURS, allow_inf_nan=False)

    @property
    def retire_after(self) -> timedelta | None:
        """Return the time for which the former secret stays valid; None for as long as nobody retires it."""
        return None if self.retire_after_hours is None else timedelta(hours=self.retire_after_hours)


def read(kind: type[Given], given: Json) -> Given:
    """Return a body of this kind. Raises Faults with everything that is wrong in it."""
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise Faults(list(_faults(error))) from None


def _faults(error: ValidationError) -> Iterator[GatewayError]:
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        kinds: dict[str, type[ActRefused]] = {"missing": MemberMissing, "extra_forbidden": MemberUnknown}
        yield kinds.get(each["type"], MemberUnfit)(_place(each["loc"]))


def _place(parts: tuple[int | str, ...]) -> str:
    place = ""
    for part in parts:
        if isinstance(part, int):
            place += f"[{part}]"
        elif _SHOWN.fullmatch(part):  # looks like the name of a member; other text of the sender is not shown
            place += f".{part}"
    return place.lstrip(".")
