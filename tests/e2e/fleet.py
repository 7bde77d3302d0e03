"""Boatyard with each service in a process of its own, as in production: any of them can be killed alone."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path

import httpx

from boatyard.catalog.registry_auth.keys import KeyRing
from boatyard.shared.registry.config import Notifications, TokenAuth, registry_config
from boatyard.shared.testing.engine import program
from boatyard.shared.testing.installation import Person, sign_in, sign_up
from boatyard.shared.testing.nats import NatsCluster, NatsServer
from boatyard.shared.testing.postgres import Postgres
from boatyard.shared.testing.processes import ServerProcess, accepts, free_port

NOTIFICATION_SECRET = "shared-with-the-registry"
MAIN_LINE = ("catalog", "registry-notifier", "webhook-dispatcher")
STARTS = 90.0
"""Seconds within which a part must be there, whatever else is away meanwhile."""
OWN = {
    "registry-notifier": {"BOATYARD_REGISTRY_NOTIFIER_NOTIFICATION_SECRET": NOTIFICATION_SECRET},
    "webhook-dispatcher": {"BOATYARD_WEBHOOK_DISPATCHER_ALLOW_NETWORKS": "127.0.0.0/8"},
}
FROM_GITHUB = r"^/api/v1/github/|/(build-rules|pushes|source)\b"
ROUTES = (
    (re.compile(r"/webhooks\b"), "webhook-dispatcher"),
    (re.compile(r"/builds\b"), "builder"),
    (re.compile(FROM_GITHUB), "github-gateway"),
    (re.compile(r"^/registry/events|/registry-sweep\b"), "registry-notifier"),
)


def persistently(start: Callable[[], None]) -> None:
    """Start something as whatever runs it does: again and again, while what it can't start without is away."""
    deadline = time.monotonic() + STARTS
    while True:
        try:
            return start()
        except AssertionError:
            if time.monotonic() > deadline:
                raise


class Route(httpx.BaseTransport):
    """Sends a request to the service that answers its path, as the gateway of a deployment does.

    Of several processes it takes one after the other, and the next one where nobody listens. What is meant for
    another site goes there.
    """

    def __init__(self, fleet: Fleet) -> None:
        self._fleet, self._netloc = fleet, httpx.URL(fleet.url).netloc
        self._transport = httpx.HTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))
        self._turn = count()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.netloc != self._netloc:
            return self._transport.handle_request(request)
        service = next((name for path, name in ROUTES if path.search(request.url.path)), "catalog")
        ports = [port for name, port in self._fleet.ports.items() if name.startswith(service)]
        first = next(self._turn)
        for turn in range(first, first + len(ports)):
            request.url = request.url.copy_with(port=ports[turn % len(ports)])
            try:
                return self._transport.handle_request(request)
            except httpx.ConnectError as error:
                refused = error
        raise refused

    def close(self) -> None:
        self._transport.close()


class Fleet:
    """The services of the main line, NATS and a registry. `start`, use, kill and start parts, `stop`.

    With a PostgreSQL server each service has its database there, else an SQLite file. `more` starts further
    services, and further processes of one beside the first, which needs PostgreSQL. `clustered` makes NATS of
    three nodes. `environment` is what single services are told besides.
    """

    def __init__(
        self,
        folder: Path,
        *,
        postgres: Postgres | None = None,
        more: Sequence[str] = (),
        clustered: bool = False,
        environment: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.folder, self._environment = folder, environment or {}
        names = list(dict.fromkeys((*MAIN_LINE, *more)))
        self.ports = {name: free_port() for name in names}
        self.registry_port = free_port()
        self.registry_host = f"localhost:{self.registry_port}"
        self.url = f"http://localhost:{self.ports['catalog']}"
        self._databases = {name: postgres.new_database() for name in names} if postgres else {}
        self._clients: list[httpx.Client] = []
        self.nats = NatsCluster(folder) if clustered else NatsServer(folder)
        self._replicas = len(self.nats.nodes) if isinstance(self.nats, NatsCluster) else 1
        self.registry = self._registry()
        self.services: dict[str, ServerProcess] = {}
        for name in (*MAIN_LINE, *more):
            number = 1 + sum(process.startswith(name) for process in self.services)
            process = name if number == 1 else f"{name}-{number}"
            self.ports.setdefault(process, free_port())
            self.services[process] = self._service(name, process)

    def start(self) -> None:
        self.nats.start()
        self.start_registry()
        with ThreadPoolExecutor() as pool:
            starts = [partial(self.start_service, name) for name in self.services]
            list(pool.map(persistently, starts))

    def stop(self) -> None:
        for service in self.services.values():
            service.kill()
        self.registry.kill()
        self.nats.kill()
        for client in self._clients:
            client.close()

    def start_service(self, name: str) -> None:
        self.services[name].start(lambda: self._is_ready(name), seconds=200)

    def _is_ready(self, name: str) -> bool:
        url = f"http://127.0.0.1:{self.ports[name]}/readyz"
        try:
            return httpx.get(url, timeout=5, trust_env=False).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def start_registry(self) -> None:
        self.registry.start(lambda: accepts(self.registry_port), seconds=90)

    def database_url(self, name: str) -> str:
        file = self.folder / "var" / f"{name}.db"
        return self._databases.get(name, f"sqlite+aiosqlite:///{file}")

    def sign_up(self, username: str) -> Person:
        return sign_up(self._client(), username)

    def sign_in(self, username: str) -> Person:
        return sign_in(self._client(), username)

    def _client(self) -> httpx.Client:
        client = httpx.Client(base_url=f"{self.url}/api/v1", timeout=30, transport=Route(self))
        self._clients.append(client)
        return client

    def _service(self, name: str, process: str) -> ServerProcess:
        return ServerProcess(
            [sys.executable, "-m", f"boatyard.{name.replace('-', '_')}"],
            log=self.folder / f"{process}.log",
            environment={
                "BOATYARD_DATA_DIR": str(self.folder / "var"),
                "BOATYARD_PORT": str(self.ports[process]),
                "BOATYARD_PUBLIC_URL": self.url,
                "BOATYARD_NATS_URL": self.nats.url,
                "BOATYARD_NATS_REPLICAS": str(self._replicas),
                "BOATYARD_REGISTRY_URL": f"http://127.0.0.1:{self.registry_port}",
                "BOATYARD_REGISTRY_HOST": self.registry_host,
                "BOATYARD_DATABASE_URL": self._databases.get(name, ""),
                **self._own(name),
                **self._environment.get(name, {}),
            },
        )

    def _own(self, name: str) -> dict[str, str]:
        if name == "github-gateway":
            url = f"http://127.0.0.1:{self.ports[name]}/github/events"
            return {"BOATYARD_GITHUB_GATEWAY_WEBHOOK_URL": url}
        return OWN.get(name, {})

    def _registry(self) -> ServerProcess:
        var = self.folder / "var"
        ring = KeyRing.open(var / "keys")
        root = var / "registry-root.pem"
        root.write_text(ring.root_pem)
        config = self.folder / "registry.yml"
        config.write_text(
            registry_config(
                address=f"127.0.0.1:{self.registry_port}",
                storage=var / "registry",
                secret="of-the-registry",
                auth=TokenAuth(
                    realm=f"{self.url}/registry/token",
                    service="boatyard",
                    issuer="boatyard",
                    root_certificates=root,
                ),
                notifications=Notifications(
                    url=f"http://127.0.0.1:{self.ports['registry-notifier']}/registry/events",
                    token=NOTIFICATION_SECRET,
                ),
            )
        )
        return ServerProcess(
            [program("docker-registry"), "serve", str(config)], log=self.folder / "registry.log"
        )
