"""What stands between a registry and an endpoint, as thin as it can be made: the limit for B2.

A notification is written to a synced SQLite file and answered, sent through JetStream, written to another
synced file, and posted; how that ended is written down later. Nothing is checked, nobody is asked, nothing is
shown to anybody: no catalog, no tokens, no retries, no API. `packaged_pipeline.py` is the same line with the
packages that Boatyard is made of.

python -m benchmarks.bare_pipeline 8080 nats://127.0.0.1:4222 http://127.0.0.1:9000/ folder
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import nats
import uvicorn
from nats.js import JetStreamContext

ENDS_SECONDS = 0.05
SUBJECT = "tags"
Fact = tuple[str, bytes]
"""The id of a notification, and what it tells."""


class Store(Protocol):
    """Where facts are written down; each commit is on the disk when it ends."""

    async def enter(self, facts: Sequence[Fact]) -> None:
        """Write down, in one transaction, that facts were seen, what they tell and how they are."""

    async def end(self, ids: Sequence[str]) -> None:
        """Write down that these have come to their end."""


class File:
    """A store by Python's own driver, with one writer."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        for table in ("seen", "fact", "state"):
            self._connection.execute(f"CREATE TABLE {table} (id TEXT PRIMARY KEY, value BLOB)")
        self._thread, self._turn = ThreadPoolExecutor(1), asyncio.Lock()

    async def enter(self, facts: Sequence[Fact]) -> None:
        """Write down that facts were seen, what they tell and how they are."""
        await self._write(
            ("INSERT OR IGNORE INTO seen VALUES (?, '')", [(id,) for id, _ in facts]),
            ("INSERT OR IGNORE INTO fact VALUES (?, ?)", facts),
            ("INSERT OR IGNORE INTO state VALUES (?, 'begun')", [(id,) for id, _ in facts]),
        )

    async def end(self, ids: Sequence[str]) -> None:
        """Write down that these have come to their end."""
        await self._write(("UPDATE state SET value = 'ended' WHERE id = ?", [(id,) for id in ids]))

    async def _write(self, *changes: tuple[str, Iterable[Any]]) -> None:
        async with self._turn:
            self._connection.execute("BEGIN IMMEDIATE")
            for sql, parameters in changes:
                self._connection.executemany(sql, parameters)
            await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.commit)


class Pipeline:
    """Takes notifications, and posts what they tell."""

    def __init__(
        self, first: Store, second: Store, stream: JetStreamContext, endpoint: str
    ) -> None:
        self._first, self._second = first, second
        self._stream, self._endpoint = stream, endpoint
        self._session = aiohttp.ClientSession()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ended: list[str] = []

    async def take(self, envelope: bytes) -> None:
        """Take the registry's notifications; they may be answered now."""
        facts = list(_facts(json.loads(envelope)))
        if facts:
            await self._first.enter(facts)
        for id, fact in facts:
            self._begin(self._stream.publish(SUBJECT, fact, headers={"Nats-Msg-Id": id}))

    async def consume(self) -> None:
        """Take one fact after the other from the stream, for ever."""
        subscription = await self._stream.pull_subscribe(SUBJECT, "bare")
        while True:
            with suppress(TimeoutError):
                for message in await subscription.fetch(1, timeout=5):
                    id = (message.headers or {})["Nats-Msg-Id"]
                    await self._second.enter([(id, message.data)])
                    await message.ack()
                    self._begin(self._post(id, message.data))

    async def note_ends(self) -> None:
        """Write down, now and then, which requests have come to their end."""
        while True:
            await asyncio.sleep(ENDS_SECONDS)
            if self._ended:
                ended, self._ended = self._ended, []
                await self._second.end(ended)

    async def _post(self, id: str, fact: bytes) -> None:
        signature = hmac.new(b"secret", id.encode() + fact, hashlib.sha256).hexdigest()
        headers = {"webhook-id": id, "webhook-signature": f"v1,{signature}"}
        async with self._session.post(self._endpoint, data=fact, headers=headers) as answer:
            await answer.read()
        self._ended.append(id)

    def _begin(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


def _facts(envelope: Any) -> Iterable[Fact]:
    for event in envelope["events"]:
        target = event["target"]
        if event["action"] == "push" and "tag" in target:
            data = {name: target[name] for name in ("repository", "tag", "digest")}
            yield event["id"], json.dumps({"type": "tag.pushed", "data": data}).encode()


def application(pipeline: Pipeline) -> Any:
    """What answers the registry: as little as HTTP wants."""

    async def answer(_scope: Any, receive: Any, send: Any) -> None:
        await pipeline.take(await _body(receive))
        headers = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 202, "headers": headers})
        await send({"type": "http.response.body"})

    return answer


async def serve(
    arguments: Sequence[str],
    *,
    store: Callable[[Path], Awaitable[Store]],
    application: Callable[[Pipeline], Any],
) -> None:
    """Serve until the process is ended."""
    port, nats_url, endpoint, folder = arguments
    client = await nats.connect(nats_url)
    stream = client.jetstream()
    await stream.add_stream(name="BARE", subjects=[SUBJECT])
    first, second = await store(Path(folder, "first.db")), await store(Path(folder, "second.db"))
    pipeline = Pipeline(first, second, stream, endpoint)
    config = uvicorn.Config(
        application(pipeline),
        port=int(port),
        lifespan="off",
        log_level="warning",
        access_log=False,
    )
    await asyncio.gather(pipeline.consume(), pipeline.note_ends(), uvicorn.Server(config).serve())


async def _file(path: Path) -> Store:
    return File(path)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1:], store=_file, application=application))
