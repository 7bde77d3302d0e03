"""A receiver of webhooks, which can also play an API, for the tests of the command line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.mailbox import Mailbox


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    mailbox.start()
    yield mailbox
    mailbox.stop()
