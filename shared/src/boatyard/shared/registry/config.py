"""The configuration of the registry (CNCF distribution 2.8 and 3), as Boatyard needs it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

NOTIFICATION_TIMEOUT = "5s"
"""The registry sends one notification at a time and waits for the answer: the default of 1 s would make it
send the same one again while a busy notifier still works on it."""


@dataclass(frozen=True)
class TokenAuth:
    """Who issues the registry's tokens, and the certificates that their signatures lead back to."""

    realm: str
    service: str
    issuer: str
    root_certificates: Path


@dataclass(frozen=True)
class Notifications:
    """Where the registry reports what happens, and the secret that it shows there."""

    url: str
    token: str


def registry_config(
    *,
    address: str,
    storage: Path,
    secret: str,
    auth: TokenAuth | None = None,
    notifications: Notifications | None = None,
    read_only: bool = False,
) -> str:
    """The text of `config.yml`. `address` is `host:port`; `secret` must stay the same over restarts.

    `read_only` has pushes and deletions answered with 405, pulls as always.
    """
    config: dict[str, Any] = {
        "version": 0.1,
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(storage)},
            "delete": {"enabled": True},
            # All four, or the registry (2.8) refuses to start.
            "maintenance": {
                "uploadpurging": {
                    "enabled": True,
                    "age": "168h",
                    "interval": "24h",
                    "dryrun": False,
                },
                "readonly": {"enabled": read_only},
            },
        },
        "http": {"addr": address, "secret": secret, "relativeurls": True},
    }
    if auth:
        config["auth"] = {"token": _token(auth)}
    if notifications:
        config["notifications"] = {
            # With what an image consists of, which nobody has to read from the manifest then.
            "events": {"includereferences": True},
            "endpoints": [_endpoint(notifications)],
        }
    return yaml.safe_dump(config, sort_keys=False)


def _token(auth: TokenAuth) -> dict[str, Any]:
    return {
        "realm": auth.realm,
        "service": auth.service,
        "issuer": auth.issuer,
        "rootcertbundle": str(auth.root_certificates),
    }


def _endpoint(notifications: Notifications) -> dict[str, Any]:
    return {
        "name": "boatyard",
        "url": notifications.url,
        "headers": {"Authorization": [f"Bearer {notifications.token}"]},
        "timeout": NOTIFICATION_TIMEOUT,
        "threshold": 3,
        "backoff": "1s",
        # Blobs are reported, too, each of them: only manifests matter. Ignoring the action `pull` instead would
        # hide the pulls that are counted.
        "ignore": {"mediatypes": ["application/octet-stream"]},
    }
