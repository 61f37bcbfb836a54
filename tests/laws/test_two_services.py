"""Order, through HTTP: two services that take the same feed at once come to what one comes to that takes it in peace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from random import Random
from uuid import uuid4

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.intake import Intake
from store.database import Store
from store.settings import StoreSettings
from tests.feed import Json, new_partition, push
from tests.journeys.processes import serving
from tests.laws.test_order import assert_equal
from tests.lives import lives


@pytest.fixture(scope="module")
async def services(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Store, list[httpx.AsyncClient]]]:
    """Two running services on one database, and the store behind them."""
    directory = tmp_path_factory.mktemp("two")
    with ExitStack() as stack:
        urls = [stack.enter_context(serving(directory, "--sandbox=empty")).url for _ in range(2)]
        store = await Store.open(StoreSettings(data_dir=directory))
        clients = [httpx.AsyncClient(base_url=url, timeout=30) for url in urls]
        yield store, clients
        for client in clients:
            await client.aclose()
        await store.close()


async def deliver(client: httpx.AsyncClient, token: str, source: str, message: Json) -> None:
    """A delivery, again as long as the service says so."""
    whole = message | {"Meta": message["Meta"] | {"Source": {"ID": source}}}
    while True:
        answer = await client.post("/webhook", json=whole, headers={"verification-token": token})
        if answer.status_code == 200:
            return
        assert answer.status_code == 503


@settings(max_examples=max(5, settings.default.max_examples // 3))
@given(story=lives(), luck=st.randoms(use_true_random=False))
async def test_two_services_at_once(
    services: tuple[Store, list[httpx.AsyncClient]], story: list[Json], luck: Random
) -> None:
    store, clients = services
    source, token = str(uuid4()), str(uuid4())
    told, fed = await new_partition(store), await new_partition(store, source_ids=(source,))
    await store.access.add_webhook(fed.tenant.name, token, (fed.tenant.name,))
    await push(Intake(store), told, story)
    sent = luck.sample(story, len(story)) + luck.sample(story, min(2, len(story)))
    by = [luck.choice(clients) for _ in sent]
    told_to = zip(by, sent, strict=True)
    await asyncio.gather(*(deliver(client, token, source, message) for client, message in told_to))
    await assert_equal(fed, told)
    assert await fed.journal.count() == await told.journal.count()
