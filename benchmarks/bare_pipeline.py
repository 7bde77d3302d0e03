"""What stands between a registry and an endpoint, as thin as it can be made: the limit for B2.

A notification is written to a synced SQLite file and answered, sent through JetStream, written to another
synced file, and posted; how that ended is written down later. Nothing is checked, nobody is asked, nothing is
shown to anybody: no catalog, no tokens, no retries, no API.

python -m benchmarks.bare_pipeline 8080 nats://127.0.0.1:4222 http://127.0.0.1:9000/ folder
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import sqlite3
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import nats
import uvicorn
from nats.js import JetStreamContext

ENDS_SECONDS = 0.05
SUBJECT = "tags"
Fact = tuple[str, bytes]
"""The id of a notification, and what it tells."""


class File:
    """An SQLite file with one writer; each commit is on the disk when it ends."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        for table in ("seen", "fact", "state"):
            self._connection.execute(f"CREATE TABLE {table} (id TEXT PRIMARY KEY, value BLOB)")
        self._thread, self._turn = ThreadPoolExecutor(1), asyncio.Lock()

    async def write(self, *changes: tuple[str, Iterable[Any]]) -> None:
        """Run statements in one transaction, each for all of its parameters."""
        async with self._turn:
            self._connection.execute("BEGIN IMMEDIATE")
            for sql, parameters in changes:
                self._connection.executemany(sql, parameters)
            await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.commit)


class Pipeline:
    """Takes notifications as an ASGI application, and posts what they tell."""

    def __init__(self, folder: Path, stream: JetStreamContext, endpoint: str) -> None:
        self._first, self._second = File(folder / "first.db"), File(folder / "second.db")
        self._stream, self._endpoint = stream, endpoint
        self._session = aiohttp.ClientSession()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ended: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        facts = list(_facts(json.loads(await _body(receive))))
        await self._first.write(
            ("INSERT OR IGNORE INTO seen VALUES (?, '')", [(id,) for id, _ in facts]),
            ("INSERT OR IGNORE INTO fact VALUES (?, ?)", facts),
            ("INSERT OR REPLACE INTO state VALUES (?, ?)", facts),
        )
        headers = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 202, "headers": headers})
        await send({"type": "http.response.body"})
        for id, fact in facts:
            self._begin(self._stream.publish(SUBJECT, fact, headers={"Nats-Msg-Id": id}))

    async def consume(self) -> None:
        """Take one fact after the other from the stream, for ever."""
        subscription = await self._stream.pull_subscribe(SUBJECT, "bare")
        while True:
            with suppress(TimeoutError):
                for message in await subscription.fetch(1, timeout=5):
                    id = (message.headers or {})["Nats-Msg-Id"]
                    await self._second.write(
                        ("INSERT OR IGNORE INTO seen VALUES (?, '')", [(id,)]),
                        ("INSERT OR IGNORE INTO fact VALUES (?, ?)", [(id, message.data)]),
                        ("INSERT OR IGNORE INTO state VALUES (?, 'begun')", [(id,)]),
                    )
                    await message.ack()
                    self._begin(self._post(id, message.data))

    async def note_ends(self) -> None:
        """Write down, now and then, which requests have come to their end."""
        while True:
            await asyncio.sleep(ENDS_SECONDS)
            if self._ended:
                ended, self._ended = [(id,) for id in self._ended], []
                await self._second.write(("UPDATE state SET value = 'ended' WHERE id = ?", ended))

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


async def serve(port: int, nats_url: str, endpoint: str, folder: Path) -> None:
    """Serve until the process is ended."""
    client = await nats.connect(nats_url)
    stream = client.jetstream()
    await stream.add_stream(name="BARE", subjects=[SUBJECT])
    pipeline = Pipeline(folder, stream, endpoint)
    config = uvicorn.Config(
        pipeline, port=port, lifespan="off", log_level="warning", access_log=False
    )
    await asyncio.gather(pipeline.consume(), pipeline.note_ends(), uvicorn.Server(config).serve())


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4])))
