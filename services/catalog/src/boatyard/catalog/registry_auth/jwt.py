"""The bearer tokens that the registry takes (distribution, "Token Authentication Specification")."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from cryptography.hazmat.primitives import serialization
from joserfc import jwt
from joserfc.jwk import ECKey

from boatyard.catalog.registry_auth.keys import SigningKey
from boatyard.catalog.registry_auth.scopes import Scope
from boatyard.shared.clock import Clock

LEEWAY_SECONDS = 60
"""The registry's clock may be behind ours by so much."""


def issue(
    key: SigningKey,
    *,
    issuer: str,
    audience: str,
    subject: str,
    grants: Iterable[Scope],
    seconds: int,
    clock: Clock,
) -> str:
    """A token that lets `subject` do what is granted, for so many seconds."""
    now = int(clock.now().timestamp())
    claims = {
        "iss": issuer,
        "sub": subject,
        "aud": audience,
        "exp": now + seconds,
        "nbf": now - LEEWAY_SECONDS,
        "iat": now,
        "jti": str(uuid.uuid4()),
        "access": [
            {"type": grant.type, "name": grant.name, "actions": list(grant.actions)}
            for grant in grants
        ],
    }
    pem = key.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    header = {"alg": "ES256", "typ": "JWT", "x5c": [key.certificate]}
    return jwt.encode(header, claims, ECKey.import_key(pem))
