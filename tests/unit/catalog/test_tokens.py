"""Access tokens: what they are good for, and what they can't give away."""

import datetime as dt
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from boatyard.catalog.tokens.actions import MAX_TOKENS, make_token
from boatyard.catalog.tokens.models import AccessToken
from boatyard.catalog.tokens.schemas import ScopeView
from boatyard.shared.access import SESSION_COOKIE, Credential, secret_hash
from boatyard.shared.events import CredentialKind
from tests.unit.catalog.kit import Catalog, made, names, ok, refused, some_uuid, token

FULL = ["pull", "push", "delete", "admin"]


def wish(on: str = "*", verbs: list[str] | None = None, **more: Any) -> dict[str, Any]:
    return {"name": "ci", "scopes": [{"repository": on, "verbs": verbs or FULL}], **more}


async def test_a_token_is_shown_once_and_stored_as_its_hash(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    answer = await made(anna.post("/account/tokens", json={"name": "ci"}))
    secret = answer["secret"]
    assert secret.startswith("byt_")
    assert secret[:8] == answer["hint"]
    listed = await anna.get("/account/tokens")
    assert secret not in listed.text
    async with catalog.database.reading() as session:
        rows = (await session.execute(sa.select(AccessToken.__table__))).all()  # type: ignore[attr-defined]
    assert secret not in str(rows)


async def test_a_token_without_scopes_may_do_everything_that_its_owner_may(
    catalog: Catalog,
) -> None:
    anna = await catalog.person("anna")
    made_token = await made(anna.post("/account/tokens", json={"name": "ci"}))
    assert made_token["scopes"] == [{"repository": "*", "verbs": sorted(FULL)}]
    bearer = catalog.bearer(made_token["secret"])
    await made(bearer.post("/repositories", json={"name": "app"}))
    await ok(bearer.get("/account/tokens"))


async def test_a_token_needs_no_csrf_token_and_wins_over_a_cookie(catalog: Catalog) -> None:
    anna, bert = await catalog.person("anna"), await catalog.person("bert")
    anna.headers["Authorization"] = f"Bearer {await token(bert)}"
    del anna.headers["X-CSRF-Token"]
    account = await ok(anna.patch("/account", json={"language": "zh"}))
    assert account["username"] == "bert"


async def test_a_revoked_token_is_refused(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    answer = await made(anna.post("/account/tokens", json=wish()))
    bearer = catalog.bearer(answer["secret"])
    await ok(bearer.get("/account"))
    await ok(anna.delete(f"/account/tokens/{answer['id']}"))
    await refused(bearer.get("/account"), 401, "credential-refused")


async def test_an_expired_token_is_refused(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    ends = catalog.clock.now() + dt.timedelta(hours=1)
    bearer = catalog.bearer(await token(anna, expires_at=ends.isoformat()))
    await ok(bearer.get("/account"))
    catalog.clock.advance(hours=1)
    await refused(bearer.get("/account"), 401, "credential-refused")


async def test_the_last_use_is_remembered_to_the_minute(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    bearer = catalog.bearer(await token(anna))

    async def last_use() -> str | None:
        last: str | None = (await ok(anna.get("/account/tokens")))["items"][0]["last_used_at"]
        return last

    assert await last_use() is None
    await ok(bearer.get("/account"))
    first = await last_use()
    assert first is not None
    catalog.clock.advance(seconds=59)
    await ok(bearer.get("/account"))
    assert await last_use() == first
    catalog.clock.advance(seconds=1)
    await ok(bearer.get("/account"))
    assert await last_use() != first


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "body.name"),
        ({"name": "two\nlines"}, "body.name"),
        ({"name": "x" * 101}, "body.name"),
        ({"scopes": []}, "body.scopes"),
        ({"scopes": [{"repository": "*", "verbs": []}]}, "body.scopes.0.verbs"),
        ({"scopes": [{"repository": "*", "verbs": ["own"]}]}, "body.scopes.0.verbs.0"),
        ({"scopes": [{"repository": "Team/app", "verbs": ["pull"]}]}, "body.scopes.0.repository"),
        ({"scopes": [{"repository": "team", "verbs": ["pull"]}]}, "body.scopes.0.repository"),
        ({"scopes": [{"repository": "*/app", "verbs": ["pull"]}]}, "body.scopes.0.repository"),
        ({"scopes": [{"repository": "team/a*", "verbs": ["pull"]}]}, "body.scopes.0.repository"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "body.expires_at"),
        ({"expires_at": "2030-01-01T00:00:00"}, "body.expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-14:00"}, "body.expires_at"),
        ({"expires_at": "tomorrow"}, "body.expires_at"),
        ({"secret": "mine"}, "body.secret"),
    ],
    ids=str,
)
async def test_a_token_with_a_wrong_field_is_refused_by_its_name(
    catalog: Catalog, change: dict[str, Any], field: str
) -> None:
    anna = await catalog.person("anna")
    await refused(anna.post("/account/tokens", json={**wish(), **change}), 422, field=field)


async def test_a_token_for_some_repositories_does_not_manage_the_account(
    catalog: Catalog,
) -> None:
    anna = await catalog.person("anna")
    for narrow in (
        await token(anna, "pull", "push", "delete"),
        await token(anna, "admin"),
        await token(anna, on="anna/*"),
    ):
        bearer = catalog.bearer(narrow)
        for request in (
            bearer.get("/account/tokens"),
            bearer.post("/account/tokens", json=wish("anna/app", ["pull"])),
            bearer.delete(f"/account/tokens/{some_uuid()}"),
            bearer.patch("/account", json={"language": "zh"}),
            bearer.post("/organizations", json={"name": "team"}),
            bearer.get("/favourites"),
        ):
            await refused(request, 403, "scope-too-small")


async def test_a_whole_token_may_be_given_in_pieces(catalog: Catalog) -> None:
    """A token is whole also if its scopes are only together."""
    anna = await catalog.person("anna")
    scopes = [{"repository": "*", "verbs": [verb]} for verb in FULL]
    parts = await made(anna.post("/account/tokens", json={"name": "p", "scopes": scopes}))
    await ok(catalog.bearer(parts["secret"]).get("/account/tokens"))


async def test_what_a_token_makes_does_not_outlive_it(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    await catalog.organization(anna, "team")
    now = catalog.clock.now()
    ends, later = now + dt.timedelta(hours=1), now + dt.timedelta(hours=2)
    bearer = catalog.bearer(await token(anna, expires_at=ends.isoformat()))
    robots = "/organizations/team/robots"

    async def refuse(request: Any) -> None:
        await refused(request, 403, "outlives-its-maker")

    await refuse(bearer.post("/account/tokens", json=wish()))
    await refuse(bearer.post("/account/tokens", json=wish(expires_at=later.isoformat())))
    await refuse(bearer.post(robots, json={"name": "ci"}))
    await made(bearer.post("/account/tokens", json=wish(expires_at=ends.isoformat())))
    await made(bearer.post(robots, json={"name": "ci", "expires_at": ends.isoformat()}))
    await refuse(bearer.post(f"{robots}/ci/rotate-secret", json={"expires_at": None}))
    await ok(bearer.post(f"{robots}/ci/rotate-secret"))


async def test_tokens_are_listed_a_page_at_a_time(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    for n in range(5):
        await made(anna.post("/account/tokens", json={"name": f"t{n}"}))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params: dict[str, Any] = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = await ok(anna.get("/account/tokens", params=params))
        seen += names(page)
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["t0", "t1", "t2", "t3", "t4"]


@pytest.mark.parametrize("cursor", ["x", "WyJub3QgYSB1dWlkIl0", "WzFd", "W10", "%00"])
async def test_a_cursor_of_another_list_is_refused(catalog: Catalog, cursor: str) -> None:
    anna = await catalog.person("anna")
    await refused(anna.get("/account/tokens", params={"cursor": cursor}), 422, field="query.cursor")


@pytest.mark.parametrize("limit", ["0", "101", "-1", "many", "1.5"])
async def test_a_limit_out_of_bounds_is_refused(catalog: Catalog, limit: str) -> None:
    anna = await catalog.person("anna")
    await refused(anna.get("/account/tokens", params={"limit": limit}), 422, field="query.limit")


async def test_a_token_of_somebody_else_can_not_be_revoked(catalog: Catalog) -> None:
    anna, bert = await catalog.person("anna"), await catalog.person("bert")
    theirs = await made(bert.post("/account/tokens", json=wish()))
    await refused(anna.delete(f"/account/tokens/{theirs['id']}"), 404, "token-not-found")
    await refused(anna.delete(f"/account/tokens/{some_uuid()}"), 404, "token-not-found")
    await refused(anna.delete("/account/tokens/1"), 422, field="path.token_id")
    await ok(catalog.bearer(theirs["secret"]).get("/account"))


async def test_there_are_at_most_200_tokens(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    account = (await catalog.parts.doorkeeper.access(_credential(anna))).account_id  # type: ignore[union-attr]
    scopes = [ScopeView(repository="*", verbs=frozenset({"pull"}))]
    async with catalog.database.unit_of_work() as uow:
        for n in range(MAX_TOKENS):
            made_token, _ = make_token(
                name=str(n),
                scopes=scopes,
                expires_at=None,
                now=catalog.clock.now(),
                account_id=account,
            )
            uow.session.add(made_token)
    await refused(anna.post("/account/tokens", json=wish()), 409, "too-many-tokens")


def _credential(client: httpx.AsyncClient) -> Any:
    return Credential(CredentialKind.SESSION, secret_hash(client.cookies[SESSION_COOKIE]))
