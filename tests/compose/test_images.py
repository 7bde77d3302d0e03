"""Each service's image by itself: it runs as nobody, writes nothing but its data, and stops when told."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from testcontainers.core.config import ConnectionMode, testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network

from boatyard.shared.testing.processes import wait_until
from tests.compose.engine import NetworkedEngine
from tests.compose.fleet import SERVICES_ALONE, Fleet

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]
PORT = 8080
START_SECONDS = 60


@pytest.fixture(scope="module")
def engine_for_containers(
    fleet: Fleet, networked_engine: NetworkedEngine
) -> Iterator[NetworkedEngine]:
    """The engine that has the images, as the one that testcontainers uses."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", networked_engine.host)
        # Its reaper is an image that can't be pulled everywhere, and the engine ends with the tests.
        patch.setattr(testcontainers_config, "ryuk_disabled", True)
        patch.setattr(testcontainers_config, "connection_mode_override", ConnectionMode.docker_host)
        yield networked_engine


@pytest.fixture(scope="module")
def network(engine_for_containers: NetworkedEngine) -> Iterator[Network]:
    with Network() as network:
        yield network


@pytest.fixture(scope="module")
def nats(network: Network) -> Iterator[DockerContainer]:
    server = DockerContainer("boatyard-standin/nats").with_command("--jetstream")
    with server.with_network(network).with_network_aliases("nats") as running:
        yield running


@pytest.mark.parametrize("service", SERVICES_ALONE)
def test_an_image_runs_alone_with_nothing_but_its_data_to_write(
    service: str, network: Network, nats: DockerContainer
) -> None:
    container = (
        DockerContainer(f"boatyard/{service}:latest")
        .with_network(network)
        .with_env("BOATYARD_NATS_URL", "nats://nats:4222")
        .with_env("BOATYARD_BUILDER_PRIVATE_ENGINE", "off")
        .with_exposed_ports(PORT)
        .with_tmpfs_mount("/tmp")
        .with_kwargs(
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges:true"],
        )
    )
    with container as running:
        address = (
            f"http://{running.get_container_host_ip()}:{running.get_exposed_port(PORT)}/healthz"
        )
        wait_until(lambda: _answers(address), seconds=START_SECONDS, what=f"{service} answers")
        assert running.exec(["id", "-u"]).output.strip() == b"10001"
        assert running.exec(["touch", "/opt/written"]).exit_code != 0
        wrapped = running.get_wrapped_container()
        wrapped.stop(timeout=20)
        assert wrapped.wait()["StatusCode"] == 0, wrapped.logs()


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=5, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
