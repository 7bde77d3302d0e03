"""Encrypts the webhooks' secrets, so that the database alone is not enough to sign in our name."""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
KEY_FILE = "webhook-secrets.key"
_VERSION = b"1"


class VaultError(Exception):
    """A secret can't be read, or the key can't be used; the text says what to do and shows neither."""


class Vault:
    """Seals and opens small texts with AES-256-GCM, each bound to what it belongs to."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise VaultError(f"the key that encrypts webhook secrets must have {KEY_BYTES} bytes")
        self._cipher = AESGCM(key)

    @classmethod
    def open(cls, key: str, folder: Path) -> Vault:
        """The vault with a given key in base64, or with the key file in a folder, made if there is none."""
        if not key:
            return cls(_key_file(folder / KEY_FILE))
        try:
            return cls(base64.b64decode(key, validate=True))
        except binascii.Error:
            raise VaultError("the key that encrypts webhook secrets must be base64") from None

    def seal(self, text: str, *, owner: bytes) -> bytes:
        """Encrypt a text that only opens again with the same owner."""
        nonce = os.urandom(NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, text.encode(), owner)

    def unseal(self, sealed: bytes, *, owner: bytes) -> str:
        """Decrypt; VaultError if it was sealed with another key or for another owner."""
        nonce, text = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, text, owner).decode()
        except (InvalidTag, ValueError):
            raise VaultError(
                "a webhook's secret was encrypted with another key: give every process the same "
                "BOATYARD_WEBHOOK_DISPATCHER_SECRETS_KEY, or the key file that was there before"
            ) from None


def _key_file(path: Path) -> bytes:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(os.urandom(KEY_BYTES))
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # whoever comes first has made it; the others take that one
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_bytes()
