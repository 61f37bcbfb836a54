"""Tenants: whose documents there are, and how they are addressed."""

import asyncio
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from store.access.tenant import Tenant
from store.access.tenants import Tenants
from store.database import Store
from store.errors import TenantExists, TenantInvalid
from store.timed_cache import FRESH

DESTINATION = "3c1f7a3e-64c8-4f0e-8f52-9a55be0d1c01"
SOURCE = "3c1f7a3e-64c8-4f0e-8f52-9a55be0d1cf1"
OTHER = "3c1f7a3e-64c8-4f0e-8f52-9a55be0d1c02"

FULL = Tenant(
    name="Lakeside.East-2",
    destination_id=DESTINATION,
    environment="Production",
    time_zone="America/St_Johns",
    source_ids=(SOURCE, OTHER),
    identifying_types=("MR", "EPI"),
    census_hours={"Outpatient": 36.0, "Day.Case $1": 0.5},
    person_updates="replace",
)


class Seconds:
    """A clock that stands until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_tenant_comes_back_as_it_was_added_by_each_of_its_addresses(store: Store) -> None:
    await store.tenants.add(FULL)
    assert await store.tenants.by_name(FULL.name) == FULL
    assert await store.tenants.by_destination(DESTINATION) == FULL
    assert await store.tenants.by_source(SOURCE) == (FULL,)
    assert await store.tenants.by_source(OTHER) == (FULL,)
    assert await store.tenants.all() == [FULL]


async def test_a_tenant_of_defaults_comes_back_as_it_was_added(store: Store) -> None:
    plain = Tenant("plain", DESTINATION)
    await store.tenants.add(plain)
    assert await store.tenants.by_name("plain") == plain
    assert plain.zone == ZoneInfo("UTC")


async def test_uuids_are_compared_without_case(store: Store) -> None:
    await store.tenants.add(Tenant("plain", DESTINATION.upper(), source_ids=(SOURCE.upper(), SOURCE)))
    found = await store.tenants.by_destination(DESTINATION)
    assert found == await store.tenants.by_destination(DESTINATION.upper())
    assert found is not None
    assert found.source_ids == (SOURCE,)
    assert await store.tenants.by_source(SOURCE.upper()) == (found,)


@pytest.mark.parametrize("address", ["", "nobody", "*", '{"$ne": ""}', OTHER, "\ud800", "a\x00"])
async def test_nobody_is_found_under_another_address(store: Store, address: str) -> None:
    await store.tenants.add(Tenant("plain", DESTINATION))
    assert await store.tenants.by_name(address) is None
    assert await store.tenants.by_destination(address) is None
    assert await store.tenants.by_source(address) == ()


async def test_all_are_listed_by_name(store: Store) -> None:
    for name, destination in (("b", DESTINATION), ("a", OTHER)):
        await store.tenants.add(Tenant(name, destination))
    assert [tenant.name for tenant in await store.tenants.all()] == ["a", "b"]


@pytest.mark.parametrize(
    ("second", "place"),
    [
        (replace(FULL, destination_id=OTHER, source_ids=()), "name"),
        (replace(FULL, name="second", source_ids=()), "destination_id"),
        (replace(FULL, name="second", destination_id=OTHER, source_ids=(SOURCE,)), "source_ids"),
    ],
)
async def test_a_second_tenant_with_the_same_address_is_refused_naming_it(
    store: Store, second: Tenant, place: str
) -> None:
    await store.tenants.add(FULL)
    with pytest.raises(TenantExists) as caught:
        await store.tenants.add(second)
    assert caught.value.place == place
    assert await store.tenants.all() == [FULL]


async def test_of_tenants_added_at_once_with_one_destination_one_is_added(store: Store) -> None:
    added = await asyncio.gather(
        *(store.tenants.add(Tenant(f"t{number}", DESTINATION)) for number in range(8)), return_exceptions=True
    )
    assert sum(each is None for each in added) == 1
    assert sum(isinstance(each, TenantExists) for each in added) == 7


async def test_one_source_may_feed_a_tenant_of_each_environment(store: Store) -> None:
    test = replace(FULL, name="A-test", destination_id=OTHER, environment="Staging")
    await store.tenants.add(FULL)
    await store.tenants.add(test)
    assert await store.tenants.by_source(SOURCE) == (test, FULL)


async def test_tenants_without_sources_do_not_collide(store: Store) -> None:
    await store.tenants.add(Tenant("a", DESTINATION))
    await store.tenants.add(Tenant("b", OTHER))
    assert len(await store.tenants.all()) == 2


async def test_a_tenant_added_by_another_process_is_found_at_once(store: Store) -> None:
    assert await store.tenants.by_destination(DESTINATION) is None
    await Tenants(store.database).add(FULL)
    assert await store.tenants.by_destination(DESTINATION) == FULL


async def test_a_tenant_is_answered_from_memory_for_a_few_seconds_and_then_read_again(store: Store) -> None:
    seconds = Seconds()
    tenants = Tenants(store.database, seconds=seconds)
    await tenants.add(FULL)
    assert await tenants.by_name(FULL.name) == FULL
    await store.database["tenants"].update_one({"_id": FULL.name}, {"$set": {"time_zone": "UTC"}})
    seconds.now = FRESH - 0.1
    assert await tenants.by_name(FULL.name) == FULL
    seconds.now = FRESH
    assert await tenants.by_name(FULL.name) == replace(FULL, time_zone="UTC")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        *(("name", name) for name in ("", "a|b", "a b", "-a", "a\n", "ä", "a" * 65, "a\x00")),
        *(("destination_id", text) for text in ("", "x", f"{DESTINATION}0")),
        ("environment", "production"),
        *(("time_zone", zone) for zone in ("", "Mars/Olympus", "../etc/passwd", "/etc/passwd", "America", "a\x00b")),
        ("source_ids", (SOURCE, "x")),
        ("identifying_types", ("MR", "")),
        *(("census_hours", {"Outpatient": hours}) for hours in (0, -1, float("nan"), float("inf"))),
        ("census_hours", {"": 1}),
        ("person_updates", "merge"),
    ],
)
def test_a_property_that_cannot_be_is_named(place: str, value: object) -> None:
    with pytest.raises(TenantInvalid) as caught:
        replace(FULL, **{place: value})
    assert caught.value.place == place


def test_tenants_can_be_members_of_a_set() -> None:
    assert len({FULL, replace(FULL), replace(FULL, name="other")}) == 2
