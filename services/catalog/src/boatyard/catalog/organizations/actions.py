"""What people do with organizations."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.ext.asyncio import AsyncSession

from boatyard.catalog.accounts import store as accounts
from boatyard.catalog.accounts.actions import check_name
from boatyard.catalog.accounts.models import Namespace
from boatyard.catalog.organizations import store
from boatyard.catalog.organizations.models import Member, Organization, Robot
from boatyard.catalog.organizations.schemas import (
    NewOrganization,
    NewRobot,
    NewSecret,
    RobotChange,
)
from boatyard.catalog.tokens import store as tokens
from boatyard.catalog.tokens.actions import check_not_wider, make_token
from boatyard.catalog.tokens.models import AccessToken
from boatyard.catalog.tokens.schemas import ScopeView
from boatyard.shared.db import UnitOfWork
from boatyard.shared.errors import Conflict, Forbidden, Invalid, NotFound
from boatyard.shared.events import Access, Role, Verb

MAX_ROBOTS = 200


async def create(
    uow: UnitOfWork, access: Access, wish: NewOrganization, *, now: dt.datetime
) -> Organization:
    """Make an organization; who makes it administers it."""
    await accounts.lock_names(uow.session)
    await check_name(uow.session, wish.name, field="body.name")
    organization = Organization(name=wish.name, description=wish.description, created_at=now)
    uow.session.add(organization)
    await uow.session.flush()
    uow.session.add(Namespace(name=wish.name, organization_id=organization.id))
    if access.account_id is not None:
        uow.session.add(
            Member(
                organization_id=organization.id,
                account_id=access.account_id,
                role=Role.ADMIN,
                joined_at=now,
            )
        )
    return organization


async def seen(session: AsyncSession, access: Access, name: str) -> Organization:
    """The organization, if the caller belongs to it or administers Boatyard; NotFound otherwise."""
    known = name in access.roles or access.administrator
    organization = await store.by_name(session, name) if known else None
    if organization is None:
        raise NotFound(
            "organization-not-found", f"There is no organization {name} that you can see."
        )
    return organization


async def administered(session: AsyncSession, access: Access, name: str) -> Organization:
    """The organization, if the caller administers it; Forbidden to its other members."""
    organization = await seen(session, access, name)
    if access.roles.get(name) is not Role.ADMIN and not access.administrator:
        raise Forbidden("admins-only", f"Only admins of {name} may do this.")
    return organization


async def delete(uow: UnitOfWork, organization: Organization, *, confirm: str) -> None:
    """Delete an organization that has no repositories any more."""
    if confirm != organization.name:
        raise Invalid.field(
            "query.confirm", f"must repeat the organization's name, {organization.name}"
        )
    await accounts.take_namespace(uow.session, organization.name)
    if await store.has_repositories(uow.session, organization.name):
        raise Conflict(
            "organization-in-use", f"Delete the repositories of {organization.name} first."
        )
    await uow.session.delete(organization)


async def set_role(
    uow: UnitOfWork, organization: Organization, username: str, role: Role, *, now: dt.datetime
) -> Member:
    """Make an account a member, or change what it is; the last admin stays one."""
    account = await accounts.by_username(uow.session, username)
    if account is None:
        raise NotFound("account-not-found", f"There is no account {username}.")
    await store.lock_members(uow.session, organization.id)
    member = await store.member(uow.session, organization.id, account.id)
    if member is None:
        member = Member(
            organization_id=organization.id, account_id=account.id, role=role, joined_at=now
        )
    elif role is not Role.ADMIN:
        await _keep_an_admin(uow, member)
    member.role = role
    uow.session.add(member)
    return member


async def remove_member(uow: UnitOfWork, organization: Organization, username: str) -> None:
    """Take an account out of an organization; the last admin stays."""
    await store.lock_members(uow.session, organization.id)
    account = await accounts.by_username(uow.session, username)
    member = await store.member(uow.session, organization.id, account.id) if account else None
    if member is None:
        raise NotFound("member-not-found", f"{username} is no member of {organization.name}.")
    await _keep_an_admin(uow, member)
    await uow.session.delete(member)


async def _keep_an_admin(uow: UnitOfWork, member: Member) -> None:
    last = (
        member.role == Role.ADMIN and await store.admins(uow.session, member.organization_id) == 1
    )
    if last:
        raise Conflict("last-admin", "Somebody has to administer: make another member admin first.")


async def create_robot(
    uow: UnitOfWork, organization: Organization, wish: NewRobot, *, by: Access, now: dt.datetime
) -> tuple[Robot, AccessToken, str]:
    """Make a robot with its one token."""
    scopes = wish.scopes or [ScopeView(repository=f"{organization.name}/*", verbs=frozenset(Verb))]
    for scope in scopes:
        if not within_organization(scope.repository, organization.name):
            raise Invalid.field(
                "body.scopes", f"must be in the robot's organization: {organization.name}/…"
            )
    check_not_wider(by, scopes=scopes, expires_at=wish.expires_at)
    await store.lock_members(uow.session, organization.id)
    if await store.robot(uow.session, organization.id, wish.name):
        raise Conflict("name-taken", f"There is a robot {wish.name} already.")
    if await store.count_robots(uow.session, organization.id) >= MAX_ROBOTS:
        raise Conflict("too-many-robots", f"There are {MAX_ROBOTS} robots already: delete some.")
    robot = Robot(
        organization_id=organization.id,
        name=wish.name,
        description=wish.description,
        role=wish.role,
        created_at=now,
    )
    uow.session.add(robot)
    await uow.session.flush()
    token, secret = make_token(
        name=f"robot {wish.name}",
        scopes=scopes,
        expires_at=wish.expires_at,
        now=now,
        robot_id=robot.id,
    )
    uow.session.add(token)
    return robot, token, secret


def within_organization(pattern: str, organization: str) -> bool:
    """Whether a scope's pattern speaks of this organization alone."""
    return pattern == "*" or pattern.partition("/")[0] == organization


async def robot_of(uow: UnitOfWork, organization: Organization, name: str) -> Robot:
    """The robot of that name, which nobody else changes until the end; NotFound if there is none."""
    await store.lock_members(uow.session, organization.id)
    robot = await store.robot(uow.session, organization.id, name)
    if robot is None:
        raise NotFound("robot-not-found", f"{organization.name} has no robot {name}.")
    return robot


async def token_of(uow: UnitOfWork, robot: Robot) -> AccessToken:
    """A robot's token."""
    return (await tokens.of_robots(uow.session, [robot.id]))[robot.id]


async def rotate_secret(
    uow: UnitOfWork, robot: Robot, wish: NewSecret, *, by: Access, now: dt.datetime
) -> tuple[AccessToken, str]:
    """Give a robot a new secret; the old one is refused from now on."""
    old = await token_of(uow, robot)
    given = "expires_at" in wish.model_fields_set
    expires_at = wish.expires_at if given else old.expires_at
    scopes = [ScopeView.model_validate(scope) for scope in old.scopes]
    check_not_wider(by, scopes=scopes, expires_at=expires_at)
    token, secret = make_token(
        name=old.name, scopes=scopes, expires_at=expires_at, now=now, robot_id=robot.id
    )
    await tokens.delete_of_robot(uow.session, robot.id)
    uow.session.add(token)
    return token, secret


def change_robot(uow: UnitOfWork, robot: Robot, change: RobotChange) -> None:
    """Apply what is to change."""
    for name, value in change.model_dump(exclude_none=True).items():
        setattr(robot, name, value)
    uow.session.add(robot)
