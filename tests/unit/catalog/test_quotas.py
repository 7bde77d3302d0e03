"""How much a namespace keeps, and what is refused once that is too much."""

from __future__ import annotations

import httpx
import pytest

from boatyard.catalog.tags.tasks import describe_due
from boatyard.shared.events import BUILDS, AskRegistryToken, RegistryActor
from tests.unit.catalog.kit import PASSWORD, Catalog, made, ok
from tests.unit.catalog.test_registry_token import access, get

ANNA = ("anna", PASSWORD)
QUOTA, USAGE = "/namespaces/anna/quota", "/namespaces/anna/usage"


@pytest.fixture
async def anna(catalog: Catalog) -> httpx.AsyncClient:
    """Anna, who administers, with a repository that holds one image."""
    anna = await catalog.person("anna")
    await made(anna.post("/repositories", json={"name": "app"}))
    await catalog.push("anna/app", "v1")
    await describe_due(catalog.state)
    return anna


async def used(anna: httpx.AsyncClient) -> int:
    return int((await ok(anna.get(USAGE)))["bytes"])


async def test_what_is_kept_is_added_up(anna: httpx.AsyncClient) -> None:
    usage = await ok(anna.get(USAGE))
    assert (usage["repositories"], usage["tags"], usage["max_bytes"]) == (1, 1, None)
    assert usage["bytes"] > 0


async def test_into_a_full_namespace_nothing_is_pushed_and_all_is_pulled(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    await ok(anna.put(QUOTA, json={"max_bytes": await used(anna)}))
    push = await get(catalog, "repository:anna/app:pull,push", auth=ANNA)
    assert push.status_code == 403
    assert "delete tags, or ask an administrator" in push.text
    pull = await get(catalog, "repository:anna/app:pull", auth=ANNA)
    assert access(pull) == {"anna/app": ["pull"]}


async def test_with_room_left_all_goes_on(catalog: Catalog, anna: httpx.AsyncClient) -> None:
    await ok(anna.put(QUOTA, json={"max_bytes": await used(anna) + 1}))
    push = await get(catalog, "repository:anna/app:pull,push", auth=ANNA)
    assert access(push) == {"anna/app": ["pull", "push"]}


async def test_a_quota_that_is_taken_away_leaves_that_of_the_settings(
    anna: httpx.AsyncClient,
) -> None:
    assert (await ok(anna.put(QUOTA, json={"max_bytes": 0})))["max_bytes"] == 0
    assert (await anna.delete(QUOTA)).status_code == 204
    assert (await ok(anna.get(USAGE)))["max_bytes"] is None


@pytest.mark.parametrize(
    ("actor", "refused"), [(f"{BUILDS}7", True), (RegistryActor.SWEEPER.value, False)]
)
async def test_a_build_is_told_why_it_can_not_push_and_we_ourselves_always_can(
    catalog: Catalog, anna: httpx.AsyncClient, actor: str, refused: bool
) -> None:
    await ok(anna.put(QUOTA, json={"max_bytes": 1}))
    scopes = ("repository:anna/app:pull,push",)
    given = await catalog.ask(AskRegistryToken(actor=actor, scopes=scopes))
    assert (given.refusal is not None) == refused


async def test_a_namespace_that_is_not_there_has_no_quota(anna: httpx.AsyncClient) -> None:
    answer = await anna.put("/namespaces/nobodys/quota", json={"max_bytes": 1})
    assert answer.status_code == 404
    assert (await anna.get("/namespaces/nobodys/usage")).status_code == 404


async def test_what_no_tag_points_at_does_not_count(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    before = await used(anna)
    image = await catalog.push("anna/app", "v2")
    await describe_due(catalog.state)
    assert await used(anna) > before
    await catalog.deleted("anna/app", "v2", image.digest)
    assert await used(anna) == before
