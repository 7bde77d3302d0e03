"""The Docker engine's BuildKit over its plain HTTP interface: no command, no buildx.

`POST /build?version=2` takes a gzipped tar as its body and streams BuildKit's own progress. It is a path that
the engine tolerates rather than promises, so the conformance tests hold it, and the classic builder stands
by.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from typing import Any
from uuid import uuid4

from boatyard.builder.engines.base import EngineDown, Order, Output
from boatyard.builder.engines.daemon import Refused
from boatyard.builder.engines.docker import DockerEngine, engine_lost
from boatyard.builder.engines.failures import of_build
from boatyard.builder.engines.protobuf import Malformed
from boatyard.builder.engines.session import AuthService, Session
from boatyard.builder.engines.trace import Narrator

CACHE_NAMESPACE = "BUILDKIT_CACHE_MOUNT_NS"


class BuildKitEngine(DockerEngine):
    """Builds with the engine's BuildKit."""

    async def build(self, order: Order, output: Output) -> str:
        """Build an image and return its id."""
        service = AuthService(order.tokens, registries=order.registries)
        narrator = Narrator(output)
        try:
            async with Session(self.daemon.path, service) as session:
                return await self._build(order, session.id, narrator)
        except Refused as error:
            step, said = narrator.failed_step, narrator.last_words
            raise of_build(str(error), step=step, said=said) from error
        except EngineDown as error:
            raise engine_lost(error) from error

    async def _build(self, order: Order, session: str, narrator: Narrator) -> str:
        build_id = uuid4().hex
        params = self.build_params(order) | {
            "version": "2",
            "session": session,
            "buildid": build_id,
            "extrahosts": cache_mark(order.cache_namespace),
        }
        arguments = {**self.arguments(order), CACHE_NAMESPACE: order.cache_namespace}
        params["buildargs"] = json.dumps(arguments)
        image = ""
        try:
            async for message in self.daemon.build(params, order.context, {}):
                image = _take(message, narrator) or image
        except asyncio.CancelledError:
            await asyncio.shield(self.daemon.cancel_build(build_id))
            raise
        if not image:
            raise EngineDown("the build ended without an image")
        return image


def cache_mark(namespace: str) -> str:
    """A host that a namespace's steps know by name, and that makes them other steps than everybody else's.

    BuildKit caches a step by all that it runs with, the hosts file too, which is no part of the image: nobody
    is told by a cached step what another namespace has run.
    """
    return f"{namespace}.namespace.boatyard.invalid:127.0.0.1"


def _take(message: dict[str, Any], narrator: Narrator) -> str:
    """Tell what a message says; the image's id if it has it. Refused if it is an error."""
    if "error" in message:
        raise Refused(str(message["error"]))
    if message.get("id") == "moby.buildkit.trace":
        try:
            narrator.take(base64.b64decode(message.get("aux") or ""))
        except (binascii.Error, Malformed, TypeError) as error:
            raise EngineDown("the engine's progress can't be read") from error
    elif message.get("id") == "moby.image.id":
        return str((message.get("aux") or {}).get("ID", ""))
    return ""
