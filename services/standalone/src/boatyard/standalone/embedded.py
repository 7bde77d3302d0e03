"""The embedded installation: every service here, NATS and a registry beside it, files in one folder."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from boatyard.catalog.registry_auth.keys import KeyRing
from boatyard.catalog.settings import CatalogSettings
from boatyard.github_gateway.settings import GithubGatewaySettings
from boatyard.registry_notifier import store as notifier_store
from boatyard.registry_notifier.dependencies import State as NotifierState
from boatyard.shared.bus.nats import NatsBus
from boatyard.shared.clock import SystemClock
from boatyard.shared.process import Process
from boatyard.shared.registry.config import Notifications, TokenAuth, registry_config
from boatyard.shared.runtime import listen, serve
from boatyard.shared.settings import PREFIX
from boatyard.standalone import parts
from boatyard.standalone.care import Care
from boatyard.standalone.children import Child, free_port
from boatyard.standalone.collecting import Collector
from boatyard.standalone.configuration import local, service_settings
from boatyard.standalone.console import add_console
from boatyard.standalone.folder import DataFolder, Secrets
from boatyard.standalone.services import SERVICES
from boatyard.standalone.settings import StandaloneSettings

REGISTRY_PORT = f"{PREFIX}REGISTRY_PORT"


class Embedded:
    """An installation in one folder.

    Life cycle: `start` until everything is ready, `serve` until a signal, `stop`. `start` raises StartError,
    SettingsError or MigrationError with a sentence that says what to do.
    """

    def __init__(self, settings: StandaloneSettings) -> None:
        self._settings = settings
        self._stack = AsyncExitStack()
        self._stopping = asyncio.Event()
        self.folder = DataFolder(settings.data_dir)
        self.process: Process | None = None
        self._listener: socket.socket | None = None
        self.registry_version = ""
        self.nats_version = ""

    async def start(self) -> None:
        """Start the servers, then the services."""
        settings = self._settings
        nats, registry = parts.find_nats(), parts.find_registry()
        self.nats_version, self.registry_version = nats.version, registry.version
        self.folder.open()
        self._stack.callback(self.folder.close)
        self._listener = listen(settings.host, settings.port)
        self._stack.callback(self._listener.close)
        secrets = self.folder.secrets()
        nats_port = free_port()
        child = self._registry(registry, secrets)
        await asyncio.gather(
            self._run(self._nats(nats, nats_port, secrets)),
            self._run(child),
        )
        nats_url = f"nats://boatyard:{secrets.nats}@127.0.0.1:{nats_port}"
        self.process = Process(
            SERVICES,
            settings=service_settings(settings, nats_url=nats_url, secrets=secrets),
            bus=NatsBus(nats_url, name="boatyard"),
            clock=SystemClock(),
        )
        github = GithubGatewaySettings.load().github_url  # where its page makes the App
        add_console(self.process.app, SERVICES, folder=settings.console_dir, forms_to=[github])
        self._stack.push_async_callback(self.process.stop)
        await self.process.start()
        await self._take_care(child, secrets)

    async def serve(self) -> None:
        """Serve until SIGINT or SIGTERM."""
        assert self.process is not None  # noqa: S101 - start comes before serve
        assert self._listener is not None  # noqa: S101 - start comes before serve
        await serve(self.process, self._listener, trusted_proxies=self._settings.trusted_proxies)

    async def stop(self) -> None:
        """Stop the services, then the servers, in the opposite order of their start."""
        await self._stack.aclose()

    async def _take_care(self, registry: Child, secrets: Secrets) -> None:
        """Collect garbage when it is asked for, and every day if that is wanted."""

        @asynccontextmanager
        async def read_only() -> AsyncIterator[None]:
            try:
                self._write_registry_config(secrets, read_only=True)
                await registry.restart()
                yield
            finally:
                self._write_registry_config(secrets)
                await registry.restart()
                await self._sweep()

        collector = Collector(self._settings, read_only=read_only)
        care = Care(collector, at=self._settings.collect_at, folder=self.folder.path)
        self._stack.push_async_callback(care.stop)
        await care.start()

    async def _sweep(self) -> None:
        """Have the registry swept: a restart makes it forget what it had not told yet."""
        assert self.process is not None  # noqa: S101 - it was started
        notifier: NotifierState = self.process.app.state.services["registry-notifier"]
        async with notifier.database.unit_of_work(recorded=False) as uow:
            await notifier_store.request_sweep(uow.session, now=notifier.clock.now())
            uow.after_commit.append(notifier.wake.set)

    async def _run(self, child: Child) -> None:
        await child.start()
        stop = asyncio.Event()
        watching = asyncio.create_task(child.watch(stop))

        async def end() -> None:
            stop.set()
            await watching
            await child.stop()

        self._stack.push_async_callback(end)

    def _nats(self, program: parts.Program, port: int, secrets: Secrets) -> Child:
        config = self.folder.write(
            "nats.conf",
            nats_config(port=port, store=self.folder.nats, password=secrets.nats),
        )
        return Child(
            "NATS",
            [*program.argv, "--config", str(config)],
            port=port,
            variable="",  # a free one was taken
            log_file=self.folder.logs / "nats.log",
        )

    def _registry(self, program: parts.Program, secrets: Secrets) -> Child:
        config = self._write_registry_config(secrets)
        argv = parts.registry_argv(program, config=config, storage=self.folder.registry)
        return Child(
            "the registry",
            argv,
            port=self._settings.registry_port,
            variable=REGISTRY_PORT,
            log_file=self.folder.logs / "registry.log",
        )

    def _write_registry_config(self, secrets: Secrets, *, read_only: bool = False) -> Path:
        settings = self._settings
        keys = KeyRing.open(self.folder.path / "keys")
        bundle = self.folder.write("registry-root.pem", keys.root_pem)
        catalog = CatalogSettings.load()
        return self.folder.write(
            "registry.yml",
            registry_config(
                address=f"{settings.host}:{settings.registry_port}",
                storage=self.folder.registry,
                secret=secrets.registry,
                auth=TokenAuth(
                    realm=f"{settings.api_url}/registry/token",
                    service=catalog.registry_service,
                    issuer=catalog.registry_issuer,
                    root_certificates=bundle,
                ),
                notifications=Notifications(
                    url=f"http://{local(settings.host)}:{settings.port}/registry/events",
                    token=secrets.notification,
                ),
                read_only=read_only,
            ),
        )


def nats_config(*, port: int, store: Path, password: str) -> str:
    """NATS's configuration: loopback only, one user, every message on the disk before it is acknowledged."""
    return (
        f'host: "127.0.0.1"\nport: {port}\nserver_name: "boatyard"\n'
        f'jetstream {{ store_dir: "{store}", sync_interval: always }}\n'
        f'authorization {{ user: "boatyard", password: "{password}" }}\n'
    )
