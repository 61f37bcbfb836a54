"""The store as a whole: one MongoDB database and everything in it."""

import asyncio
import secrets
from datetime import timedelta
from typing import Any, Self

import pymongo
from pymongo import AsyncMongoClient, ReturnDocument
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError, PyMongoError

from store.access import Access
from store.access.tenant import Tenant
from store.access.tenants import Tenants
from store.audit.audit_log import Audit
from store.data_version import note_version, refuse_later
from store.errors import ServerUnfit, SettingInvalid, StoreError, driver_errors
from store.indexes import ensure_indexes
from store.mongod.embedded import EmbeddedMongod
from store.mongod.orphaned_transactions import Orphans
from store.partition import Partition
from store.record_cache import RecordCache
from store.settings import MONGODB_URI, StoreSettings
from store.uploads import Uploads
from store.work.checkpoints import Marks
from store.work.leases import Leases

Connection = AsyncMongoClient[dict[str, Any]]
Database = AsyncDatabase[dict[str, Any]]

KEY_BYTES = 32
READY_WITHIN = 3.0  # seconds
SELECT_WITHIN = 5.0  # seconds until the driver gives up a server that does not answer
WIRE_VERSION = 17  # of MongoDB 6.0
_DEFAULTS = StoreSettings()


def connect(uri: str) -> Connection:
    """Return a client. Its writes are confirmed by a journaled majority, and its reads see only such writes."""
    return AsyncMongoClient(
        uri,
        appname="data-on-demand",
        w="majority",
        journal=True,
        readConcernLevel="majority",
        readPreference="primary",
        retryWrites=True,
        retryReads=True,
        tz_aware=True,
        serverSelectionTimeoutMS=int(SELECT_WITHIN * 1000),
        connectTimeoutMS=int(SELECT_WITHIN * 1000),
    )


class Store:
    """One database: tenants, clients, webhooks, audit log, and a partition of documents for each tenant."""

    def __init__(
        self, database: Database, key: bytes, mongod: EmbeddedMongod | None = None, settings: StoreSettings = _DEFAULTS
    ) -> None:
        self.client: Connection = database.client
        self.database = database
        self.key = key
        self.tenants = Tenants(database)
        self.access = Access(database, key)
        self.audit = Audit(database, timedelta(days=settings.audit_days))
        self.leases = Leases(database)
        self.marks = Marks(database)
        self.uploads = Uploads(database)
        self.orphans = Orphans(database.client)
        self.record_cache = RecordCache(settings.records_in_memory)
        self._mongod = mongod
        self._keys: dict[str, dict[tuple[str, ...], str]] = {}
        self._partitions: dict[str, Partition] = {}

    def keys_of(self, tenant: str) -> dict[tuple[str, ...], str]:
        """Return the cached keyed hashes of a tenant's texts; the partitions of the tenant add to them."""
        return self._keys.setdefault(tenant, {})

    @classmethod
    async def open(cls, settings: StoreSettings) -> Self:
        """Open the database that the settings name; without a URI, start or join the embedded mongod.

        Raises Unavailable, ServerUnfit, SettingInvalid, DataTooNew, NotPermitted, MongodMissing and MongodFailed.
        """
        if settings.mongodb_uri:
            return await cls._connected(settings.mongodb_uri, settings, None)
        mongod = EmbeddedMongod(settings.data_dir)
        uri = await asyncio.to_thread(mongod.start)
        try:
            return await cls._connected(uri, settings, mongod)
        except BaseException:
            await asyncio.to_thread(mongod.stop)
            raise

    @classmethod
    async def _connected(cls, uri: str, settings: StoreSettings, mongod: EmbeddedMongod | None) -> Self:
        try:
            client = connect(uri)
        except PyMongoError:
            raise SettingInvalid(MONGODB_URI) from None
        try:
            return await cls.attach(client, settings.database, mongod, settings)
        except BaseException:
            await client.close()
            raise

    @classmethod
    async def attach(
        cls,
        client: Connection,
        name: str,
        mongod: EmbeddedMongod | None = None,
        settings: StoreSettings = _DEFAULTS,
    ) -> Self:
        """Return the store in a database of a connected client; create missing collections, indexes and the secret key.

        Raises as `open`.
        """
        database = client[name]
        with driver_errors():
            await _check(client)
            await refuse_later(database)
            await ensure_indexes(database)
            await note_version(database)
            key = await _key(database)
        return cls(database, key, mongod, settings)

    def partition(self, tenant: Tenant) -> Partition:
        """Return the documents of one tenant: the same object each time, until a setting of the tenant changes."""
        known = self._partitions.get(tenant.name)
        if known is None or (known.tenant is not tenant and known.tenant != tenant):
            known = self._partitions[tenant.name] = Partition(self, tenant)
        return known

    async def ready(self) -> bool:
        """Return whether the database confirms a majority write within READY_WITHIN seconds."""
        try:
            with driver_errors(), pymongo.timeout(READY_WITHIN):
                await self.database["health"].update_one({"_id": "ready"}, {"$inc": {"asked": 1}}, upsert=True)
        except StoreError:
            return False
        return True

    async def close(self) -> None:
        """Close the connections, and stop the embedded mongod if no other process uses it."""
        await self.audit.close()
        await self.client.close()
        if self._mongod is not None:
            await asyncio.to_thread(self._mongod.stop)


async def _check(client: Connection) -> None:
    """Raise ServerUnfit if this is no replica set or sharded cluster of version 6.0 or later."""
    hello = await client.admin.command("hello")
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise ServerUnfit("a single server")
    if hello["maxWireVersion"] < WIRE_VERSION:
        raise ServerUnfit("an older version")


async def _key(database: Database) -> bytes:
    """Return the secret key of the database for keyed hashes. The first process creates it, and all others read it."""
    if found := await database["secrets"].find_one({"_id": "key"}):  # the service's own user may only read it
        return bytes(found["key"])
    while True:
        try:
            found = await database["secrets"].find_one_and_update(
                {"_id": "key"},
                {"$setOnInsert": {"key": secrets.token_bytes(KEY_BYTES)}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:
            continue
        if found is not None:
            return bytes(found["key"])
