"""The errors of the gateway. The message of an error is its docstring and a place, and never contains a value."""

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


class EncodingBroken(MessageRefused):
    """The body is not what its content encoding says."""


class FormUnfit(MessageRefused):
    """The form cannot be read."""


class RequiredFieldMissing(MessageRefused):
    """Required field missing."""


class WrongType(MessageRefused):
    """Field has the wrong type."""


class NotReadable(MessageRefused):
    """Field cannot be read."""


class SaysNothing(MessageRefused):
    """Whoever is asked for needs a criterion."""


class UnknownField(MessageRefused):
    """Field is not known."""

    def __init__(self, path: str, place: str, of: str) -> None:
        super().__init__(path, of)
        # The sender reads the name that was sent; the log has the place alone.
        self.place = place


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


class UploadRefused(SubscriptionRefused):
    """Only a client that may push can upload."""


class CallerRefused(GatewayError):
    """The caller cannot come in."""


class NotAuthenticated(CallerRefused):
    """Invalid request."""


class AssertionRefused(NotAuthenticated):
    """The client assertion is refused."""


class AdminKeyWrong(NotAuthenticated):
    """The admin key is wrong."""


class TokenRequestUnfit(CallerRefused):
    """The request is none for a token."""


class GrantTypeUnsupported(CallerRefused):
    """Tokens are given for client credentials alone."""


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


class TooManyFailures(TooManyRequests):
    """Too many failed logins."""


class Overloaded(CallerRefused):
    """The service has too much to do."""


class NoRoomForBody(Overloaded):
    """The service has too many bodies to hold."""


class TooManyUploads(Overloaded):
    """Too many uploads of the client wait to be named."""


class QuestionTooLong(CallerRefused):
    """The question takes too long. Ask for less, by people, departments or a shorter time."""


class AnswerTooLarge(CallerRefused):
    """The answer is too large. Ask for less, by people, departments or a shorter time."""


class PathUnknown(CallerRefused):
    """There is no such path."""


class MethodForbidden(CallerRefused):
    """This path does not take this method."""


class BodyTooLarge(CallerRefused):
    """The body is too large."""


class EncodingUnsupported(CallerRefused):
    """The content encoding of the body is not supported."""


class BodyTooSlow(CallerRefused):
    """The body did not come in time."""


class ActRefused(GatewayError):
    """This cannot be done."""


class MemberMissing(ActRefused):
    """A member is missing."""


class MemberUnknown(ActRefused):
    """There is no such member."""


class MemberUnfit(ActRefused):
    """A member is not what it should be."""


class NameReserved(ActRefused):
    """The name has a use of its own."""


class EnvironmentsMix(ActRefused):
    """Environments never mix."""


class NoSuchTenant(ActRefused):
    """There is no tenant of this name; `data-on-demand tenant list` shows all."""


class KeyFileUnusable(ActRefused):
    """This is no public key: neither PEM nor a JWK nor a JWKS."""


class KeyUnfit(ActRefused):
    """The key is too weak, or of another kind than RSA of 2048 to 4096 bits for RS384 and P-384 for ES384."""


class KeyIdUnfit(ActRefused):
    """The id of a key has 1 to 200 visible characters of ASCII, and no other key of its client has it."""


class PrivateKeyGiven(ActRefused):
    """This is a private key, which nobody but its client should ever have; give the public one."""
