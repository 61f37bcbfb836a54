"""Who may come in: clients with their grants, webhooks, tokens. Only hashes of secrets are kept, never a secret."""

from pymongo import IndexModel

from store.access import clients, tokens, webhooks
from store.access.clients import Client, Clients, Grant
from store.access.credentials import Former, PublicKey
from store.access.tokens import Issued, Token, new_secret
from store.access.webhooks import Webhook, Webhooks

__all__ = ["INDEXES", "Access", "Client", "Former", "Grant", "Issued", "PublicKey", "Token", "Webhook", "new_secret"]

INDEXES: dict[str, list[IndexModel]] = {**clients.INDEXES, **webhooks.INDEXES, **tokens.INDEXES}


class Access(Clients, Webhooks):
    """Clients, webhooks and tokens of a database; a change made by another process counts within a few seconds."""
