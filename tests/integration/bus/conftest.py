from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from boatyard.shared.bus import Bus
from boatyard.shared.bus.memory import MemoryBus
from boatyard.shared.bus.nats import NatsBus
from boatyard.shared.testing.nats import NatsServer


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[NatsServer]:
    server = NatsServer(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def nats_bus(nats_server: NatsServer) -> AsyncIterator[NatsBus]:
    bus = NatsBus(nats_server.url, name="test")
    await bus.start()
    yield bus
    await bus.stop()


@pytest.fixture(params=[MemoryBus, NatsBus])
async def bus(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bus]:
    server = NatsServer(tmp_path)
    bus: Bus = MemoryBus()
    if request.param is NatsBus:
        server.start()
        bus = NatsBus(server.url, name="test")
    await bus.start()
    yield bus
    await bus.stop()
    server.kill()
