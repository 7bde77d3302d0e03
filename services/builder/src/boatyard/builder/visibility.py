"""Who sees builds: records tell of commits and logs of even more, so who may pull may not see them yet.

Records are for the members of the namespace, logs for those of them who may push; where the operator says so,
both are for everybody who may pull.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from boatyard.builder.dependencies import State
from boatyard.shared.access import RepositoryAccess, may
from boatyard.shared.errors import Forbidden, Unauthenticated
from boatyard.shared.events import Verb

CanPull = Annotated[RepositoryAccess, Depends(may(Verb.PULL))]


async def sees_records(access: CanPull, state: State) -> RepositoryAccess:
    """The caller may see the builds of this repository."""
    who = access.access
    member = access.repository.partition("/")[0] in who.roles or who.administrator
    if state.settings.public_records or member:
        return access
    if not who.authenticated:
        raise Unauthenticated(detail="Sign in to see the builds of this repository.")
    raise Forbidden(
        "permission-missing", f"The builds of {access.repository} are for members of its namespace."
    )


SeesRecords = Annotated[RepositoryAccess, Depends(sees_records)]


async def sees_logs(access: SeesRecords, state: State) -> RepositoryAccess:
    """The caller may read the logs of this repository's builds."""
    if state.settings.public_records or Verb.PUSH in access.access.verbs:
        return access
    raise Forbidden(
        "permission-missing",
        f"You may not read the build logs of {access.repository}: it needs the permission push.",
    )


SeesLogs = Annotated[RepositoryAccess, Depends(sees_logs)]
CanPush = Annotated[RepositoryAccess, Depends(may(Verb.PUSH))]
