"""The sandbox: tenants, a client and a webhook that everybody knows, with invented people and what happens to them."""

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
