"""Two who want the same at the same moment: one gets it, the other is told, and nothing is left half done."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence

import httpx

from boatyard.shared.access import SESSION_COOKIE
from boatyard.shared.events import RepositoryCreated, RepositoryDeleted, TagDeleted, TagPushed
from tests.unit.catalog.kit import PASSWORD, Catalog, made, names, ok

AT_ONCE = 6


async def statuses(requests: Sequence[Awaitable[httpx.Response]]) -> Counter[int]:
    """What requests that are sent together are answered."""
    answers = await asyncio.gather(*requests)
    broken = [answer.text for answer in answers if answer.status_code >= 500]
    assert not broken
    return Counter(answer.status_code for answer in answers)


async def test_of_many_first_accounts_one_administers(catalog: Catalog) -> None:
    wishes = [{"username": f"user{n}", "password": PASSWORD} for n in range(AT_ONCE)]
    client = catalog.client()
    answers = await asyncio.gather(*(client.post("/accounts", json=wish) for wish in wishes))
    assert sum(answer.json()["administrator"] for answer in answers) == 1


async def test_a_username_is_given_once(catalog: Catalog) -> None:
    wish = {"username": "anna", "password": PASSWORD}
    client = catalog.client()
    found = await statuses([client.post("/accounts", json=wish) for _ in range(AT_ONCE)])
    assert found == {201: 1, 409: AT_ONCE - 1}


async def test_a_name_is_an_accounts_or_an_organizations(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    account = {"username": "team", "password": PASSWORD}
    found = await statuses(
        [
            *(catalog.client().post("/accounts", json=account) for _ in range(3)),
            *(anna.post("/organizations", json={"name": "team"}) for _ in range(3)),
        ]
    )
    assert found == {201: 1, 409: 5}


async def test_a_repository_is_made_once(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    requests = [anna.post("/repositories", json={"name": "app"}) for _ in range(AT_ONCE)]
    assert await statuses(requests) == {201: 1, 409: AT_ONCE - 1}
    assert len(await catalog.outbox(RepositoryCreated)) == 1


async def test_first_pushes_of_several_tags_make_one_repository(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    await asyncio.gather(
        *(catalog.handle(pushed("anna/app", f"v{n}", 1)) for n in range(AT_ONCE)),
        anna.post("/repositories", json={"name": "app"}),
    )
    assert len(await catalog.outbox(RepositoryCreated)) == 1
    assert (await ok(anna.get("/repositories/anna/app")))["tag_count"] == AT_ONCE


def pushed(repository: str, tag: str, sequence: int) -> TagPushed:
    return TagPushed(
        repository=repository, tag=tag, sequence=sequence, digest=f"sha256:{sequence:064d}"
    )


async def test_the_newest_push_wins_in_whatever_order_processes_handle_them(
    catalog: Catalog,
) -> None:
    anna = await catalog.person("anna")
    await catalog.handle(pushed("anna/app", "1", 1))
    await asyncio.gather(*(catalog.handle(pushed("anna/app", "1", n)) for n in range(9, 1, -1)))
    tag = await ok(anna.get("/repositories/anna/app/tags/1"))
    assert tag["digest"] == f"sha256:{9:064d}"
    history = await ok(anna.get("/repositories/anna/app/tags/1/history"))
    assert [change["sequence"] for change in history["items"]] == list(range(9, 0, -1))


async def test_a_push_and_a_deletion_end_as_the_registry_did(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    gone = TagDeleted(repository="anna/app", tag="1", sequence=3, digest=f"sha256:{2:064d}")
    await catalog.handle(pushed("anna/app", "1", 1))
    await asyncio.gather(catalog.handle(gone), catalog.handle(pushed("anna/app", "1", 2)))
    assert names(await ok(anna.get("/repositories/anna/app/tags"))) == []
    assert (await ok(anna.get("/repositories/anna/app")))["tag_count"] == 0


async def test_a_remark_and_a_push_of_the_same_tag_keep_each_other(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    path = "/repositories/anna/app/tags/1"
    await catalog.handle(pushed("anna/app", "1", 1))
    for sequence in range(2, 6):
        remark = f"note {sequence}"
        await asyncio.gather(
            catalog.handle(pushed("anna/app", "1", sequence)),
            ok(anna.patch(path, json={"remark": remark})),
        )
        tag = await ok(anna.get(path))
        assert (tag["remark"], tag["digest"]) == (remark, f"sha256:{sequence:064d}")


async def test_a_remark_on_a_tag_that_is_being_deleted_is_an_answer(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    for sequence in range(1, 8, 2):
        await catalog.handle(pushed("anna/app", "1", sequence))
        gone = TagDeleted(
            repository="anna/app", tag="1", sequence=sequence + 1, digest=f"sha256:{sequence:064d}"
        )
        answer, _ = await asyncio.gather(
            anna.patch("/repositories/anna/app/tags/1", json={"remark": "x"}), catalog.handle(gone)
        )
        assert answer.status_code in (200, 404)


async def test_stars_are_counted_right(catalog: Catalog) -> None:
    people = [await catalog.person(f"user{n}") for n in range(4)]
    await made(people[0].post("/repositories", json={"name": "app", "public": True}))
    star = "/favourites/user0/app"
    await statuses([p.put(star) for p in people for _ in range(2)])
    assert (await ok(people[0].get("/repositories/user0/app")))["star_count"] == 4
    await statuses([p.delete(star) for p in people[:2] for _ in range(2)])
    assert (await ok(people[0].get("/repositories/user0/app")))["star_count"] == 2


async def test_two_admins_can_not_depose_each_other(catalog: Catalog) -> None:
    await catalog.person("root-admin")
    anna, bert = await catalog.person("anna"), await catalog.person("bert")
    await catalog.organization(anna, "team", bert="admin")
    members = "/organizations/team/members"
    found = await statuses(
        [
            anna.put(f"{members}/bert", json={"role": "reader"}),
            bert.delete(f"{members}/anna"),
            anna.delete(f"{members}/anna"),
            bert.put(f"{members}/bert", json={"role": "writer"}),
        ]
    )
    assert found[200] + found[204] >= 1
    root = await catalog.sign_in("root-admin")
    left = await ok(root.get(members))
    assert sum(member["role"] == "admin" for member in left["items"]) == 1


async def test_two_administrators_can_not_depose_each_other(catalog: Catalog) -> None:
    anna, bert = await catalog.person("anna"), await catalog.person("bert")
    await ok(anna.patch("/accounts/bert", json={"administrator": True}))
    found = await statuses(
        [
            anna.patch("/accounts/bert", json={"administrator": False}),
            bert.patch("/accounts/anna", json={"disabled": True}),
        ]
    )
    assert found[200] == 1


async def test_an_organization_does_not_go_from_under_a_new_repository(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    for n in range(4):
        name = f"team{n}"
        await catalog.organization(anna, name)
        repository, gone = await asyncio.gather(
            anna.post("/repositories", json={"namespace": name, "name": "app"}),
            anna.delete(f"/organizations/{name}", params={"confirm": name}),
        )
        assert (repository.status_code, gone.status_code) in {(201, 409), (404, 204)}


async def test_a_repository_is_deleted_once(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    await made(anna.post("/repositories", json={"name": "app"}))
    confirm = {"confirm": "anna/app"}
    requests = [anna.delete("/repositories/anna/app", params=confirm) for _ in range(AT_ONCE)]
    assert await statuses(requests) == {204: 1, 404: AT_ONCE - 1}
    assert len(await catalog.outbox(RepositoryDeleted)) == 1


async def test_a_robots_name_and_secret_are_given_once(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    await catalog.organization(anna, "team")
    robots = "/organizations/team/robots"
    found = await statuses([anna.post(robots, json={"name": "ci"}) for _ in range(AT_ONCE)])
    assert found == {201: 1, 409: AT_ONCE - 1}
    answers = await asyncio.gather(*(anna.post(f"{robots}/ci/rotate-secret") for _ in range(3)))
    secrets = [answer.json()["secret"] for answer in answers]
    good = await statuses([catalog.bearer(s).get("/repositories") for s in secrets])
    assert good == {200: 1, 401: 2}


async def test_a_session_that_is_used_and_ended_at_once_is_ended(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    secret = anna.cookies[SESSION_COOKIE]
    catalog.clock.advance(days=1)  # so that each use wants to prolong it
    others = [anna.get("/account") for _ in range(AT_ONCE)]
    found = await statuses([anna.delete("/session"), *others])
    assert found[204] == 1
    thief = catalog.client(cookies={SESSION_COOKIE: secret})
    assert (await thief.get("/account")).status_code == 401
