from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from boatyard.shared.logging import set_up_logging
from tests.api.people import Scene
from tests.api.yard import Yard


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def yard(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Yard]:
    set_up_logging(level="warning", format="json")
    yard = Yard(tmp_path_factory.mktemp("yard"))
    await yard.start()
    yield yard
    await yard.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def scene(yard: Yard) -> Scene:
    """Everybody who calls, and what they find; made once, since nothing that a test needs is used up."""
    scene = Scene(yard)
    await scene.prepare()
    return scene
