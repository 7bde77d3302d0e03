"""Makes the secrets of an installation, once, and gives each part its own.

With compose.yaml it runs before everything else, at every start, in catalog's image. What it made is kept in
one volume; what a part is to read is written anew into a volume that only this part has. Nothing is printed.
For Kubernetes it is run by hand, with one folder for all volumes: docs/guides/deploy.md.

    PUBLIC_URL     where people, docker and the registry reach Boatyard
    NATS_SERVERS   how many NATS servers there are; those of Kubernetes, if more than one
    OWNER          whose the files are to be, if not of the parts that read them
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

from boatyard.catalog.registry_auth.keys import KeyRing
from boatyard.shared.registry.config import Notifications, TokenAuth, registry_config

VOLUMES = Path("/volumes")
SERVICES = ("builder", "catalog", "github-gateway", "registry-notifier", "webhook-dispatcher")
ENVIRONMENT = os.environ  # noqa: TID251 - these are no service's settings
OWNER = ENVIRONMENT.get("OWNER")
SERVICE_USER = int(OWNER or 10001)
"""The user of the services' images, as whom compose.yaml runs NATS, the registry and the gateway, too."""
ENGINE_USER = 1000
"""The user of docker:29-dind-rootless."""


def main() -> None:
    """Write everything."""
    known = remembered(VOLUMES / "setup" / "secrets.json")
    for service in SERVICES:
        for name, value in settings_of(service, known).items():
            write(f"{service}-secrets/{name}", value)
    write("nats-secrets/nats.conf", nats_config(known["nats"]))
    # The image reads these as a user of its own.
    write("postgres-secrets/password", known["postgres"], mode=0o444)
    write("postgres-secrets/databases.sql", databases(known), mode=0o444)
    keys = KeyRing.open(VOLUMES / "catalog-data" / "keys")
    write("registry-secrets/root.pem", keys.root_pem)
    write("registry-secrets/registry.yml", registry(known))
    give(VOLUMES / "catalog-data" / "keys", SERVICE_USER)
    if not OWNER:
        for volume in ("nats-data", "registry-data", "gateway-data"):
            give(VOLUMES / volume, SERVICE_USER)
        for volume in ("engine-data", "engine-socket"):
            os.chown(VOLUMES / volume, ENGINE_USER, ENGINE_USER)


def remembered(path: Path) -> dict[str, str]:
    """The secrets, made as far as there are none yet."""
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    made = {
        name: secrets.token_urlsafe(32) for name in ("nats", "postgres", "registry", "notification")
    }
    made |= {f"database {service}": secrets.token_urlsafe(32) for service in SERVICES}
    for service in ("github-gateway", "webhook-dispatcher"):
        made[f"key {service}"] = base64.b64encode(secrets.token_bytes(32)).decode()
    known = made | known
    write(str(path.relative_to(VOLUMES)), json.dumps(known), user=int(OWNER or 0))
    return known


def settings_of(service: str, known: dict[str, str]) -> dict[str, str]:
    """The secret settings of a service."""
    prefix = f"BOATYARD_{service.replace('-', '_').upper()}_"
    role = f"{service}:{known[f'database {service}']}"
    found = {
        "BOATYARD_NATS_URL": f"nats://boatyard:{known['nats']}@nats:4222",
        "BOATYARD_DATABASE_URL": f"postgresql+asyncpg://{role}@postgres/{service}",
    }
    if key := known.get(f"key {service}"):
        found[f"{prefix}SECRETS_KEY"] = key
    if service == "registry-notifier":
        found[f"{prefix}NOTIFICATION_SECRET"] = known["notification"]
    return found


def nats_config(password: str) -> str:
    """NATS: one user, every message on the disk before it is acknowledged; its monitor for itself alone."""
    login = f'authorization {{ user: "boatyard", password: "{password}" }}'
    common = (
        'port: 4222\nhttp: "127.0.0.1:8222"\n'
        f'jetstream {{ store_dir: "/data", sync_interval: always }}\n{login}\n'
    )
    servers = int(ENVIRONMENT.get("NATS_SERVERS", "1"))
    if servers == 1:
        return f'server_name: "boatyard"\n{common}'
    routes = ", ".join(
        f'"nats://boatyard:{password}@nats-{number}.nats:6222"' for number in range(servers)
    )
    # NATS itself puts the pod's name in.
    return (
        f"server_name: $HOSTNAME\n{common}"
        f'cluster {{ name: "boatyard", port: 6222, {login}, routes: [{routes}] }}\n'
    )


def databases(known: dict[str, str]) -> str:
    """One role and one database for each service, and nobody else's for it."""
    return "\n".join(
        f"CREATE ROLE \"{service}\" LOGIN PASSWORD '{known[f'database {service}']}';\n"
        f'CREATE DATABASE "{service}" OWNER "{service}";\n'
        f'REVOKE ALL ON DATABASE "{service}" FROM PUBLIC;\n'
        for service in SERVICES
    )


def registry(known: dict[str, str]) -> str:
    """The registry's configuration; its tokens are those of catalog."""
    return registry_config(
        address=":5000",
        storage=Path("/var/lib/registry"),
        secret=known["registry"],
        auth=TokenAuth(
            realm=f"{ENVIRONMENT['PUBLIC_URL']}/registry/token",
            service="boatyard",
            issuer="boatyard",
            root_certificates=Path("/run/secrets/root.pem"),
        ),
        notifications=Notifications(
            url="http://registry-notifier:8080/registry/events", token=known["notification"]
        ),
    )


def write(name: str, text: str, *, mode: int = 0o400, user: int = SERVICE_USER) -> None:
    """Put a file into a volume, whole or not at all."""
    path = VOLUMES / name
    draft = path.with_name(f".{path.name}.new")
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.chown(draft, user, user)
    draft.replace(path)


def give(folder: Path, user: int) -> None:
    """Make a folder and what is in it somebody's."""
    if folder.stat().st_uid != user:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user, user)


if __name__ == "__main__":
    main()
