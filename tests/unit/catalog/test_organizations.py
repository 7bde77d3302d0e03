"""Organizations, members and robots."""

import datetime as dt
from typing import Any

import pytest

from tests.unit.catalog.kit import Catalog, made, names, ok, refused, token

ROBOTS = "/organizations/team/robots"


async def test_who_makes_an_organization_administers_it(catalog: Catalog) -> None:
    await catalog.person("anna")
    bert = await catalog.person("bert")
    answer = await made(bert.post("/organizations", json={"name": "team", "description": "We"}))
    assert (answer["name"], answer["role"]) == ("team", "admin")
    members = await ok(bert.get("/organizations/team/members"))
    assert [(m["username"], m["role"]) for m in members["items"]] == [("bert", "admin")]
    assert names(await ok(bert.get("/organizations"))) == ["team"]


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"name": "Team"}, "body.name"),
        ({"name": "a..b"}, "body.name"),
        ({"name": "team🚢"}, "body.name"),
        ({}, "body.name"),
        ({"name": "team", "description": "x" * 201}, "body.description"),
        ({"name": "team", "description": "a\x00"}, "body.description"),
        ({"name": "team", "owner": "anna"}, "body.owner"),
    ],
    ids=str,
)
async def test_an_organization_with_a_wrong_field_is_refused(
    catalog: Catalog, wish: dict[str, str], field: str
) -> None:
    anna = await catalog.person("anna")
    await refused(anna.post("/organizations", json=wish), 422, field=field)


async def test_an_organization_is_not_there_for_strangers(catalog: Catalog) -> None:
    await catalog.person("anna")
    bert, carl = await catalog.person("bert"), await catalog.person("carl")
    await catalog.organization(bert, "team")
    for path in ("/team", "/nowhere"):
        for rest in ("", "/members", "/robots"):
            await refused(carl.get(f"/organizations{path}{rest}"), 404, "organization-not-found")
        await refused(carl.patch(f"/organizations{path}", json={"description": "mine"}), 404)
    assert names(await ok(carl.get("/organizations"))) == []


async def test_an_administrator_of_boatyard_sees_and_changes_every_organization(
    catalog: Catalog,
) -> None:
    anna, bert = await catalog.person("anna"), await catalog.person("bert")
    await catalog.organization(bert, "team")
    await ok(anna.patch("/organizations/team", json={"description": "looked after"}))
    assert (await ok(bert.get("/organizations/team")))["description"] == "looked after"


@pytest.mark.parametrize("role", ["reader", "writer"])
async def test_only_admins_change_an_organization(catalog: Catalog, role: str) -> None:
    await catalog.person("anna")
    bert, carl = await catalog.person("bert"), await catalog.person("carl")
    await catalog.organization(bert, "team", carl=role)
    for request in (
        carl.patch("/organizations/team", json={"description": "mine"}),
        carl.delete("/organizations/team", params={"confirm": "team"}),
        carl.put("/organizations/team/members/carl", json={"role": "admin"}),
        carl.delete("/organizations/team/members/bert"),
        carl.post(ROBOTS, json={"name": "ci"}),
    ):
        await refused(request, 403, "admins-only")
    assert (await ok(carl.get("/organizations/team")))["role"] == role


async def test_members_come_and_change_and_go(catalog: Catalog) -> None:
    anna, carl = await catalog.person("anna"), await catalog.person("carl")
    await catalog.organization(anna, "team", carl="reader")
    await ok(anna.put("/organizations/team/members/carl", json={"role": "writer"}))
    assert (await ok(carl.get("/organizations/team")))["role"] == "writer"
    await ok(anna.delete("/organizations/team/members/carl"))
    await refused(carl.get("/organizations/team"), 404)
    await refused(anna.delete("/organizations/team/members/carl"), 404, "member-not-found")


async def test_anybody_may_leave(catalog: Catalog) -> None:
    anna, carl = await catalog.person("anna"), await catalog.person("carl")
    await catalog.organization(anna, "team", carl="reader")
    await ok(carl.delete("/organizations/team/members/carl"))
    await refused(carl.get("/organizations/team"), 404)


async def test_the_last_admin_stays(catalog: Catalog) -> None:
    await catalog.person("anna")
    bert, _ = await catalog.person("bert"), await catalog.person("carl")
    await catalog.organization(bert, "team", carl="writer")
    me = "/organizations/team/members/bert"
    await refused(bert.delete(me), 409, "last-admin")
    await refused(bert.put(me, json={"role": "reader"}), 409, "last-admin")
    await ok(bert.put("/organizations/team/members/carl", json={"role": "admin"}))
    await ok(bert.delete(me))


@pytest.mark.parametrize("username", ["nobody", "N-O", "x" * 300, "a%00b"])
async def test_who_has_no_account_can_be_no_member(catalog: Catalog, username: str) -> None:
    anna = await catalog.person("anna")
    await catalog.organization(anna, "team")
    answer = await anna.put(f"/organizations/team/members/{username}", json={"role": "reader"})
    assert answer.status_code in (404, 422)


async def test_a_role_that_does_not_exist_is_refused(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    await catalog.organization(anna, "team")
    await refused(
        anna.put("/organizations/team/members/anna", json={"role": "owner"}),
        422,
        field="body.role",
    )


async def test_lists_are_paged_by_name(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    for name in ("xa", "xb", "xc"):
        await catalog.organization(anna, name)
    page = await ok(anna.get("/organizations", params={"limit": 2}))
    rest = await ok(anna.get("/organizations", params={"cursor": page["next_cursor"]}))
    assert (names(page), names(rest)) == (["xa", "xb"], ["xc"])
    for name in ("r1", "r2", "r3"):
        await made(anna.post("/organizations/xa/robots", json={"name": name}))
    page = await ok(anna.get("/organizations/xa/robots", params={"limit": 2}))
    rest = await ok(anna.get("/organizations/xa/robots", params={"cursor": page["next_cursor"]}))
    assert (names(page), names(rest)) == (["r1", "r2"], ["r3"])
    for path in ("/organizations", "/organizations/xa/robots", "/organizations/xa/members"):
        await refused(anna.get(path, params={"cursor": "WzFd"}), 422, field="query.cursor")


async def test_an_organization_goes_only_when_it_is_empty_and_its_name_is_repeated(
    catalog: Catalog,
) -> None:
    anna = await catalog.person("anna")
    await catalog.organization(anna, "team")
    await made(anna.post("/repositories", json={"namespace": "team", "name": "app"}))
    path = "/organizations/team"
    await refused(anna.delete(path), 422, field="query.confirm")
    await refused(anna.delete(path, params={"confirm": "Team"}), 422, field="query.confirm")
    await refused(anna.delete(path, params={"confirm": "team"}), 409, "organization-in-use")


async def test_a_deleted_organization_leaves_its_name_free(catalog: Catalog) -> None:
    anna, bert = await catalog.person("anna"), await catalog.person("bert")
    await catalog.organization(anna, "team")
    robot = await made(anna.post(ROBOTS, json={"name": "ci"}))
    await ok(anna.delete("/organizations/team", params={"confirm": "team"}))
    await refused(catalog.bearer(robot["secret"]).get("/repositories"), 401)
    await catalog.organization(bert, "team")
    await refused(anna.put("/organizations/team/members/x", json={"role": "admin"}), 404)


async def test_a_robot_pushes_and_does_nothing_else(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    await catalog.organization(anna, "team")
    robot = await made(anna.post(ROBOTS, json={"name": "ci"}))
    assert (robot["username"], robot["role"]) == ("team+ci", "writer")
    client = catalog.bearer(robot["secret"])
    repository = await made(client.post("/repositories", json={"name": "app"}))
    assert (repository["full_name"], repository["created_by"]) == ("team/app", "team+ci")
    assert repository["verbs"] == ["delete", "pull", "push"]
    for request in (
        client.get("/account"),
        client.get("/account/tokens"),
        client.post("/account/tokens", json={"name": "x"}),
        client.get("/organizations"),
        client.get("/organizations/team/members"),
        client.post(ROBOTS, json={"name": "other"}),
        client.get("/favourites"),
        client.put("/favourites/team/app"),
    ):
        await refused(request, 403, "no-account")
    other = {"namespace": "anna", "name": "app"}
    await refused(client.post("/repositories", json=other), 404, "namespace-not-found")


async def test_an_admin_robot_is_still_no_account(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    await catalog.organization(anna, "team")
    robot = await made(anna.post(ROBOTS, json={"name": "ci", "role": "admin"}))
    client = catalog.bearer(robot["secret"])
    await refused(client.put("/organizations/team/members/anna", json={"role": "reader"}), 403)


async def test_a_robot_of_no_use_any_more(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    await catalog.organization(anna, "team")
    ends = (catalog.clock.now() + dt.timedelta(days=1)).isoformat()
    secrets = {
        name: (await made(anna.post(ROBOTS, json={"name": name, "expires_at": ends})))["secret"]
        for name in ("gone", "disabled", "rotated", "expired")
    }
    await ok(anna.delete(f"{ROBOTS}/gone"))
    await ok(anna.patch(f"{ROBOTS}/disabled", json={"disabled": True}))
    new = await ok(anna.post(f"{ROBOTS}/rotated/rotate-secret"))
    for name in ("gone", "disabled", "rotated"):
        await refused(catalog.bearer(secrets[name]).get("/repositories"), 401)
    await ok(catalog.bearer(new["secret"]).get("/repositories"))
    await ok(catalog.bearer(secrets["expired"]).get("/repositories"))
    catalog.clock.advance(days=1)
    for secret in (secrets["expired"], new["secret"]):
        await refused(catalog.bearer(secret).get("/repositories"), 401)


async def test_a_new_secret_ends_when_the_old_one_did_unless_told_otherwise(
    catalog: Catalog,
) -> None:
    anna = await catalog.person("anna")
    await catalog.organization(anna, "team")
    ends = (catalog.clock.now() + dt.timedelta(days=1)).isoformat()
    first = await made(anna.post(ROBOTS, json={"name": "ci", "expires_at": ends}))
    path = f"{ROBOTS}/ci/rotate-secret"
    again = await ok(anna.post(path))
    assert (again["expires_at"], again["scopes"]) == (first["expires_at"], first["scopes"])
    catalog.clock.advance(days=2)
    await refused(anna.post(path), 422, field="body.expires_at")
    assert (await ok(anna.post(path, json={"expires_at": None})))["expires_at"] is None


async def test_a_robot_stays_in_its_organization(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    await catalog.organization(anna, "team")

    def wish(pattern: str) -> dict[str, Any]:
        return {"name": "ci", "scopes": [{"repository": pattern, "verbs": ["pull"]}]}

    for pattern in ("anna/app", "team2/*"):
        await refused(anna.post(ROBOTS, json=wish(pattern)), 422, field="body.scopes")
    await made(anna.post(ROBOTS, json=wish("team/app")))


async def test_names_of_robots_are_taken_once_in_each_organization(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    await catalog.organization(anna, "team")
    await catalog.organization(anna, "other")
    await made(anna.post(ROBOTS, json={"name": "ci"}))
    await refused(anna.post(ROBOTS, json={"name": "ci"}), 409, "name-taken")
    await made(anna.post("/organizations/other/robots", json={"name": "ci"}))
    for request in (
        anna.patch(f"{ROBOTS}/nobody", json={}),
        anna.delete(f"{ROBOTS}/nobody"),
        anna.post(f"{ROBOTS}/nobody/rotate-secret"),
    ):
        await refused(request, 404, "robot-not-found")


async def test_a_robot_is_changed(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    await catalog.organization(anna, "team")
    await made(anna.post(ROBOTS, json={"name": "ci", "description": "builds"}))
    changed = await ok(anna.patch(f"{ROBOTS}/ci", json={"role": "reader"}))
    assert (changed["role"], changed["description"]) == ("reader", "builds")


async def test_a_narrow_token_of_an_admin_makes_no_robot(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    await catalog.organization(anna, "team")
    narrow = catalog.bearer(await token(anna, on="team/*"))
    await refused(narrow.post(ROBOTS, json={"name": "ci"}), 403, "scope-too-small")
