"""A build engine without an engine: it behaves as the real ones do, for tests and for trying things out.

It follows the Dockerfile in the context: FROM is asked for at a registry in memory, RUN understands `echo`,
`printf`, `sleep`, `exit`, `true`, `false` and `cat`, joined by `&&` or `;`. What no Dockerfile can make
happen is asked for by a comment: `# dummy: disk-full`, `# dummy: engine-lost`, `# dummy: push-denied`, `#
dummy: push-sleep 2`, `# dummy: print 1000000` (so many bytes).
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import shlex
import tarfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from boatyard.builder.engines.base import IMAGE_PREFIX, EngineDown, EngineFacts, Order, Output
from boatyard.builder.engines.bases import base_images, repository_at
from boatyard.builder.engines.failures import of_build, of_push
from boatyard.builder.reasons import BuildError, Reason

_WISH = re.compile(r"^\s*#\s*dummy:\s*(\S+)\s*(.*?)\s*$", re.MULTILINE)
_KNOWN = frozenset(
    [
        "FROM",
        "RUN",
        "COPY",
        "ADD",
        "ARG",
        "ENV",
        "LABEL",
        "CMD",
        "ENTRYPOINT",
        "WORKDIR",
        "USER",
        "EXPOSE",
        "VOLUME",
        "SHELL",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "ONBUILD",
        "MAINTAINER",
    ]
)


@dataclass
class DummyRegistry:
    """A registry in memory: what is in it, by `host/repository:tag`, and what a token lets its bearer do."""

    images: dict[str, str] = field(default_factory=dict)
    allows: Callable[[str | None, str, str], bool] = field(default=lambda *_: True)
    """Whether a token is good for a repository and an action, `pull` or `push`."""
    labels: dict[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass
class _Image:
    digest: str
    wishes: dict[str, str]
    labels: Mapping[str, str]


class DummyEngine:
    """Builds in memory."""

    def __init__(self, registry: DummyRegistry | None = None) -> None:
        self.registry = registry or DummyRegistry()
        self.down = False
        """Set to let it be gone."""
        self.running = 0
        """How many builds and pushes are under way now."""
        self.pushes: list[str] = []
        """Every reference that was pushed, in order."""
        self._images: dict[str, _Image] = {}
        self._cache: set[str] = set()

    async def check(self) -> EngineFacts:
        """It is always well, unless told otherwise."""
        if self.down:
            raise EngineDown("the dummy engine was told to be gone")
        return EngineFacts(version="dummy", has_buildkit=True)

    async def build(self, order: Order, output: Output) -> str:
        """Follow the Dockerfile."""
        self.running += 1
        try:
            files = await asyncio.to_thread(_files, order)
            return await self._follow(order, files, output)
        finally:
            self.running -= 1

    async def push(self, image: str, reference: str, *, token: str | None, output: Output) -> str:
        """Put an image into the registry in memory."""
        found = self._images.get(image)
        if self.down or found is None:
            raise BuildError(Reason.ENGINE_LOST, detail="there is no such image")
        self.running += 1
        try:
            await asyncio.sleep(float(found.wishes.get("push-sleep", "0")))
            repository = reference.partition("/")[2].rpartition(":")[0]
            allowed = self.registry.allows(token, repository, "push")
            if "push-denied" in found.wishes or not allowed:
                raise of_push("denied: requested access to the resource is denied")
            output.say(f"{found.digest[7:19]}: Pushed")
            self.registry.images[reference] = found.digest
            self.registry.labels[reference] = found.labels
            self.pushes.append(reference)
            return found.digest
        finally:
            self.running -= 1

    async def remove(self, *names: str) -> None:
        """Forget names."""
        for name in names:
            self._images.pop(name, None)

    async def leftovers(self) -> list[str]:
        """What was built and not removed."""
        return [name for name in self._images if name.startswith(IMAGE_PREFIX)]

    async def prune(self, *, keep_bytes: int) -> int:
        """Forget what is cached."""
        freed = len(self._cache)
        self._cache.clear()
        return freed

    async def close(self) -> None:
        """Nothing is open."""

    async def _follow(self, order: Order, files: dict[str, bytes], output: Output) -> str:
        text = files.get(order.dockerfile, b"").decode(errors="replace")
        wishes = dict(_WISH.findall(text))
        if order.dockerfile not in files:
            raise of_build(f"failed to read dockerfile: open {order.dockerfile}: no such file")
        if "engine-lost" in wishes or self.down:
            raise BuildError(Reason.ENGINE_LOST, detail="it broke off")
        steps = [(kind, _expand(rest, order.arguments)) for kind, rest in _steps(text)]
        await self._pull_bases(order)
        for number, (kind, rest) in enumerate(steps, start=1):
            title = f"[{number}/{len(steps)}] {kind} {rest}".strip()
            await self._step(number, title, files, output)
            if "disk-full" in wishes and kind == "RUN":
                raise of_build("write /file: no space left on device")
        if "print" in wishes:
            _flood(output, len(steps), int(wishes["print"]))
        content = text + repr(sorted(order.arguments.items())) + repr(sorted(files.items()))
        digest = f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"
        self._images[order.image] = _Image(digest, wishes, order.labels)
        return digest

    async def _pull_bases(self, order: Order) -> None:
        for base in base_images(order.dockerfile_text, order.arguments):
            ours = repository_at(base, order.registries[0])
            if ours is not None:
                token = await order.tokens.pull_token(order.registries[0], (ours,))
                if not self.registry.allows(token, ours, "pull"):
                    raise of_build(f"{base}: pull access denied, repository does not exist")
            if ours is None and "/" in base and "." in base.partition("/")[0]:
                raise of_build(f"{base}: failed to do request: dial tcp: lookup: no such host")
            if base not in self.registry.images:
                raise of_build(f"failed to load metadata for {base}: {base}: not found")

    async def _step(self, number: int, title: str, files: dict[str, bytes], output: Output) -> None:
        key = hashlib.sha256((title + repr(sorted(files.items()))).encode()).hexdigest()
        output.step(number, title)
        if key in self._cache:
            output.done(number, cached=True, seconds=None)
            return
        began = time.monotonic()
        kind, _, rest = title.partition("] ")[2].partition(" ")
        code = await _run(number, rest, files, output) if kind == "RUN" else 0
        if kind in ("COPY", "ADD"):
            _copy(rest, files)
        seconds = time.monotonic() - began
        if code:
            output.done(number, cached=False, seconds=seconds, error=f"exit code: {code}")
            raise of_build(f"process did not complete: exit code: {code}", step=title, code=code)
        self._cache.add(key)
        output.done(number, cached=False, seconds=seconds)


def _files(order: Order) -> dict[str, bytes]:
    found = {}
    with tarfile.open(order.context) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                found[member.name] = content.read()
    return found


def _steps(text: str) -> list[tuple[str, str]]:
    steps = []
    for line in text.replace("\\\n", " ").splitlines():
        kind, _, rest = line.strip().partition(" ")
        if not kind or kind.startswith("#"):
            continue
        if kind.upper() not in _KNOWN:
            raise of_build(f"dockerfile parse error: unknown instruction: {kind}")
        steps.append((kind.upper(), rest.strip()))
    if not any(kind == "FROM" for kind, _ in steps):
        raise of_build("dockerfile parse error: no build stage in current context")
    return steps


def _expand(text: str, arguments: Mapping[str, str]) -> str:
    return re.sub(r"\$\{?(\w+)\}?", lambda match: arguments.get(match[1], ""), text)


def _copy(rest: str, files: dict[str, bytes]) -> None:
    words = [word for word in rest.split() if not word.startswith("--")]
    if "--from=" in rest:
        return
    for source in words[:-1]:
        name = source.strip("./")
        if name and not any(path == name or path.startswith(f"{name}/") for path in files):
            raise of_build(f"failed to compute cache key: {source}: not found")


async def _run(number: int, rest: str, files: dict[str, bytes], output: Output) -> int:
    """Run a line as a shell would; returns the exit code."""
    for part in re.split(r"\s*(?:&&|;)\s*", rest):
        words = shlex.split(part)
        if words[:1] == ["sleep"]:
            await asyncio.sleep(float(words[1]))
            continue
        printed, code = _command(words, files)
        output.text(number, printed)
        if code or words[:1] == ["exit"]:
            return code
    return 0


def _command(words: list[str], files: dict[str, bytes]) -> tuple[str, int]:
    """What a command prints, and its exit code."""
    match words:
        case ["echo", *rest]:
            return " ".join(rest) + "\n", 0
        case ["printf", text]:
            return text.replace("\\n", "\n"), 0
        case ["cat", path]:
            return files.get(path.lstrip("/"), b"").decode(), 0
        case ["exit", code]:
            return "", int(code)
        case ["true"] | []:
            return "", 0
        case ["false"]:
            return "", 1
    return f"sh: {words[0]}: not found\n", 127


def _flood(output: Output, number: int, size: int) -> None:
    line = "x" * 99 + "\n"
    for _ in range(size // len(line)):
        output.text(number, line)
