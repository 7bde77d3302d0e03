import asyncio
from pathlib import Path

import pytest

from boatyard.shared.mendable import StartError
from boatyard.standalone.control import AskError, Control, NotRunning, ask


async def greet() -> str:
    return "ahoy"


async def fail() -> str:
    raise StartError("the disk is full")


async def err() -> str:
    raise ZeroDivisionError


async def test_a_command_is_answered_however_deep_the_folder_is(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 20) / ("down" * 20)
    folder.mkdir(parents=True)
    control = Control(folder, {"greet": greet, "fail": fail, "err": err})
    await control.start()
    assert (folder / "control").stat().st_mode & 0o777 == 0o600
    assert await asyncio.to_thread(ask, folder, "greet") == "ahoy"
    with pytest.raises(AskError, match="the disk is full"):
        await asyncio.to_thread(ask, folder, "fail")
    with pytest.raises(AskError, match=r"ZeroDivisionError.*the log of Boatyard says more"):
        await asyncio.to_thread(ask, folder, "err")
    with pytest.raises(AskError, match="does not know how to dance"):
        await asyncio.to_thread(ask, folder, "dance")
    await control.stop()
    with pytest.raises(NotRunning):
        ask(folder, "greet")


async def test_what_a_killed_process_left_is_in_nobodys_way(tmp_path: Path) -> None:
    killed = Control(tmp_path, {})
    await killed.start()
    control = Control(tmp_path, {"greet": greet})
    await control.start()
    assert await asyncio.to_thread(ask, tmp_path, "greet") == "ahoy"
    await control.stop()
    await killed.stop()


def test_nobody_runs_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotRunning):
        ask(tmp_path / "nothing", "greet")
