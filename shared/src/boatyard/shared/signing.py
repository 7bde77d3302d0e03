"""Signatures of webhooks as Standard Webhooks 1.0 has them, and comparing secrets.

Source: github.com/standard-webhooks/standard-webhooks, `spec/standard-webhooks.md`, "Signature scheme" and
"Webhook headers". Signed is `id.timestamp.body` with the exact bytes that are sent. There are two schemes:
with HMAC-SHA256 (`v1`, `whsec_…`) both sides hold one secret; with Ed25519 (`v1a`) the receiver holds a public
key (`whpk_…`) and can't sign what it verifies, and the sender the pair (`whsk_…`).
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"

SECRET_PREFIX = "whsec_"  # noqa: S105 - how a secret begins, not one
KEY_PAIR_PREFIX, PUBLIC_KEY_PREFIX = "whsk_", "whpk_"
SECRET_BYTES = 32
ED25519_BYTES = 32
MIN_SECRET_BYTES, MAX_SECRET_BYTES = 24, 64
TOLERANCE = dt.timedelta(minutes=5)


class BadSignature(ValueError):
    """A webhook is not from who holds the key, was changed, or is too old or too new to be believed."""


class Signer(Protocol):
    """A key that signs, of one scheme."""

    @property
    def scheme(self) -> str:
        """The identifier before the comma in the signature header."""
        ...

    def sign(self, content: bytes) -> bytes:
        """The signature of the content."""
        ...


class Verifier(Protocol):
    """A key that tells whether a signature of its scheme is right."""

    @property
    def scheme(self) -> str:
        """The identifier before the comma in the signature header."""
        ...

    def matches(self, content: bytes, signature: bytes) -> bool:
        """Whether the signature is the content's, in constant time."""
        ...


@dataclass(frozen=True)
class SymmetricKey:
    """The key of the scheme `v1`, HMAC-SHA256. It is never part of its own representation."""

    scheme: ClassVar[str] = "v1"

    key: bytes = field(repr=False)

    @classmethod
    def parse(cls, secret: str) -> Self:
        """Read `whsec_…`; ValueError says what is wrong without repeating it."""
        key = _unwrap(secret, SECRET_PREFIX)
        if not MIN_SECRET_BYTES <= len(key) <= MAX_SECRET_BYTES:
            raise ValueError(
                f"must hold {MIN_SECRET_BYTES} to {MAX_SECRET_BYTES} bytes, holds {len(key)}"
            )
        return cls(key)

    def sign(self, content: bytes) -> bytes:
        """The HMAC-SHA256 of the content, 32 bytes."""
        return hmac.digest(self.key, content, hashlib.sha256)

    def matches(self, content: bytes, signature: bytes) -> bool:
        """Whether the signature is the content's, in constant time."""
        return hmac.compare_digest(self.sign(content), signature)


@dataclass(frozen=True)
class PublicKey:
    """The receiver's half of the scheme `v1a`, Ed25519: it verifies, and is no secret."""

    scheme: ClassVar[str] = "v1a"

    key: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `whpk_…`; ValueError says what is wrong."""
        key = _unwrap(text, PUBLIC_KEY_PREFIX)
        if len(key) != ED25519_BYTES:
            raise ValueError(f"must hold {ED25519_BYTES} bytes, holds {len(key)}")
        return cls(key)

    def __str__(self) -> str:
        """The key as receivers take it: `whpk_…`."""
        return PUBLIC_KEY_PREFIX + base64.b64encode(self.key).decode()

    def matches(self, content: bytes, signature: bytes) -> bool:
        """Whether the signature is the content's."""
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, content)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class KeyPair:
    """The sender's half of the scheme `v1a`, Ed25519. The private key is never part of its representation."""

    scheme: ClassVar[str] = "v1a"

    private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `whsk_…`: the private key and after it the public one; ValueError says what is wrong."""
        pair = _unwrap(text, KEY_PAIR_PREFIX)
        if len(pair) != 2 * ED25519_BYTES:
            raise ValueError(f"must hold {2 * ED25519_BYTES} bytes, holds {len(pair)}")
        key = cls(Ed25519PrivateKey.from_private_bytes(pair[:ED25519_BYTES]))
        if key.public.key != pair[ED25519_BYTES:]:
            raise ValueError("the private and the public key don't belong together")
        return key

    @property
    def public(self) -> PublicKey:
        """What the receiver is given."""
        return PublicKey(self.private.public_key().public_bytes_raw())

    def reveal(self) -> str:
        """The pair as it is kept: `whsk_…`."""
        pair = self.private.private_bytes_raw() + self.public.key
        return KEY_PAIR_PREFIX + base64.b64encode(pair).decode()

    def sign(self, content: bytes) -> bytes:
        """The signature of the content, 64 bytes, every time the same."""
        return self.private.sign(content)


def read_signer(secret: str) -> SymmetricKey | KeyPair:
    """The key of a secret of either scheme, told by its prefix; ValueError says what is wrong."""
    if secret.startswith(KEY_PAIR_PREFIX):
        return KeyPair.parse(secret)
    return SymmetricKey.parse(secret)


def new_key_pair() -> KeyPair:
    """A fresh key pair of the scheme `v1a`."""
    return KeyPair(Ed25519PrivateKey.generate())


def new_secret() -> str:
    """A fresh `whsec_…` secret of 32 random bytes."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(
    message_id: str, at: dt.datetime, body: bytes, signers: Sequence[Signer]
) -> dict[str, str]:
    """The three headers of one attempt: its signatures stand side by side while secrets are rotated.

    `message_id` stays the same over all attempts, `at` is the moment of this one. ValueError if the id holds a
    full stop, which separates the parts of what is signed, or there is nobody to sign.
    """
    if not message_id or "." in message_id:
        raise ValueError("the id of a webhook must not be empty or contain a full stop")
    if not signers:
        raise ValueError("nobody signs")
    timestamp = str(int(at.timestamp()))
    content = _content(message_id, timestamp, body)
    return {
        ID_HEADER: message_id,
        TIMESTAMP_HEADER: timestamp,
        SIGNATURE_HEADER: " ".join(
            f"{signer.scheme},{base64.b64encode(signer.sign(content)).decode()}"
            for signer in signers
        ),
    }


def verify(
    headers: Mapping[str, str],
    body: bytes,
    verifiers: Sequence[Verifier],
    *,
    now: dt.datetime,
    tolerance: dt.timedelta = TOLERANCE,
) -> None:
    """Return if a signature is right for one key and the timestamp is close to now, else raise BadSignature."""
    given = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, timestamp = given[ID_HEADER], given[TIMESTAMP_HEADER]
        signatures = given[SIGNATURE_HEADER]
    except KeyError as missing:
        raise BadSignature(f"the header {missing.args[0]} is missing") from None
    _check_age(timestamp, now, tolerance)
    content = _content(message_id, timestamp, body)
    for entry in signatures.split(" "):
        scheme, _, encoded = entry.partition(",")
        signature = _decode(encoded)
        if any(key.scheme == scheme and key.matches(content, signature) for key in verifiers):
            return
    raise BadSignature("no signature is right")


def same_secret(given: str, expected: str) -> bool:
    """Whether two texts are equal, in a time that says nothing of where they differ; any characters go."""
    return hmac.compare_digest(
        given.encode(errors="surrogatepass"), expected.encode(errors="surrogatepass")
    )


def _unwrap(text: str, prefix: str) -> bytes:
    if not text.startswith(prefix):
        raise ValueError(f"must begin with {prefix}")
    try:
        return base64.b64decode(text.removeprefix(prefix), validate=True)
    except ValueError:
        raise ValueError(f"must be base64 after {prefix}") from None


def _content(message_id: str, timestamp: str, body: bytes) -> bytes:
    return f"{message_id}.{timestamp}.".encode(errors="surrogatepass") + body


def _check_age(timestamp: str, now: dt.datetime, tolerance: dt.timedelta) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise BadSignature("the timestamp is not a number of seconds")
    if abs(now.timestamp() - int(timestamp)) > tolerance.total_seconds():
        raise BadSignature("the timestamp is too far from now")


def _decode(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return b""
