"""Which engine is used: a private one where that is possible, else the one that is there."""

from __future__ import annotations

from urllib.parse import urlsplit

from boatyard.builder.engine_host import EngineHost, Found
from boatyard.builder.engines.base import Engine, EngineDown
from boatyard.builder.engines.classic import ClassicEngine
from boatyard.builder.engines.docker import DockerEngine, Traits
from boatyard.builder.engines.dummy import DummyEngine
from boatyard.builder.engines.private.cgroups import Limits
from boatyard.builder.engines.private.engine import (
    FIRST_UID,
    PrivateEngine,
    PrivateSettings,
    missing,
)
from boatyard.builder.engines.private.proxy import Proxy
from boatyard.builder.settings import BuilderSettings
from boatyard.shared.egress import EgressPolicy
from boatyard.shared.logging import get_logger

_LOOPBACK = frozenset({"localhost", "127.0.0.1"})
_log = get_logger("builder")


def engine_host(settings: BuilderSettings) -> EngineHost:
    """The host of the engine that the settings lead to."""

    async def find() -> Found:
        if settings.engine == "dummy":
            return Found(engine=DummyEngine(), registry=settings.engine_registry)
        why = missing() if settings.private_engine == "auto" else ""
        if settings.private_engine == "off" or why:
            return await _shared(settings, note=why and f"no private engine can run here: {why}")
        try:
            return await _private(settings)
        except EngineDown as error:
            if settings.private_engine == "on":
                raise
            _log.warning("private_engine_failed", reason=str(error))
            return await _shared(settings, note=str(error))

    return EngineHost(find)


async def _shared(settings: BuilderSettings, *, note: str) -> Found:
    traits = Traits(
        walled_off=settings.engine_walled_off, push_seconds=settings.push_timeout_seconds
    )
    try:
        engine = await _docker(settings, settings.docker_host, traits, remapped=False)
    except EngineDown as error:
        raise EngineDown(f"{error}; {note}" if note else str(error)) from error
    return Found(engine=engine, registry=settings.engine_registry, note=note)


async def _private(settings: BuilderSettings) -> Found:
    registry = relayed_registry(settings)
    address = urlsplit(settings.registry_url)
    private = PrivateEngine(
        PrivateSettings(
            folder=settings.data_dir / "engine",
            limits=Limits(
                memory_mib=settings.memory_mib, cpus=settings.cpus, processes=settings.processes
            ),
            disk_gib=settings.disk_gib,
            registry=registry,
            registry_address=(
                address.hostname or "127.0.0.1",
                address.port or (443 if address.scheme == "https" else 80),
            ),
        ),
        Proxy(
            policy=EgressPolicy.parse(settings.build_allow_networks),
            always=frozenset({settings.registry_host}) - _LOOPBACK,
        ),
    )
    await private.start()
    traits = Traits(
        walled_off=True,
        arguments=private.proxy_variables,
        push_seconds=settings.push_timeout_seconds,
    )
    try:
        engine = await _docker(settings, private.host, traits, remapped=True)
    except BaseException:
        await private.stop()
        raise
    unbounded = ", ".join(private.unbounded)
    note = f"builds are not limited here in: {unbounded}" if unbounded else ""
    return Found(engine=engine, registry=registry, keeper=private, note=note)


def relayed_registry(settings: BuilderSettings) -> str:
    """The name of the registry inside the private engine's network, where a relay leads to it.

    It is a loopback one: the engine speaks plain HTTP to those, and nobody else can be meant by it there.
    """
    wanted = settings.engine_registry
    host, _, port = wanted.partition(":")
    if host in _LOOPBACK and port:
        return wanted
    return f"localhost:{urlsplit(settings.registry_url).port or 5000}"


async def _docker(
    settings: BuilderSettings, host: str, traits: Traits, *, remapped: bool
) -> Engine:
    """A Docker engine with the builder that the settings name, or BuildKit where it has it."""
    wanted = settings.engine
    if wanted == "auto":
        probe = DockerEngine(host)
        try:
            wanted = "buildkit" if (await probe.check()).has_buildkit else "classic"
        finally:
            await probe.close()
    if wanted == "classic":
        return ClassicEngine(host, traits)
    # Imported late: HTTP/2 takes a third of a second to load, which the start of the service has no time for.
    from boatyard.builder.engines.buildkit import BuildKitEngine

    # BuildKit takes a context's owners as they are, and root is another user in a remapped engine.
    return BuildKitEngine(host, traits.owned_by(FIRST_UID if remapped else 0))
