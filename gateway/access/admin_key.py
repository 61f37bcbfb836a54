"""The key of the admin API: a setting has one key, or a file has one or two keys or argon2 hashes, one a line."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import Self

from gateway.access.authentication import verifies
from gateway.settings import SettingNotUnderstood, Settings, variable_of

LEAST = 32
"""The smallest number of characters of a key."""
MOST_AT_ONCE = 2
HASHED = "$argon2"


class AdminKey:
    """The key of the admin API. The file is read at each request, so that a new key takes effect at once."""

    def __init__(self, keys: tuple[str, ...], file: Path | None = None) -> None:
        self._keys = keys
        self._file = file
        # Verifying a hash takes long. So the digest of a right key is kept as long as its hash is in the file.
        self._known: dict[str, bytes] = {}

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """Return the key that the settings name, or None. Raises SettingNotUnderstood if it is not valid."""
        if settings.admin_key and settings.admin_key_file:
            raise SettingNotUnderstood(variable_of("admin_key"))
        if settings.admin_key:
            if len(settings.admin_key) < LEAST:
                raise SettingNotUnderstood(variable_of("admin_key"))
            return cls((settings.admin_key,))
        if not settings.admin_key_file:
            return None
        found = cls((), Path(settings.admin_key_file))
        if not found.keys():
            raise SettingNotUnderstood(variable_of("admin_key_file"))
        return found

    def keys(self) -> tuple[str, ...]:
        """Return the keys and hashes that are valid now; none if the file cannot be read or is not valid."""
        if self._file is None:
            return self._keys
        try:
            lines = [line.strip() for line in self._file.read_text("utf-8").splitlines() if line.strip()]
        except (OSError, UnicodeDecodeError):
            return ()
        is_right = 0 < len(lines) <= MOST_AT_ONCE and all(len(line) >= LEAST for line in lines)
        return tuple(lines) if is_right else ()

    def is_right(self, given: str) -> bool:
        """Return whether a text is a key.

        The verification of a hash takes a noticeable time, so run this in a thread.
        """
        digest, keys = _digest(given), self.keys()
        self._known = {key: known for key, known in self._known.items() if key in keys}
        return any(self._fits(key, given, digest) for key in keys)

    def _fits(self, key: str, given: str, digest: bytes) -> bool:
        if not key.startswith(HASHED):
            return hmac.compare_digest(_digest(key), digest)
        if key not in self._known and verifies(key, given):
            self._known[key] = digest
        return hmac.compare_digest(self._known.get(key, b""), digest)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
