"""The routes of builds: who sees what, lists, cancel, retry."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx
import pytest

from boatyard.shared.events import BuildStatus
from tests.unit.builder.kit import Kit, pages

AS = {name: {"Authorization": f"Bearer {name}"} for name in ("reader", "writer", "stranger")}


@pytest.fixture
async def api(kit: Kit) -> AsyncIterator[httpx.AsyncClient]:
    """The API of a builder that builds nothing."""
    async with kit.running(workers=0) as client:
        yield client


async def test_a_build_tells_all_about_itself(kit: Kit, api: httpx.AsyncClient) -> None:
    await kit.order(caused_by="ada", arguments={"COLOUR": "green", "API_TOKEN": "abcdefgh"})
    body = (await api.get("/builds/1")).json()
    assert (body["status"], body["group"], body["position"]) == ("queued", "building", 0)
    assert (body["caused_by"], body["cause"]) == ("ada", "push")
    assert body["source"]["message"].startswith("Say hello")
    assert body["recipe"]["arguments"] == {"COLOUR": "green", "API_TOKEN": "****"}
    assert body["cancelable"] is True


async def test_the_list_is_paged_and_the_newest_is_first(kit: Kit, api: httpx.AsyncClient) -> None:
    for _ in range(5):
        await kit.order()
    items = await pages(api, "/builds", limit=2)
    assert [item["number"] for item in items] == [5, 4, 3, 2, 1]


async def test_the_list_is_filtered_by_group_rule_and_ref(kit: Kit, api: httpx.AsyncClient) -> None:
    rule = uuid4()
    await kit.order(group="a")
    await kit.order(group="a", rule_id=rule)
    await kit.order()

    async def numbers(**query: object) -> list[int]:
        return [item["number"] for item in await pages(api, "/builds", **query)]

    assert await numbers(status="failed") == [1]
    assert await numbers(status="building") == [3, 2]
    assert await numbers(status="success") == []
    assert await numbers(rule=str(rule)) == [2]
    assert await numbers(ref="refs/heads/main") == [3, 2, 1]
    assert await numbers(ref="refs/heads/none") == []


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("writer", "/builds", 200),
        ("writer", "/builds/1/log", 200),
        ("reader", "/builds", 200),
        ("reader", "/builds/1", 200),
        ("reader", "/builds/1/log", 403),
        ("stranger", "/builds", 404),
        (None, "/builds", 401),
    ],
)
async def test_members_see_builds_and_who_pushes_sees_logs(
    kit: Kit, api: httpx.AsyncClient, who: str | None, path: str, status: int
) -> None:
    await kit.order()
    headers = AS[who] if who else {"Authorization": ""}
    if who is None:
        del api.headers["Authorization"]
        headers = {}
    assert (await api.get(path, headers=headers)).status_code == status


async def test_a_public_image_does_not_make_its_builds_public(
    kit: Kit, api: httpx.AsyncClient
) -> None:
    kit.public = True
    await kit.order()
    assert (await api.get("/builds", headers=AS["stranger"])).status_code == 403
    del api.headers["Authorization"]
    assert (await api.get("/builds")).status_code == 401


async def test_the_operator_can_make_builds_public(kit: Kit) -> None:
    kit.public = True
    async with kit.running(workers=0, public_records=True) as api:
        await kit.order()
        del api.headers["Authorization"]
        assert (await api.get("/builds/1")).status_code == 200
        assert (await api.get("/builds/1/log")).status_code == 200
        assert (await api.post("/builds/1/cancel")).status_code == 401


async def test_a_build_that_waits_is_canceled_at_once(kit: Kit, api: httpx.AsyncClient) -> None:
    id = await kit.order()
    body = (await api.post("/builds/1/cancel")).json()
    assert (body["status"], body["detail"]) == ("canceled", "Canceled by writer.")
    assert (await kit.finished(id)).status == BuildStatus.CANCELED
    again = await api.post("/builds/1/cancel")
    assert again.status_code == 409
    assert again.json()["type"] == "urn:boatyard:problem:build-ended"


async def test_a_build_that_runs_is_stopped_and_pushes_nothing(kit: Kit) -> None:
    kit.files["Dockerfile"] = "FROM scratch\nRUN sleep 30\n"
    async with kit.running() as api:
        id = await kit.order()
        await kit.reaches(id, BuildStatus.BUILDING, phase="build")
        assert (await api.post("/builds/1/cancel")).json()["stopping"] is True
        build = await kit.ended(id)
        assert build.status == BuildStatus.CANCELED
        assert kit.engine.pushes == []
        assert kit.engine.running == 0
        assert kit.log(id).rstrip().endswith("==> Canceled: Canceled by writer.")


async def test_a_build_that_pushes_is_not_canceled_any_more(kit: Kit) -> None:
    kit.files["Dockerfile"] = "# dummy: push-sleep 0.5\nFROM scratch\n"
    async with kit.running() as api:
        id = await kit.order()

        async def pushes() -> bool:
            return (await kit.row(id)).push_began

        await kit.until(pushes, "it pushes")
        refused = await api.post("/builds/1/cancel")
        assert refused.status_code == 409
        assert refused.json()["type"] == "urn:boatyard:problem:build-pushes"
        assert (await kit.ended(id)).status == BuildStatus.SUCCEEDED


async def test_a_retry_builds_the_same_under_a_new_number(kit: Kit) -> None:
    kit.files["Dockerfile"] = "FROM scratch\nRUN exit 3\n"
    async with kit.running() as api:
        await kit.ended(await kit.order())
        kit.files["Dockerfile"] = "FROM scratch\n"
        made = await api.post("/builds/1/retry")
        assert made.status_code == 201
        body = made.json()
        assert (body["number"], body["retry_of"], body["cause"]) == (2, 1, "retry")
        assert body["caused_by"] == "writer"
        build = await kit.ended(UUID(body["id"]))
        assert build.status == BuildStatus.SUCCEEDED
        assert build.source == (await kit.row(build.id)).source


async def test_what_has_not_ended_is_not_retried(kit: Kit, api: httpx.AsyncClient) -> None:
    await kit.order()
    assert (await api.post("/builds/1/retry")).status_code == 409


@pytest.mark.parametrize("action", ["cancel", "retry"])
async def test_a_reader_changes_nothing(kit: Kit, api: httpx.AsyncClient, action: str) -> None:
    await kit.order()
    assert (await api.post(f"/builds/1/{action}", headers=AS["reader"])).status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/builds/2", 404),
        ("/builds/0", 422),
        ("/builds/99999999999", 422),
        ("/builds/x", 422),
        ("/builds?cursor=x", 422),
        ("/builds?status=nice", 422),
        ("/builds?rule=x", 422),
        ("/builds?ref=%00", 422),
        ("/builds/2/log", 404),
        ("/builds/1/log?cursor=-1", 422),
        ("/builds/1/log?cursor=99999999999999999999", 422),
    ],
)
async def test_bad_input_is_told_what_is_wrong(
    kit: Kit, api: httpx.AsyncClient, path: str, status: int
) -> None:
    await kit.order()
    answer = await api.get(path)
    assert answer.status_code == status
    assert answer.json()["detail"]
