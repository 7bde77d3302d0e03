"""What the services of an embedded installation are told."""

from __future__ import annotations

from collections.abc import Mapping

from boatyard.shared.settings import PREFIX, ServiceSettings, SettingsError, variable_name
from boatyard.standalone.folder import Secrets
from boatyard.standalone.services import SERVICES
from boatyard.standalone.settings import StandaloneSettings


def local(host: str) -> str:
    """The address at which this machine reaches a server of its own that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104


def service_settings(
    settings: StandaloneSettings, *, nats_url: str, secrets: Secrets
) -> dict[str, ServiceSettings]:
    """The settings of every service: what the environment says, with the embedded parts filled in."""
    common = {
        "nats_url": nats_url,
        "data_dir": settings.data_dir,
        "public_url": settings.api_url,
        "registry_url": f"http://{local(settings.host)}:{settings.registry_port}",
        "registry_host": settings.registry_name,
    }
    own = {"registry-notifier": {"notification_secret": secrets.notification}}
    made = {
        service.name: service.settings.load(**common, **own.get(service.name, {}))
        for service in SERVICES
    }
    _check_databases(made)
    return made


def _check_databases(made: Mapping[str, ServiceSettings]) -> None:
    """Services that share a database would write into each other's tables."""
    owners: dict[str, str] = {}
    for name, settings in made.items():
        first = owners.setdefault(settings.url_of_database, name)
        if first != name:
            raise SettingsError(
                f"{first} and {name} have the same database: unset {PREFIX}DATABASE_URL and give each "
                f"service its own, such as {variable_name(name, 'database_url')}"
            )
