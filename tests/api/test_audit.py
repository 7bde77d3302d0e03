"""Everything that changes something is in the audit log, with who did it."""

from __future__ import annotations

import re
import uuid
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from boatyard.shared.access import SAFE_METHODS
from boatyard.shared.audit import UNAUDITED
from boatyard.shared.http import API_PREFIX
from boatyard.standalone.services import SERVICES
from tests.api.good_requests import RESTORED, for_route
from tests.api.matrix import PRIVATE, rows
from tests.api.people import PEOPLE, Scene
from tests.api.yard import PASSWORD, Yard, ok, until

pytestmark = pytest.mark.asyncio(loop_scope="session")
LOG = "/api/v1/administration/audit"
_NAMES = {
    f"{method} {route.path}": (route.name, route.openapi_extra == UNAUDITED)
    for service in SERVICES
    for router in service.routers
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in route.methods or ()
}
CHANGING = [
    route
    for route in rows(PRIVATE)
    if route.partition(" ")[0] not in SAFE_METHODS
    and route.partition(" ")[2].startswith(API_PREFIX)
]
AUDITED = [
    route
    for route in CHANGING
    if not _NAMES[route][1]
    and any(answer.startswith("2") for answer in rows(PRIVATE)[route].values())
]
THEMSELVES = {"POST /api/v1/session": "rita", "POST /api/v1/accounts": r"new-\d+"}
"""Who acts where no credential says so: whoever signs in, or up."""


@pytest.mark.parametrize("route", AUDITED)
async def test_what_changes_something_is_on_record(scene: Scene, route: str) -> None:
    by = next(who for who in ("admin", "root") if rows(PRIVATE)[route][who].startswith("2"))
    client = await scene.spare(by) if route.endswith("/session") else scene.callers[by]
    try:
        answer = await send(scene, client, route)
    finally:
        if route in RESTORED:
            await scene.connect_github()
    record = await only_record(scene, answer.headers["X-Request-Id"], _NAMES[route][0])
    assert re.fullmatch(THEMSELVES.get(route, PEOPLE[by]), record["actor"])
    assert record["outcome"] == "done"
    assert set(record["target"]) == set(re.findall(r"{(\w+)}", route))
    assert record["address"]


async def send(scene: Scene, client: httpx.AsyncClient, route: str) -> httpx.Response:
    method, path, request = await for_route(scene, route)
    answer = await client.request(method, path, **request)
    assert answer.is_success, answer.text
    return answer


async def records(scene: Scene, **wanted: str) -> list[dict[str, Any]]:
    found = await ok(scene.callers["root"].get(LOG, params={"limit": 100, **wanted}))
    items: list[dict[str, Any]] = found["items"]
    return items


async def only_record(scene: Scene, request_id: str, action: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = []

    async def kept() -> bool:
        found[:] = [
            record
            for record in await records(scene, action=action)
            if record["request_id"] == request_id
        ]
        return bool(found)

    await until(kept)
    assert len(found) == 1
    return found[0]


async def test_a_refused_sign_in_is_on_record(scene: Scene, yard: Yard) -> None:
    wrong = {"username": "rita", "password": "not-hers-" + uuid.uuid4().hex}
    answer = await yard.client().post("/api/v1/session", json=wrong)
    assert answer.status_code == 401
    record = await only_record(scene, answer.headers["X-Request-Id"], "create_session")
    assert (record["actor"], record["outcome"], record["credential"]) == ("rita", "refused", None)
    assert wrong["password"] not in str(record)


async def test_a_refused_docker_login_is_on_record_and_a_good_one_is_not(
    scene: Scene, yard: Yard
) -> None:
    path = "/registry/token"
    good = await yard.client().get(path, auth=("rita", PASSWORD))
    assert good.status_code == 200
    bad = await yard.client().get(path, auth=("rita", "not-hers-either"))
    assert bad.status_code == 401
    record = await only_record(scene, bad.headers["X-Request-Id"], "read_registry_token")
    assert (record["actor"], record["outcome"]) == ("rita", "refused")
    ids = {record["request_id"] for record in await records(scene, action="read_registry_token")}
    assert good.headers["X-Request-Id"] not in ids


async def test_a_docker_login_that_is_kept_is_on_record_with_its_name(
    scene: Scene, yard: Yard
) -> None:
    params = {"offline_token": "true", "client_id": "docker"}
    answer = await yard.client().get("/registry/token", params=params, auth=("rita", PASSWORD))
    record = await only_record(scene, answer.headers["X-Request-Id"], "read_registry_token")
    assert (record["actor"], record["outcome"]) == ("rita", "done")


async def test_that_a_token_was_used_for_the_first_time_is_no_action_of_its_own(
    scene: Scene, yard: Yard
) -> None:
    scopes = [{"repository": "team/app", "verbs": ["pull"]}]
    wish = {"name": "fresh", "scopes": scopes}
    secret = (await ok(scene.admin.post("/api/v1/account/tokens", json=wish)))["secret"]
    refused = await yard.bearer(secret).patch(
        "/api/v1/repositories/team/app", json={"summary": "x"}
    )
    assert refused.status_code == 403
    path = "/registry/token"
    pulled = await yard.client().get(path, auth=("olga", secret))
    assert pulled.status_code == 200
    last = await scene.admin.patch("/api/v1/repositories/team/app", json={"summary": "later"})
    await only_record(scene, last.headers["X-Request-Id"], "update_repository")
    ids = {record["request_id"] for record in await records(scene)}
    assert not ids & {refused.headers["X-Request-Id"], pulled.headers["X-Request-Id"]}


async def test_what_was_refused_for_want_of_rights_changed_nothing_and_is_not_there(
    scene: Scene,
) -> None:
    path = "/api/v1/organizations/team/members/stan"
    refused = await scene.callers["reader"].put(path, json={"role": "admin"})
    assert refused.status_code == 403
    done = await scene.admin.put(path, json={"role": "reader"})
    await only_record(scene, done.headers["X-Request-Id"], "set_member")
    await ok(scene.admin.delete(path))
    ids = {record["request_id"] for record in await records(scene, action="set_member")}
    assert refused.headers["X-Request-Id"] not in ids


async def test_a_record_says_what_was_changed_and_with_what(scene: Scene) -> None:
    path = "/api/v1/organizations/team/members/rita"
    answer = await scene.admin.put(path, json={"role": "reader"})
    record = await only_record(scene, answer.headers["X-Request-Id"], "set_member")
    assert record["target"] == {"organization": "team", "username": "rita"}
    assert (record["details"], record["credential"]) == ({"role": "reader"}, "session")


async def test_records_are_found_by_repository_and_time_a_page_at_a_time(scene: Scene) -> None:
    path = "/api/v1/repositories/team/app"
    answers = [
        await scene.admin.patch(path, json={"summary": f"the {number}th"}) for number in range(3)
    ]
    for answer in answers:
        await only_record(scene, answer.headers["X-Request-Id"], "update_repository")
    wanted = {
        "repository": "team/app",
        "action": "update_repository",
        "actor": "olga",
        "limit": "2",
    }
    first = await ok(scene.callers["root"].get(LOG, params=wanted))
    more = {**wanted, "cursor": first["next_cursor"]}
    second = await ok(scene.callers["root"].get(LOG, params=more))
    seen = [record["request_id"] for record in first["items"] + second["items"]]
    assert seen[:3] == [answer.headers["X-Request-Id"] for answer in reversed(answers)]
    before = await records(scene, **wanted | {"limit": "100", "until": first["items"][-1]["at"]})
    assert not set(seen[:2]) & {record["request_id"] for record in before}
