"""The doors at which a caller says who it is, and where each try is counted and remembered."""

from gateway.login import oauth
from gateway.login.logins import address_of, admit_unknown_caller, check_token, login

__all__ = [
    "address_of",
    "admit_unknown_caller",
    "check_token",
    "login",
    "oauth",
]
