"""The sandbox: tenants, a client and a webhook whose secrets are public, and invented people with their visits."""

from gateway.sandbox import well_known
from gateway.sandbox.patients import FACILITY
from gateway.sandbox.timelines import messages, moment, questions
from gateway.sandbox.well_known import API_KEY, DESTINATION_ID, SECRET, SOURCE_ID, TENANTS, WEBHOOK_TOKEN, is_loopback

__all__ = [
    "API_KEY",
    "DESTINATION_ID",
    "FACILITY",
    "SECRET",
    "SOURCE_ID",
    "TENANTS",
    "WEBHOOK_TOKEN",
    "is_loopback",
    "messages",
    "moment",
    "questions",
    "well_known",
]
