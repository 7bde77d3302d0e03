"""The registry clients of the test kit, against a registry that asks for no credentials."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from boatyard.shared.oci import MediaType
from boatyard.shared.testing.clients import Buildah, Ctr, Docker, Skopeo, output_of
from boatyard.shared.testing.engine import Engine, MissingPart, program
from boatyard.shared.testing.images import write_index
from boatyard.shared.testing.processes import ServerProcess, accepts, free_port

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("registry"), free_port()
    config = folder / "config.yml"
    config.write_text(
        f'version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: "{folder / "data"}"\n'
        f'http:\n  addr: "127.0.0.1:{port}"\n'
    )
    server = ServerProcess(
        [program("docker-registry"), "serve", str(config)], log=folder / "registry.log"
    )
    server.start(lambda: accepts(port))
    yield f"localhost:{port}"
    server.stop()


def manifest_of(registry: str, repository: str, tag: str) -> httpx.Response:
    answer = httpx.get(
        f"http://{registry}/v2/{repository}/manifests/{tag}",
        headers={"Accept": ", ".join(MediaType)},
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text
    return answer


def test_docker_pushes_and_pulls_what_it_built(
    registry: str, docker_of: Callable[[str], Docker]
) -> None:
    docker, reference = docker_of("anna"), f"{registry}/anna/app:1"
    output_of(docker.login(registry, "anna", "secret-of-anna"))
    output_of(docker.build(reference, text="one"))
    output_of(docker.push(reference))
    digest = docker.digest(reference)
    output_of(docker.rmi(reference))
    output_of(docker.pull(reference))
    assert docker.digest(reference) == digest
    assert manifest_of(registry, "anna/app", "1").headers["Docker-Content-Digest"] == digest


def test_another_text_makes_another_image(
    registry: str, docker_of: Callable[[str], Docker]
) -> None:
    docker = docker_of("anna")
    digests = set()
    for text in ("one", "two"):
        output_of(docker.build(f"{registry}/anna/texts:{text}", text=text))
        output_of(docker.push(f"{registry}/anna/texts:{text}"))
        digests.add(docker.digest(f"{registry}/anna/texts:{text}"))
    assert len(digests) == 2


def test_an_image_of_busybox_runs(docker_of: Callable[[str], Docker]) -> None:
    docker = docker_of("anna")
    output_of(docker.build_busybox("local/busybox:1", says="ahoy"))
    assert output_of(docker.run("run", "--rm", "local/busybox:1")).strip() == "ahoy"


def test_people_do_not_share_their_logins(
    registry: str, docker_of: Callable[[str], Docker], tmp_path: Path
) -> None:
    docker_of("bert")
    output_of(docker_of("anna").login(registry, "anna", "secret-of-anna"))
    kept = json.loads((tmp_path / "docker-of-anna" / "config.json").read_text())
    assert registry in kept["auths"]
    assert not (tmp_path / "docker-of-bert" / "config.json").exists()


def test_a_pull_that_fails_says_why(registry: str, docker_of: Callable[[str], Docker]) -> None:
    done = docker_of("anna").pull(f"{registry}/anna/nothing:1")
    assert done.returncode != 0
    assert "manifest unknown" in done.stdout
    with pytest.raises(AssertionError, match="manifest unknown"):
        output_of(done)


def test_skopeo_copies_every_platform_of_an_index(
    registry: str, skopeo_of: Callable[[str], Skopeo], tmp_path: Path
) -> None:
    skopeo, index = skopeo_of("anna"), write_index(tmp_path / "layout", tag="1")
    output_of(skopeo.login(registry, "anna", "secret-of-anna"))
    output_of(skopeo.copy(index.source, f"docker://{registry}/anna/multi:1"))
    stored = manifest_of(registry, "anna/multi", "1")
    assert stored.headers["Docker-Content-Digest"] == index.digest
    children = {child["digest"] for child in stored.json()["manifests"]}
    assert children == set(index.manifests.values())


def test_buildah_pushes_an_oci_image(
    registry: str,
    buildah_of: Callable[[str], Buildah],
    skopeo_of: Callable[[str], Skopeo],
    tmp_path: Path,
) -> None:
    buildah, reference = buildah_of("anna"), f"{registry}/anna/built:1"
    output_of(buildah.login(registry, "anna", "secret-of-anna"))
    output_of(buildah.load(write_index(tmp_path / "layout"), reference))
    output_of(buildah.push(reference))
    assert manifest_of(registry, "anna/built", "1").json()["mediaType"] == MediaType.OCI_MANIFEST
    assert '"Architecture"' in output_of(skopeo_of("anna").inspect(f"docker://{reference}"))


def test_containerd_pulls_and_pushes(
    registry: str, engine: Engine, skopeo_of: Callable[[str], Skopeo], tmp_path: Path
) -> None:
    index = write_index(tmp_path / "layout", tag="1")
    output_of(skopeo_of("anna").copy(index.source, f"docker://{registry}/anna/for-ctr:1"))
    ctr = Ctr(engine, username="anna", password="secret-of-anna")
    here, there = f"{registry}/anna/for-ctr:1", f"{registry}/anna/from-ctr:1"
    output_of(ctr.pull(here))
    output_of(ctr.tag(here, there))
    output_of(ctr.run("content", "fetch", "--plain-http", "--all-platforms", here))
    output_of(ctr.push(there))
    assert manifest_of(registry, "anna/from-ctr", "1").headers["Docker-Content-Digest"] == (
        index.digest
    )


def test_a_missing_program_is_named_with_what_to_do() -> None:
    with pytest.raises(MissingPart, match="no-such-program is not installed: run `tools/bootstrap"):
        program("no-such-program")
