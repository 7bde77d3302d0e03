"""What catalog tells the other services of a caller."""

from boatyard.shared.access import Credential, secret_hash
from boatyard.shared.events import Access, AskAccess, CredentialKind, Role, Verb
from tests.unit.catalog.kit import Catalog, made, token

NOBODY = Credential(CredentialKind.ANONYMOUS)


async def ask(catalog: Catalog, secret: str | None, repository: str | None = None) -> Access:
    """Ask as a service does, over the bus."""
    question = AskAccess(
        kind=CredentialKind.TOKEN if secret else CredentialKind.ANONYMOUS,
        credential_sha256=secret_hash(secret) if secret else None,
        repository=repository,
    )
    answer = await catalog.ask(question)
    assert isinstance(answer, Access)
    return answer


async def test_nobody_is_told_of_public_repositories_alone(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    public = await made(anna.post("/repositories", json={"name": "open", "public": True}))
    await made(anna.post("/repositories", json={"name": "closed"}))
    seen = await ask(catalog, None, "anna/open")
    assert str(seen.repository_id) == public["id"]
    assert seen.verbs == {Verb.PULL}
    assert seen.repository_public
    for hidden in ("anna/closed", "anna/nothing", "nonsense"):
        assert await ask(catalog, None, hidden) == Access()


async def test_a_token_is_told_with_its_roles_and_scopes(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    await catalog.organization(anna, "team")
    await made(anna.post("/repositories", json={"namespace": "team", "name": "app"}))
    ends = "2026-06-01T00:00:00Z"
    secret = await token(anna, "pull", "delete", on="team/*", expires_at=ends)
    seen = await ask(catalog, secret, "team/app")
    assert (seen.authenticated, seen.username, seen.administrator) == (True, "anna", True)
    assert seen.roles == {"anna": Role.ADMIN, "team": Role.ADMIN}
    assert seen.verbs == {Verb.PULL, Verb.DELETE}
    assert seen.scopes is not None
    assert seen.scopes[0].repository == "team/*"
    assert seen.expires_at is not None
    assert seen.expires_at.isoformat() == "2026-06-01T00:00:00+00:00"
    assert (await ask(catalog, secret, "anna/app")).repository_id is None


async def test_a_credential_that_is_not_believed_is_nobodys(catalog: Catalog) -> None:
    assert await ask(catalog, "byt_unknown") == Access()
    kinds = [(CredentialKind.SESSION, secret_hash("x")), (CredentialKind.TOKEN, None)]
    door = catalog.parts.doorkeeper
    assert door is not None
    for kind, sha256 in kinds:
        assert await door.access(Credential(kind, sha256)) == Access()


async def test_a_token_is_no_session_and_a_session_no_token(catalog: Catalog) -> None:
    anna = await catalog.person("anna")
    secret = await token(anna)
    door = catalog.parts.doorkeeper
    assert door is not None
    as_session = Credential(CredentialKind.SESSION, secret_hash(secret))
    as_token = Credential(CredentialKind.TOKEN, secret_hash(anna.cookies["boatyard_session"]))
    assert await door.access(as_session) == await door.access(as_token) == Access()
