"""Who may use the service: tenants, clients with their grants, webhooks, tokens. Secrets are stored as hashes only."""

from pymongo import IndexModel

from store.access import clients, tokens, webhooks
from store.access.clients import Client, Clients, Grant
from store.access.credentials import Former, PublicKey
from store.access.tokens import Issued, Token, new_secret
from store.access.webhooks import Webhook, Webhooks

__all__ = ["INDEXES", "Access", "Client", "Former", "Grant", "Issued", "PublicKey", "Token", "Webhook", "new_secret"]

INDEXES: dict[str, list[IndexModel]] = {**clients.INDEXES, **webhooks.INDEXES, **tokens.INDEXES}


class Access(Clients, Webhooks):
    """The clients, webhooks and tokens of a database. A change by another process takes effect within a few seconds."""
