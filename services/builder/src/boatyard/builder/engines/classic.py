"""The Docker engine's classic builder: the fallback where the engine has no BuildKit.

Its log is plain text, so the steps are read out of it.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any

from boatyard.builder.engines.base import EngineDown, Order, Output
from boatyard.builder.engines.bases import base_images, repository_at
from boatyard.builder.engines.daemon import Refused
from boatyard.builder.engines.docker import DockerEngine, encoded, engine_lost
from boatyard.builder.engines.failures import of_build
from boatyard.builder.engines.trace import LAST_WORDS

_STEP = re.compile(r"Step (\d+)/(\d+) : (.*)", re.DOTALL)
_CACHED = " ---> Using cache"
_NOISE = (
    " ---> ",
    "Removing intermediate container ",
    "Successfully built ",
    "Successfully tagged ",
)
_COLOUR = re.compile(r"\x1b\[(?:91|0)m")


class StepFailed(Exception):
    """The engine told of an error in the stream, with the exit code if a step had one."""

    def __init__(self, message: str, code: int | None) -> None:
        super().__init__(message)
        self.code = code


class ClassicEngine(DockerEngine):
    """Builds with the engine's classic builder."""

    async def build(self, order: Order, output: Output) -> str:
        """Build an image and return its id."""
        reader = _Reader(output)
        image = ""
        try:
            headers = await self._credentials(order)
            async for message in self.daemon.build(
                self.build_params(order), order.context, headers
            ):
                image = reader.take(message) or image
        except StepFailed as error:
            reader.end(error=str(error))
            step, said = reader.title, reader.said
            raise of_build(str(error), step=step, code=error.code, said=said) from error
        except Refused as error:
            raise of_build(str(error)) from error
        except EngineDown as error:
            raise engine_lost(error) from error
        reader.end()
        if not image:
            raise engine_lost(EngineDown("the build ended without an image"))
        return image

    async def _credentials(self, order: Order) -> dict[str, str]:
        """A token for the base images at our own registry, in the header that the engine reads."""
        bases = base_images(order.dockerfile_text, order.arguments)
        found: dict[str, dict[str, str]] = {}
        for host in order.registries:
            ours = tuple(name for base in bases if (name := repository_at(base, host)))
            token = await order.tokens.pull_token(host, ours) if ours else None
            if token is not None:
                found[host] = {"registrytoken": token}
        return {"X-Registry-Config": encoded(found)} if found else {}


@dataclass
class _Reader:
    """Reads the steps out of the text."""

    output: Output
    title: str = ""
    number: int = 0
    cached: bool = False
    began: float = 0.0
    told: set[str] = field(default_factory=set)
    said: str = ""
    """What the step printed last."""
    bare: bool = False
    """Nothing but the step's title came so far; the engine ends it with a line of its own."""

    def take(self, message: dict[str, Any]) -> str:
        """Tell what a message says; the image's id if it has one. StepFailed if it is an error."""
        if "error" in message:
            detail = message.get("errorDetail") or {}
            raise StepFailed(str(message["error"]), detail.get("code"))
        if text := message.get("stream"):
            self._text(str(text))
        elif status := message.get("status"):
            self._status(str(status), str(message.get("id", "")))
        return str((message.get("aux") or {}).get("ID", ""))

    def _text(self, text: str) -> None:
        step = _STEP.match(text)
        if step:
            self.end()
            self.number, self.title = int(step[1]), step[3].strip()
            self.cached, self.bare, self.began = False, True, time.monotonic()
            self.said = ""
            self.output.step(self.number, f"[{step[1]}/{step[2]}] {self.title}")
        elif text.startswith(_CACHED):
            self.cached = True
        elif not text.startswith(_NOISE):
            if not (self.bare and text == "\n"):
                self.said = (self.said + text)[-LAST_WORDS:]
                self.output.text(self.number, _COLOUR.sub("", text))
            self.bare = False

    def _status(self, status: str, layer: str) -> None:
        line = f"{layer}: {status}" if layer else status
        if line not in self.told and not status.startswith(("Downloading", "Extracting")):
            self.told.add(line)
            self.output.text(self.number, f"{line}\n")

    def end(self, *, error: str = "") -> None:
        """The step that runs ends."""
        if self.number:
            seconds = None if self.cached else time.monotonic() - self.began
            self.output.done(self.number, cached=self.cached, seconds=seconds, error=error)
            self.number = 0
