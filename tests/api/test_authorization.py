"""Every route, asked by everybody, answers what the matrix says; and every route is in the matrix."""

import httpx
import pytest
import pytest_asyncio

from boatyard.standalone.services import SERVICES
from tests.api.good_requests import RESTORED, for_route
from tests.api.matrix import PRIVATE, PUBLIC, rows
from tests.api.people import CALLERS, Scene
from tests.api.yard import NOTIFICATION_SECRET, Yard, ok, until

pytestmark = pytest.mark.asyncio(loop_scope="session")
OWN_DIALECT = {"/registry/token"}
"""Where errors are written as the registry's clients want them."""


@pytest.mark.parametrize("route", rows(PRIVATE))
async def test_a_route_answers_everybody_as_the_matrix_says(scene: Scene, route: str) -> None:
    expected = rows(PRIVATE)[route]
    try:
        answered = {caller: await status(scene, caller, route) for caller in CALLERS}
    finally:
        if route in RESTORED:
            await scene.connect_github()
    assert answered == expected


async def status(scene: Scene, caller: str, route: str, **values: str) -> str:
    client = scene.callers[caller]
    if route.endswith("/api/v1/session"):
        client = await scene.spare(caller)
    method, path, request = await for_route(scene, route, **values)
    answer = await client.request(method, path, **request)
    check_problem(answer)
    return f"{answer.status_code}{'' if is_about_the_caller(answer) else '*'}"


def is_about_the_caller(answer: httpx.Response) -> bool:
    """Whether the answer is the same for everything that this caller could ask for here."""
    if answer.status_code != 404:
        return True
    code = answer.json()["type"].rpartition(":")[2]
    return code in {"repository-not-found", "organization-not-found", "namespace-not-found"}


def check_problem(answer: httpx.Response) -> None:
    """A refusal is a problem document and says nothing about how we are built; nobody makes a 5xx."""
    assert answer.status_code < 500, f"{answer.request.method} {answer.request.url}: {answer.text}"
    if answer.status_code >= 400 and answer.request.url.path not in OWN_DIALECT:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


@pytest.mark.parametrize("route", rows(PUBLIC))
async def test_a_public_repository_is_there_for_everybody_to_look_at(
    scene: Scene, public: None, route: str
) -> None:
    expected = rows(PUBLIC)[route]
    shown = {"name": "open", "tag": "shown"}
    answered = {caller: await status(scene, caller, route, **shown) for caller in expected}
    assert answered == expected


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def public(scene: Scene) -> None:
    """The public repository `team/open` with a tag."""
    wish = {"namespace": "team", "name": "open", "public": True}
    await ok(scene.admin.post("/api/v1/repositories", json=wish))
    await scene.yard.push("team/open", "shown")

    async def shown() -> bool:
        tag = await scene.admin.get("/api/v1/repositories/team/open/tags/shown")
        return tag.status_code == 200

    await until(shown)


async def test_every_route_has_a_row_and_every_row_a_route(yard: Yard) -> None:
    document = yard.app.openapi()
    documented = {
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method in operations
    }
    routed = {
        f"{method} {route.path}"
        for service in SERVICES
        for router in service.routers
        for route in router.routes
        for method in getattr(route, "methods", ())
        if hasattr(route, "path")
    }
    in_matrix = set(rows(PRIVATE))
    assert documented | routed == in_matrix, (
        f"without a row: {sorted((documented | routed) - in_matrix)}; "
        f"without a route: {sorted(in_matrix - documented - routed)}"
    )
    assert set(rows(PUBLIC)) <= in_matrix


async def test_every_row_says_something_of_everybody() -> None:
    for route, row in rows(PRIVATE).items():
        assert tuple(row) == CALLERS, route


@pytest.mark.parametrize("caller", ["stranger", "elsewhere"])
async def test_what_is_hidden_looks_the_same_as_what_is_not_there(
    scene: Scene, caller: str
) -> None:
    """A stranger can't find out which repositories there are."""
    there, nowhere = "team/app", "team/nothing"
    client = scene.callers[caller]
    for rest in ("", "/tags", "/builds", "/webhooks"):
        answers = [
            await client.get(f"/api/v1/repositories/{repository}{rest}")
            for repository in (there, nowhere)
        ]
        texts = [
            answer.text.replace(repository, "…")
            for answer, repository in zip(answers, (there, nowhere), strict=True)
        ]
        assert texts[0] == texts[1]


async def test_the_registry_itself_is_believed(yard: Yard) -> None:
    client = yard.bearer(NOTIFICATION_SECRET)
    answer = await client.post("/registry/events", json={"events": []})
    assert answer.status_code == 202


@pytest.mark.parametrize("credential", ["Bearer byt_unknown", "Basic YTpi", "Bearer"])
async def test_a_credential_that_is_not_believed_is_no_visitor(
    yard: Yard, scene: Scene, credential: str
) -> None:
    """Who shows a token that was revoked is told so, also where nobody has to show any."""
    client = yard.client(Authorization=credential)
    for path in ("/api/v1/repositories?scope=public", "/api/v1/repositories/team/app"):
        assert (await client.get(path)).status_code == 401
