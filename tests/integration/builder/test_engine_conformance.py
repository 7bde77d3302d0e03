"""What every build engine must do: the Docker engine's two builders, and the dummy that stands in for them."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from boatyard.builder.engines.base import Engine as BuildEngine
from boatyard.builder.engines.base import EngineDown
from boatyard.builder.engines.buildkit import BuildKitEngine
from boatyard.builder.engines.classic import ClassicEngine
from boatyard.builder.engines.docker import Traits
from boatyard.builder.engines.dummy import DummyEngine, DummyRegistry
from boatyard.builder.reasons import BuildError, Reason
from boatyard.shared.registry.client import RegistryClient
from boatyard.shared.testing.engine import Engine
from tests.integration.builder.kit import (
    OWN,
    PRIVATE,
    PUBLIC,
    PullsOf,
    RecordedOutput,
    TokenRegistry,
    order,
)


class World:
    """An engine, and what its registry holds."""

    def __init__(self, engine: BuildEngine, registry: TokenRegistry, folder: Path) -> None:
        self.engine, self.registry, self.folder = engine, registry, folder
        self.output = RecordedOutput()

    async def build(self, image: str, dockerfile: str, **wishes: Any) -> str:
        self.output = RecordedOutput()
        tokens = wishes.pop("tokens", PullsOf(self.registry, (PUBLIC, OWN)))
        wanted = order(
            self.folder, image, dockerfile, registry=self.registry.host, tokens=tokens, **wishes
        )
        return await self.engine.build(wanted, self.output)

    async def fails(self, image: str, dockerfile: str, **wishes: Any) -> BuildError:
        with pytest.raises(BuildError) as caught:
            await self.build(image, dockerfile, **wishes)
        return caught.value

    def base(self, name: str = PUBLIC) -> str:
        return f"{self.registry.host}/{name}:1"

    async def digest(self, repository: str, tag: str) -> str | None:
        client = RegistryClient(f"http://{self.registry.host}", _Tokens(self.registry))
        try:
            found = await client.resolve(repository, tag)
        finally:
            await client.close()
        return found.digest if found else None

    async def labels(self, repository: str, tag: str) -> Mapping[str, str]:
        client = RegistryClient(f"http://{self.registry.host}", _Tokens(self.registry))
        try:
            found = await client.resolve(repository, tag)
            details = await client.describe(repository, found.digest) if found else None
        finally:
            await client.close()
        return details.labels if details else {}


class _Tokens:
    def __init__(self, registry: TokenRegistry) -> None:
        self._registry = registry

    async def token(self, actor: str, scopes: tuple[str, ...]) -> str | None:
        return self._registry.token(*scopes, subject=actor)


class DummyWorld(World):
    """The dummy, whose registry is in memory."""

    engine: DummyEngine

    async def digest(self, repository: str, tag: str) -> str | None:
        return self.engine.registry.images.get(f"{self.registry.host}/{repository}:{tag}")

    async def labels(self, repository: str, tag: str) -> Mapping[str, str]:
        return self.engine.registry.labels.get(f"{self.registry.host}/{repository}:{tag}", {})


def dummy(registry: TokenRegistry) -> DummyEngine:
    bases = {f"{registry.host}/{name}:1": "sha256:base" for name in (PUBLIC, OWN, PRIVATE)}
    return DummyEngine(DummyRegistry(images=bases, allows=allows))


def allows(token: str | None, repository: str, action: str) -> bool:
    """Whether the real registry would let the bearer of a token do this."""
    payload = token.split(".")[1] if token else ""
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)) or "{}")
    granted = {grant["name"]: grant["actions"] for grant in claims.get("access", [])}
    public = repository == PUBLIC and action == "pull"
    return public or action in granted.get(repository, ())


@pytest.fixture(params=["buildkit", "classic", "dummy"])
async def world(
    request: pytest.FixtureRequest, engine: Engine, registry: TokenRegistry, tmp_path: Path
) -> AsyncIterator[World]:
    if request.param == "dummy":
        yield DummyWorld(dummy(registry), registry, tmp_path)
        return
    kind = BuildKitEngine if request.param == "buildkit" else ClassicEngine
    docker = kind(engine.host, Traits(push_seconds=60))
    yield World(docker, registry, tmp_path)
    await docker.close()


@pytest.fixture
async def cleaned(world: World, image: str) -> AsyncIterator[str]:
    """A name for an image that is removed afterwards."""
    yield image
    await world.engine.remove(image)


async def test_it_says_what_it_is(world: World) -> None:
    facts = await world.engine.check()
    assert facts.version
    assert facts.has_buildkit


async def test_it_builds_and_tells_each_step(world: World, cleaned: str) -> None:
    dockerfile = f"FROM {world.base()}\nRUN echo hello there\nRUN true\n"
    id = await world.build(cleaned, dockerfile)
    assert id.startswith("sha256:")
    assert "hello there\n" in world.output.texts
    [number] = [n for n, title in world.output.steps.items() if "echo hello there" in title]
    assert world.output.ends[number] == (False, "")
    assert set(world.output.ends) == set(world.output.steps)


async def test_what_was_built_before_is_cached(world: World, cleaned: str) -> None:
    # The classic builder forgets the last step of an image that is removed, and no other.
    dockerfile = f"FROM {world.base()}\nRUN echo cached-{cleaned}\nRUN true\n"
    await world.build(cleaned, dockerfile)
    await world.engine.remove(cleaned)
    await world.build(cleaned, dockerfile)
    [number] = [n for n, title in world.output.steps.items() if "echo cached" in title]
    assert world.output.ends[number] == (True, "")


async def test_it_pushes_and_returns_the_registrys_digest(world: World, cleaned: str) -> None:
    await world.build(cleaned, f"FROM {world.base()}\nRUN echo push-{cleaned}\n")
    reference = f"{world.registry.host}/team/pushed:1"
    token = world.registry.token("repository:team/pushed:pull,push")
    digest = await world.engine.push(cleaned, reference, token=token, output=world.output)
    await world.engine.remove(reference)
    assert digest == await world.digest("team/pushed", "1")
    assert any("Pushed" in line or "exists" in line for line in world.output.lines)


async def test_labels_and_arguments_arrive(world: World, cleaned: str) -> None:
    dockerfile = f"FROM {world.base()}\nARG COLOUR\nRUN echo colour=$COLOUR\n"
    labels = {"org.opencontainers.image.revision": "abc"}
    await world.build(cleaned, dockerfile, arguments={"COLOUR": "green"}, labels=labels)
    assert "colour=green" in world.output.texts
    token = world.registry.token("repository:team/labels:pull,push")
    reference = f"{world.registry.host}/team/labels:1"
    await world.engine.push(cleaned, reference, token=token, output=world.output)
    await world.engine.remove(reference)
    assert (await world.labels("team/labels", "1")).items() >= labels.items()


@pytest.mark.parametrize(
    ("dockerfile", "reason", "words"),
    [
        ("FROM {base}\nRUN echo oh && exit 7\n", Reason.STEP_FAILED, "exit code 7"),
        ("FROM {base}\nRUN exit 137\n", Reason.OUT_OF_MEMORY, "137"),
        ("FORM {base}\n", Reason.DOCKERFILE_INVALID, "FORM"),
        ("RUN true\n", Reason.DOCKERFILE_INVALID, "no build stage"),
        ("FROM {base}\nCOPY nothing /\n", Reason.COPY_SOURCE_MISSING, "nothing"),
        ("FROM {host}/public/busybox:none\n", Reason.BASE_MISSING, "none"),
        ("FROM nowhere.invalid/a/b:1\n", Reason.BASE_UNREACHABLE, "nowhere.invalid"),
    ],
)
async def test_a_failure_has_a_reason(
    world: World, cleaned: str, dockerfile: str, reason: Reason, words: str
) -> None:
    text = dockerfile.format(base=world.base(), host=world.registry.host)
    error = await world.fails(cleaned, text)
    assert error.reason is reason, error.detail
    assert words in error.detail


async def test_the_step_that_failed_is_named(world: World, cleaned: str) -> None:
    error = await world.fails(cleaned, f"FROM {world.base()}\nRUN echo first\nRUN false\n")
    assert "RUN false" in error.detail
    failed = [number for number, (_, text) in world.output.ends.items() if text]
    assert ["RUN false" in world.output.steps[number] for number in failed] == [True]


async def test_a_base_image_of_the_builds_own_namespace_is_pulled(
    world: World, cleaned: str
) -> None:
    assert await world.build(cleaned, f"FROM {world.base(OWN)}\nRUN echo own-{cleaned}\n")


@pytest.mark.parametrize("line", ["FROM {private}", "FROM {public}\nCOPY --from={private} /bin /x"])
async def test_another_namespaces_base_image_is_denied_although_the_engine_has_it(
    world: World, image: str, cleaned: str, line: str
) -> None:
    allowed = PullsOf(world.registry, (PUBLIC, PRIVATE))
    name = image.replace("test", "theirs")
    await world.build(name, f"FROM {world.base(PRIVATE)}\nRUN true\n", tokens=allowed)
    error = await world.fails(
        cleaned, line.format(private=world.base(PRIVATE), public=world.base()) + "\n"
    )
    assert error.reason is Reason.BASE_DENIED, error.detail
    await world.engine.remove(name)


async def test_a_push_that_is_refused_says_so(world: World, cleaned: str) -> None:
    await world.build(cleaned, f"FROM {world.base()}\n# dummy: push-denied\nRUN echo {cleaned}\n")
    token = world.registry.token("repository:team/other:pull,push")
    reference = f"{world.registry.host}/team/refused:1"
    with pytest.raises(BuildError) as caught:
        await world.engine.push(cleaned, reference, token=token, output=world.output)
    await world.engine.remove(reference)
    assert caught.value.reason is Reason.PUSH_REFUSED
    assert await world.digest("team/refused", "1") is None


async def test_a_build_that_is_cancelled_stops_at_once(world: World, cleaned: str) -> None:
    dockerfile = f"FROM {world.base()}\nRUN echo it-runs; sleep 60\n"
    building = asyncio.create_task(world.build(cleaned, dockerfile))
    async with asyncio.timeout(30):
        while "it-runs" not in world.output.texts:
            await asyncio.sleep(0.02)
    began = time.monotonic()
    building.cancel()
    with pytest.raises(asyncio.CancelledError):
        await building
    assert time.monotonic() - began < 10
    await world.engine.check()


async def test_leftovers_are_found_and_removed(world: World, image: str) -> None:
    await world.build(image, f"FROM {world.base()}\nRUN echo {image}\n")
    assert image in await world.engine.leftovers()
    await world.engine.remove(image)
    assert image not in await world.engine.leftovers()
    await world.engine.remove(image)


async def test_builds_run_beside_each_other(world: World, image: str) -> None:
    names = [f"{image}-{number}" for number in range(3)]
    dockerfile = f"FROM {world.base()}\nARG WHICH\nRUN echo $WHICH && sleep 1\n"
    orders = [
        order(
            world.folder,
            name,
            dockerfile,
            registry=world.registry.host,
            arguments={"WHICH": name},
            tokens=PullsOf(world.registry, (PUBLIC,)),
        )
        for name in names
    ]
    ids = await asyncio.gather(*(world.engine.build(wanted, RecordedOutput()) for wanted in orders))
    assert len(set(ids)) == 3
    await world.engine.remove(*names)


async def test_the_cache_can_be_shrunk(world: World, cleaned: str) -> None:
    await world.build(cleaned, f"FROM {world.base()}\nRUN echo prune-{cleaned} > /file\n")
    assert await world.engine.prune(keep_bytes=0) >= 0
    assert await world.build(cleaned, f"FROM {world.base()}\nRUN echo prune-{cleaned} > /file\n")


@pytest.mark.parametrize("kind", [BuildKitEngine, ClassicEngine])
async def test_an_engine_that_is_not_there_says_so(
    kind: type[BuildKitEngine] | type[ClassicEngine], tmp_path: Path
) -> None:
    docker = kind(f"unix://{tmp_path}/none.sock")
    with pytest.raises(EngineDown, match="there is no such socket"):
        await docker.check()
    with pytest.raises(BuildError) as caught:
        wanted = order(tmp_path, "boatyard-build/none:1", "FROM scratch\n", registry="localhost:1")
        await docker.build(wanted, RecordedOutput())
    assert caught.value.reason is Reason.ENGINE_LOST
    with pytest.raises(BuildError) as caught:
        await docker.push("a", "localhost:1/a/b:1", token=None, output=RecordedOutput())
    assert caught.value.reason is Reason.ENGINE_LOST
    await docker.close()
