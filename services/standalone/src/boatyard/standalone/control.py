"""How a command asks the Boatyard that runs in a data folder to do something: over a socket in that folder.

Who may write into the folder may ask. A question is a word on a line, an answer is a line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from boatyard.shared.logging import get_logger
from boatyard.shared.mendable import MendableError

NAME = "control"
Act = Callable[[], Awaitable[str]]
"""Does what a word asks for; returns what to tell the person, or raises MendableError."""


class NotRunning(MendableError):
    """No Boatyard listens in this folder."""


class AskError(MendableError):
    """Boatyard could not do it, and says why."""


class Control:
    """Listens in a folder. `start`, `stop`."""

    def __init__(self, folder: Path, acts: Mapping[str, Act]) -> None:
        self._folder, self._acts = folder, acts
        self._server: asyncio.Server | None = None
        self._log = get_logger("embedded")

    async def start(self) -> None:
        """Listen; a socket that was left by a process that was killed is replaced."""
        self._server = await asyncio.start_unix_server(self._answer, sock=self._listener())

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
            (self._folder / NAME).unlink(missing_ok=True)

    def _listener(self) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX)
        with _short(self._folder) as address:
            Path(address).unlink(missing_ok=True)
            listener.bind(address)
            Path(address).chmod(0o600)
        return listener

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            word = (await reader.readline()).decode(errors="replace").strip()
            answer = await self._done(word)
            with suppress(ConnectionError):  # whoever asked has left
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        finally:
            writer.close()

    async def _done(self, word: str) -> dict[str, str]:
        act = self._acts.get(word)
        if act is None:
            return {"error": f"this Boatyard does not know how to {word}: start it again"}
        try:
            return {"done": await act()}
        except MendableError as error:
            return {"error": str(error)}
        except Exception as error:
            self._log.error("command_failed", command=word, exc_info=error)
            return {"error": f"it failed ({type(error).__name__}): the log of Boatyard says more"}


def ask(folder: Path, word: str) -> str:
    """What the Boatyard in a folder says once it has done something; NotRunning, or AskError."""
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            with _short(folder) as address:
                connection.connect(address)
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise NotRunning(f"no Boatyard runs in {folder}") from error
        except OSError as error:
            raise AskError(f"the Boatyard in {folder} can't be asked: {error.strerror}") from error
        connection.sendall(word.encode() + b"\n")
        answer = connection.makefile("rb").readline()
    if not answer:
        raise AskError("Boatyard was stopped meanwhile: ask again once it runs")
    said: dict[str, str] = json.loads(answer)
    if "error" in said:
        raise AskError(said["error"])
    return said["done"]


@contextmanager
def _short(folder: Path) -> Iterator[str]:
    """The socket's address by way of the folder's descriptor: it may have 107 bytes, and folders are deep."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{NAME}"
    finally:
        os.close(descriptor)
