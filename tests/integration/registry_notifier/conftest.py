from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.registry_notifier.quay import Quay


@pytest.fixture
async def quay(tmp_path: Path) -> AsyncIterator[Quay]:
    quay = Quay(tmp_path)
    await quay.start()
    yield quay
    await quay.stop()
