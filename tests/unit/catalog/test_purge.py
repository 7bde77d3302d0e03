"""Deleted repositories leave the registry, and then their name is free."""

import httpx
import pytest

from boatyard.catalog.repositories.tasks import purge
from boatyard.catalog.tags.tasks import describe_due
from boatyard.shared.oci import MediaType
from tests.unit.catalog.kit import Catalog, made, manifest, ok, refused


@pytest.fixture
async def anna(catalog: Catalog) -> httpx.AsyncClient:
    """Anna, who has a repository with a tag."""
    anna = await catalog.person("anna")
    await catalog.push("anna/app", "1")
    return anna


async def delete(anna: httpx.AsyncClient) -> None:
    await ok(anna.delete("/repositories/anna/app", params={"confirm": "anna/app"}))


async def test_a_name_is_free_only_when_the_registry_is_empty(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    image = await catalog.push("anna/app", "2")
    await delete(anna)
    again = {"name": "app"}
    await refused(anna.post("/repositories", json=again), 409, "repository-being-deleted")
    await purge(catalog.state)
    assert await catalog.registry.tags("anna/app") == []
    await purge(catalog.state)
    await refused(anna.post("/repositories", json=again), 409)  # its events have not come back yet
    await catalog.deleted("anna/app", "1", image.digest)
    await catalog.deleted("anna/app", "2", image.digest)
    await purge(catalog.state)
    repository = await made(anna.post("/repositories", json=again))
    assert (repository["tag_count"], repository["pull_count"]) == (0, 0)


async def test_what_no_tag_points_at_goes_as_well(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    child = catalog.image("anna/app", "child")
    catalog.registry.add_manifest("anna/app", child)
    body = {"manifests": [{"mediaType": child.media_type, "digest": child.digest}]}
    index = await catalog.push("anna/app", "1", manifest(body, MediaType.OCI_INDEX))
    await catalog.push("anna/app", "1", catalog.image("anna/app", "newer"))
    await describe_due(catalog.state)
    await delete(anna)
    await purge(catalog.state)
    for digest in (child.digest, index.digest):
        assert await catalog.registry.manifest("anna/app", digest) is None


async def test_a_registry_that_is_away_is_emptied_later(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    await delete(anna)
    catalog.registry.away = True
    await purge(catalog.state)
    catalog.registry.away = False
    assert await catalog.registry.tags("anna/app") == ["1"]
    await purge(catalog.state)
    assert await catalog.registry.tags("anna/app") == []


async def test_events_that_never_come_back_are_not_waited_for_for_ever(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    await delete(anna)
    catalog.clock.advance(minutes=11)
    await purge(catalog.state)
    await purge(catalog.state)
    await made(anna.post("/repositories", json={"name": "app"}))


async def test_a_push_that_was_under_way_is_removed_too(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    await delete(anna)
    await catalog.push("anna/app", "late")
    await purge(catalog.state)
    assert await catalog.registry.tags("anna/app") == []
    await refused(anna.get("/repositories/anna/app"), 404)


async def test_a_tag_of_the_old_repository_is_none_of_the_new(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    image = await catalog.push("anna/app", "1")
    await ok(anna.patch("/repositories/anna/app/tags/1", json={"remark": "old"}))
    await delete(anna)
    await catalog.deleted("anna/app", "1", image.digest)
    await purge(catalog.state)
    await purge(catalog.state)
    await made(anna.post("/repositories", json={"name": "app"}))
    await refused(anna.get("/repositories/anna/app/tags/1/history"), 404, "tag-not-found")
    await catalog.push("anna/app", "1")
    assert (await ok(anna.get("/repositories/anna/app/tags/1")))["remark"] == ""
