"""TLS with the certificate of the operator, version 1.2 or later; SIGHUP loads a new certificate without a restart."""

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
    """The paths of a certificate and of its key, from which each worker process reads the files itself."""

    certificate: str
    key: str

    def context(self) -> ssl.SSLContext:
        """Return a TLS context of a server with this certificate; raises CertificateUnusableError."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION
        self.read_into(context)
        return context

    def read_into(self, context: ssl.SSLContext) -> None:
        """Load the present files into a context, for new connections; raises CertificateUnusableError."""
        try:
            # Without a password OpenSSL would ask for one at the terminal and wait.
            context.load_cert_chain(self.certificate, self.key, password=lambda: "")
        except ssl.SSLError as error:
            raise CertificateUnusableError(
                _REASONS.get(error.reason or "", "no PEM, or a key with a password")
            ) from None
        except OSError as error:
            raise CertificateUnusableError(error.strerror or "") from None

    def __call__(self, _config: uvicorn.Config, _default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
        """Return the TLS context; uvicorn calls this object as its factory of contexts."""
        return self.context()


_REASONS = {"KEY_VALUES_MISMATCH": "the key belongs to another certificate"}


def certificate_of(settings: Settings) -> Certificate | None:
    """Return the certificate that the settings name, after a test that it can be loaded; None if they name none.

    Raises CertificateUnusableError, also if only one of certificate and key is named.
    """
    if not settings.tls_certificate and not settings.tls_key:
        return None
    if not settings.tls_certificate or not settings.tls_key:
        raise CertificateUnusableError("the one is named and the other is not")
    certificate = Certificate(settings.tls_certificate, settings.tls_key)
    certificate.context()
    return certificate


def renew_on_hangup(certificate: Certificate, context: ssl.SSLContext) -> None:
    """Load the files into the context again at each SIGHUP; if they cannot be used, log it and keep the certificate.

    It needs a running event loop, and does nothing on a system without SIGHUP handlers.
    """

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
