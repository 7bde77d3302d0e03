import asyncio
import sys
from pathlib import Path

import pytest

from boatyard.shared.mendable import StartError
from boatyard.standalone import children
from boatyard.standalone.children import Child, free_port

LISTEN = """
import socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("up", flush=True)
time.sleep(60)
"""


def child(folder: Path, code: str = LISTEN) -> Child:
    port = free_port()
    argv = [sys.executable, "-c", code, str(port)]
    return Child("the server", argv, port=port, variable="A_PORT", log_file=folder / "server.log")


async def test_it_is_started_watched_and_stopped(tmp_path: Path) -> None:
    server = child(tmp_path)
    await server.start()
    first, stop = server.pid, asyncio.Event()
    assert first
    watching = asyncio.create_task(server.watch(stop))
    await server.stop()
    async with asyncio.timeout(30):
        while server.pid in (None, first):
            await asyncio.sleep(0.01)
    stop.set()
    await watching
    await server.stop()
    assert server.pid is None


async def test_its_last_words_are_told_when_it_does_not_start(tmp_path: Path) -> None:
    server = child(tmp_path, "import sys; sys.exit('the disk is full')")
    with pytest.raises(StartError, match="the server did not start: the disk is full"):
        await server.start()


async def test_a_port_in_use_is_named_with_what_sets_it(tmp_path: Path) -> None:
    server = child(tmp_path)
    taken = await asyncio.start_server(
        lambda reader, writer: writer.close(), "127.0.0.1", server.port
    )
    async with taken:
        with pytest.raises(StartError, match=f"port {server.port} is in use.* in A_PORT"):
            await server.start()


async def test_a_large_log_is_put_aside_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "LOG_BYTES", 10)
    (tmp_path / "server.log").write_text("what was said before")
    server = child(tmp_path)
    await server.start()
    await server.stop()
    assert (tmp_path / "server.old.log").read_text() == "what was said before"
    assert (tmp_path / "server.log").read_text() == "up\n"


async def test_it_is_restarted_on_purpose_at_once_and_without_an_alarm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = child(tmp_path)
    await server.start()
    first, stop = server.pid, asyncio.Event()
    watching = asyncio.create_task(server.watch(stop))
    await server.restart()
    assert server.pid not in (None, first)
    assert "server_ended" not in capsys.readouterr().out
    stop.set()
    await watching
    await server.stop()
