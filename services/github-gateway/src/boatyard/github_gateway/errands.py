"""People are sent to GitHub with a random state; who brings it back is known again by it."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from urllib.parse import urlencode

from boatyard.github_gateway.identity import store
from boatyard.github_gateway.identity.models import Errand
from boatyard.shared.db import UnitOfWork
from boatyard.shared.events import Access

LINK = "link"
INSTALL = "install"
NEW_APP = "new-app"
PATIENCE = dt.timedelta(hours=1)
"""How long somebody may take at GitHub."""


class Stranger(Exception):
    """Whoever came back was not sent, or was sent too long ago, or is somebody else."""


def send(uow: UnitOfWork, access: Access, purpose: str, return_to: str, *, now: dt.datetime) -> str:
    """The state to send somebody with."""
    state = secrets.token_urlsafe(32)
    uow.session.add(
        Errand(
            state_sha256=_hash(state),
            purpose=purpose,
            account_id=str(access.account_id),
            username=access.username or "",
            return_to=return_to,
            expires_at=now + PATIENCE,
        )
    )
    return state


async def receive(
    uow: UnitOfWork, access: Access, purpose: str, state: str, *, now: dt.datetime
) -> Errand:
    """What somebody who came back was sent for; good once. Stranger if it was not them, or too long ago."""
    await store.forget_errands(uow.session, before=now)
    errand = await store.take_errand(uow.session, _hash(state), purpose)
    if errand is None or errand.account_id != str(access.account_id):
        raise Stranger
    return errand


def back(return_to: str, **told: str) -> str:
    """The page to send a browser back to, told how it went."""
    return f"{return_to}{'&' if '?' in return_to else '?'}{urlencode(told)}"


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
