"""The registry's client, where the registry does not do what it is asked to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from boatyard.shared.registry import Manifest, RegistryUnavailable
from boatyard.shared.registry.client import RegistryClient
from boatyard.shared.registry.tokens import NoTokens
from boatyard.shared.testing.receiver import Receiver, Reply

DIGEST = "sha256:" + "0" * 64


async def put(client: RegistryClient) -> None:
    await client.put_tag("team/app", "v1", Manifest(DIGEST, "m", b"{}"), actor="anna")


async def delete(client: RegistryClient) -> None:
    await client.delete_manifest("team/app", DIGEST)


@pytest.mark.parametrize("change", [put, delete])
async def test_a_registry_that_can_only_be_read_has_changed_nothing(
    change: Callable[[RegistryClient], Awaitable[None]],
) -> None:
    receiver = Receiver()
    await receiver.start()
    receiver.always(Reply(405, body=b'{"errors":[{"code":"UNSUPPORTED"}]}'))
    client = RegistryClient(receiver.url, NoTokens())
    with pytest.raises(RegistryUnavailable, match="only be read"):
        await change(client)
    await client.close()
    await receiver.stop()
