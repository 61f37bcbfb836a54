"""HTTPS by certificate files, and proxies that are believed or not."""

import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.errors import GatewayError
from gateway.serving.server import GRACE
from gateway.serving.tls import certificate_of
from gateway.settings import SettingNotUnderstood, Settings
from tests.gateway.calls import new_patient
from tests.journeys.processes import COMMAND, Service, command, environment, serving, spawned


@dataclass
class Files:
    """A certificate for loopback that signs itself, and its key."""

    certificate: Path
    key: Path

    @property
    def options(self) -> tuple[str, ...]:
        return ("--tls-certificate", str(self.certificate), "--tls-key", str(self.key))

    @property
    def given(self) -> Settings:
        return Settings(tls_certificate=str(self.certificate), tls_key=str(self.key))


def certificate(directory: Path, name: str = "one", password: bytes | None = None) -> Files:
    directory.mkdir(exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = Files(directory / f"{name}.pem", directory / f"{name}.key")
    files.certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    kept = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    files.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, kept))
    return files


def trusting(files: Files) -> httpx.Client:
    return httpx.Client(verify=ssl.create_default_context(cafile=files.certificate), timeout=30)


def shown(service: Service) -> str:
    """The certificate that a service shows now, as the name in it."""
    host, port = service.url.removeprefix("https://").split(":")
    pem = ssl.get_server_certificate((host, int(port)))
    named = x509.load_pem_x509_certificate(pem.encode()).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(named[0].value)


def shows_within(service: Service, name: str, seconds: float, workers: set[int]) -> bool:
    """Whether every worker shows a certificate, none of these being one of them any more."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        now = spawned(service.process.pid)
        if len(now) == len(workers) and workers.isdisjoint(now) and shown(service) == name:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("workers", [1, 2])
def test_tokens_and_pushes_go_by_tls_and_a_new_certificate_counts_without_a_new_start(
    workers: int, tmp_path: Path
) -> None:
    files = certificate(tmp_path / "tls")
    with (
        serving(tmp_path / "data", "--sandbox=empty", "--workers", str(workers), *files.options) as service,
        trusting(files) as client,
    ):
        assert service.url.startswith("https://127.0.0.1:")
        given = {"apiKey": "sandbox", "secret": "sandbox-secret"}
        token = client.post(f"{service.url}/auth/authenticate", json=given).json()["accessToken"]
        headers = {"authorization": f"Bearer {token}"}
        pushed = client.post(f"{service.url}/endpoint", json=new_patient(), headers=headers)
        assert pushed.status_code == 200
        assert pushed.headers["strict-transport-security"] == "max-age=31536000"
        other = certificate(tmp_path / "tls", "two")
        other.certificate.replace(files.certificate)
        other.key.replace(files.key)
        first = {*spawned(service.process.pid)}
        assert len(first) == (0 if workers == 1 else workers)
        service.process.send_signal(1)
        assert shows_within(service, "two", 30, first)
        files.key.write_text("rubbish")
        if workers == 1:
            service.process.send_signal(1)
            time.sleep(0.5)
        assert shown(service) == "two"
        with trusting(files) as later:
            assert later.get(f"{service.url}/health/live").status_code == 200
        began = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - began < GRACE / 2  # a caller who is idle and says no farewell is not waited for


def test_an_older_tls_and_plain_http_are_refused(tmp_path: Path) -> None:
    files = certificate(tmp_path / "tls")
    with serving(tmp_path / "data", "--sandbox=empty", *files.options) as service:
        host, port = service.url.removeprefix("https://").split(":")
        older = ssl.create_default_context(cafile=files.certificate)
        older.minimum_version = ssl.TLSVersion.TLSv1_2
        older.maximum_version = ssl.TLSVersion.TLSv1_2
        with socket.create_connection((host, int(port))) as raw, older.wrap_socket(raw, server_hostname=host) as both:
            assert both.version() == "TLSv1.2"
        used = certificate_of(files.given)
        assert used
        assert used.context().minimum_version is ssl.TLSVersion.TLSv1_2
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://{host}:{port}/health/live")


def _unusable(tmp_path: Path) -> Iterator[tuple[str, Settings, str]]:
    one, two = certificate(tmp_path, "one"), certificate(tmp_path, "two")
    locked = certificate(tmp_path, "locked", b"hush")
    rubbish = tmp_path / "rubbish"
    rubbish.write_text("rubbish")
    yield "no key", Settings(tls_certificate=str(one.certificate)), "the one is named and the other is not"
    yield "no certificate", Settings(tls_key=str(one.key)), "the one is named and the other is not"
    yield "another's", Files(one.certificate, two.key).given, "the key belongs to another certificate"
    yield "no file", Files(one.certificate, tmp_path / "away").given, "No such file or directory"
    yield "rubbish", Files(rubbish, rubbish).given, "no PEM, or a key with a password"
    yield "a password", locked.given, "no PEM, or a key with a password"


def test_a_certificate_that_cannot_be_used_is_said_at_the_start(tmp_path: Path) -> None:
    for name, settings, said in _unusable(tmp_path):
        with pytest.raises(GatewayError) as refused:
            certificate_of(settings)
        assert str(refused.value) == f"The certificate and its key cannot be used - {said}", name
    files = certificate(tmp_path, "gone")
    files.key.unlink()
    ended = command("serve", "--port", "0", "--data-dir", str(tmp_path / "data"), *files.options)
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == ["The certificate and its key cannot be used - No such file or directory"]


# --- proxies ----------------------------------------------------------------------------------------------------------

OPEN = "0.0.0.0"  # noqa: S104 - nothing comes to listen there
SAID = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}


@contextmanager
def counting(tmp_path: Path, **settings: str) -> Iterator[httpx.Client]:
    """A service that lets each address try two logins, and who tries."""
    with (
        serving(tmp_path / "data", rate_limit="2", rate_window="3600", **settings) as service,
        service.client(with_token=False) as client,
    ):
        yield client


def _tries(client: httpx.Client, *addresses: str) -> list[int]:
    given = {"apiKey": "nobody", "secret": "guess"}
    return [
        client.post("/auth/authenticate", json=given, headers={**SAID, "x-forwarded-for": address}).status_code
        for address in addresses
    ]


def test_nobody_is_believed_who_is_no_trusted_proxy(tmp_path: Path) -> None:
    """Not on loopback either: a caller there would choose the address that its guesses are counted under."""
    with counting(tmp_path) as client:
        assert _tries(client, "203.0.113.1", "203.0.113.2", "203.0.113.3") == [401, 401, 429]
        assert "strict-transport-security" not in client.get("/health/live", headers=SAID).headers


def test_a_trusted_proxy_is_believed_for_the_last_address_that_is_not_its_own(tmp_path: Path) -> None:
    with counting(tmp_path, trusted_proxies="127.0.0.0/8, 198.51.100.7") as client:
        assert _tries(client, "203.0.113.1", "203.0.113.1", "203.0.113.2", "203.0.113.1") == [401, 401, 401, 429]
        forged = ["198.51.100.1, 203.0.113.1", "203.0.113.1, 198.51.100.7"]
        assert _tries(client, *forged) == [429, 429]
        assert "strict-transport-security" in client.get("/health/live", headers=SAID).headers


@pytest.mark.parametrize("said", ["*", "proxy.example", "10.0.0.1/8", "10.0.0.1 10.0.0.2"])
def test_what_is_no_address_is_no_trusted_proxy(said: str) -> None:
    with pytest.raises(SettingNotUnderstood, match="DATA_ON_DEMAND_TRUSTED_PROXIES"):
        Settings.from_environment({"DATA_ON_DEMAND_TRUSTED_PROXIES": said})


@pytest.mark.parametrize(("settings", "is_warned"), [({}, True), ({"TRUSTED_PROXIES": "127.0.0.1"}, False)])
def test_an_open_address_without_tls_is_warned_of(settings: dict[str, str], *, is_warned: bool, tmp_path: Path) -> None:
    """The port is taken, so that nothing of it is ever open."""
    given = environment() | {f"DATA_ON_DEMAND_{name}": value for name, value in settings.items()}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        arguments = ("serve", "--host", OPEN, "--port", str(taken.getsockname()[1]), "--data-dir", str(tmp_path))
        ended = subprocess.run(
            [*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False, env=given
        )
    assert ended.returncode == 1
    assert ("serve.without_tls" in ended.stderr) == is_warned
