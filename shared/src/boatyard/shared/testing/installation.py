"""A whole Boatyard as its user runs it, for tests: the real command, real ports, a folder of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import httpx

from boatyard.shared.testing.processes import ServerProcess, free_port

PASSWORD = "correct-horse-battery"  # noqa: S105 - of accounts that live as long as a test


class Installation:
    """`boatyard serve` in a folder, on free ports unless the environment names others.

    Life cycle: `start`, use `url` and `registry`, `stop`; again for a restart; at the end `remove`.
    """

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.port, self.registry_port = (
            int(environment.get(name) or free_port())
            for name in ("BOATYARD_PORT", "BOATYARD_REGISTRY_PORT")
        )
        self.url = f"http://localhost:{self.port}"
        self.registry = f"localhost:{self.registry_port}"
        self._clients: list[httpx.Client] = []
        self.process = ServerProcess(
            [sys.executable, "-m", "boatyard.standalone", "serve"],
            log=folder / "boatyard.log",
            environment={
                "BOATYARD_DATA_DIR": str(folder / "var"),
                "BOATYARD_PORT": str(self.port),
                "BOATYARD_PUBLIC_URL": self.url,
                "BOATYARD_REGISTRY_PORT": str(self.registry_port),
                "BOATYARD_REGISTRY_HOST": self.registry,
                "BOATYARD_WEBHOOK_DISPATCHER_ALLOW_NETWORKS": "127.0.0.0/8",
                **environment,
            },
        )

    def start(self) -> None:
        """Start it and wait until every part says that it is ready."""
        self.process.start(self.is_ready, seconds=200)

    def stop(self) -> int:
        """Stop it as Ctrl-C does, and return its exit code."""
        return self.process.interrupt()

    def remove(self) -> None:
        """End it, whatever it does, and what speaks to it."""
        self.process.kill()
        for client in self._clients:
            client.close()

    def is_ready(self) -> bool:
        """Whether every part is well."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def sign_up(self, username: str) -> Person:
        """Make an account and sign in."""
        return sign_up(self._client(), username)

    def sign_in(self, username: str) -> Person:
        """Sign in with the password that every account here has."""
        return sign_in(self._client(), username)

    def _client(self) -> httpx.Client:
        client = httpx.Client(base_url=f"{self.url}/api/v1", timeout=20, trust_env=False)
        self._clients.append(client)
        return client


def sign_up(client: httpx.Client, username: str) -> Person:
    """Make an account through a client of the API, and sign in."""
    made = client.post("/accounts", json={"username": username, "password": PASSWORD})
    assert made.status_code == 201, made.text  # noqa: S101 - a test's own check
    return sign_in(client, username)


def sign_in(client: httpx.Client, username: str) -> Person:
    """Sign in through a client of the API."""
    answer = client.post("/session", json={"username": username, "password": PASSWORD})
    assert answer.status_code == 201, answer.text  # noqa: S101 - a test's own check
    client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return Person(username, client)


class Person:
    """Somebody who is signed in."""

    def __init__(self, username: str, client: httpx.Client) -> None:
        self.username, self.api = username, client

    def get(self, path: str, **query: Any) -> Any:
        """What the API answers, which must be a success."""
        return self._ok(self.api.get(path, params=query))

    def post(self, path: str, **body: Any) -> Any:
        """What the API answers, which must be a success."""
        return self._ok(self.api.post(path, json=body or None))

    def put(self, path: str, **body: Any) -> Any:
        """What the API answers, which must be a success."""
        return self._ok(self.api.put(path, json=body or None))

    def patch(self, path: str, **body: Any) -> Any:
        """What the API answers, which must be a success."""
        return self._ok(self.api.patch(path, json=body))

    def delete(self, path: str, **query: Any) -> Any:
        """What the API answers, which must be a success."""
        return self._ok(self.api.delete(path, params=query))

    def token(self, *verbs: str, repository: str = "*", **more: Any) -> str:
        """The secret of a new access token."""
        made = self.post(
            "/account/tokens",
            name="test",
            scopes=[{"repository": repository, "verbs": list(verbs)}],
            **more,
        )
        secret: str = made["secret"]
        return secret

    @staticmethod
    def _ok(answer: httpx.Response) -> Any:
        assert answer.is_success, f"{answer.request.method} {answer.url}: {answer.text}"  # noqa: S101
        return answer.json() if answer.content else None
