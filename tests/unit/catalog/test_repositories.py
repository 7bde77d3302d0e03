"""Repositories: made, listed, searched, changed."""

import base64
import json
from typing import Any

import httpx
import pytest

from boatyard.shared.events import RepositoryCreated, RepositoryDeleted, RepositoryUpdated
from tests.unit.catalog.kit import Catalog, made, names, ok, refused, token
from tests.unit.catalog.test_accounts import ILLEGAL_NAMES


async def repository(owner: httpx.AsyncClient, name: str, **more: Any) -> Any:
    return await made(owner.post("/repositories", json={"name": name, **more}))


async def test_a_repository_is_made_private_in_the_own_namespace(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    view = await repository(anna, "app", summary="The shop", details="# Hello")
    assert (view["full_name"], view["public"], view["created_by"]) == ("anna/app", False, "anna")
    assert (view["summary"], view["details"]) == ("The shop", "# Hello")
    assert view["verbs"] == ["admin", "delete", "pull", "push"]
    assert await ok(anna.get("/repositories/anna/app")) == view
    [told] = await catalog.outbox(RepositoryCreated)
    assert (told.repository, told.public, told.created_by) == ("anna/app", False, "anna")
    assert str(told.repository_id) == view["id"]


async def test_the_commands_can_be_copied_as_they_are(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    view = await repository(anna, "app")
    assert view["push"]["docker"] == [
        "docker login images.test",
        "docker tag app:latest images.test/anna/app:latest",
        "docker push images.test/anna/app:latest",
    ]
    assert set(view["push"]) == set(view["pull"]) == {"docker", "podman", "skopeo", "containerd"}
    assert view["pull"]["docker"] == ["docker pull images.test/anna/app:latest"]


@pytest.mark.parametrize(("name", "reason"), ILLEGAL_NAMES, ids=lambda v: repr(v)[:12])
async def test_a_repository_of_an_illegal_name_is_refused_with_the_reason(
    catalog: Catalog, name: str, reason: str
) -> None:
    anna = await catalog.person("anna")
    problem = await refused(anna.post("/repositories", json={"name": name}), 422, field="body.name")
    assert reason in problem["detail"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"summary": "x" * 101}, "body.summary"),
        ({"summary": "two\nlines"}, "body.summary"),
        ({"summary": "bell \x07"}, "body.summary"),
        ({"details": "x" * 25_001}, "body.details"),
        ({"details": "ü" * 12_501}, "body.details"),
        ({"details": "nul \x00"}, "body.details"),
        ({"public": "perhaps"}, "body.public"),
        ({"namespace": "Team"}, "body.namespace"),
        ({"namespce": "team"}, "body.namespce"),
        ({"name": None}, "body.name"),
        ({"name": 12}, "body.name"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_a_repository_with_a_wrong_field_names_it(
    catalog: Catalog, change: dict[str, Any], field: str
) -> None:
    anna = await catalog.person("anna")
    await refused(anna.post("/repositories", json={"name": "app", **change}), 422, field=field)


async def test_text_at_its_limits_is_taken(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    view = await repository(anna, "a" * 64, summary="x" * 100, details="x" * 25_000)
    assert len(view["details"]) == 25_000


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"name": ', 400, "broken-json"),
        (b"", 422, "invalid-input"),
        (b"[]", 422, "invalid-input"),
        (b'"app"', 422, "invalid-input"),
        (b"null", 422, "invalid-input"),
        (b'{"name": "\\ud800x"}', 422, "invalid-input"),
        (b"[" * 100_000, 400, "http-error"),
        (b'{"name": "' + b"a" * 1024 * 1024 + b'"}', 413, "body-too-large"),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_a_body_that_is_none_is_refused(
    catalog: Catalog, body: bytes, status: int, code: str
) -> None:
    anna = await catalog.person("anna")
    headers = {"content-type": "application/json"}
    await refused(anna.post("/repositories", content=body, headers=headers), status, code)


async def test_a_name_is_taken_once(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    await repository(anna, "app")
    await refused(anna.post("/repositories", json={"name": "app"}), 409, "repository-exists")
    assert len(await catalog.outbox(RepositoryCreated)) == 1


async def test_repositories_are_made_where_one_may_write(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    bert, carl = await catalog.person("bert"), await catalog.person("carl")
    await catalog.organization(anna, "team", bert="writer", carl="reader")
    view = await repository(bert, "app", namespace="team")
    assert view["verbs"] == ["delete", "pull", "push"]
    there = {"namespace": "team", "name": "other"}
    await refused(carl.post("/repositories", json=there), 403, "permission-missing")
    for namespace in ("anna", "nowhere"):
        elsewhere = {"namespace": namespace, "name": "app"}
        await refused(bert.post("/repositories", json=elsewhere), 404, "namespace-not-found")
    await refused(
        anna.post("/repositories", json={"namespace": "nowhere", "name": "app"}), 404
    )  # an administrator of Boatyard can't, either
    await refused(catalog.client().post("/repositories", json={"name": "app"}), 401)


async def test_a_token_makes_repositories_within_its_scope(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    narrow = catalog.bearer(await token(anna, "pull", "push", on="anna/app"))
    view = await repository(narrow, "app")
    assert view["verbs"] == ["pull", "push"]
    await refused(narrow.post("/repositories", json={"name": "other"}), 403, "permission-missing")


async def test_a_private_repository_is_not_there_for_strangers(catalog: Catalog) -> None:
    await catalog.person("anna")
    bert, carl = await catalog.person("bert"), await catalog.person("carl")
    await repository(bert, "secret", summary="the secret plan")
    there, nowhere = "/repositories/bert/secret", "/repositories/bert/nothing"
    for path in (there, nowhere):
        problem = await refused(carl.get(path), 404, "repository-not-found")
        assert path.removeprefix("/repositories/") in problem["detail"]
        for request in (
            carl.patch(path, json={"public": True}),
            carl.delete(path, params={"confirm": "bert/secret"}),
            carl.get(f"{path}/tags"),
            carl.get(f"{path}/tags/1/history"),
            carl.delete(f"{path}/tags/1"),
            carl.put(path.replace("repositories", "favourites")),
        ):
            await refused(request, 404, "repository-not-found")
        await refused(catalog.client().get(path), 401, "unauthenticated")
    for params in ({"scope": "public"}, {"namespace": "bert"}, {"q": "secret", "scope": "public"}):
        for client in (carl, catalog.client()):
            assert names(await ok(client.get("/repositories", params=params))) == []


async def test_a_reader_may_look_and_is_told_what_is_missing(catalog: Catalog) -> None:
    anna, bert = await catalog.person("anna"), await catalog.person("bert")
    await catalog.organization(anna, "team", bert="reader")
    await repository(anna, "app", namespace="team")
    path = "/repositories/team/app"
    assert (await ok(bert.get(path)))["verbs"] == ["pull"]
    problem = await refused(bert.patch(path, json={"public": True}), 403, "permission-missing")
    assert "admin" in problem["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/repositories/Anna/app",
        "/repositories/a/b",
        "/repositories/anna/a%00b",
        "/repositories/x/y/z",
    ],
)
async def test_an_address_that_can_be_no_repository_is_not_found(
    catalog: Catalog, path: str
) -> None:
    anna = await catalog.person("anna")
    await refused(anna.get(path), 404)


async def test_anybody_sees_a_public_repository(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    await repository(anna, "app", public=True)
    stranger = catalog.client()
    view = await ok(stranger.get("/repositories/anna/app"))
    assert (view["verbs"], view["starred"]) == (["pull"], False)
    assert names(await ok(stranger.get("/repositories", params={"scope": "public"}))) == ["app"]
    await refused(stranger.get("/repositories"), 401)
    await refused(stranger.patch("/repositories/anna/app", json={}), 401)


async def test_a_change_is_told_once_with_what_changed(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    await repository(anna, "app", summary="old")
    path = "/repositories/anna/app"
    view = await ok(anna.patch(path, json={"summary": "new", "public": True}))
    assert (view["summary"], view["public"]) == ("new", True)
    await ok(anna.patch(path, json={"summary": "new"}))
    await ok(anna.patch(path, json={}))
    [told] = await catalog.outbox(RepositoryUpdated)
    assert set(told.changed) == {"summary", "public"}
    assert (told.summary, told.public, told.updated_by) == ("new", True, "anna")


@pytest.mark.parametrize("field", ["name", "namespace", "id", "star_count"])
async def test_what_never_changes_can_not_be_changed(catalog: Catalog, field: str) -> None:
    anna = await catalog.person("anna")
    await repository(anna, "app")
    request = anna.patch("/repositories/anna/app", json={field: "other"})
    await refused(request, 422, field=f"body.{field}")


async def test_deleting_asks_for_the_name(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    await repository(anna, "app")
    path = "/repositories/anna/app"
    for confirm in ("", "app", "anna/APP"):
        await refused(anna.delete(path, params={"confirm": confirm}), 422, field="query.confirm")
    await ok(anna.delete(path, params={"confirm": "anna/app"}))
    await refused(anna.get(path), 404)
    await refused(anna.delete(path, params={"confirm": "anna/app"}), 404)
    [told] = await catalog.outbox(RepositoryDeleted)
    assert (told.repository, told.deleted_by) == ("anna/app", "anna")


async def test_the_list_has_the_own_and_the_organizations_repositories(catalog: Catalog) -> None:
    anna, bert = await catalog.person("anna"), await catalog.person("bert")
    await catalog.organization(anna, "team", bert="reader")
    await repository(anna, "app", namespace="team")
    await repository(anna, "hers", public=True)
    await repository(bert, "his")
    listed = await ok(bert.get("/repositories"))
    assert names(listed, "full_name") == ["bert/his", "team/app"]
    public = await ok(bert.get("/repositories", params={"scope": "public"}))
    assert names(public, "full_name") == ["anna/hers"]
    within = await ok(bert.get("/repositories", params={"namespace": "anna"}))
    assert names(within, "full_name") == ["anna/hers"]
    private = await ok(bert.get("/repositories", params={"visibility": "private"}))
    assert names(private, "full_name") == ["bert/his", "team/app"]


async def test_a_token_lists_what_is_in_its_scope(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    await catalog.organization(anna, "team")
    for namespace, name in (("anna", "one"), ("anna", "two"), ("team", "app")):
        await repository(anna, name, namespace=namespace)

    async def seen(*verbs: str, on: str) -> list[str]:
        bearer = catalog.bearer(await token(anna, *verbs, on=on))
        mine = names(await ok(bearer.get("/repositories")), "full_name")
        inside = await ok(bearer.get("/repositories", params={"namespace": "anna"}))
        assert names(inside, "full_name") == [name for name in mine if name.startswith("anna/")]
        return mine

    assert await seen("pull", on="anna/one") == ["anna/one"]
    assert await seen("pull", on="anna/*") == ["anna/one", "anna/two"]
    assert await seen("pull", on="*") == ["anna/one", "anna/two", "team/app"]
    assert await seen("push", on="*") == []


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("%", ["per%cent"]),
        ("_", ["under_score"]),
        ("\\", ["back\\slash"]),
        ("UNDER", ["under_score"]),
        ("anna/plain", ["plain"]),
        ("ship", ["plain"]),
        ("'", ["quo'te"]),
        ("nothing", []),
    ],
)
async def test_search_takes_every_character_as_it_is(
    catalog: Catalog, q: str, found: list[str]
) -> None:
    anna = await catalog.person("anna")
    texts = {"one": "per%cent", "two": "under_score", "three": "back\\slash", "four": "quo'te"}
    for name, summary in texts.items():
        await repository(anna, name, summary=summary)
    await repository(anna, "plain", summary="A Ship")
    page = await ok(anna.get("/repositories", params={"q": q}))
    assert [
        item["summary"] if item["name"] != "plain" else "plain" for item in page["items"]
    ] == found


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"q": "x" * 101}, "query.q"),
        ({"q": "a\x00"}, "query.q"),
        ({"namespace": "a\x00"}, "query.namespace"),
        ({"scope": "all"}, "query.scope"),
        ({"visibility": "secret"}, "query.visibility"),
        ({"sort": "size"}, "query.sort"),
        ({"sort": "name; DROP TABLE repository"}, "query.sort"),
        ({"limit": "0"}, "query.limit"),
        ({"cursor": "?"}, "query.cursor"),
        ({"cursor": "x" * 1025}, "query.cursor"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_a_wrong_question_is_refused_by_its_field(
    catalog: Catalog, params: dict[str, str], field: str
) -> None:
    anna = await catalog.person("anna")
    await refused(anna.get("/repositories", params=params), 422, field=field)


def cursor_of(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("sort", "cursor"),
    [
        ("name", cursor_of("anna")),
        ("name", cursor_of(1, 2)),
        ("name", cursor_of("a\x00", "b")),
        ("created", cursor_of("not a uuid")),
        ("updated", cursor_of("yesterday", "0192f000-0000-7000-8000-000000000000")),
        ("updated", cursor_of("2026-01-01T00:00:00", "0192f000-0000-7000-8000-000000000000")),
        ("updated", cursor_of("9999-12-31T23:59:59-14:00", "0192f000-0000-7000-8000-000000000000")),
        ("pulls", cursor_of(2**63, "0192f000-0000-7000-8000-000000000000")),
        ("pulls", cursor_of(True, "0192f000-0000-7000-8000-000000000000")),
        ("stars", cursor_of("1", "0192f000-0000-7000-8000-000000000000")),
    ],
)
async def test_a_cursor_that_was_made_up_is_refused(
    catalog: Catalog, sort: str, cursor: str
) -> None:
    anna = await catalog.person("anna")
    params = {"sort": sort, "cursor": cursor}
    await refused(anna.get("/repositories", params=params), 422, field="query.cursor")


@pytest.mark.parametrize("sort", ["name", "updated", "created", "pulls", "stars"])
@pytest.mark.parametrize("sign", ["", "-"])
async def test_every_order_can_be_paged_through_without_gap_or_repetition(
    catalog: Catalog, sort: str, sign: str
) -> None:
    anna = await catalog.person("anna")
    for n in range(5):
        await repository(anna, f"r{n}")
        if n % 2:
            catalog.clock.advance(seconds=1)  # two at a time are equal in the order of change
    seen = await all_names(anna, sign + sort)
    assert sorted(seen) == [f"r{n}" for n in range(5)]
    expected = sorted(seen, reverse=sign == "-")
    if sort in ("name", "created"):
        assert seen == expected


async def all_names(client: httpx.AsyncClient, sort: str) -> list[str]:
    seen: list[str] = []
    params: dict[str, Any] = {"sort": sort, "limit": 2}
    while True:
        page = await ok(client.get("/repositories", params=params))
        seen += names(page)
        if page["next_cursor"] is None:
            return seen
        params["cursor"] = page["next_cursor"]


async def test_paging_is_stable_while_things_come_and_go(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    for name in ("bb", "dd", "ff"):
        await repository(anna, name)
    page = await ok(anna.get("/repositories", params={"limit": 2}))
    await repository(anna, "aa")  # before where we are: must not push anything onto the next page
    await repository(anna, "ee")  # after it: must show
    await ok(anna.delete("/repositories/anna/dd", params={"confirm": "anna/dd"}))
    rest = await ok(anna.get("/repositories", params={"cursor": page["next_cursor"]}))
    assert (names(page), names(rest)) == (["bb", "dd"], ["ee", "ff"])


async def test_an_administrator_of_boatyard_sees_a_namespace_as_a_whole(catalog: Catalog) -> None:
    anna, bert = await catalog.person("anna"), await catalog.person("bert")
    await repository(bert, "secret")
    assert names(await ok(anna.get("/repositories", params={"namespace": "bert"}))) == ["secret"]
    assert names(await ok(anna.get("/repositories"))) == []
    narrow = catalog.bearer(await token(anna, "pull", on="anna/*"))
    assert names(await ok(narrow.get("/repositories", params={"namespace": "bert"}))) == []
