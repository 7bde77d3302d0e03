"""A receiver of webhooks that listens while a test is busy with commands."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from boatyard.shared.testing.receiver import Behaviour, Received, Receiver, Reply

T = TypeVar("T")


class Mailbox:
    """A Receiver in a thread of its own. `start`, give `url` to a webhook, `wait_for`, `stop`."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mailbox")
        self._receiver = Receiver(host=host)

    def start(self) -> None:
        self._thread.start()
        self._do(self._receiver.start())

    def stop(self) -> None:
        self._do(self._receiver.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        return f"{self._receiver.url}/hook"

    @property
    def requests(self) -> list[Received]:
        return list(self._receiver.requests)

    def then(self, *answers: Reply | Behaviour) -> None:
        self._loop.call_soon_threadsafe(self._receiver.then, *answers)

    def always(self, answer: Reply | Behaviour) -> None:
        self._loop.call_soon_threadsafe(self._receiver.always, answer)

    def wait_for(
        self, wanted: int | Callable[[Sequence[Received]], bool], *, seconds: float = 30
    ) -> list[Received]:
        return self._do(self._receiver.wait_for(wanted, seconds=seconds))

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
