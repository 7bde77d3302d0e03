"""Decides who may do what, for catalog's own routes and for the services that ask."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.ext.asyncio import AsyncSession

from boatyard.catalog.access import store
from boatyard.catalog.access.rules import verbs_on
from boatyard.catalog.access.store import Identity
from boatyard.catalog.repositories.models import Repository
from boatyard.shared.access import Credential
from boatyard.shared.clock import Clock
from boatyard.shared.db import Database
from boatyard.shared.events import Access, AskAccess, CredentialKind, Verb

TOUCH_EVERY = dt.timedelta(minutes=1)
PROLONG_AFTER = dt.timedelta(hours=1)


class CatalogDoorkeeper:
    """The doorkeeper that knows: it reads catalog's own tables."""

    def __init__(self, database: Database, clock: Clock, *, session_days: int) -> None:
        self._database, self._clock = database, clock
        self._session_life = dt.timedelta(days=session_days)

    async def access(self, credential: Credential, repository: str | None = None) -> Access:
        """Who this is, and what they may do to the repository."""
        now = self._clock.now()
        async with self._database.reading() as session:
            identity = await _identify(session, credential, now)
            found = await store.repository(session, repository) if repository else None
        if identity is not None:
            await self._remember_use(credential, identity, now)
        return decide(identity, found)

    async def answer(self, question: AskAccess) -> Access:
        """Answer a service that asks over the bus."""
        return await self.access(
            Credential(question.kind, question.credential_sha256), question.repository
        )

    async def _remember_use(
        self, credential: Credential, identity: Identity, now: dt.datetime
    ) -> None:
        """Write down that a credential is used, but not each time: this runs at every request."""
        if identity.token_id is not None:
            if identity.used_at is None or now - identity.used_at >= TOUCH_EVERY:
                async with self._database.unit_of_work(recorded=False) as uow:
                    await store.touch_token(uow.session, identity.token_id, now=now)
        elif credential.sha256 and identity.used_at:
            until = now + self._session_life
            if until - identity.used_at >= PROLONG_AFTER:
                async with self._database.unit_of_work(recorded=False) as uow:
                    await store.prolong_session(uow.session, credential.sha256, until=until)


async def _identify(
    session: AsyncSession, credential: Credential, now: dt.datetime
) -> Identity | None:
    if credential.sha256 is None:
        return None
    if credential.kind is CredentialKind.SESSION:
        return await store.of_session(session, credential.sha256, now=now)
    return await store.of_token(session, credential.sha256, now=now)


def decide(identity: Identity | None, found: Repository | None) -> Access:
    """Put together what a caller is told of themselves and of a repository."""
    verbs = repository_verbs(identity, found)
    visible = found if found is not None and Verb.PULL in verbs else None
    known = {
        "repository_id": visible.id if visible else None,
        "repository_public": visible.public if visible else False,
        "verbs": verbs if visible else frozenset(),
    }
    if identity is None:
        return Access.model_validate(known)
    return Access.model_validate(
        {
            **known,
            "authenticated": True,
            "username": identity.username,
            "account_id": identity.account_id,
            "administrator": identity.administrator,
            "roles": identity.roles,
            "scopes": identity.scopes,
            "expires_at": identity.expires_at,
        }
    )


def repository_verbs(identity: Identity | None, found: Repository | None) -> frozenset[Verb]:
    """What somebody, or nobody, may do to a repository."""
    if found is None:
        return frozenset()
    return verbs_on(
        found.full_name,
        public=found.public,
        role=identity.roles.get(found.namespace) if identity else None,
        administrator=identity.administrator if identity else False,
        scopes=identity.scopes if identity else None,
    )
