"""Real parts for the tests of builder: a registry with token authentication, contexts, recorded output."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from boatyard.builder.engines.base import BaseTokens, NoBaseTokens, Order
from boatyard.catalog.registry_auth import jwt
from boatyard.catalog.registry_auth.keys import KeyRing
from boatyard.catalog.registry_auth.scopes import Scope
from boatyard.shared.clock import SystemClock
from boatyard.shared.registry.config import TokenAuth, registry_config
from boatyard.shared.testing.engine import program
from boatyard.shared.testing.processes import ServerProcess, accepts, free_port

PUBLIC = "public/busybox"
"""A repository that everybody may pull; it holds a base image in which commands run."""
PRIVATE = "secret/base"
"""A repository of another namespace that nobody may pull without a token for it."""
OWN = "team/base"


class TokenRegistry:
    """A registry with token authentication, and the realm that gives anonymous callers what is public."""

    def __init__(self, folder: Path) -> None:
        self.port, self._realm_port = free_port(), free_port()
        self.host = f"localhost:{self.port}"
        self._keys = KeyRing.open(folder / "keys")
        root = folder / "root.pem"
        root.write_text(self._keys.root_pem)
        realm = f"http://127.0.0.1:{self._realm_port}/token"
        config = folder / "registry.yml"
        config.write_text(
            registry_config(
                address=f"127.0.0.1:{self.port}",
                storage=folder / "storage",
                secret="of-the-registry",
                auth=TokenAuth(
                    realm=realm, service="boatyard", issuer="boatyard", root_certificates=root
                ),
            )
        )
        self.process = ServerProcess(
            [program("docker-registry"), "serve", str(config)], log=folder / "registry.log"
        )

    @contextmanager
    def running(self) -> Iterator[None]:
        realm = ThreadingHTTPServer(("127.0.0.1", self._realm_port), self._handler())
        thread = threading.Thread(target=realm.serve_forever, daemon=True)
        thread.start()
        self.start()
        try:
            yield
        finally:
            self.process.stop()
            realm.shutdown()
            realm.server_close()
            thread.join()

    def start(self) -> None:
        """Start the registry, and wait until it answers."""
        self.process.start(lambda: accepts(self.port))

    def token(self, *scopes: str, seconds: int = 300, subject: str = "build:1") -> str:
        """A token for scopes such as `repository:team/app:pull,push`."""
        grants = []
        for scope in scopes:
            kind, name, actions = scope.split(":")
            grants.append(Scope(kind, name, tuple(actions.split(","))))
        return jwt.issue(
            self._keys.key(),
            issuer="boatyard",
            audience="boatyard",
            subject=subject,
            grants=grants,
            seconds=seconds,
            clock=SystemClock(),
        )

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        registry = self

        class Realm(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = parse_qs(urlsplit(self.path).query).get("scope", [])
                public = [scope for scope in asked if scope == f"repository:{PUBLIC}:pull"]
                body = json.dumps({"token": registry.token(*public)}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Realm


@dataclass
class RecordedOutput:
    """What an engine told."""

    steps: dict[int, str] = field(default_factory=dict)
    texts: str = ""
    ends: dict[int, tuple[bool, str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def step(self, number: int, title: str) -> None:
        self.steps[number] = title

    def text(self, number: int, text: str) -> None:
        assert number in self.steps, "a text belongs to a step that was told before"
        self.texts += text

    def done(self, number: int, *, cached: bool, seconds: float | None, error: str = "") -> None:
        assert number not in self.ends, "a step ends once"
        self.ends[number] = (cached, error)

    def say(self, line: str) -> None:
        self.lines.append(line)


@dataclass(frozen=True)
class PullsOf:
    """Gives tokens to pull these repositories and no others."""

    registry: TokenRegistry
    allowed: Sequence[str]

    async def pull_token(self, host: str, repositories: tuple[str, ...]) -> str | None:
        if host != self.registry.host:
            return None
        given = [name for name in repositories if name in self.allowed]
        return self.registry.token(*(f"repository:{name}:pull" for name in given))


def order(
    folder: Path,
    image: str,
    dockerfile: str,
    *,
    registry: str,
    files: Mapping[str, bytes] | None = None,
    tokens: BaseTokens | None = None,
    namespace: str = "team",
    arguments: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    network: Literal["default", "none"] = "none",  # the tests' own engine has no other
    owner: int = 0,
) -> Order:
    """An order to build a Dockerfile with some files beside it."""
    context = folder / f"{image.replace('/', '-').replace(':', '-')}.tar.gz"
    content = {"Dockerfile": dockerfile.encode(), **(files or {})}
    context.write_bytes(gzip.compress(_tar(content, owner), compresslevel=1))
    return Order(
        image=image,
        context=context,
        dockerfile="Dockerfile",
        dockerfile_text=dockerfile,
        registries=(registry,),
        cache_namespace=namespace,
        arguments=arguments or {},
        labels=labels or {},
        network=network,
        tokens=tokens or NoBaseTokens(),
    )


def _tar(content: Mapping[str, bytes], owner: int) -> bytes:
    """An archive of executable files and the folders that they are in."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        folders = {str(above) for name in content for above in Path(name).parents} - {"."}
        for name in (*sorted(folders), *content):
            member = tarfile.TarInfo(name)
            member.mode, member.uid, member.gid = 0o755, owner, owner
            if name in folders:
                member.type = tarfile.DIRTYPE
                archive.addfile(member)
            else:
                member.size = len(content[name])
                archive.addfile(member, io.BytesIO(content[name]))
    return written.getvalue()
