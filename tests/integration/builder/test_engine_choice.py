"""An engine that somebody else runs, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from boatyard.builder.engine_choice import engine_host
from boatyard.builder.engine_host import SHARED
from boatyard.builder.settings import BuilderSettings
from boatyard.shared.testing.engine import Engine


@pytest.mark.parametrize(("walled_off", "note"), [(False, SHARED), (True, "")])
async def test_operators_are_warned_of_an_engine_that_nobody_says_is_walled_off(
    engine: Engine, tmp_path: Path, walled_off: bool, note: str
) -> None:
    settings = BuilderSettings(
        data_dir=tmp_path,
        private_engine="off",
        docker_host=engine.host,
        engine_walled_off=walled_off,
    )
    host = engine_host(settings)
    await host.engine()
    assert host.note == note
    await host.close()
