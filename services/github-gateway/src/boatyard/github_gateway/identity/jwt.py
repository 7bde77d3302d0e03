"""The token with which a GitHub App says who it is: ten minutes at most, signed with its key (RS256)."""

from __future__ import annotations

import datetime as dt

from joserfc import jwt
from joserfc.jwk import RSAKey

LIFETIME = dt.timedelta(minutes=9)
"""GitHub takes ten minutes at most, by its own clock."""
DRIFT = dt.timedelta(seconds=60)
"""How far our clock may be ahead of GitHub's."""


def app_jwt(client_id: str, private_key: str, now: dt.datetime) -> str:
    """A JWT of the App; ValueError if the key is no RSA key."""
    claims = {
        "iat": int((now - DRIFT).timestamp()),
        "exp": int((now - DRIFT + LIFETIME).timestamp()),
        "iss": client_id,
    }
    return jwt.encode({"alg": "RS256"}, claims, RSAKey.import_key(private_key), ["RS256"])
