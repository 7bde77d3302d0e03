"""Routes of quotas."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator
from sqlalchemy.ext.asyncio import AsyncSession

from boatyard.catalog.accounts.api import administrator, manager
from boatyard.catalog.dependencies import CatalogState, Reading, SignedIn, State, Work
from boatyard.catalog.quotas import actions, store
from boatyard.catalog.quotas.schemas import QuotaWish, UsageView
from boatyard.shared import audit
from boatyard.shared.http import Router, problems
from boatyard.shared.text import check_text

router = Router(prefix="/api/v1", tags=["quotas"])
NamespaceName = Annotated[
    str, Path(alias="namespace", max_length=256, examples=["team"]), AfterValidator(check_text)
]


@router.get(
    "/namespaces/{namespace}/usage",
    summary="Show what a namespace keeps",
    responses=problems(401, 403, 404),
)
async def read_usage(
    name: NamespaceName, access: SignedIn, state: State, session: Reading
) -> UsageView:
    """How much an account or an organization keeps and may keep; for its members and administrators."""
    await actions.check_seen(session, manager(access), name)
    return await _view(state, session, name)


@router.put(
    "/namespaces/{namespace}/quota",
    summary="Set a namespace's quota",
    responses=problems(401, 403, 404),
)
async def set_quota(
    name: NamespaceName, wish: QuotaWish, access: SignedIn, state: State, uow: Work
) -> UsageView:
    """Let a namespace keep more or less than others; for administrators. What is there stays."""
    administrator(access)
    audit.note(max_bytes=wish.max_bytes)
    await actions.decide(uow, name, wish.max_bytes)
    return await _view(state, uow.session, name)


@router.delete(
    "/namespaces/{namespace}/quota",
    status_code=204,
    summary="Take a namespace's own quota away",
    responses=problems(401, 403, 404),
)
async def delete_quota(name: NamespaceName, access: SignedIn, uow: Work) -> None:
    """Let a namespace keep what the settings say again; for administrators."""
    administrator(access)
    await actions.forget(uow, name)


async def _view(state: CatalogState, session: AsyncSession, namespace: str) -> UsageView:
    used = await store.usage(session, namespace)
    return UsageView(
        namespace=namespace,
        **used._asdict(),
        max_bytes=await actions.allowed(state, session, namespace),
    )
