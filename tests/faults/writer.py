"""A process that pushes: `python -m tests.faults.writer URI DATABASE TENANT`, told what to do a line at a time.

`push N`: so many lines follow, each a message; all are pushed at once.
`apart N`: the same, each by an intake of its own, which knows nothing of the others.
`hang`: one line follows; its transaction does everything but commit, and stays so.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

import orjson

from ingest import pipeline
from ingest.errors import Unavailable
from ingest.incoming import Incoming, Receipts
from ingest.intake import Intake, now
from ingest.understanding import understand
from store.commit import transact
from store.database import Store
from store.partition import Partition
from store.reads import Session
from store.settings import StoreSettings


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def line() -> str:
    return (await asyncio.to_thread(sys.stdin.readline)).strip()


def incoming(text: str) -> Incoming:
    return Incoming(text.encode(), orjson.loads(text), "writer", "log", "attempt")


async def push(intake: Intake, partition: Partition, text: str) -> None:
    """Push an event, and again as long as that is what the answer says."""
    while True:
        with suppress(Unavailable):
            await intake.push([partition], incoming(text))
            return


async def hang(partition: Partition, text: str) -> None:
    received = now()
    event = understand(incoming(text), partition, received, Receipts().next(received))

    async def work(session: Session) -> None:
        await pipeline.accept(partition, [event], session)
        say("within")
        await asyncio.sleep(600)

    await transact(partition.store, work)


async def main(uri: str, database: str, name: str) -> None:
    store = await Store.open(StoreSettings(uri, database))
    tenant = await store.tenants.by_name(name)
    assert tenant is not None
    partition = store.partition(tenant)
    together = Intake(store)
    say("ready")
    while said := await line():
        word, _, count = said.partition(" ")
        if word == "hang":
            await hang(partition, await line())
        texts = [await line() for _ in range(int(count))]
        intakes = [Intake(store) if word == "apart" else together for _ in texts]
        await asyncio.gather(*(push(each, partition, text) for each, text in zip(intakes, texts, strict=True)))
        say("done")
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
