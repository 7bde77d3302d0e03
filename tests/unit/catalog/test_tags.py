"""Tags as people see them: listed, remarked upon, with their history."""

import datetime as dt
from typing import Any

import httpx
import pytest

from boatyard.catalog.tags.intake import Overtook
from boatyard.catalog.tags.tasks import describe_due
from boatyard.shared.events import ImageParts, TagDeleted, TagOrigin
from boatyard.shared.oci import MAX_SIZE, MediaType
from boatyard.shared.registry import Manifest
from tests.unit.catalog.kit import Catalog, digest_of, manifest, names, ok, pushed, refused, token

TAGS = "/repositories/anna/app/tags"
OTHER_DIGEST = "sha256:" + "9" * 64


async def test_a_pushed_tag_is_shown_with_its_image(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    image = catalog.image("anna/app", "hello", labels={"org.opencontainers.image.title": "App"})
    await catalog.push("anna/app", "1.0", image)
    before = await ok(anna.get(f"{TAGS}/1.0"))
    assert (before["described"], before["size"], before["platforms"]) == (False, None, [])
    assert (await describe_due(catalog.state)).count == 1
    tag = await ok(anna.get(f"{TAGS}/1.0"))
    assert (tag["digest"], tag["pushed_by"], tag["origin"]) == (image.digest, "anna", "push")
    assert tag["described"] is True
    [platform] = tag["platforms"]
    assert (platform["os"], platform["architecture"]) == ("linux", "amd64")
    assert tag["size"] == platform["size"] > 0
    assert tag["labels"] == {"org.opencontainers.image.title": "App"}
    assert tag["image_created_at"] == "2025-12-24T18:00:00Z"
    assert tag["pull_by_tag"]["docker"] == ["docker pull images.test/anna/app:1.0"]
    assert tag["pull_by_digest"]["docker"] == [f"docker pull images.test/anna/app@{image.digest}"]
    repository = await ok(anna.get("/repositories/anna/app"))
    assert (repository["tag_count"], repository["last_pushed_at"]) == (1, tag["pushed_at"])


async def test_an_image_whose_parts_the_registry_named_is_described_without_its_manifest(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    config = b'{"os": "linux", "architecture": "arm64"}'
    catalog.registry.add_blob("anna/app", digest_of(config), config)
    parts = ImageParts(config=digest_of(config), config_size=len(config), size=1234)
    unread = Manifest(OTHER_DIGEST, MediaType.OCI_MANIFEST, b"nobody reads this")
    await catalog.push("anna/app", "1", unread, parts=parts)
    before = await ok(anna.get(f"{TAGS}/1"))
    assert (before["described"], before["size"]) == (False, 1234)
    await describe_due(catalog.state)
    tag = await ok(anna.get(f"{TAGS}/1"))
    assert (tag["described"], tag["size"], tag["media_type"]) == (True, 1234, unread.media_type)
    assert [(p["architecture"], p["digest"]) for p in tag["platforms"]] == [("arm64", OTHER_DIGEST)]


async def test_an_image_whose_named_parts_are_not_there_is_read_whole(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    parts = ImageParts(config=OTHER_DIGEST, config_size=2, size=2)
    image = await catalog.push("anna/app", "1", parts=parts)
    await describe_due(catalog.state)
    tag = await ok(anna.get(f"{TAGS}/1"))
    assert [p["digest"] for p in tag["platforms"]] == [image.digest]
    assert tag["size"] > 2


async def test_an_image_that_says_it_is_larger_than_any_disk_holds_nobody_up(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    config = {"digest": OTHER_DIGEST, "size": 2}
    layers = [{"digest": OTHER_DIGEST, "size": MAX_SIZE - 1}] * 10_000
    await catalog.push(
        "anna/app", "1", manifest({"config": config, "layers": layers}, MediaType.OCI_MANIFEST)
    )
    await catalog.push("anna/app", "2")
    await describe_due(catalog.state)
    assert (await ok(anna.get(f"{TAGS}/1")))["size"] == MAX_SIZE
    assert (await ok(anna.get(f"{TAGS}/2")))["described"] is True


async def test_an_index_shows_all_its_platforms(catalog: Catalog, anna: httpx.AsyncClient) -> None:
    children = [catalog.image("anna/app", text) for text in ("one", "two")]
    for child in children:
        catalog.registry.add_manifest("anna/app", child)
    body = {
        "schemaVersion": 2,
        "manifests": [
            {"mediaType": c.media_type, "digest": c.digest, "size": len(c.body)} for c in children
        ],
    }
    await catalog.push("anna/app", "1", manifest(body, MediaType.OCI_INDEX))
    await describe_due(catalog.state)
    tag = await ok(anna.get(f"{TAGS}/1"))
    assert [p["digest"] for p in tag["platforms"]] == [c.digest for c in children]
    assert tag["size"] == sum(p["size"] for p in tag["platforms"])


async def test_an_image_is_described_later_if_the_registry_is_away(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    await catalog.push("anna/app", "1")
    catalog.registry.away = True
    for pause in (1, 2, 5):
        assert (await describe_due(catalog.state)).count == 1
        assert (await describe_due(catalog.state)).count == 0
        catalog.clock.advance(seconds=pause)
    catalog.registry.away = False
    await describe_due(catalog.state)
    assert (await ok(anna.get(f"{TAGS}/1")))["described"] is True


@pytest.mark.parametrize("body", [b"no json", b"[]", b"{}"])
async def test_an_image_that_can_not_be_understood_is_shown_without_details(
    catalog: Catalog, anna: httpx.AsyncClient, body: bytes
) -> None:
    await catalog.push("anna/app", "1", Manifest(digest_of(body), MediaType.OCI_MANIFEST, body))
    await describe_due(catalog.state)
    tag = await ok(anna.get(f"{TAGS}/1"))
    assert (tag["described"], tag["size"]) == (True, None)


async def test_an_image_that_vanished_is_not_asked_for_again(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    await catalog.handle(pushed(1, OTHER_DIGEST))
    assert (await describe_due(catalog.state)).count == 1
    catalog.clock.advance(days=1)
    assert (await describe_due(catalog.state)).count == 0
    assert (await ok(anna.get(f"{TAGS}/1")))["size"] is None


async def test_a_remark_survives_that_the_tag_moves(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    await catalog.push("anna/app", "1")
    assert (await ok(anna.patch(f"{TAGS}/1", json={"remark": "Friday"})))["remark"] == "Friday"
    moved = await catalog.push("anna/app", "1", catalog.image("anna/app", "new"))
    tag = await ok(anna.get(f"{TAGS}/1"))
    assert (tag["remark"], tag["digest"]) == ("Friday", moved.digest)
    assert (await ok(anna.patch(f"{TAGS}/1", json={"remark": ""})))["remark"] == ""


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"remark": "x" * 501}, "body.remark"),
        ({"remark": "two\nlines"}, "body.remark"),
        ({"remark": None}, "body.remark"),
        ({}, "body.remark"),
        ({"remark": "", "digest": OTHER_DIGEST}, "body.digest"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_a_wrong_remark_is_refused(
    catalog: Catalog, anna: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    await catalog.push("anna/app", "1")
    await refused(anna.patch(f"{TAGS}/1", json=body), 422, field=field)


@pytest.mark.parametrize(
    "tag", ["nothing", ".dot", "-hyphen", "a%00b", "a%20b", "x" * 129, "%F0%9F%9A%A2"]
)
async def test_a_tag_that_is_not_there_is_not_found(anna: httpx.AsyncClient, tag: str) -> None:
    for request in (
        anna.get(f"{TAGS}/{tag}"),
        anna.patch(f"{TAGS}/{tag}", json={"remark": "x"}),
        anna.delete(f"{TAGS}/{tag}"),
        anna.get(f"{TAGS}/{tag}/history"),
    ):
        await refused(request, 404, "tag-not-found")
    await refused(anna.get(f"{TAGS}/{'x' * 257}"), 422, field="path.tag")


async def test_history_has_every_change_the_newest_first(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    first = await catalog.push("anna/app", "1", catalog.image("anna/app", "one"))
    second = await catalog.push("anna/app", "1", catalog.image("anna/app", "two"))
    await catalog.deleted("anna/app", "1", second.digest)
    await refused(anna.get(f"{TAGS}/1"), 404)
    page = await ok(anna.get(f"{TAGS}/1/history"))
    changes = [(item["sequence"], item["kind"], item["digest"]) for item in page["items"]]
    assert changes == [
        (3, "deleted", second.digest),
        (2, "pushed", second.digest),
        (1, "pushed", first.digest),
    ]
    page = await ok(anna.get(f"{TAGS}/1/history", params={"limit": 2}))
    params = {"limit": 2, "cursor": page["next_cursor"]}
    rest = await ok(anna.get(f"{TAGS}/1/history", params=params))
    assert [item["sequence"] for item in rest["items"]] == [1]
    for cursor in ("x", "WyJ4Il0"):
        await refused(
            anna.get(f"{TAGS}/1/history", params={"cursor": cursor}), 422, field="query.cursor"
        )


async def test_events_may_come_twice_and_in_any_order(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    one, two, three = (f"sha256:{n * 64}" for n in "123")
    events = [
        pushed(1, one),
        pushed(2, two, origin=TagOrigin.RECONCILE),
        TagDeleted(repository="anna/app", tag="1", digest=two, sequence=3),
        pushed(4, three),
    ]
    for order in (3, 0, 2, 3, 1, 0):
        await catalog.handle(events[order])
    tag = await ok(anna.get(f"{TAGS}/1"))
    assert tag["digest"] == three
    page = await ok(anna.get(f"{TAGS}/1/history"))
    assert [item["sequence"] for item in page["items"]] == [4, 3, 2, 1]
    assert [item["origin"] for item in page["items"]][2] == "reconcile"
    assert (await ok(anna.get("/repositories/anna/app")))["tag_count"] == 1


async def test_a_deletion_that_came_before_its_push_stays(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    gone = TagDeleted(repository="anna/app", tag="1", digest=OTHER_DIGEST, sequence=2)
    await catalog.handle(gone, pushed(1, OTHER_DIGEST))
    await refused(anna.get(f"{TAGS}/1"), 404)
    assert (await ok(anna.get("/repositories/anna/app")))["tag_count"] == 0


async def test_a_deletion_waits_for_the_first_push_to_its_repository(catalog: Catalog) -> None:
    anna, now = await catalog.person("anna"), catalog.clock.now()
    gone = TagDeleted(
        repository="anna/app", tag="1", digest=OTHER_DIGEST, sequence=2, occurred_at=now
    )
    with pytest.raises(Overtook):
        await catalog.handle(gone)
    await catalog.handle(pushed(1, OTHER_DIGEST, occurred_at=now), gone)
    await refused(anna.get(f"{TAGS}/1"), 404)
    assert (await ok(anna.get("/repositories/anna/app")))["tag_count"] == 0


async def test_a_deletion_does_not_wait_for_ever(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    gone = TagDeleted(
        repository="anna/app",
        tag="1",
        digest=OTHER_DIGEST,
        sequence=2,
        occurred_at=catalog.clock.now() - dt.timedelta(minutes=2),
    )
    await catalog.handle(gone)
    await refused(anna.get("/repositories/anna/app"), 404)


async def test_a_push_makes_the_repository_private(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    await catalog.push("anna/new", "1")
    view = await ok(anna.get("/repositories/anna/new"))
    assert (view["public"], view["created_by"], view["tag_count"]) == (False, "anna", 1)


async def test_a_push_to_a_namespace_of_nobody_makes_nothing(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    await catalog.push("nobody/app", "1")
    await catalog.pulled("nobody/app", OTHER_DIGEST)
    await catalog.deleted("nobody/app", "1", OTHER_DIGEST)
    await refused(anna.get("/repositories/nobody/app"), 404)


async def test_pulls_are_counted_by_tag_or_by_digest(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    image = await catalog.push("anna/app", "1", catalog.image("anna/app", "x"))
    await catalog.push("anna/app", "2", image)
    catalog.clock.advance(hours=1)
    await catalog.pulled("anna/app", image.digest, tag="1")
    await catalog.pulled("anna/app", image.digest)
    await catalog.pulled("anna/app", OTHER_DIGEST)
    one, two = [await ok(anna.get(f"{TAGS}/{tag}")) for tag in "12"]
    assert (one["pull_count"], two["pull_count"]) == (2, 1)
    assert one["last_pulled_at"] == "2026-01-01T01:00:00Z"
    assert (await ok(anna.get("/repositories/anna/app")))["pull_count"] == 2


async def test_signatures_are_no_versions(catalog: Catalog, anna: httpx.AsyncClient) -> None:
    image = await catalog.push("anna/app", "1")
    signature = image.digest.replace(":", "-") + ".sig"
    await catalog.push("anna/app", signature, catalog.image("anna/app", "signed"))
    assert names(await ok(anna.get(TAGS))) == ["1"]
    assert (await ok(anna.get("/repositories/anna/app")))["tag_count"] == 1
    await ok(anna.get(f"{TAGS}/{signature}"))
    await catalog.deleted("anna/app", signature, image.digest)
    assert (await ok(anna.get("/repositories/anna/app")))["tag_count"] == 1


@pytest.mark.parametrize("sort", ["name", "-name", "pushed", "-pushed", "pulls", "-pulls"])
async def test_tags_are_paged_in_every_order(
    catalog: Catalog, anna: httpx.AsyncClient, sort: str
) -> None:
    for n in range(5):
        await catalog.push("anna/app", f"v{n}")
        if n % 2:
            catalog.clock.advance(seconds=1)
    seen: list[str] = []
    params: dict[str, Any] = {"sort": sort, "limit": 2}
    while "cursor" not in params or params["cursor"]:
        page = await ok(anna.get(TAGS, params=params))
        seen += names(page)
        params["cursor"] = page["next_cursor"]
    assert seen == sorted(seen, reverse=sort.startswith("-"))
    assert len(seen) == 5


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("1.0", ["1.0", "1.0-RC_1"]),
        ("rc", ["1.0-RC_1"]),
        ("_", ["1.0-RC_1"]),
        ("%", []),
        ("1.*", ["1.0", "1.0-RC_1"]),
        ("1.?", ["1.0"]),
        ("*_?", ["1.0-RC_1"]),
        ("?.?", ["1.0", "2.0"]),
        ("\\", []),
    ],
)
async def test_tags_are_found_by_a_part_or_a_pattern(
    catalog: Catalog, anna: httpx.AsyncClient, q: str, found: list[str]
) -> None:
    for tag in ("1.0", "1.0-RC_1", "2.0"):
        await catalog.push("anna/app", tag)
    assert names(await ok(anna.get(TAGS, params={"q": q, "sort": "name"}))) == found


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"sort": "size"}, "query.sort"),
        ({"q": "x" * 129}, "query.q"),
        ({"q": "\x00"}, "query.q"),
        ({"cursor": "WzFd"}, "query.cursor"),
        ({"cursor": "WyJ5ZXN0ZXJkYXkiLCAiMSJd"}, "query.cursor"),
        ({"cursor": "WyI5OTk5LTEyLTMxVDIzOjU5OjU5LTE0OjAwIiwgIjEiXQ"}, "query.cursor"),
        ({"limit": "101"}, "query.limit"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_a_wrong_question_is_refused_by_its_field(
    anna: httpx.AsyncClient, params: dict[str, str], field: str
) -> None:
    await refused(anna.get(TAGS, params=params), 422, field=field)


async def test_who_may_do_what_to_a_tag(catalog: Catalog, anna: httpx.AsyncClient) -> None:
    bert, carl = await catalog.person("bert"), await catalog.person("carl")
    await catalog.organization(anna, "team", bert="reader", carl="writer")
    image = await catalog.push("team/app", "1", catalog.image("team/app", "x"))
    path = "/repositories/team/app/tags"
    narrow = catalog.bearer(await token(carl, "pull", "push", on="team/app"))
    await ok(bert.get(f"{path}/1"))
    for request in (
        bert.patch(f"{path}/1", json={"remark": "mine"}),
        bert.delete(f"{path}/1"),
        bert.post(f"{path}/1/restore", json={"digest": image.digest}),
        narrow.delete(f"{path}/1"),
    ):
        await refused(request, 403, "permission-missing")
    await ok(carl.patch(f"{path}/1", json={"remark": "ours"}))
    await ok(narrow.post(f"{path}/1/restore", json={"digest": image.digest}))


async def test_those_that_wait_longest_are_described_first(
    catalog: Catalog, anna: httpx.AsyncClient
) -> None:
    for tag in ("1", "2", "3"):
        await catalog.push("anna/app", tag)
        catalog.clock.advance(seconds=20)
    done = await describe_due(catalog.state, limit=2)
    assert (done.count, done.waited) == (2, dt.timedelta(seconds=60))
    described = [(await ok(anna.get(f"{TAGS}/{tag}")))["described"] for tag in ("1", "2", "3")]
    assert described == [True, True, False]
