"""PostgreSQL databases, by PostgreSQL's own programs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import sqlalchemy as sa

from boatyard.shared.mendable import StartError


def dump(service: str, url: str, target: Path) -> None:
    """Write a database into a file that pg_restore reads; StartError says what to do if that can't be done."""
    program = shutil.which("pg_dump")
    if program is None:
        raise StartError(
            f"the database of {service} is in PostgreSQL and pg_dump is missing: install PostgreSQL's client "
            "programs (apt-get install postgresql-client), or back the databases up where they are"
        )
    target.touch(mode=0o600)
    done = subprocess.run(  # noqa: S603 - a fixed program, and the password is not among the arguments
        [program, "--format=custom", "--no-owner", f"--file={target}", address(url)],
        env=_environment(url),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise StartError(f"pg_dump can't read the database of {service}: {'; '.join(said[-3:])}")


def address(url: str) -> str:
    """A database as PostgreSQL's own programs are told it, without the password."""
    given = sa.make_url(url)
    query = {"sslmode" if name == "ssl" else name: value for name, value in given.query.items()}
    parts = sa.URL.create(
        "postgresql", given.username, None, given.host, given.port, given.database, query
    )
    return parts.render_as_string(hide_password=False)


def _environment(url: str) -> dict[str, str]:
    password = sa.make_url(url).password
    inherited = dict(os.environ)  # noqa: TID251 - passed on whole
    return inherited | ({"PGPASSWORD": str(password)} if password else {})
