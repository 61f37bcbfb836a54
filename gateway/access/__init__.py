"""Authentication and access: keys, tokens and assertions; the tenants that a caller reaches; limits on requests."""

from gateway.access.admin_key import AdminKey
from gateway.access.assertions import claimed_in
from gateway.access.authentication import OAUTH_LIFE, SANDBOX, Authentication, Tokens, bearer_in, secret_hash
from gateway.access.public_keys import key_of, keys_in, keys_of_pem
from gateway.access.rate_limit import SHARED_COUNTS, RateLimit, SharedCounts, counts_of_this_service
from gateway.access.tenancy import destinations_of, fed_by, source_id_of

__all__ = [
    "OAUTH_LIFE",
    "SANDBOX",
    "SHARED_COUNTS",
    "AdminKey",
    "Authentication",
    "RateLimit",
    "SharedCounts",
    "Tokens",
    "bearer_in",
    "claimed_in",
    "counts_of_this_service",
    "destinations_of",
    "fed_by",
    "key_of",
    "keys_in",
    "keys_of_pem",
    "secret_hash",
    "source_id_of",
]
