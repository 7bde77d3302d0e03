"""Delivers events as GitHub does: signed, once, remembered, and again under one guid if asked to."""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import threading
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx

from boatyard.shared.testing.github.shapes import iso
from boatyard.shared.testing.github.world import FakeApp, World

ANSWER_SECONDS = 10.0
"""How long GitHub waits for an answer."""


@dataclass(frozen=True)
class Address:
    """A webhook: where it is, what signs for it, and whose it is."""

    url: str
    secret: str
    hook_id: int
    target_type: str
    target_id: int
    content_type: str = "json"


@dataclass
class Attempt:
    """One attempt to deliver."""

    id: int
    guid: str
    event: str
    payload: dict[str, Any]
    address: Address
    redelivery: bool
    delivered_at: str
    status_code: int = 0
    answer: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """In GitHub's words."""
        if 200 <= self.status_code < 300:
            return "OK"
        if self.status_code:
            return f"Invalid HTTP Response: {self.status_code}"
        return "failed to connect to host"


class Courier:
    """Delivers in the background, one after the other. `losing` makes every attempt fail to connect."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.attempts: list[Attempt] = []
        self.losing = False
        self._queue: queue.Queue[Attempt | None] = queue.Queue()
        self._http = httpx.Client(timeout=ANSWER_SECONDS, trust_env=False)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what is under way."""
        self._queue.put(None)
        self._thread.join()
        self._http.close()

    def settle(self) -> None:
        """Wait until everything was attempted."""
        self._queue.join()

    def send(self, event: str, payload: dict[str, Any], *, project_id: int | None = None) -> None:
        """Tell every webhook that listens to the event."""
        for address in self._listeners(event, project_id):
            self.post(event, payload, address)

    def post(
        self, event: str, payload: dict[str, Any], address: Address, *, guid: str | None = None
    ) -> None:
        """Tell one webhook."""
        attempt = Attempt(
            id=self.world.next_id(),
            guid=guid or str(uuid.uuid4()),
            event=event,
            payload=payload,
            address=address,
            redelivery=guid is not None,
            delivered_at=iso(self.world.clock.now()),
        )
        self.attempts.append(attempt)
        self._queue.put(attempt)

    def app_address(self) -> Address:
        """The App's webhook."""
        app = self.world.app
        assert app is not None  # noqa: S101 - a mistake in the test
        return Address(app.webhook_url, app.webhook_secret, app.id, "integration", app.id)

    def _listeners(self, event: str, project_id: int | None) -> list[Address]:
        world = self.world
        found = [
            Address(
                hook.url, hook.secret, hook.id, "repository", hook.project_id, hook.content_type
            )
            for hook in world.hooks.values()
            if hook.project_id == project_id and event in hook.events
        ]
        project = world.projects.get(project_id or 0)
        installed = project is None or world.installation_of(project) is not None
        if world.app and world.is_github_app and installed and _told(event, world.app):
            found.append(self.app_address())
        return found

    def _run(self) -> None:
        while (attempt := self._queue.get()) is not None:
            try:
                if not self.losing:
                    self._deliver(attempt)
            finally:
                self._queue.task_done()
        self._queue.task_done()

    def _deliver(self, attempt: Attempt) -> None:
        body, attempt.headers = signed(
            attempt.event, attempt.payload, attempt.address, guid=attempt.guid
        )
        try:
            answer = self._http.post(attempt.address.url, content=body, headers=attempt.headers)
        except httpx.HTTPError:
            return
        attempt.status_code, attempt.answer = answer.status_code, answer.text


def _told(event: str, app: FakeApp) -> bool:
    """Whether an App hears of an event: of those about itself unasked."""
    unasked = event.startswith("installation") or event == "github_app_authorization"
    return unasked or event in app.events


def signed(
    event: str, payload: dict[str, Any], address: Address, *, guid: str
) -> tuple[bytes, dict[str, str]]:
    """The body and the headers of a delivery."""
    text = json.dumps(payload, separators=(",", ":"))
    form = address.content_type == "form"
    body = (urlencode({"payload": text}) if form else text).encode()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded" if form else "application/json",
        "User-Agent": "GitHub-Hookshot/b0a7a3d",
        "X-GitHub-Delivery": guid,
        "X-GitHub-Event": event,
        "X-GitHub-Hook-ID": str(address.hook_id),
        "X-GitHub-Hook-Installation-Target-Type": address.target_type,
        "X-GitHub-Hook-Installation-Target-ID": str(address.target_id),
        **signature_headers(body, address.secret),
    }
    return body, headers


def signature_headers(body: bytes, secret: str) -> dict[str, str]:
    """The signatures that GitHub sends beside a body."""
    if not secret:
        return {}
    key = secret.encode()
    return {
        "X-Hub-Signature": f"sha1={hmac.new(key, body, hashlib.sha1).hexdigest()}",
        "X-Hub-Signature-256": f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}",
    }
