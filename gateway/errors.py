"""What can be wrong at the door. The message of an error is its docstring and a place, never a value."""

from __future__ import annotations

from collections.abc import Iterable


class GatewayError(Exception):
    """Something is wrong at the door."""

    def __init__(self, place: str = "", of: str = "") -> None:
        self.place = place
        said = (type(self).__doc__ or "").rstrip(".")
        super().__init__(said + (f" - {place}" if place else "") + (f" in {of}" if of else ""))


class Faults(GatewayError):
    """Several things are wrong with one message."""

    def __init__(self, faults: Iterable[GatewayError]) -> None:
        self.faults = tuple(faults)
        super().__init__()


class MessageRefused(GatewayError):
    """The message is not one of the data models."""


class NotJson(MessageRefused):
    """The body is not JSON."""


class NotAnObject(MessageRefused):
    """The body is not a JSON object."""


class NestedTooDeeply(MessageRefused):
    """The body is nested too deeply."""


class RequiredFieldMissing(MessageRefused):
    """Required field missing."""


class WrongType(MessageRefused):
    """Field has the wrong type."""


class NotReadable(MessageRefused):
    """Field cannot be read."""


class UnknownDataModel(MessageRefused):
    """Data model is not known."""


class UnknownEventType(MessageRefused):
    """Event type is not known."""


class NotForSending(MessageRefused):
    """A response answers a question and cannot be sent."""


class NotAQuestion(MessageRefused):
    """Only questions are answered here, an event goes to /endpoint."""


class SubscriptionRefused(GatewayError):
    """The destination of the message cannot be reached."""


class NoSubscription(SubscriptionRefused):
    """No subscriptions. Meta.Destinations needs to contain a destination from existing subscriptions."""


class OneDestinationOnly(SubscriptionRefused):
    """A question takes exactly one destination."""


class CallerRefused(GatewayError):
    """The caller cannot come in."""


class NotAuthenticated(CallerRefused):
    """Invalid request."""


class WrongVerificationToken(CallerRefused):
    """The verification token is wrong."""


class NoChallenge(CallerRefused):
    """A verification needs a challenge."""


class TooManyRequests(CallerRefused):
    """Too many requests."""

    def __init__(self, limit: int, retry_after: int) -> None:
        self.limit = limit
        self.retry_after = retry_after
        super().__init__()


class PathUnknown(CallerRefused):
    """There is no such path."""


class MethodForbidden(CallerRefused):
    """This path does not take this method."""


class BodyTooLarge(CallerRefused):
    """The body is too large."""


class BodyTooSlow(CallerRefused):
    """The body did not come in time."""
