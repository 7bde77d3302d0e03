"""A good request for every route, so that what it answers depends on who sends it and on nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.api.people import HERE, PROJECT, RULE, Scene
from tests.api.yard import PASSWORD, ok

Request = dict[str, Any]
"""What httpx takes, and under `values` what goes into the path instead of what is usual."""
Maker = Callable[[Scene], Awaitable[Request]]
NOTHING = "0192f000-0000-7000-8000-000000000000"
ORGANIZATION = "/api/v1/organizations/{organization}"
REPOSITORY = "/api/v1/repositories/{namespace}/{name}"
WEBHOOK = REPOSITORY + "/webhooks/{webhook_id}"


async def for_route(scene: Scene, route: str, **values: str) -> tuple[str, str, Request]:
    """Method, path and the rest of a request for a route; `values` go into the path whatever is usual."""
    method, _, pattern = route.partition(" ")
    given = PLAIN.get(route)
    request = dict(given) if given is not None else {}
    if route in MADE:
        request = await MADE[route](scene)
    in_path = {**scene.values, **request.pop("values", {}), **values}
    return method, pattern.format_map(in_path), request


def json(**body: Any) -> Request:
    return {"json": body}


PLAIN: dict[str, Request] = {
    "PATCH /api/v1/account": json(language="en"),
    "POST /api/v1/account/tokens": json(
        name="t", scopes=[{"repository": "team/app", "verbs": ["pull"]}]
    ),
    "PATCH /api/v1/accounts/{username}": {**json(disabled=False), "values": {"username": "rita"}},
    f"PATCH {ORGANIZATION}": json(description="ours"),
    f"PUT {ORGANIZATION}/members/{{username}}": {
        **json(role="reader"),
        "values": {"username": "rita"},
    },
    f"PATCH {ORGANIZATION}/robots/{{robot}}": json(description="builds"),
    "GET /api/v1/commands": {"params": {"namespace": "team", "name": "app"}},
    f"PATCH {REPOSITORY}": json(summary="ours"),
    f"PATCH {REPOSITORY}/tags/{{tag}}": json(remark="ours"),
    f"POST {REPOSITORY}/webhooks": json(url="https://receiver.example/hook"),
    f"POST {REPOSITORY}/webhooks/preview": json(),
    f"PATCH {WEBHOOK}": json(name="ours"),
    f"POST {WEBHOOK}/rotate-secret": json(),
    f"POST {WEBHOOK}/test": json(),
    f"POST {WEBHOOK}/replay": json(since="2026-01-01T00:00:00Z"),
    "PUT /api/v1/namespaces/{namespace}/quota": json(max_bytes=None),
    "POST /api/v1/session": json(username="rita", password=PASSWORD),
    "GET /registry/token": {"params": {"scope": "repository:team/app:pull"}},
    "POST /registry/token": {
        "data": {"grant_type": "password", "username": "rita", "password": PASSWORD}
    },
    "POST /api/v1/github/app/manifest": json(),
    "PUT /api/v1/github/app": json(kind="github-app", client_id="Iv1", client_secret="s"),
    "POST /api/v1/github/link": json(),
    "GET /api/v1/github/projects/{owner}/{repo}/dockerfiles": {"params": {"ref": "main"}},
    f"PUT {REPOSITORY}/source": json(project=PROJECT),
    f"POST {REPOSITORY}/build-rules": json(**RULE),
    f"POST {REPOSITORY}/build-rules/preview": json(**RULE),
    f"PATCH {REPOSITORY}/build-rules/{{rule}}": json(pattern="main"),
    f"GET {REPOSITORY}/pushes/{{push}}": {"values": {"push": NOTHING}},
    "POST /registry/events": json(events=[]),
    "POST /github/events": json(zen="Keep it logically awesome."),
}


async def a_token(scene: Scene) -> Request:
    made = await ok(scene.admin.post("/api/v1/account/tokens", json={"name": "t"}))
    return {"values": {"token_id": made["id"]}}


async def an_account(scene: Scene) -> Request:
    return json(username=scene.fresh(), password=PASSWORD)


async def an_organization(scene: Scene) -> Request:
    return json(name=scene.fresh())


async def another_organization(scene: Scene) -> Request:
    """One in which everybody is what they are in the team."""
    name = scene.fresh()
    await ok(scene.admin.post("/api/v1/organizations", json={"name": name}))
    for username, role in (("walt", "writer"), ("rita", "reader")):
        path = f"/api/v1/organizations/{name}/members/{username}"
        await ok(scene.admin.put(path, json={"role": role}))
    return {"values": {"organization": name}, "params": {"confirm": name}}


async def a_member(scene: Scene) -> Request:
    """One more member of the team, who is nobody of the callers."""
    name = scene.fresh()
    account = {"username": name, "password": PASSWORD}
    await ok(scene.yard.client().post("/api/v1/accounts", json=account))
    path = f"/api/v1/organizations/team/members/{name}"
    await ok(scene.admin.put(path, json={"role": "reader"}))
    return {"values": {"username": name}}


async def a_new_robot(scene: Scene) -> Request:
    return json(name=scene.fresh())


async def a_robot(scene: Scene) -> Request:
    name = scene.fresh()
    await ok(scene.admin.post("/api/v1/organizations/team/robots", json={"name": name}))
    return {"values": {"robot": name}}


async def a_new_repository(scene: Scene) -> Request:
    return json(namespace="team", name=scene.fresh())


async def a_repository(scene: Scene) -> Request:
    name = await scene.repository()
    return {"values": {"name": name}, "params": {"confirm": f"team/{name}"}}


async def a_tag(scene: Scene) -> Request:
    return {"values": {"tag": scene.tag()}}


async def a_digest(scene: Scene) -> Request:
    return json(digest=scene.digest)


async def a_build(scene: Scene) -> Request:
    return {"values": {"number": scene.build()}}


async def an_ended_build(scene: Scene) -> Request:
    number = scene.build()
    await ok(scene.admin.post(f"{HERE}/builds/{number}/cancel"))
    return {"values": {"number": number}}


async def a_webhook(scene: Scene) -> Request:
    return {"values": {"webhook_id": await scene.webhook()}}


async def a_delivery(scene: Scene) -> Request:
    return {"values": {"delivery_id": await scene.delivery()}}


async def a_connection(scene: Scene) -> Request:
    await scene.connect_github()
    return {}


async def a_rule(scene: Scene) -> Request:
    return {"values": {"rule": await scene.rule()}}


MADE: dict[str, Maker] = {
    "DELETE /api/v1/account/tokens/{token_id}": a_token,
    "POST /api/v1/accounts": an_account,
    "POST /api/v1/organizations": an_organization,
    f"DELETE {ORGANIZATION}": another_organization,
    f"DELETE {ORGANIZATION}/members/{{username}}": a_member,
    f"POST {ORGANIZATION}/robots": a_new_robot,
    f"DELETE {ORGANIZATION}/robots/{{robot}}": a_robot,
    f"POST {ORGANIZATION}/robots/{{robot}}/rotate-secret": a_robot,
    "POST /api/v1/repositories": a_new_repository,
    f"DELETE {REPOSITORY}": a_repository,
    f"DELETE {REPOSITORY}/tags/{{tag}}": a_tag,
    f"POST {REPOSITORY}/tags/{{tag}}/restore": a_digest,
    f"POST {REPOSITORY}/builds/{{number}}/cancel": a_build,
    f"POST {REPOSITORY}/builds/{{number}}/retry": an_ended_build,
    f"DELETE {WEBHOOK}": a_webhook,
    f"POST {WEBHOOK}/deliveries/{{delivery_id}}/redeliver": a_delivery,
    "DELETE /api/v1/github/app": a_connection,
    "DELETE /api/v1/github/link": a_connection,
    f"DELETE {REPOSITORY}/source": a_connection,
    f"DELETE {REPOSITORY}/build-rules/{{rule}}": a_rule,
}
assert REPOSITORY.format(namespace="team", name="app") == HERE
RESTORED = {
    "DELETE /api/v1/github/app",
    "DELETE /api/v1/github/link",
    f"DELETE {REPOSITORY}/source",
    f"PUT {REPOSITORY}/source",
}
"""After these, the connection with GitHub has to be made again for the others."""
