"""Makes an access token over the API, for whoever is at a terminal and has an account."""

from __future__ import annotations

import datetime as dt

import httpx

from boatyard.shared.mendable import StartError


def make_token(
    client: httpx.Client,
    *,
    username: str,
    password: str,
    name: str,
    expires_at: dt.datetime | None,
) -> str:
    """Sign in, make a token that may do what its owner may, sign out; StartError with the API's own words."""
    try:
        session = _ok(
            client.post("/api/v1/session", json={"username": username, "password": password})
        )
        client.headers["X-CSRF-Token"] = session["csrf_token"]
        wish = {"name": name, "expires_at": expires_at.isoformat() if expires_at else None}
        secret: str = _ok(client.post("/api/v1/account/tokens", json=wish))["secret"]
        client.delete("/api/v1/session")
    except httpx.TransportError as error:
        raise StartError(
            f"Boatyard does not answer at {client.base_url}: start it, or name it with --server"
        ) from error
    return secret


def _ok(answer: httpx.Response) -> dict[str, str]:
    try:
        body: dict[str, str] = answer.json()
    except ValueError:
        body = {}
    if not answer.is_success:
        raise StartError(body.get("detail") or f"it answered {answer.status_code}")
    return body
