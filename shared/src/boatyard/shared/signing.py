"""Signatures of webhooks as Standard Webhooks 1.0 has them, and comparing secrets.

Source: github.com/standard-webhooks/standard-webhooks, `spec/standard-webhooks.md`, "Signature scheme" and
"Webhook headers". Signed is `id.timestamp.body` with the exact bytes that are sent. A scheme is a class with
its identifier, `sign` and `matches`: HMAC-SHA256 (`v1`) is here, Ed25519 (`v1a`) can stand beside it.
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

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"

SECRET_PREFIX = "whsec_"  # noqa: S105 - how a secret begins, not one
SECRET_BYTES = 32
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
        encoded = secret.removeprefix(SECRET_PREFIX)
        if encoded == secret:
            raise ValueError(f"must begin with {SECRET_PREFIX}")
        try:
            key = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError(f"must be base64 after {SECRET_PREFIX}") from None
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
