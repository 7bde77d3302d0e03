"""The services' images as containers by themselves, beside NATS and PostgreSQL, with testcontainers.

What they may do is what compose.yaml says, and so is what they are told; here any one can be stopped, killed
and started alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
import yaml
from testcontainers.core.config import ConnectionMode, testcontainers_config
from testcontainers.core.container import DockerContainer, ExecConfig
from testcontainers.core.network import Network

from boatyard.shared.testing.processes import wait_until
from tests.architecture.tree import ROOT
from tests.compose.engine import NetworkedEngine

PART: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["x-service"]
CONFINED = {name: PART[name] for name in ("init", "read_only", "cap_drop", "security_opt")}
"""What compose.yaml takes from every service."""
GRACE_SECONDS = int(PART["stop_grace_period"].removesuffix("s"))
READY_SECONDS = 90
DATA = "/var/lib/boatyard"
SECRETS = "/run/secrets"
PORT = 8080


class Container(DockerContainer):
    """A container of testcontainers, with what the tests ask of it: `with` starts and removes it."""

    def says(self, *command: str, user: str | None = None) -> str:
        """What a command prints that succeeds in it."""
        done = self.exec(ExecConfig(list(command), user=user))
        assert done.exit_code == 0, f"{command}: {done.output.decode()}"
        return done.output.decode()

    def ends(self) -> int:
        """Its exit code, once it has ended by itself."""
        code: int = self.get_wrapped_container().wait(timeout=GRACE_SECONDS * 2)["StatusCode"]
        return code

    @property
    def log(self) -> str:
        printed: bytes = self.get_wrapped_container().logs(tail=200)
        return printed.decode()


class ServiceContainer(Container):
    """A service in its production image: `with` starts it and waits until it is ready.

    `stop_as_told` and `kill` end it; `start_again` starts what ended, with the data that it had.
    """

    def __init__(self, service: str, network: Network, secrets: Path, **environment: str) -> None:
        super().__init__(f"boatyard/{service}:latest", **CONFINED)
        self.service = service
        self.with_network(network).with_network_aliases(service)
        self.with_volume_mapping(secrets, SECRETS).with_tmpfs_mount("/tmp")
        self.with_envs(BOATYARD_SECRETS_DIR=SECRETS, **environment).with_exposed_ports(PORT)

    def start(self) -> Self:
        super().start()
        self._wait_until_ready()
        return self

    def stop_as_told(self) -> int:
        """SIGTERM; its exit code, which is 137 if it had to be killed."""
        self.get_wrapped_container().stop(timeout=GRACE_SECONDS)
        return self.ends()

    def kill(self) -> None:
        """SIGKILL."""
        self.get_wrapped_container().kill()
        self.ends()

    def start_again(self) -> None:
        self.get_wrapped_container().start()
        self._wait_until_ready()

    @property
    def url(self) -> str:
        """Where this machine reaches it, until it ends."""
        return f"http://{self.get_container_host_ip()}:{self.get_exposed_port(PORT)}"

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", timeout=10, trust_env=False)

    def _wait_until_ready(self) -> None:
        try:
            wait_until(self._is_ready, seconds=READY_SECONDS, what=f"{self.service} is ready")
        except AssertionError as error:
            error.add_note(self.log)
            raise

    def _is_ready(self) -> bool:
        self.reload()
        assert self.status == "running", f"{self.service} is {self.status}"
        try:
            return self.get("/readyz").is_success
        except httpx.HTTPError:
            return False


@dataclass(frozen=True)
class Harbour:
    """NATS and PostgreSQL in a network, and the secrets with which services work with them."""

    folder: Path
    network: Network
    postgres: Container

    def service(self, name: str, **environment: str) -> ServiceContainer:
        """A service that works with them, once it is started."""
        secrets = self.folder / f"{name}-secrets"
        return ServiceContainer(name, self.network, secrets, **environment)

    def secret(self, name: str) -> str:
        """What setup made of that name."""
        known: dict[str, str] = json.loads((self.folder / "setup" / "secrets.json").read_text())
        return known[name]

    def sql(self, database: str, query: str) -> list[str]:
        """What a query of one column finds in a service's database."""
        psql = ("psql", "--no-align", "--tuples-only", "--command", query, database)
        return self.postgres.says(*psql, user="postgres").splitlines()


@contextmanager
def open_harbour(engine: NetworkedEngine, folder: Path) -> Iterator[Harbour]:
    """What services need, with what compose.yaml has its `setup` make, in an engine that has the images."""
    with _testcontainers_on(engine):
        _make_secrets(folder)
        with Network() as network, _nats(folder, network), _postgres(folder, network) as postgres:
            wait_until(lambda: _accepts(postgres), seconds=READY_SECONDS, what="PostgreSQL accepts")
            yield Harbour(folder, network, postgres)


@contextmanager
def _testcontainers_on(engine: NetworkedEngine) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", engine.host)
        # Its reaper is an image that can't be pulled everywhere, and the engine ends with the tests.
        patch.setattr(testcontainers_config, "ryuk_disabled", True)
        patch.setattr(testcontainers_config, "connection_mode_override", ConnectionMode.docker_host)
        yield


def _make_secrets(folder: Path) -> None:
    for volume in ("catalog", "nats", "registry", "gateway", "engine"):
        (folder / f"{volume}-data").mkdir()
    (folder / "engine-socket").mkdir()
    setup = Container(
        "boatyard/catalog:latest",
        user="root",
        network_mode="none",
        cap_drop=["ALL"],
        cap_add=["CHOWN", "DAC_OVERRIDE", "FOWNER"],
    )
    setup.with_command(["python", "/opt/boatyard/deploy/setup.py"])
    setup.with_env("PUBLIC_URL", "http://localhost:8080")
    with setup.with_volume_mapping(folder, "/volumes", "rw"):
        assert setup.ends() == 0, setup.log


def _nats(folder: Path, network: Network) -> Container:
    nats = Container("boatyard-standin/nats", user="10001:10001", **CONFINED)
    nats.with_command(["--config", f"{SECRETS}/nats.conf"])
    nats.with_volume_mapping(folder / "nats-data", "/data", "rw")
    nats.with_volume_mapping(folder / "nats-secrets", SECRETS)
    return nats.with_network(network).with_network_aliases("nats")


def _postgres(folder: Path, network: Network) -> Container:
    postgres = Container("boatyard-standin/postgres")
    postgres.with_env("POSTGRES_PASSWORD_FILE", f"{SECRETS}/password")
    secrets = folder / "postgres-secrets"
    postgres.with_volume_mapping(secrets, SECRETS)
    postgres.with_volume_mapping(secrets / "databases.sql", "/docker-entrypoint-initdb.d/all.sql")
    return postgres.with_network(network).with_network_aliases("postgres")


def _accepts(postgres: Container) -> bool:
    """Over TCP: while it makes the databases it listens on its socket alone."""
    return postgres.exec(["pg_isready", "--quiet", "--host=127.0.0.1"]).exit_code == 0
