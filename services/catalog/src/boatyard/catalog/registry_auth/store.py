"""The SQL of the registry's token endpoint.

Each push and pull asks for a token first, so statements are put together once: that takes longer than to run
them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from boatyard.catalog.accounts.models import Account, Namespace
from boatyard.catalog.repositories.models import Repository
from boatyard.catalog.tokens.models import AccessToken, RefreshToken

_REPOSITORIES = sa.select(Repository).where(
    sa.tuple_(col(Repository.namespace), col(Repository.name)).in_(
        sa.bindparam("pairs", expanding=True)
    )
)
_NAMESPACES = sa.select(col(Namespace.name)).where(
    col(Namespace.name).in_(sa.bindparam("names", expanding=True))
)
_REFRESH_TOKEN = (
    sa.select(RefreshToken, Account, AccessToken)
    .outerjoin(Account, col(Account.id) == col(RefreshToken.account_id))
    .outerjoin(AccessToken, col(AccessToken.id) == col(RefreshToken.access_token_id))
    .where(
        col(RefreshToken.secret_hash) == sa.bindparam("sha256"),
        col(RefreshToken.expires_at) > sa.bindparam("now"),
    )
)


async def repositories(session: AsyncSession, names: Sequence[str]) -> dict[str, Repository]:
    """Those of the named repositories that exist, those that are being deleted too."""
    pairs = [tuple(name.split("/", 1)) for name in names]
    found = await session.execute(_REPOSITORIES, {"pairs": pairs})
    return {row.full_name: row for row in found.scalars()}


async def namespaces(session: AsyncSession, names: Sequence[str]) -> set[str]:
    """Those of the names that are somebody's namespace."""
    found = await session.execute(_NAMESPACES, {"names": list(names)})
    return set(found.scalars())


async def refresh_token(
    session: AsyncSession, sha256: str, *, now: dt.datetime
) -> tuple[Account | None, AccessToken | None] | None:
    """Whom a refresh token stands for: an account, or an access token; None if it is not good any more."""
    found = await session.execute(_REFRESH_TOKEN, {"sha256": sha256, "now": now})
    row = found.first()
    return (row[1], row[2]) if row else None
