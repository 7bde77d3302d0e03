"""Routes of organizations, members and robots."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator

from boatyard.catalog.accounts.api import manager
from boatyard.catalog.dependencies import Reading, SignedIn, State, Work
from boatyard.catalog.organizations import actions, store
from boatyard.catalog.organizations.models import Organization, Robot
from boatyard.catalog.organizations.schemas import (
    MadeRobot,
    MemberRole,
    MemberView,
    NewOrganization,
    NewRobot,
    NewSecret,
    OrganizationChange,
    OrganizationView,
    RobotChange,
    RobotView,
)
from boatyard.catalog.tokens import store as tokens
from boatyard.catalog.tokens.models import AccessToken
from boatyard.shared import audit
from boatyard.shared.events import Access, Role
from boatyard.shared.http import Router, problems
from boatyard.shared.paging import Cursor, Limit, Page, decode_cursor, encode_cursor
from boatyard.shared.text import check_text

router = Router(prefix="/api/v1/organizations", tags=["organizations"])
OrganizationName = Annotated[
    str, Path(alias="organization", max_length=256, examples=["team"]), AfterValidator(check_text)
]
MemberName = Annotated[
    str, Path(alias="username", max_length=256, examples=["captain"]), AfterValidator(check_text)
]
RobotName = Annotated[
    str, Path(alias="robot", max_length=256, examples=["ci"]), AfterValidator(check_text)
]

AS_BEFORE = NewSecret()


@router.get("", summary="List my organizations", responses=problems(401, 403))
async def list_organizations(
    access: SignedIn, session: Reading, cursor: Cursor = None, limit: Limit = 50
) -> Page[OrganizationView]:
    """The organizations that the caller belongs to."""
    names = list(manager(access).roles)
    rows = await store.by_names(session, names, after=_after(cursor), limit=limit + 1)
    page = rows[:limit]
    return Page(
        items=[_view(row, access) for row in page],
        next_cursor=encode_cursor(page[-1].name) if len(rows) > limit else None,
    )


@router.post("", status_code=201, summary="Make an organization", responses=problems(401, 403, 409))
async def create_organization(
    wish: NewOrganization, access: SignedIn, state: State, uow: Work
) -> OrganizationView:
    """Make an organization; who makes it is its first admin."""
    audit.note(organization=wish.name)
    organization = await actions.create(uow, manager(access), wish, now=state.clock.now())
    return OrganizationView(
        name=organization.name,
        description=organization.description,
        role=Role.ADMIN,
        created_at=organization.created_at,
    )


@router.get("/{organization}", summary="Show an organization", responses=problems(401, 403, 404))
async def read_organization(
    name: OrganizationName, access: SignedIn, session: Reading
) -> OrganizationView:
    """An organization that the caller belongs to."""
    return _view(await actions.seen(session, manager(access), name), access)


@router.patch(
    "/{organization}", summary="Change an organization", responses=problems(401, 403, 404)
)
async def update_organization(
    name: OrganizationName, change: OrganizationChange, access: SignedIn, uow: Work
) -> OrganizationView:
    """Change the description; for its admins."""
    organization = await actions.administered(uow.session, manager(access), name)
    organization.description = change.description
    uow.session.add(organization)
    return _view(organization, access)


@router.delete(
    "/{organization}",
    status_code=204,
    summary="Delete an organization",
    responses=problems(401, 403, 404, 409),
)
async def delete_organization(
    name: OrganizationName,
    access: SignedIn,
    uow: Work,
    confirm: Annotated[
        str, Query(max_length=64, description="The organization's name, once more.")
    ] = "",
) -> None:
    """Delete an organization that has no repositories; for its admins."""
    organization = await actions.administered(uow.session, manager(access), name)
    await actions.delete(uow, organization, confirm=confirm)


@router.get("/{organization}/members", summary="List members", responses=problems(401, 403, 404))
async def list_members(
    name: OrganizationName,
    access: SignedIn,
    session: Reading,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[MemberView]:
    """The members of an organization, by name."""
    organization = await actions.seen(session, manager(access), name)
    rows = await store.members(session, organization.id, after=_after(cursor), limit=limit + 1)
    page = rows[:limit]
    return Page(
        items=[
            MemberView(username=account.username, role=member.role, joined_at=member.joined_at)
            for account, member in page
        ],
        next_cursor=encode_cursor(page[-1][0].username) if len(rows) > limit else None,
    )


@router.put(
    "/{organization}/members/{username}",
    summary="Add a member, or change their role",
    responses=problems(401, 403, 404, 409),
)
async def set_member(
    name: OrganizationName,
    username: MemberName,
    wish: MemberRole,
    access: SignedIn,
    state: State,
    uow: Work,
) -> MemberView:
    """Make somebody a reader, writer or admin; for admins."""
    organization = await actions.administered(uow.session, manager(access), name)
    audit.note(role=wish.role)
    member = await actions.set_role(uow, organization, username, wish.role, now=state.clock.now())
    return MemberView(username=username, role=member.role, joined_at=member.joined_at)


@router.delete(
    "/{organization}/members/{username}",
    status_code=204,
    summary="Remove a member",
    responses=problems(401, 403, 404, 409),
)
async def delete_member(
    name: OrganizationName, username: MemberName, access: SignedIn, uow: Work
) -> None:
    """Take somebody out; for admins, and for anybody who leaves."""
    leaving = manager(access).username == username
    find = actions.seen if leaving else actions.administered
    await actions.remove_member(uow, await find(uow.session, access, name), username)


@router.get("/{organization}/robots", summary="List robots", responses=problems(401, 403, 404))
async def list_robots(
    name: OrganizationName,
    access: SignedIn,
    session: Reading,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[RobotView]:
    """The robot accounts of an organization, by name."""
    organization = await actions.seen(session, manager(access), name)
    rows = await store.robots(session, organization.id, after=_after(cursor), limit=limit + 1)
    page = rows[:limit]
    held = await tokens.of_robots(session, [robot.id for robot in page])
    return Page(
        items=[_robot(organization, robot, held[robot.id]) for robot in page],
        next_cursor=encode_cursor(page[-1].name) if len(rows) > limit else None,
    )


@router.post(
    "/{organization}/robots",
    status_code=201,
    summary="Make a robot",
    responses=problems(401, 403, 404, 409),
)
async def create_robot(
    name: OrganizationName, wish: NewRobot, access: SignedIn, state: State, uow: Work
) -> MadeRobot:
    """Make a robot account; its secret is in this answer and never shown again. For admins."""
    organization = await actions.administered(uow.session, manager(access), name)
    audit.note(robot=wish.name, role=wish.role)
    robot, token, secret = await actions.create_robot(
        uow, organization, wish, by=access, now=state.clock.now()
    )
    return MadeRobot(**_robot(organization, robot, token).model_dump(), secret=secret)


@router.patch(
    "/{organization}/robots/{robot}", summary="Change a robot", responses=problems(401, 403, 404)
)
async def update_robot(
    name: OrganizationName, robot: RobotName, change: RobotChange, access: SignedIn, uow: Work
) -> RobotView:
    """Change a robot's description or role, or disable it; for admins."""
    organization = await actions.administered(uow.session, manager(access), name)
    audit.note(**change.model_dump(include={"role", "disabled"}, exclude_unset=True))
    found = await actions.robot_of(uow, organization, robot)
    actions.change_robot(uow, found, change)
    return _robot(organization, found, await actions.token_of(uow, found))


@router.post(
    "/{organization}/robots/{robot}/rotate-secret",
    summary="Give a robot a new secret",
    responses=problems(401, 403, 404),
)
async def rotate_robot_secret(
    name: OrganizationName,
    robot: RobotName,
    access: SignedIn,
    state: State,
    uow: Work,
    wish: NewSecret = AS_BEFORE,
) -> MadeRobot:
    """Make a new secret; the old one is refused at once. For admins."""
    organization = await actions.administered(uow.session, manager(access), name)
    found = await actions.robot_of(uow, organization, robot)
    token, secret = await actions.rotate_secret(uow, found, wish, by=access, now=state.clock.now())
    return MadeRobot(**_robot(organization, found, token).model_dump(), secret=secret)


@router.delete(
    "/{organization}/robots/{robot}",
    status_code=204,
    summary="Delete a robot",
    responses=problems(401, 403, 404),
)
async def delete_robot(
    name: OrganizationName, robot: RobotName, access: SignedIn, uow: Work
) -> None:
    """Delete a robot account with its secret; for admins."""
    organization = await actions.administered(uow.session, manager(access), name)
    await uow.session.delete(await actions.robot_of(uow, organization, robot))


def _after(cursor: str | None) -> str | None:
    return str(decode_cursor(cursor, str)[0]) if cursor is not None else None


def _view(organization: Organization, access: Access) -> OrganizationView:
    return OrganizationView(
        name=organization.name,
        description=organization.description,
        role=access.roles.get(organization.name, Role.ADMIN),
        created_at=organization.created_at,
    )


def _robot(organization: Organization, robot: Robot, token: AccessToken) -> RobotView:
    return RobotView.model_validate(
        {
            "name": robot.name,
            "username": f"{organization.name}+{robot.name}",
            "description": robot.description,
            "role": robot.role,
            "disabled": robot.disabled,
            "scopes": token.scopes,
            "hint": token.hint,
            "created_at": robot.created_at,
            "expires_at": token.expires_at,
            "last_used_at": token.last_used_at,
        }
    )
