"""Favourites: starred repositories, as far as they can be seen now."""

from typing import Any

import httpx

from tests.unit.catalog.kit import Catalog, made, names, ok, refused


async def repository(owner: httpx.AsyncClient, name: str, **more: Any) -> Any:
    return await made(owner.post("/repositories", json={"name": name, **more}))


async def test_a_star_counts_once(catalog: Catalog) -> None:
    anna, bert = await catalog.person("anna"), await catalog.person("bert")
    await repository(anna, "app", public=True)
    for _ in range(2):
        await ok(bert.put("/favourites/anna/app"))
    view = await ok(bert.get("/repositories/anna/app"))
    assert (view["starred"], view["star_count"]) == (True, 1)
    assert (await ok(anna.get("/repositories/anna/app")))["starred"] is False
    for _ in range(2):
        await ok(bert.delete("/favourites/anna/app"))
    assert (await ok(bert.get("/repositories/anna/app")))["star_count"] == 0


async def test_a_favourite_that_goes_private_disappears_and_comes_back(catalog: Catalog) -> None:
    anna, bert = await catalog.person("anna"), await catalog.person("bert")
    await repository(anna, "app", public=True)
    await ok(bert.put("/favourites/anna/app"))
    assert names(await ok(bert.get("/favourites"))) == ["app"]
    await ok(anna.patch("/repositories/anna/app", json={"public": False}))
    assert names(await ok(bert.get("/favourites"))) == []
    await ok(anna.patch("/repositories/anna/app", json={"public": True}))
    assert names(await ok(bert.get("/favourites", params={"q": "app"}))) == ["app"]
    await ok(anna.delete("/repositories/anna/app", params={"confirm": "anna/app"}))
    assert names(await ok(bert.get("/favourites"))) == []


async def test_favourites_are_for_those_who_are_signed_in(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    await repository(anna, "app", public=True)
    client = catalog.client()
    await refused(client.get("/favourites"), 401)
    await refused(client.put("/favourites/anna/app"), 401)
    await refused(client.delete("/favourites/anna/app"), 401)
    await refused(anna.put("/favourites/anna/nothing"), 404)
