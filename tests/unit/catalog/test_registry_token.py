"""The registry's token endpoint, as its clients see it."""

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from boatyard.shared.events import AskRegistryToken, RegistryActor
from tests.unit.catalog.kit import PASSWORD, Catalog, made, ok, token

ENDPOINT = "http://boatyard.test/registry/token"
SERVICE = {"service": "boatyard"}


def claims(answer: httpx.Response) -> dict[str, Any]:
    """What a token says, checked as the registry checks it: by the certificate that it brings along."""
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["token"] == body["access_token"]
    return decoded(body["token"])


def decoded(text: str) -> dict[str, Any]:
    """The claims of a JWS (RFC 7515) whose signature is that of its own certificate."""
    signed, _, signature = text.rpartition(".")
    header, claims = (json.loads(unpacked(part)) for part in signed.split("."))
    assert (header["alg"], header["typ"]) == ("ES256", "JWT")
    public = certificate_of(text).public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    r, s = (int.from_bytes(half) for half in (unpacked(signature)[:32], unpacked(signature)[32:]))
    public.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(hashes.SHA256()))
    found: dict[str, Any] = claims
    return found


def certificate_of(text: str) -> x509.Certificate:
    header = json.loads(unpacked(text.split(".")[0]))
    return x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0]))


def unpacked(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def access(answer: httpx.Response) -> dict[str, list[str]]:
    return {entry["name"]: entry["actions"] for entry in claims(answer)["access"]}


async def get(
    catalog: Catalog, *scopes: str, auth: tuple[str, str] | None = None, **more: Any
) -> httpx.Response:
    params: dict[str, Any] = {**SERVICE, "scope": list(scopes), **more}
    return await catalog.client().get(ENDPOINT, params=params, auth=auth)


async def post(catalog: Catalog, **form: Any) -> httpx.Response:
    return await catalog.client().post(ENDPOINT, data={**SERVICE, **form})


@pytest.fixture
async def yard(catalog: Catalog) -> Catalog:
    """Anna has a public and a private repository; bert is nobody to her."""
    anna = await catalog.person("anna")
    await made(anna.post("/repositories", json={"name": "open", "public": True}))
    await made(anna.post("/repositories", json={"name": "closed"}))
    return catalog


ANNA, BERT = ("anna", PASSWORD), ("bert", PASSWORD)


async def test_the_token_says_who_and_what_and_until_when(yard: Catalog) -> None:
    said = claims(await get(yard, "repository:anna/closed:pull,push", auth=ANNA))
    now = yard.clock.now().timestamp()
    assert (said["iss"], said["aud"], said["sub"]) == ("boatyard", "boatyard", "anna")
    assert said["exp"] == now + 300
    assert said["nbf"] < said["iat"] == now
    assert said["jti"]
    assert said["access"] == [
        {"type": "repository", "name": "anna/closed", "actions": ["pull", "push"]}
    ]


async def test_anybody_pulls_what_is_public_and_nothing_else(yard: Catalog) -> None:
    asked = ("repository:anna/open:pull,push", "repository:anna/closed:pull")
    assert access(await get(yard, *asked)) == {"anna/open": ["pull"]}
    assert claims(await get(yard, *asked))["sub"] == ""
    assert access(await get(yard, " ".join(asked))) == {"anna/open": ["pull"]}


async def test_who_asks_for_nothing_is_told_that_the_password_is_right(yard: Catalog) -> None:
    assert access(await get(yard, auth=ANNA)) == {}
    assert (await get(yard, auth=("anna", "wrong"))).status_code == 401


async def test_a_stranger_can_not_tell_a_private_repository_from_none(yard: Catalog) -> None:
    for name in ("anna/closed", "anna/nothing"):
        for actions in ("pull", "pull,push", "push"):
            answer = await get(yard, f"repository:{name}:{actions}", auth=BERT)
            if "push" in actions:
                assert answer.status_code == 403
                assert answer.json()["errors"][0]["message"] == f"bert may not push to {name}"
            else:
                assert access(answer) == {}


async def test_part_of_what_was_asked_is_better_than_nothing(yard: Catalog) -> None:
    answer = await get(yard, "repository:anna/open:pull,push", auth=BERT)
    assert access(answer) == {"anna/open": ["pull"]}
    mixed = await get(
        yard, "repository:anna/closed:pull", "repository:bert/app:pull,push", auth=BERT
    )
    assert access(mixed) == {"bert/app": ["pull", "push"]}


async def test_a_refused_push_says_why_in_both_dialects(yard: Catalog) -> None:
    answer = await get(yard, "repository:nobody/app:pull,push", auth=ANNA)
    assert answer.status_code == 403
    body = answer.json()
    assert body["errors"] == [{"code": "DENIED", "message": body["error_description"]}]
    assert "there is no namespace nobody" in body["error_description"]
    assert body["error"] == "invalid_scope"


async def test_where_a_push_makes_no_repository_it_says_so(
    make_catalog: Callable[..., Catalog],
) -> None:
    catalog = make_catalog(inhabited=True, create_on_push=False)
    answer = await get(catalog, "repository:anna/new:pull,push", auth=ANNA)
    assert answer.status_code == 403
    assert "a push does not create one here" in answer.text


async def test_a_repository_that_is_being_deleted_takes_no_push(yard: Catalog) -> None:
    anna = await yard.person("anna")
    await ok(anna.delete("/repositories/anna/open", params={"confirm": "anna/open"}))
    answer = await get(yard, "repository:anna/open:pull,push", auth=ANNA)
    assert answer.status_code == 403
    assert "still being deleted" in answer.text
    assert access(await get(yard, "repository:anna/open:pull", auth=ANNA)) == {}
    assert access(await get(yard, "repository:anna/open:pull")) == {}


async def test_an_access_token_stands_for_the_password_within_its_scope(yard: Catalog) -> None:
    anna = await yard.person("anna")
    secret = await token(anna, "pull", on="anna/closed")
    auth = ("anna", secret)
    asked = ("repository:anna/closed:pull,push", "repository:anna/open:pull,push,delete")
    assert access(await get(yard, *asked, auth=auth)) == {
        "anna/closed": ["pull"],
        "anna/open": ["pull"],
    }
    refused = await get(yard, "repository:anna/new:push", auth=auth)
    assert "this access token is not good for pushing" in refused.text
    used = (await ok(anna.get("/account/tokens")))["items"][0]
    assert used["last_used_at"] is not None


async def test_an_access_token_is_good_for_its_owner_alone(yard: Catalog) -> None:
    secret = await token(await yard.person("anna"))
    for username in ("bert", "", "ANNA", "team+anna"):
        answer = await get(yard, auth=(username, secret))
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "UNAUTHORIZED")


async def test_an_old_access_token_that_keeps_trying_locks_nobody_out(yard: Catalog) -> None:
    for _ in range(30):
        assert (await get(yard, auth=("anna", "byt_old"))).status_code == 401
    assert (await get(yard, auth=ANNA)).status_code == 200


async def test_a_robot_signs_in_under_its_long_name(yard: Catalog) -> None:
    anna = await yard.person("anna")
    await yard.organization(anna, "team")
    robot = await made(anna.post("/organizations/team/robots", json={"name": "ci"}))
    answer = await get(
        yard,
        "repository:team/app:pull,push",
        "repository:anna/closed:pull",
        auth=("team+ci", robot["secret"]),
    )
    assert access(answer) == {"team/app": ["pull", "push"]}
    assert claims(answer)["sub"] == "team+ci"


async def test_guessing_at_the_token_endpoint_is_throttled_too(yard: Catalog) -> None:
    for _ in range(5):
        assert (await get(yard, auth=("anna", "wrong"))).status_code == 401
    answer = await get(yard, auth=ANNA)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (429, "TOOMANYREQUESTS")
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    "header",
    ["Bearer x", "Basic", "Basic !!!", "Basic YW5uYQ==", "Basic /w==", "Basic OgA="],
)
async def test_an_authorization_that_can_not_be_read_is_refused(yard: Catalog, header: str) -> None:
    answer = await yard.client().get(ENDPOINT, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic")
    assert answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("scope", ["nonsense", "repository:a/b:PULL", "repository:ü/b:pull"])
async def test_a_scope_that_can_not_be_read_is_refused(yard: Catalog, scope: str) -> None:
    answer = await get(yard, scope, auth=ANNA)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
    assert scope in answer.json()["error_description"]


async def test_no_token_is_given_for_another_registry(yard: Catalog) -> None:
    answer = await get(yard, auth=ANNA, service="registry.example")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert (await post(yard, grant_type="password", service="other")).status_code == 400
    assert (await get(yard, auth=ANNA, service="")).status_code == 200


async def test_the_catalogue_of_the_registry_is_for_nobody(yard: Catalog) -> None:
    assert access(await get(yard, "registry:catalog:*", auth=ANNA)) == {}


async def test_a_client_that_asks_keeps_a_refresh_token(yard: Catalog) -> None:
    first = (await get(yard, auth=ANNA, offline_token="true", client_id="docker")).json()
    assert "refresh_token" not in (await get(yard, auth=ANNA)).json()
    assert "refresh_token" not in (await get(yard, offline_token="true")).json()
    again = await post(
        yard,
        grant_type="refresh_token",
        refresh_token=first["refresh_token"],
        scope="repository:anna/closed:pull,push repository:anna/open:pull",
    )
    assert access(again) == {"anna/closed": ["pull", "push"], "anna/open": ["pull"]}
    assert again.json()["refresh_token"] == first["refresh_token"]


async def test_a_password_may_come_in_a_form(yard: Catalog) -> None:
    answer = await post(
        yard,
        grant_type="password",
        username="anna",
        password=PASSWORD,
        access_type="offline",
        scope=["repository:anna/closed:pull", "repository:anna/open:push"],
    )
    assert access(answer) == {"anna/closed": ["pull"], "anna/open": ["push"]}
    assert answer.json()["refresh_token"].startswith("byr_")
    wrong = await post(yard, grant_type="password", username="anna", password="wrong")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_grant")


@pytest.mark.parametrize(
    "form",
    [
        {"grant_type": "refresh_token"},
        {"grant_type": "refresh_token", "refresh_token": "byr_unknown"},
        {"grant_type": "refresh_token", "refresh_token": "byt_other"},
        {"grant_type": "password"},
        {"grant_type": "password", "username": "a\x00b", "password": "x"},
    ],
    ids=str,
)
async def test_a_form_that_proves_nothing_is_refused(yard: Catalog, form: dict[str, str]) -> None:
    assert (await post(yard, **form)).status_code == 401


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"grant_type": "client_credentials"},
        {"grant_type": "password", "password": "x" * 513},
        {"grant_type": "password", "access_type": "both"},
    ],
    ids=lambda form: str(form)[:40],
)
async def test_a_form_that_is_none_is_refused(yard: Catalog, form: dict[str, str]) -> None:
    answer = await post(yard, **form)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def refresh(catalog: Catalog, text: str) -> int:
    answer = await post(catalog, grant_type="refresh_token", refresh_token=text)
    return answer.status_code


async def test_a_refresh_token_dies_with_what_it_was_made_of(yard: Catalog) -> None:
    anna = await yard.person("anna")
    made_token = await made(anna.post("/account/tokens", json={"name": "t"}))
    of_token = (await get(yard, auth=("anna", made_token["secret"]), offline_token="true")).json()[
        "refresh_token"
    ]
    of_password = (await get(yard, auth=ANNA, offline_token="true")).json()["refresh_token"]
    assert (await refresh(yard, of_token), await refresh(yard, of_password)) == (200, 200)
    await ok(anna.delete(f"/account/tokens/{made_token['id']}"))
    assert (await refresh(yard, of_token), await refresh(yard, of_password)) == (401, 200)
    new = {"password": "another pass phrase", "current_password": PASSWORD}
    await ok(anna.patch("/account", json=new))
    assert await refresh(yard, of_password) == 401


async def test_a_refresh_token_does_not_outlive_90_days_or_its_account(yard: Catalog) -> None:
    anna = await yard.person("anna")
    of_bert = (await get(yard, auth=BERT, offline_token="true")).json()["refresh_token"]
    yard.clock.advance(days=1)
    assert await refresh(yard, of_bert) == 200
    anna = await yard.sign_in("anna")
    await ok(anna.patch("/accounts/bert", json={"disabled": True}))
    assert await refresh(yard, of_bert) == 401
    of_anna = (await get(yard, auth=ANNA, offline_token="true")).json()["refresh_token"]
    yard.clock.advance(days=90)
    assert await refresh(yard, of_anna) == 401


async def test_a_refresh_token_of_a_narrow_token_is_as_narrow(yard: Catalog) -> None:
    narrow = await token(await yard.person("anna"), "pull", on="anna/closed")
    text = (await get(yard, auth=("anna", narrow), offline_token="true")).json()["refresh_token"]
    answer = await post(
        yard,
        grant_type="refresh_token",
        refresh_token=text,
        scope="repository:anna/closed:pull,push",
    )
    assert access(answer) == {"anna/closed": ["pull"]}


async def test_a_service_of_ours_gets_what_it_asks_for(yard: Catalog) -> None:
    question = AskRegistryToken(actor=RegistryActor.READER, scopes=("registry:catalog:*",))
    said = decoded((await yard.ask(question)).token)
    assert said["sub"] == "boatyard:reader"
    assert said["access"] == [{"type": "registry", "name": "catalog", "actions": ["*"]}]


async def test_what_was_signed_before_a_rotation_is_still_signed_by_the_root(yard: Catalog) -> None:
    before = (await get(yard, auth=ANNA)).json()["token"]
    yard.clock.advance(seconds=1)
    yard.state.keys.rotate()
    after = (await get(yard, auth=ANNA)).json()["token"]
    root = x509.load_pem_x509_certificate(yard.state.keys.root_pem.encode())
    leaves = []
    for text in (before, after):
        leaf = certificate_of(text)
        leaf.verify_directly_issued_by(root)
        leaves.append(leaf.serial_number)
        decoded(text)
    assert leaves[0] != leaves[1]
