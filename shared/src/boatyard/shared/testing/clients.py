"""The registry clients that people use, for tests: docker, skopeo, buildah and containerd's ctr.

Each keeps one person's credentials in a folder of its own, so that logins don't mix, and shows a password to
no process list. A command that fails is no error here: look at `returncode`, or use `output_of`.
"""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from boatyard.shared.testing.engine import Engine, program
from boatyard.shared.testing.images import Index, tar_of

TIMEOUT_SECONDS = 60.0

Done = subprocess.CompletedProcess[str]
"""A command that ended. Its `stdout` holds standard error too, in the order in which they were written."""


def output_of(done: Done) -> str:
    """What a command printed; AssertionError with it if the command failed."""
    assert done.returncode == 0, f"{done.args} ended with {done.returncode}:\n{done.stdout}"  # noqa: S101
    return done.stdout


class Docker:
    """The docker command with an engine and one person's credentials."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._environment = {
            "DOCKER_HOST": engine.host,
            "DOCKER_CONFIG": str(folder),
            "DOCKER_BUILDKIT": "0",  # Debian's docker.io comes without buildx
        }

    def run(self, *arguments: str, stdin: bytes = b"") -> Done:
        """Any docker command."""
        return _run([program("docker"), *arguments], stdin=stdin, environment=self._environment)

    def login(self, registry: str, username: str, password: str) -> Done:
        """Sign in to a registry, written `host:port`."""
        arguments = ("login", "--username", username, "--password-stdin", registry)
        return self.run(*arguments, stdin=password.encode())

    def logout(self, registry: str) -> Done:
        """Forget the credentials of a registry."""
        return self.run("logout", registry)

    def build(self, reference: str, *, text: str = "hello", label: str = "") -> Done:
        """Build an image of one small file from scratch. Another text makes another digest."""
        dockerfile = (
            f'FROM scratch\nCOPY hello.txt /\nLABEL text="{label or text}"\nCMD ["/hello"]\n'
        )
        context = tar_of({"Dockerfile": dockerfile.encode(), "hello.txt": text.encode()})
        return self.run("build", "--tag", reference, "-", stdin=context)

    def build_busybox(self, reference: str, *, says: str = "hello") -> Done:
        """Build an image of 2 MB that can run: it prints `says`."""
        busybox = Path(program("busybox")).read_bytes()
        dockerfile = (
            f'FROM scratch\nCOPY busybox /bin/busybox\nCMD ["/bin/busybox", "echo", "{says}"]\n'
        )
        context = tar_of({"Dockerfile": dockerfile.encode(), "busybox": busybox}, executable=True)
        return self.run("build", "--tag", reference, "-", stdin=context)

    def tag(self, reference: str, new: str) -> Done:
        """Give an image one more name."""
        return self.run("tag", reference, new)

    def push(self, reference: str) -> Done:
        """Push an image."""
        return self.run("push", reference)

    def pull(self, reference: str) -> Done:
        """Pull an image."""
        return self.run("pull", reference)

    def rmi(self, *references: str) -> Done:
        """Remove images from the engine."""
        return self.run("rmi", "--force", *references)

    def digest(self, reference: str) -> str:
        """The digest under which the registry keeps an image that was pushed or pulled."""
        names = output_of(self.run("inspect", "--format", '{{join .RepoDigests "\\n"}}', reference))
        repository = reference.rpartition(":")[0]
        found = [name for name in names.split() if name.startswith(f"{repository}@")]
        assert found, f"{reference} has no digest of {repository}: {names}"  # noqa: S101
        return found[0].partition("@")[2]


class Skopeo:
    """skopeo with one person's credentials; registries are spoken to in plain HTTP."""

    def __init__(self, folder: Path) -> None:
        self._authfile = folder / "auth.json"
        self._policy = folder / "policy.json"
        self._policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')

    def run(self, *arguments: str, stdin: bytes = b"") -> Done:
        """Any skopeo command."""
        return _run([program("skopeo"), "--policy", str(self._policy), *arguments], stdin=stdin)

    def login(self, registry: str, username: str, password: str) -> Done:
        """Sign in to a registry, written `host:port`."""
        auth = ("--authfile", str(self._authfile), "--tls-verify=false")
        arguments = ("login", *auth, "--username", username, "--password-stdin", registry)
        return self.run(*arguments, stdin=password.encode())

    def copy(self, source: str, destination: str) -> Done:
        """Copy an image with all its platforms and its digests; both are written `transport:name`."""
        flags = ("--all", "--preserve-digests", "--src-tls-verify=false", "--dest-tls-verify=false")
        return self.run("copy", *flags, *self._auth(), source, destination)

    def inspect(self, reference: str, *flags: str) -> Done:
        """What the registry tells about `docker://…`, as JSON."""
        return self.run("inspect", "--tls-verify=false", *self._auth(), *flags, reference)

    def _auth(self) -> tuple[str, ...]:
        return ("--authfile", str(self._authfile)) if self._authfile.exists() else ()


class Buildah:
    """buildah with a store of its own and one person's credentials; it needs no engine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, *arguments: str, stdin: bytes = b"") -> Done:
        """Any buildah command."""
        store = ("--root", str(self._folder / "store"), "--runroot", str(self._folder / "run"))
        return _run(
            [program("buildah"), *store, "--storage-driver", "vfs", *arguments],
            stdin=stdin,
            environment={"REGISTRY_AUTH_FILE": str(self._folder / "auth.json")},
        )

    def login(self, registry: str, username: str, password: str) -> Done:
        """Sign in to a registry, written `host:port`."""
        arguments = ("--username", username, "--password-stdin", "--tls-verify=false", registry)
        return self.run("login", *arguments, stdin=password.encode())

    def load(self, image: Index, reference: str) -> Done:
        """Put an image into the store under the name that it will be pushed to."""
        identity = output_of(self.run("pull", "--quiet", image.source)).split()[-1]
        return self.run("tag", identity, reference)

    def push(self, reference: str) -> Done:
        """Push an image."""
        return self.run("push", "--tls-verify=false", reference, f"docker://{reference}")

    def pull(self, reference: str) -> Done:
        """Pull an image."""
        return self.run("pull", "--tls-verify=false", f"docker://{reference}")


class Ctr:
    """A containerd of the kind that Kubernetes runs, through ctr, as one person or anonymously."""

    def __init__(self, engine: Engine, *, username: str = "", password: str = "") -> None:
        self._engine, self._username, self._password = engine, username, password

    def run(self, *arguments: str) -> Done:
        """Any ctr command. ctr asks for the password on a terminal, so it is given one."""
        command = [program("ctr"), "--address", str(self._engine.containerd)]
        ours, terminal = pty.openpty()
        try:
            os.write(ours, f"{self._password}\n".encode())
            return _run([*command, "--namespace", "boatyard", *arguments], terminal=terminal)
        finally:
            os.close(terminal)
            os.close(ours)

    def pull(self, reference: str) -> Done:
        """Pull an image."""
        flags = ("--plain-http", "--snapshotter", "native", *self._user())
        return self.run("images", "pull", *flags, reference)

    def push(self, reference: str) -> Done:
        """Push an image that was pulled or tagged."""
        return self.run("images", "push", "--plain-http", *self._user(), reference)

    def tag(self, reference: str, new: str) -> Done:
        """Give an image one more name."""
        return self.run("images", "tag", "--force", reference, new)

    def remove(self, *references: str) -> Done:
        """Remove images from containerd."""
        return self.run("images", "remove", *references)

    def _user(self) -> tuple[str, ...]:
        return ("--user", self._username) if self._username else ()


def _run(
    argv: list[str],
    *,
    stdin: bytes = b"",
    terminal: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> Done:
    given: dict[str, Any] = {"input": stdin} if terminal is None else {"stdin": terminal}
    done = subprocess.run(  # noqa: S603 - a test's own command line
        argv,
        **given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **(environment or {})},  # noqa: TID251 - passed on whole
        timeout=TIMEOUT_SECONDS,
        check=False,
        start_new_session=True,  # no terminal of ours to ask a password on
    )
    return Done(done.args, done.returncode, done.stdout.decode(errors="replace"))
