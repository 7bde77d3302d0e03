"""Signing in and out, cookies, the CSRF token, and the throttle."""

import asyncio
from collections.abc import Callable

import httpx
import pytest

from boatyard.catalog.accounts import store
from boatyard.catalog.accounts.passwords import Argon2
from boatyard.shared.access import CSRF_COOKIE, CSRF_HEADER, SESSION_COOKIE
from tests.unit.catalog.kit import PASSWORD, Catalog, made, ok, refused

RIGHT = {"username": "anna", "password": PASSWORD}
WRONG = {"username": "anna", "password": "wrong"}


def cookie_lines(answer: httpx.Response) -> dict[str, str]:
    return {line.partition("=")[0]: line for line in answer.headers.get_list("set-cookie")}


async def test_signing_in_sets_a_cookie_that_no_script_can_read(catalog: Catalog) -> None:
    await catalog.person("anna")
    lines = cookie_lines(await catalog.client().post("/session", json=RIGHT))
    assert {"HttpOnly", "SameSite=lax"} <= set(lines[SESSION_COOKIE].split("; "))
    assert "Secure" not in lines[SESSION_COOKIE]
    assert "HttpOnly" not in lines[CSRF_COOKIE]


@pytest.mark.parametrize(
    ("settings", "secure"),
    [
        ({"public_url": "https://boatyard.example"}, True),
        ({"public_url": "https://boatyard.example", "secure_cookies": False}, False),
        ({"secure_cookies": True}, True),
    ],
    ids=str,
)
async def test_cookies_travel_over_https_only_where_there_is_https(
    make_catalog: Callable[..., Catalog], settings: dict[str, object], secure: bool
) -> None:
    catalog = make_catalog(**settings)
    await made(catalog.client().post("/accounts", json=RIGHT))
    lines = cookie_lines(await catalog.client().post("/session", json=RIGHT))
    assert [("Secure" in line) for line in lines.values()] == [secure, secure]


async def test_a_session_can_be_asked_who_it_is_and_lasts_longer_then(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    answer = await anna.get("/session")
    assert answer.json()["account"]["username"] == "anna"
    assert answer.json()["csrf_token"] == anna.headers[CSRF_HEADER]
    assert set(cookie_lines(answer)) == {SESSION_COOKIE, CSRF_COOKIE}


async def test_nobody_chooses_the_secret_of_a_session(catalog: Catalog) -> None:
    await catalog.person("anna")
    client = catalog.client(cookies={SESSION_COOKIE: "bys_chosen"})
    answer = await client.post("/session", json=RIGHT)
    assert "bys_chosen" not in answer.headers["set-cookie"]
    other = catalog.client(cookies={SESSION_COOKIE: "bys_chosen"})
    await refused(other.get("/session"), 401, "credential-refused")


@pytest.mark.parametrize("value", [None, "", "wrong", "ÿ"])
async def test_a_change_without_the_csrf_token_is_refused(
    catalog: Catalog, value: str | None
) -> None:
    anna = await catalog.person("anna")
    del anna.headers[CSRF_HEADER]
    headers = {} if value is None else {CSRF_HEADER: value.encode("latin-1").decode("latin-1")}
    raw = [(name.encode(), text.encode("latin-1")) for name, text in headers.items()]
    request = anna.patch("/account", json={"language": "zh"}, headers=raw)
    await refused(request, 403, "csrf-token-missing")
    await ok(anna.get("/account"))


async def test_the_csrf_token_of_another_session_is_not_good(catalog: Catalog) -> None:
    anna, bert = await catalog.person("anna"), await catalog.person("bert")
    anna.headers[CSRF_HEADER] = bert.headers[CSRF_HEADER]
    await refused(anna.patch("/account", json={}), 403, "csrf-token-missing")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", None])
async def test_a_foreign_page_can_not_sign_its_visitor_in(
    catalog: Catalog, media_type: str | None
) -> None:
    """A form of another page can send these types without asking, and none of them is taken."""
    await catalog.person("anna")
    headers = {"content-type": media_type} if media_type else {}
    body = f'{{"username": "anna", "password": "{PASSWORD}"}}'.encode()
    answer = await catalog.client().post("/session", content=body, headers=headers)
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers


async def test_signing_out_ends_the_session(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    thief = catalog.client(cookies={SESSION_COOKIE: anna.cookies[SESSION_COOKIE]})
    await ok(thief.get("/account"))
    answer = await anna.delete("/session")
    assert (answer.status_code, answer.content) == (204, b"")
    assert not anna.cookies
    await refused(thief.get("/account"), 401, "credential-refused")


async def test_a_browser_with_an_old_session_can_get_rid_of_it(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    catalog.clock.advance(days=15)
    await refused(anna.get("/account"), 401, "credential-refused")
    assert (await anna.delete("/session")).status_code == 204
    assert not anna.cookies


async def test_signing_out_needs_the_csrf_token_too(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    del anna.headers[CSRF_HEADER]
    await refused(anna.delete("/session"), 403, "csrf-token-missing")


async def test_a_session_ends_when_it_is_not_used(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    catalog.clock.advance(days=13)
    await ok(anna.get("/account"))
    catalog.clock.advance(days=13)
    await ok(anna.get("/account"))
    catalog.clock.advance(days=15)
    await refused(anna.get("/account"), 401)


async def test_expired_sessions_are_forgotten(catalog: Catalog) -> None:
    await catalog.person("anna")
    catalog.clock.advance(days=15)
    async with catalog.database.unit_of_work() as uow:
        await store.forget_expired(uow.session, now=catalog.clock.now())
    catalog.clock.advance(days=-15)
    anna = catalog.client()
    await refused(anna.get("/account"), 401)


@pytest.mark.parametrize(
    "header", ["Basic YTpi", "Bearer", "Bearer ", "Token x", "bearer\tx", "Bearer ÿ"]
)
async def test_an_authorization_header_that_is_no_token_of_ours_is_refused(
    catalog: Catalog, header: str
) -> None:
    raw = [(b"authorization", header.encode("latin-1"))]
    await refused(catalog.client().get("/account", headers=raw), 401)


async def test_a_wrong_password_and_an_unknown_name_are_answered_alike(catalog: Catalog) -> None:
    await catalog.person("anna")
    client = catalog.client()
    wrong = await client.post("/session", json=WRONG)
    unknown = await client.post("/session", json={**WRONG, "username": "nobody"})
    odd = await client.post("/session", json={**WRONG, "username": "a\x00b"})
    assert wrong.status_code == unknown.status_code == odd.status_code == 401
    assert wrong.json() == unknown.json() == odd.json()


async def test_an_unknown_name_costs_as_much_as_a_wrong_password() -> None:
    argon2 = Counting(rounds=1, memory_kib=32)
    stored = await argon2.hash("right")
    assert not await argon2.matches(stored, "wrong")
    assert not await argon2.matches(None, "wrong")
    assert not await argon2.matches(None, "decoy")
    assert argon2.verified == 3


class Counting(Argon2):
    """Counts how often a hash was really computed for a comparison."""

    verified = 0

    def _verify(self, stored: str, password: str) -> bool:
        self.verified += 1
        return super()._verify(stored, password)


async def test_after_five_failures_a_name_has_to_wait_longer_and_longer(catalog: Catalog) -> None:
    await catalog.person("anna")
    client = catalog.client()
    for _ in range(5):
        await refused(client.post("/session", json=WRONG), 401)
    waits = []
    for _ in range(3):
        answer = await client.post("/session", json=WRONG)
        assert answer.status_code == 429
        waits.append(int(answer.headers["retry-after"]))
        catalog.clock.advance(seconds=waits[-1])
        await refused(client.post("/session", json=WRONG), 401)
    assert waits == [1, 2, 4]


async def test_the_right_password_has_to_wait_as_well_and_ends_the_waiting(
    catalog: Catalog,
) -> None:
    await catalog.person("anna")
    client = catalog.client()
    for _ in range(5):
        await refused(client.post("/session", json=WRONG), 401)
    await refused(client.post("/session", json=RIGHT), 429)
    catalog.clock.advance(seconds=2)
    await made(client.post("/session", json=RIGHT))
    await refused(client.post("/session", json=WRONG), 401)
    await made(client.post("/session", json=RIGHT))


async def test_a_guesser_does_not_lock_the_owner_out(catalog: Catalog) -> None:
    await catalog.person("anna")
    guesser = catalog.client(address="198.51.100.1")
    for _ in range(10):
        await guesser.post("/session", json=WRONG)
    await refused(guesser.post("/session", json=RIGHT), 429)
    await made(catalog.client(address="192.0.2.9").post("/session", json=RIGHT))


async def test_one_address_can_not_try_many_names(catalog: Catalog) -> None:
    client = catalog.client()
    for n in range(20):
        await refused(client.post("/session", json={**WRONG, "username": f"user{n}"}), 401)
    await refused(client.post("/session", json={**WRONG, "username": "user99"}), 429)


async def test_many_addresses_can_not_try_one_name(catalog: Catalog) -> None:
    await catalog.person("anna")
    for n in range(50):
        client = catalog.client(address=f"198.51.100.{n}")
        await refused(client.post("/session", json=WRONG), 401)
    answer = await catalog.client(address="203.0.113.1").post("/session", json=WRONG)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) <= 30


async def test_guesses_of_one_moment_do_not_slip_past_the_throttle(catalog: Catalog) -> None:
    await catalog.person("anna")
    clients = [catalog.client() for _ in range(20)]
    answers = await asyncio.gather(*(client.post("/session", json=WRONG) for client in clients))
    tried = sum(answer.status_code == 401 for answer in answers)
    assert 5 <= tried <= 6  # two are checked at a time


async def test_a_hash_with_old_parameters_is_renewed_at_the_next_sign_in(
    make_catalog: Callable[..., Catalog],
) -> None:
    catalog = make_catalog()
    await catalog.person("anna")
    before = await password_hash(catalog)
    stronger = Argon2(rounds=2, memory_kib=64)
    catalog.state.passwords._argon2 = stronger
    assert stronger.outdated(before)
    await catalog.sign_in("anna")
    after = await password_hash(catalog)
    assert not stronger.outdated(after)
    await catalog.sign_in("anna")
    assert await password_hash(catalog) == after


async def password_hash(catalog: Catalog) -> str:
    async with catalog.database.reading() as session:
        account = await store.by_username(session, "anna")
        assert account is not None
        return account.password_hash
