"""B5: docker push through the whole system, beside docker push to a bare registry."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bare_registry import BareRegistry
from benchmarks.results import AtMost, Row
from boatyard.shared.testing.clients import Docker, output_of
from boatyard.shared.testing.engine import Engine
from boatyard.shared.testing.images import tar_of
from boatyard.shared.testing.installation import PASSWORD, Installation

RATIO = AtMost(1.05)


@dataclass(frozen=True)
class Shape:
    """An image: how many layers of which size in bytes, and how many pushes are timed.

    An even number: each registry has the first turn as often as the other one.
    """

    name: str
    layers: int
    layer_bytes: int
    pushes: int


SHAPES = (
    Shape("1 layer of 1 MB", 1, 1_000_000, 20),
    Shape("4 layers of 8 MB", 4, 8_000_000, 10),
    Shape("8 layers of 16 MB", 8, 16_000_000, 6),
)


def measure(folder: Path) -> list[Row]:
    """Push new images of several shapes to both, in turns, each to the one that had the last turn first."""
    engine, boatyard, bare = Engine(), Installation(folder), BareRegistry(folder)
    try:
        engine.start()
        boatyard.start()
        bare.start()
        boatyard.sign_up("captain")
        docker = Docker(engine, folder / "docker")
        output_of(docker.login(boatyard.registry, "captain", PASSWORD))
        return [_shape(docker, shape, boatyard.registry, bare.address) for shape in SHAPES]
    finally:
        bare.stop()
        boatyard.remove()
        engine.stop()


def _shape(docker: Docker, shape: Shape, ours: str, bare: str) -> Row:
    seconds: dict[str, list[float]] = {ours: [], bare: []}
    for number in range(shape.pushes + 1):
        order = (ours, bare) if number % 2 else (bare, ours)
        for registry, taken in _push_everywhere(docker, shape, number, order).items():
            if number:  # the first one makes the repository, and connections
                seconds[registry].append(taken)
    return Row(
        what=f"docker push, {shape.name}",
        value=statistics.median(seconds[ours]),
        unit="s",
        bare=statistics.median(seconds[bare]),
        bare_is="bare registry",
        budget=RATIO,
    )


def _push_everywhere(
    docker: Docker, shape: Shape, number: int, registries: Sequence[str]
) -> dict[str, float]:
    """Push one image that nobody has seen before to each registry, and forget it."""
    names = [
        f"{registry}/captain/bench-{shape.layers}:{number}"  # the same name at both
        for registry in registries
    ]
    files = {f"layer-{layer}": os.urandom(shape.layer_bytes) for layer in range(shape.layers)}
    copies = "".join(f"COPY {name} /\n" for name in files)
    context = tar_of({"Dockerfile": f"FROM scratch\n{copies}".encode(), **files})
    output_of(docker.run("build", "--tag", names[0], "-", stdin=context))
    output_of(docker.tag(names[0], names[1]))
    taken = {}
    for registry, name in zip(registries, names, strict=True):
        began = time.perf_counter()
        output_of(docker.push(name))
        taken[registry] = time.perf_counter() - began
    docker.rmi(*names)
    return taken
