"""The removal of a tenant with what lies outside of its partition, and the audit entry that remains as evidence."""

from __future__ import annotations

from typing import Any

from gateway.access import source_id_of
from gateway.audit import audit_trail
from gateway.errors import MessageRefused
from gateway.request import message_in
from ingest.intake import UNROUTED
from store.access.tenant import Tenant
from store.database import Store
from store.entries import Entry
from store.operations import removal
from store.operations.removal import Removal, Tell

EVENT = "tenant.remove"


async def remove_tenant(
    store: Store,
    name: str,
    tell: Tell = lambda *_: None,
    actor: audit_trail.Actor | None = None,
) -> Removal:
    """Remove everything of a tenant, or continue its removal; return the numbers of documents before and after.

    It takes a quarter of a minute or more, because it waits until operations that began earlier have ended. `tell` is
    called with its progress. One entry of the audit log, without a tenant, and the note in the journal remain. Raises
    TenantUnknown and NotAllGone of `store.operations.removal`. The database user must be the operator's: the service's
    own user may not delete.
    """
    actor = actor or audit_trail.Actor()
    others = [each.source_ids for each in await store.tenants.all() if each.name != name]
    elsewhere = {source for sources in others for source in sources}

    def is_of(entry: Entry, tenant: Tenant) -> bool:
        source = _source_of(entry.body)
        return source in tenant.source_ids and source not in elsewhere

    done = await removal.remove(store, name, actor.who, waiting=UNROUTED.name, is_of=is_of, tell=tell)
    details: dict[str, Any] = {
        "tenant": name,
        "removed": {collection: count for collection, count in done.before.items() if count},
        "left": sum(done.after.values()),
        "revoked": done.revoked,
        "changed": done.changed,
        "waiting": done.waiting,
    }
    await audit_trail.remember_act(store, EVENT, (), actor, **details)
    return done


def _source_of(body: bytes) -> str | None:
    try:
        return source_id_of(message_in(body))
    except MessageRefused:
        return None
