"""Tags that are deleted and restored."""

import asyncio
from collections.abc import Callable

import httpx
import pytest

from tests.unit.catalog.kit import (
    Catalog,
    made,
    names,
    ok,
    refused,
)

TAGS = "/repositories/anna/app/tags"
OTHER_DIGEST = "sha256:" + "9" * 64


async def test_deleting_a_tag_leaves_the_others_of_the_same_image(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    image = await catalog.push("anna/app", "1", catalog.image("anna/app", "x"))
    await catalog.push("anna/app", "2", image)
    deleting = asyncio.create_task(anna.delete(f"{TAGS}/1"))
    await notified_of_delete(catalog, "1")
    await catalog.deleted("anna/app", "1", image.digest)
    catalog.state.arrivals.ring()
    answer = await deleting
    assert (answer.status_code, answer.content) == (204, b"")
    assert names(await ok(anna.get(TAGS))) == ["2"]
    assert await catalog.registry.tags("anna/app") == ["2"]
    assert await catalog.registry.manifest("anna/app", image.digest) is not None


async def notified_of_delete(catalog: Catalog, tag: str) -> None:
    """Wait until the registry was asked to delete a tag."""
    while ("delete-tag", "anna/app", tag, "anna") not in catalog.registry.log:
        await asyncio.sleep(0)


async def test_a_deletion_that_takes_long_is_accepted(
    make_catalog: Callable[..., Catalog],
) -> None:
    catalog = make_catalog(inhabited=True, news_wait_seconds=0)
    anna = await catalog.person("anna")
    await catalog.push("anna/app", "1")
    answer = await anna.delete(f"{TAGS}/1")
    assert answer.status_code == 202
    assert await catalog.registry.tags("anna/app") == []


async def test_a_tag_is_restored_to_what_it_was(catalog: Catalog, anna: httpx.AsyncClient) -> None:
    old = await catalog.push("anna/app", "1", catalog.image("anna/app", "old"))
    await catalog.push("anna/app", "1", catalog.image("anna/app", "new"))
    restoring = asyncio.create_task(anna.post(f"{TAGS}/1/restore", json={"digest": old.digest}))
    while not catalog.registry.log:
        await asyncio.sleep(0)
    assert catalog.registry.log == [("put", "anna/app", "1", "anna")]
    await catalog.push("anna/app", "1", old)
    catalog.state.arrivals.ring()
    restored = await ok(restoring)
    assert restored["digest"] == old.digest
    assert len((await ok(anna.get(f"{TAGS}/1/history")))["items"]) == 3


async def test_restoring_what_a_tag_points_at_already_is_done_at_once(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    image = await catalog.push("anna/app", "1")
    restored = await ok(anna.post(f"{TAGS}/1/restore", json={"digest": image.digest}))
    assert restored["digest"] == image.digest


async def test_a_deleted_tag_comes_back(make_catalog: Callable[..., Catalog]) -> None:
    catalog = make_catalog(inhabited=True, news_wait_seconds=0)
    anna = await catalog.person("anna")
    image = await catalog.push("anna/app", "1")
    await catalog.deleted("anna/app", "1", image.digest)
    answer = await anna.post(f"{TAGS}/1/restore", json={"digest": image.digest})
    assert answer.status_code == 202
    assert await catalog.registry.tags("anna/app") == ["1"]


async def test_only_what_a_tag_pointed_at_can_be_restored(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    await made(anna.post("/repositories", json={"name": "other"}))
    await catalog.push("anna/app", "1")
    elsewhere = await catalog.push("anna/other", "1", catalog.image("anna/other", "secret"))
    beside = await catalog.push("anna/app", "2", catalog.image("anna/app", "beside"))
    for digest in (elsewhere.digest, beside.digest, OTHER_DIGEST):
        request = anna.post(f"{TAGS}/1/restore", json={"digest": digest})
        await refused(request, 422, field="body.digest")
    assert catalog.registry.log == []


@pytest.mark.parametrize(
    "digest", ["", "latest", "sha256:123", "md5:" + "0" * 32, "sha256:" + "G" * 64]
)
async def test_what_is_no_digest_is_refused(
    catalog: Catalog, anna: httpx.AsyncClient, digest: str
) -> None:
    await catalog.push("anna/app", "1")
    request = anna.post(f"{TAGS}/1/restore", json={"digest": digest})
    await refused(request, 422, field="body.digest")


async def test_an_image_that_is_gone_can_not_be_restored(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    old = await catalog.push("anna/app", "1", catalog.image("anna/app", "old"))
    await catalog.push("anna/app", "1", catalog.image("anna/app", "new"))
    await catalog.registry.delete_manifest("anna/app", old.digest)
    request = anna.post(f"{TAGS}/1/restore", json={"digest": old.digest})
    await refused(request, 410, "manifest-gone")


async def test_a_registry_that_is_away_is_said_to_be(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    image = await catalog.push("anna/app", "1")
    catalog.registry.away = True
    for request in (
        anna.delete(f"{TAGS}/1"),
        anna.post(f"{TAGS}/1/restore", json={"digest": image.digest}),
    ):
        answer = await request
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
