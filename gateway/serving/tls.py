"""TLS by the operator's own certificate: version 1.2 or later, and a new certificate without a new start."""

from __future__ import annotations

import asyncio
import signal
import ssl
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from gateway.errors import GatewayError

if TYPE_CHECKING:
    from collections.abc import Callable

    import uvicorn

    from gateway.settings import Settings


class CertificateUnusableError(GatewayError):
    """The certificate and its key cannot be used."""


@dataclass(frozen=True)
class Certificate:
    """The files of a certificate and its key; made by name, so that worker processes read them for themselves."""

    certificate: str
    key: str

    def context(self) -> ssl.SSLContext:
        """What a server shows its callers; raises `CertificateUnusableError`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION
        self.read_into(context)
        return context

    def read_into(self, context: ssl.SSLContext) -> None:
        """Shows callers who come from now on what the files hold now; raises `CertificateUnusableError`."""
        try:
            # With no password at hand, OpenSSL would ask for one at the terminal and wait.
            context.load_cert_chain(self.certificate, self.key, password=lambda: "")
        except ssl.SSLError as error:
            raise CertificateUnusableError(
                _REASONS.get(error.reason or "", "no PEM, or a key with a password")
            ) from None
        except OSError as error:
            raise CertificateUnusableError(error.strerror or "") from None

    def __call__(self, _config: uvicorn.Config, _default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
        """The context that uvicorn asks for."""
        return self.context()


_REASONS = {"KEY_VALUES_MISMATCH": "the key belongs to another certificate"}


def certificate_of(settings: Settings) -> Certificate | None:
    """The certificate that the settings name, which can be used; None without one.

    Raises `CertificateUnusableError`.
    """
    if not settings.tls_certificate and not settings.tls_key:
        return None
    if not settings.tls_certificate or not settings.tls_key:
        raise CertificateUnusableError("the one is named and the other is not")
    certificate = Certificate(settings.tls_certificate, settings.tls_key)
    certificate.context()
    return certificate


def renew_on_hangup(certificate: Certificate, context: ssl.SSLContext) -> None:
    """Reads the files again at each SIGHUP; what cannot be used leaves the certificate as it was."""

    def renew() -> None:
        try:
            certificate.context()
            certificate.read_into(context)
        except CertificateUnusableError as error:
            structlog.get_logger().error("certificate.unusable", place=error.place)
        else:
            structlog.get_logger().info("certificate.renewed")

    with suppress(NotImplementedError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, renew)
