"""Whether a delivery comes from GitHub: the HMAC of its raw body, before anything in it is read. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable

_SIGNATURE = re.compile(r"sha256=[0-9a-f]{64}")


def is_signature(header: str) -> bool:
    """Whether a header can be a signature at all."""
    return bool(_SIGNATURE.fullmatch(header))


def is_signed(body: bytes, header: str, secrets: Iterable[str]) -> bool:
    """Whether one of the secrets signed the body; never without a secret."""
    if not is_signature(header):
        return False
    return any(hmac.compare_digest(header, sign(body, secret)) for secret in secrets if secret)


def sign(body: bytes, secret: str) -> str:
    """The signature of a body, as `X-Hub-Signature-256` carries it."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
