"""Garbage is collected in a real registry: what nothing refers to goes, and nothing else."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from boatyard.shared.clock import SystemClock
from boatyard.shared.testing.clients import Skopeo, output_of
from boatyard.shared.testing.images import Index, write_index
from boatyard.shared.testing.installation import PASSWORD, Installation, Person
from boatyard.shared.testing.processes import wait_until
from boatyard.shared.testing.pusher import Pusher
from boatyard.standalone import images
from boatyard.standalone.folder import DataFolder

ATTESTATION = "unknown/unknown"
"""How buildx lists what it says of a build beside the images."""
PLATFORMS = ("linux/amd64", ATTESTATION)

pytestmark = pytest.mark.timeout(400)


def gc(installation: Installation) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "boatyard.standalone", "gc"],
        env={**os.environ, "BOATYARD_DATA_DIR": str(installation.folder / "var")},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.fixture
def boatyard(tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path)
    installation.start()
    yield installation
    installation.remove()


def blobs(installation: Installation) -> set[str]:
    """The digests of everything that is stored."""
    found = images.blobs(installation.folder / "var/registry")
    return {f"sha256:{digest}" for _, digest in found}


class Shelf:
    """Pushes images of one person with skopeo."""

    def __init__(self, installation: Installation, skopeo: Skopeo, folder: Path) -> None:
        self._registry, self._skopeo, self._folder = installation.registry, skopeo, folder
        output_of(skopeo.login(installation.registry, "ada", PASSWORD))

    def push(self, repository: str, tag: str) -> Index:
        text = secrets.token_hex(200_000)
        index = write_index(self._folder / text[:20], text=text, tag=tag, platforms=PLATFORMS)
        output_of(self._skopeo.copy(index.source, f"docker://{self._registry}/{repository}:{tag}"))
        return index

    def pull(self, repository: str, tag: str) -> None:
        target = self._folder / secrets.token_hex(8)
        output_of(
            self._skopeo.copy(f"docker://{self._registry}/{repository}:{tag}", f"dir:{target}")
        )


def contents(index: Index) -> set[str]:
    """The digests of an image: index, manifests, configurations, layers."""
    return {f"sha256:{path.name}" for path in (index.folder / "blobs/sha256").iterdir()}


def is_described(person: Person, path: str) -> bool:
    return is_known(person, path) and bool(person.get(path)["described"])


def is_known(person: Person, path: str) -> bool:
    return person.api.get(path).status_code == httpx.codes.OK


class Trying:
    """Pushes again and again until it is stopped, and notes what it is answered."""

    def __init__(self, installation: Installation) -> None:
        self._installation, self.answers, self.stop = installation, set[int](), False
        self.pushed = 0

    async def run(self) -> None:
        realm = f"{self._installation.url}/registry/token"
        registry = f"http://{self._installation.registry}"
        async with Pusher(registry, realm=realm, username="ada", password=PASSWORD) as pusher:
            await pusher.prepare("ada/busy")
            while not self.stop:
                try:
                    await pusher.push("ada/busy", "latest", text=str(self.pushed))
                    self.pushed += 1
                    self.answers.add(httpx.codes.CREATED)
                except httpx.HTTPStatusError as error:
                    self.answers.add(error.response.status_code)
                except httpx.TransportError:
                    await asyncio.sleep(0.02)  # the registry starts again


async def gc_while_pushing(installation: Installation) -> set[int]:
    """Collect while somebody pushes again and again; returns how that was answered, up to two more pushes."""
    trying = Trying(installation)
    pushing = asyncio.create_task(trying.run())
    done = await asyncio.to_thread(gc, installation)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("freed ")
    before = trying.pushed
    async with asyncio.timeout(30):
        while trying.pushed < before + 2:
            await asyncio.sleep(0.01)
    trying.stop = True
    await pushing
    return trying.answers


def delete(ada: Person, tag: str, repository: str) -> None:
    """Delete a tag and a repository, and wait until both are gone."""
    wait_until(lambda: is_known(ada, tag), seconds=90, what="the tag is known")
    ada.delete(tag)
    wait_until(lambda: not is_known(ada, tag), seconds=90, what="the tag is gone")
    path = f"/repositories/{repository}"
    wait_until(lambda: is_described(ada, f"{path}/tags/1"), seconds=90, what="it is described")
    ada.delete(path, confirm=repository)
    wait_until(lambda: repository not in known_names(ada), seconds=90, what="its name is free")


async def test_what_nothing_refers_to_is_freed_and_what_can_be_restored_stays(
    boatyard: Installation, skopeo_of: Callable[[str], Skopeo], tmp_path: Path
) -> None:
    ada = boatyard.sign_up("ada")
    for name in ("kept", "gone", "busy"):
        ada.post("/repositories", name=name)
    shelf = await asyncio.to_thread(Shelf, boatyard, skopeo_of("ada"), tmp_path)
    old, new, deleted, gone = [
        await asyncio.to_thread(shelf.push, *what)
        for what in (("ada/kept", "1"), ("ada/kept", "1"), ("ada/kept", "2"), ("ada/gone", "1"))
    ]
    tags = "/repositories/ada/kept/tags"
    delete(ada, f"{tags}/2", "ada/gone")
    answers = await gc_while_pushing(boatyard)
    assert answers == {httpx.codes.CREATED, httpx.codes.METHOD_NOT_ALLOWED}

    stored = blobs(boatyard)
    assert {gone.digest, gone.manifests["linux/amd64"]}.isdisjoint(stored)
    assert contents(old) | contents(new) | contents(deleted) <= stored
    for name, image in (("1", old), ("2", deleted)):
        ada.post(f"{tags}/{name}/restore", digest=image.digest)
        await asyncio.to_thread(shelf.pull, "ada/kept", name)

    # What nobody lists is left for a day, since a first push looks the same.
    assert gone.manifests[ATTESTATION] in stored
    boatyard.stop()
    let_a_day_pass(repository_folder(boatyard, "gone"))
    done = gc(boatyard)
    assert done.returncode == 0, done.stderr
    assert "what was left of 1 deleted repositories" in done.stdout
    assert contents(gone).isdisjoint(blobs(boatyard))
    boatyard.start()
    await asyncio.to_thread(shelf.pull, "ada/kept", "2")


def let_a_day_pass(folder: Path) -> None:
    """Make everything in a folder look two days older."""
    earlier = (SystemClock().now() - dt.timedelta(days=2)).timestamp()
    for path in folder.rglob("*"):
        os.utime(path, (earlier, earlier))


def repository_folder(installation: Installation, name: str) -> Path:
    return installation.folder / "var/registry" / images.V2 / "repositories/ada" / name


def known_names(person: Person) -> set[str]:
    return {row["full_name"] for row in person.get("/repositories")["items"]}


def test_nothing_is_collected_while_it_is_backed_up(boatyard: Installation) -> None:
    with DataFolder(boatyard.folder / "var").upkeep():
        refused = gc(boatyard)
    assert refused.returncode == 1
    assert "is being backed up" in refused.stderr
    done = gc(boatyard)
    assert done.returncode == 0, done.stderr
    assert "freed 0 bytes in 0 files" in done.stdout


def test_where_nothing_is_there_is_nothing_to_collect(tmp_path: Path) -> None:
    refused = gc(Installation(tmp_path / "nothing"))
    assert refused.returncode == 1
    assert "there is no installation in" in refused.stderr
