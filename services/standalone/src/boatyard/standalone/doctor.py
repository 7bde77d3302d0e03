"""`boatyard doctor`: checks every part and says, for each that is not well, what to do."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from boatyard.shared.mendable import MendableError, StartError
from boatyard.shared.runtime import listen
from boatyard.shared.settings import check_environment
from boatyard.standalone import parts
from boatyard.standalone.configuration import local
from boatyard.standalone.embedded import REGISTRY_PORT
from boatyard.standalone.services import SERVICES
from boatyard.standalone.settings import StandaloneSettings

SCARCE_BYTES = 2 * 1024**3
"""Less free disk than this, and the next few images may not fit."""


@dataclass(frozen=True)
class Finding:
    """One part: whether it is well, and what it is or what to do about it."""

    part: str
    well: bool
    says: str


def examine(settings: StandaloneSettings) -> list[Finding]:
    """Check every part of an embedded installation, whether it runs now or not."""
    running = _is_running(settings)
    checks: list[tuple[str, Callable[[], str]]] = [
        ("configuration", _configuration),
        ("data folder", lambda: _folder(settings.data_dir)),
        ("databases", lambda: _databases(settings.data_dir)),
        ("disk", lambda: _disk(settings.data_dir)),
        ("NATS", lambda: f"nats-server {parts.find_nats().version}"),
        ("registry", lambda: parts.find_registry().version),
        ("API port", lambda: _port(settings.host, settings.port, "BOATYARD_PORT", running=running)),
        (
            "registry port",
            lambda: _port(settings.host, settings.registry_port, REGISTRY_PORT, running=running),
        ),
    ]
    findings = [_finding(part, check) for part, check in checks]
    findings.append(_engine())
    if running:
        findings += [
            _finding("public URL", lambda: _public_url(settings)),
            _finding("docker login", lambda: _realm(settings)),
            *_readiness(settings),
        ]
    return findings


def _finding(part: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(part, well=True, says=check())
    except MendableError as error:
        return Finding(part, well=False, says=str(error))


def _configuration() -> str:
    check_environment([StandaloneSettings, *(service.settings for service in SERVICES)])
    return "every BOATYARD_ variable is known"


def _folder(path: Path) -> str:
    if not path.exists():
        return f"{path.absolute()} will be made at the first start"
    probe = path / ".doctor"
    try:
        probe.write_text("written")
        probe.unlink()
    except OSError as error:
        raise StartError(
            f"{path.absolute()} can't be written: {error.strerror}; change its owner"
        ) from error
    return str(path.absolute())


def _databases(path: Path) -> str:
    files = sorted(path.glob("*.db"))
    for file in files:
        try:
            connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
            try:
                answer = connection.execute("PRAGMA quick_check").fetchone()
            finally:
                connection.close()
        except sqlite3.DatabaseError as error:
            raise StartError(f"{file} is damaged ({error}): put a backup in its place") from error
        if answer != ("ok",):
            raise StartError(f"{file} is damaged: put a backup in its place")
    return f"{len(files)} checked, all sound" if files else "none yet"


def _disk(path: Path) -> str:
    there = next(
        parent for parent in (path.absolute(), *path.absolute().parents) if parent.exists()
    )
    free = shutil.disk_usage(there).free
    if free < SCARCE_BYTES:
        raise StartError(f"only {free / 1024**3:.1f} GiB are free at {there}: make room")
    return f"{free / 1024**3:.0f} GiB free"


def _port(host: str, port: int, variable: str, *, running: bool) -> str:
    if running:
        return f"{port}, in use by this Boatyard"
    listen(host, port, variable=variable).close()
    return f"{port} is free"


def _engine() -> Finding:
    return Finding("Docker engine", well=True, says=parts.engine_words(parts.find_engine()))


def _is_running(settings: StandaloneSettings) -> bool:
    """Whether a Boatyard answers: something else may be listening there, and then the port is the finding."""
    try:
        return bool(_ask(settings, "/healthz").json() == {"status": "alive"})
    except (httpx.HTTPError, ValueError):
        return False


def _readiness(settings: StandaloneSettings) -> Iterator[Finding]:
    answer = _ask(settings, "/readyz").json()
    problems: dict[str, str] = answer.get("problems", {})
    if not problems:
        yield Finding("services", well=True, says="running: " + ", ".join(answer["services"]))
    for part, problem in problems.items():
        yield Finding(part, well=False, says=f"{problem}: the log of Boatyard says more")


def _public_url(settings: StandaloneSettings) -> str:
    url = settings.api_url
    try:
        httpx.get(f"{url}/healthz", timeout=5, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        raise StartError(
            f"{url} does not lead here: set BOATYARD_PUBLIC_URL to an address at which people, docker "
            "and the registry reach this Boatyard"
        ) from error
    return f"{url} leads here"


def _realm(settings: StandaloneSettings) -> str:
    """The registry sends docker to the realm for a token: it must be ours."""
    url = f"http://{local(settings.host)}:{settings.registry_port}/v2/"
    try:
        challenge = httpx.get(url, timeout=5, trust_env=False).headers.get("WWW-Authenticate", "")
    except httpx.HTTPError as error:
        raise StartError(
            f"the registry does not answer: {settings.data_dir / 'logs' / 'registry.log'} says more"
        ) from error
    if f'realm="{settings.api_url}/registry/token"' not in challenge:
        raise StartError(
            f"the registry sends people elsewhere than to {settings.api_url}: start Boatyard again"
        )
    return f"the registry at {settings.registry_name} asks {settings.api_url} for tokens"


def _ask(settings: StandaloneSettings, path: str) -> httpx.Response:
    url = f"http://{local(settings.host)}:{settings.port}{path}"
    return httpx.get(url, timeout=5, trust_env=False)
