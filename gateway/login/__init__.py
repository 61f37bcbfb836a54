"""Logins: where callers authenticate, and where each attempt is counted and written to the audit log."""

from gateway.login import oauth
from gateway.login.logins import address_of, admit_unknown_caller, check_token, login

__all__ = [
    "address_of",
    "admit_unknown_caller",
    "check_token",
    "login",
    "oauth",
]
