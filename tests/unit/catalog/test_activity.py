"""How often a repository is pushed to and pulled from, day by day."""

import httpx

from tests.unit.catalog.kit import Catalog, names, ok, pushed, refused

ACTIVITY = "/repositories/anna/app/activity"
A_DAY = 24 * 3600


async def test_pushes_and_pulls_are_counted_on_their_day(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    image = await catalog.push("anna/app", "1.0")
    await catalog.push("anna/app", "1.1", image)
    catalog.clock.advance(seconds=2 * A_DAY)
    await catalog.pulled("anna/app", image.digest, "1.0")
    await catalog.pulled("anna/app", image.digest)
    days = (await ok(anna.get(ACTIVITY, params={"days": 3})))["days"]
    assert [(day["pushes"], day["pulls"]) for day in days] == [(2, 0), (0, 0), (0, 2)]
    today = catalog.clock.now().date().isoformat()
    assert days[-1]["day"] == today


async def test_what_is_told_twice_counts_once(catalog: Catalog, anna: httpx.AsyncClient) -> None:
    image = await catalog.push("anna/app", "1.0")
    await catalog.handle(
        pushed(1, image.digest, repository="anna/app", tag="1.0", occurred_at=catalog.clock.now())
    )
    [day] = (await ok(anna.get(ACTIVITY, params={"days": 1})))["days"]
    assert day["pushes"] == 1


async def test_a_platform_that_is_pulled_with_its_image_counts_no_more(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    image = await catalog.push("anna/app", "1.0")
    await catalog.pulled("anna/app", image.digest, "1.0")
    await catalog.pulled("anna/app", f"sha256:{'0' * 64}")
    [day] = (await ok(anna.get(ACTIVITY, params={"days": 1})))["days"]
    assert day["pulls"] == 1


async def test_thirty_days_are_shown_unless_others_are_asked_for(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    await catalog.push("anna/app", "1.0")
    days = names({"items": (await ok(anna.get(ACTIVITY)))["days"]}, "day")
    assert len(days) == 30
    assert days == sorted(days)


async def test_the_number_of_days_has_its_bounds(catalog: Catalog, anna: httpx.AsyncClient) -> None:
    await catalog.push("anna/app", "1.0")
    for days in (0, 367):
        await refused(anna.get(ACTIVITY, params={"days": days}), 422, field="query.days")


async def test_it_goes_with_its_repository(catalog: Catalog, anna: httpx.AsyncClient) -> None:
    await catalog.push("anna/app", "1.0")
    await ok(anna.delete("/repositories/anna/app", params={"confirm": "anna/app"}))
    await refused(anna.get(ACTIVITY), 404)
