"""Runs a process until it is told to stop: configuration, logs, bus, HTTP server, signals."""

from __future__ import annotations

import asyncio
import errno
import gc
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from boatyard.shared.bus.nats import NatsBus
from boatyard.shared.clock import SystemClock
from boatyard.shared.logging import set_up_logging
from boatyard.shared.mendable import MendableError, StartError
from boatyard.shared.process import Process
from boatyard.shared.service import Service
from boatyard.shared.settings import ServiceSettings, check_environment
from boatyard.shared.tracing import set_up_tracing

COLLECT_AFTER = (20_000, 20, 20)
"""Objects more than were freed, then collections of the generation before, that start a collection."""

KEEP_ALIVE_SECONDS = 150
"""How long a connection may be idle. Proxies keep one for less (nginx 60 s, Caddy 120 s, here 60),
or they would send a request into one that is being closed, and answer 502."""

ASK_SECONDS, TURN_SECONDS = 0.5, 0.02
"""How long a server that stops waits for those who are connected and have not asked yet."""


def main(service: Service) -> None:
    """Run one service alone, configured by the environment: what `python -m boatyard.<service>` does."""
    try:
        check_environment([service.settings])
        settings = service.settings.load()
        set_up_logging(level=settings.log_level, format=settings.log_format)
        set_up_tracing(settings.otlp_endpoint, service=service.name)
        asyncio.run(run_alone(service, settings))
    except MendableError as error:
        sys.exit(f"{service.name} can't start: {error}")


async def run_alone(service: Service, settings: ServiceSettings) -> None:
    """Run one service until a signal stops it."""
    bus = NatsBus(settings.nats_url, name=service.name, replicas=settings.nats_replicas)
    process = Process([service], settings={service.name: settings}, bus=bus, clock=SystemClock())
    listener = listen(settings.host, settings.port)
    try:
        await process.start()
        await serve(process, listener, trusted_proxies=settings.trusted_proxies)
    finally:
        await process.stop()
        listener.close()


def listen(host: str, port: int, *, variable: str = "BOATYARD_PORT") -> socket.socket:
    """A socket that listens; StartError says what to do when it can't. `variable` is what sets the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio leaves Nagle's algorithm on: many an answer would wait 40 ms for the peer's ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise StartError(
                f"port {port} on {host} is in use: stop what uses it, or choose another port in {variable}"
            ) from error
        raise StartError(f"can't listen on {host} port {port}: {error.strerror}") from error
    return listener


async def serve(process: Process, listener: socket.socket, *, trusted_proxies: str = "") -> None:
    """Serve a started process until SIGINT or SIGTERM; requests under way are finished first."""
    collect_seldom()
    config = uvicorn.Config(
        process.app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=trusted_proxies or None,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    await _Server(config, closing=process.closing).serve(sockets=[listener])


def collect_seldom() -> None:
    """Have Python look for reference cycles less often, and not at what is there by now, which stays.

    By default it looks after each 700 objects: a batch of deliveries makes thousands, none of them a cycle, and
    an eighth of a busy dispatcher's time went into looking.
    """
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


class _Server(uvicorn.Server):
    """A server for which a signal is a wish to stop, and no more than that.

    uvicorn raises the signal again once it has stopped, which would interrupt the stopping of everything else
    and end the process as one that failed.
    """

    def __init__(self, config: uvicorn.Config, *, closing: asyncio.Event) -> None:
        super().__init__(config)
        self._closing = closing

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, and let those ask that were made: their clients would not know why not."""
        for server in self.servers:
            server.close()
        await asyncio.sleep(TURN_SECONDS)  # until what was accepted is known as a connection
        connections = self.server_state.connections
        if any(getattr(connection, "cycle", None) is None for connection in connections):
            await asyncio.sleep(ASK_SECONDS)
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop, and let answers that go on and on know of it."""
        self._closing.set()
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at a signal while the block runs; a second Ctrl-C does not wait for requests under way."""
        loop, signals = asyncio.get_running_loop(), (signal.SIGINT, signal.SIGTERM)
        for number in signals:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)
