"""Signing up, the own account, and what administrators change."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.catalog.kit import PASSWORD, Catalog, made, names, ok, refused, token


@pytest.fixture
def catalog(empty: Catalog) -> Catalog:
    """Here it matters who signs up first."""
    return empty


def wish(username: str = "anna", **more: object) -> dict[str, Any]:
    return {"username": username, "password": PASSWORD, **more}


async def test_the_first_account_administers_and_the_second_does_not(catalog: Catalog) -> None:
    client = catalog.client()
    first = await made(client.post("/accounts", json=wish("anna", email="anna@example.com")))
    second = await made(client.post("/accounts", json=wish("bert", language="zh")))
    assert first["administrator"] is True
    assert second["administrator"] is False
    assert (first["email"], second["email"], second["language"]) == ("anna@example.com", None, "zh")
    assert "password" not in str(first).lower()


ILLEGAL_NAMES = [
    ("Ab", "lower case"),
    ("a", "has 1"),
    ("-a", "must not begin"),
    (".a", "must not begin"),
    ("a..b", "can't stand together"),
    ("a._b", "can't stand together"),
    ("a___b", "can't stand together"),
    ("a-", "must not end"),
    ("a" * 65, "has 65"),
    ("a" * 5000, "at most 256"),
    ("ab🚢", "character 3"),
    ("a b", "character 2"),
    ("a/b", "character 2"),
    ("a\x00b", "character 2"),
    ("ab\n", "character 3"),
    ("ünit", "character 1"),
    ("", "has 0"),
]


@pytest.mark.parametrize(("name", "reason"), ILLEGAL_NAMES, ids=lambda v: repr(v)[:12])
async def test_a_name_that_can_not_be_one_is_refused_with_the_reason(
    catalog: Catalog, name: str, reason: str
) -> None:
    problem = await refused(
        catalog.client().post("/accounts", json=wish(name)), 422, field="body.username"
    )
    assert reason in problem["detail"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password": "short"}, "body.password"),
        ({"password": "x" * 257}, "body.password"),
        ({"password": "with a \x00 in it"}, "body.password"),
        ({"password": None}, "body.password"),
        ({"email": "nowhere"}, "body.email"),
        ({"email": "a@" + "b" * 300}, "body.email"),
        ({"email": "a@b\r\nBcc: c@d"}, "body.email"),
        ({"language": "tlh"}, "body.language"),
        ({"administrator": True}, "body.administrator"),
    ],
    ids=str,
)
async def test_a_sign_up_with_a_wrong_field_names_it(
    catalog: Catalog, change: dict[str, Any], field: str
) -> None:
    await refused(catalog.client().post("/accounts", json=wish(**change)), 422, field=field)


async def test_a_refused_password_is_not_repeated_in_the_answer(catalog: Catalog) -> None:
    answer = await catalog.client().post("/accounts", json=wish(password="s3cret"))
    assert answer.status_code == 422
    assert "s3cret" not in answer.text


async def test_a_name_is_taken_once_by_an_account_or_an_organization(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    await catalog.organization(anna, "team")
    for name in ("anna", "team"):
        client = catalog.client()
        await refused(client.post("/accounts", json=wish(name)), 409, "name-taken")
        await refused(anna.post("/organizations", json={"name": name}), 409, "name-taken")


@pytest.mark.parametrize("name", ["v2", "api", "library", "boatyard", "root"])
async def test_reserved_names_are_for_nobody(catalog: Catalog, name: str) -> None:
    anna = await catalog.person("anna")
    await refused(catalog.client().post("/accounts", json=wish(name)), 422, field="body.username")
    await refused(anna.post("/organizations", json={"name": name}), 422, field="body.name")


async def test_where_signing_up_is_closed_only_the_first_can(
    make_catalog: Callable[..., Catalog],
) -> None:
    catalog = make_catalog(sign_up=False)
    await catalog.person("anna")
    await refused(catalog.client().post("/accounts", json=wish("bert")), 403, "sign-up-closed")


async def test_where_signing_up_is_closed_administrators_make_accounts(
    make_catalog: Callable[..., Catalog],
) -> None:
    catalog = make_catalog(sign_up=False)
    anna = await catalog.person("anna")
    await made(anna.post("/accounts", json=wish("bert")))
    bert = await catalog.sign_in("bert")
    await refused(bert.post("/accounts", json=wish("carl")), 403, "sign-up-closed")
    narrow = catalog.bearer(await token(anna, "pull"))
    await refused(narrow.post("/accounts", json=wish("carl")), 403, "scope-too-small")


async def test_a_closed_sign_up_is_refused_before_the_password_costs_anything(
    make_catalog: Callable[..., Catalog],
) -> None:
    catalog = make_catalog(sign_up=False)
    await catalog.person("anna")
    for _ in range(100):  # more than one address may make: nothing of it was counted
        await refused(catalog.client().post("/accounts", json=wish("bert")), 403)


async def test_one_address_makes_accounts_slower_and_slower(catalog: Catalog) -> None:
    client = catalog.client()
    statuses = [
        (await client.post("/accounts", json=wish(f"user{n}"))).status_code for n in range(62)
    ]
    assert statuses == [201] * 60 + [429] * 2
    elsewhere = catalog.client(address="192.0.2.2")
    await made(elsewhere.post("/accounts", json=wish("elsewhere")))


async def test_the_own_account_is_shown(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    account = await ok(anna.get("/account"))
    assert account["username"] == "anna"
    await refused(catalog.client().get("/account"), 401, "unauthenticated")


async def test_what_is_left_out_of_a_change_stays_and_null_clears_the_address(
    catalog: Catalog,
) -> None:
    anna = await catalog.person("anna")
    await ok(anna.patch("/account", json={"email": "anna@example.com"}))
    changed = await ok(anna.patch("/account", json={"language": "zh"}))
    assert (changed["email"], changed["language"]) == ("anna@example.com", "zh")
    assert (await ok(anna.patch("/account", json={"email": None})))["email"] is None


async def test_a_new_password_needs_the_old_one(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    new = {"password": "another pass phrase"}
    await refused(anna.patch("/account", json=new), 422, field="body.current_password")
    wrong = {**new, "current_password": "wrong"}
    await refused(anna.patch("/account", json=wrong), 422, field="body.current_password")
    await ok(anna.patch("/account", json={**new, "current_password": PASSWORD}))
    await catalog.sign_in("anna", "another pass phrase")
    old = {"username": "anna", "password": PASSWORD}
    await refused(catalog.client().post("/session", json=old), 401, "sign-in-refused")


async def test_a_stolen_session_can_not_guess_the_password(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    guess = {"password": "another pass phrase", "current_password": "guess"}
    for _ in range(5):
        await refused(anna.patch("/account", json=guess), 422)
    await refused(anna.patch("/account", json=guess), 429, "too-many-tries")


async def test_a_new_password_ends_every_other_session(catalog: Catalog) -> None:
    anna, phone = await catalog.person("anna"), await catalog.sign_in("anna")
    new = {"password": "another pass phrase", "current_password": PASSWORD}
    await ok(anna.patch("/account", json=new))
    await ok(anna.get("/account"))
    await refused(phone.get("/account"), 401, "credential-refused")


async def test_administrators_list_accounts_and_find_them_by_a_part_of_the_name(
    catalog: Catalog,
) -> None:
    anna = await catalog.person("anna")
    for name in ("a_b", "axb", "bert"):
        await catalog.person(name)
    page = await ok(anna.get("/accounts", params={"limit": 3}))
    rest = await ok(anna.get("/accounts", params={"limit": 3, "cursor": page["next_cursor"]}))
    assert sorted(names(page, "username") + names(rest, "username")) == [
        "a_b",
        "anna",
        "axb",
        "bert",
    ]
    assert rest["next_cursor"] is None
    assert names(await ok(anna.get("/accounts", params={"q": "_"})), "username") == ["a_b"]


async def test_accounts_are_managed_by_administrators_alone(catalog: Catalog) -> None:
    anna, bert = await catalog.person("anna"), await catalog.person("bert")
    await refused(bert.get("/accounts"), 403, "administrators-only")
    await refused(bert.patch("/accounts/bert", json={"administrator": True}), 403)
    narrow = catalog.bearer(await token(anna, "pull", "push", "delete"))
    await refused(narrow.get("/accounts"), 403, "scope-too-small")


async def test_a_disabled_account_is_out_at_once(catalog: Catalog) -> None:
    anna, bert = await catalog.person("anna"), await catalog.person("bert")
    secret = await token(bert)
    await ok(anna.patch("/accounts/bert", json={"disabled": True}))
    await refused(bert.get("/account"), 401)
    await refused(catalog.bearer(secret).get("/account"), 401)
    right = {"username": "bert", "password": PASSWORD}
    await refused(catalog.client().post("/session", json=right), 401, "sign-in-refused")
    await ok(anna.patch("/accounts/bert", json={"disabled": False}))
    await refused(bert.get("/account"), 401)  # its sessions are gone for good
    await catalog.sign_in("bert")


async def test_the_last_administrator_stays_one(catalog: Catalog) -> None:
    anna, _ = await catalog.person("anna"), await catalog.person("bert")
    for change in ({"administrator": False}, {"disabled": True}):
        await refused(anna.patch("/accounts/anna", json=change), 409, "last-administrator")
    await ok(anna.patch("/accounts/bert", json={"administrator": True}))
    await ok(anna.patch("/accounts/anna", json={"administrator": False}))
    await refused(anna.get("/accounts"), 403)


async def test_a_disabled_administrator_does_not_count_as_one(catalog: Catalog) -> None:
    anna, _ = await catalog.person("anna"), await catalog.person("bert")
    await ok(anna.patch("/accounts/bert", json={"administrator": True, "disabled": True}))
    await refused(anna.patch("/accounts/anna", json={"disabled": True}), 409, "last-administrator")


async def test_rights_of_an_account_that_is_not_there(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    for name in ("nobody", "N%00", "x" * 300):
        answer = await anna.patch(f"/accounts/{name}", json={"disabled": True})
        assert answer.status_code in (404, 422)
