"""B7: lists, searches and tokens where there are 100,000 repositories and 1,000,000 tags, on PostgreSQL."""

from __future__ import annotations

import asyncio
import base64
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from benchmarks.results import AtMost, Row, percentile
from boatyard.shared.testing.installation import Installation
from boatyard.shared.testing.postgres import Postgres

REPOSITORIES, MINE, EACH = 100_000, 20_000, 9
"""Of all repositories so many are the caller's organization's; each has so many tags."""
MANY_TAGS = 100_000
"""In one repository; with it there are a million."""
REQUESTS = 300
WARM_UP = 30
MILLISECOND = 1e-3
SEED = 7
"""The questions are the same in every run."""

FILL = f"""
INSERT INTO repository (id, namespace, name, summary, details, public, continuous_build, created_at, updated_at,
                        pull_count, star_count, tag_count)
SELECT gen_random_uuid(),
       CASE WHEN n <= {MINE} THEN 'fleet' ELSE 'team-' || n % 1000 END,
       'app-' || n, 'Number ' || n || ' of the ships', '', n > {MINE}, false,
       now() - n * interval '1 second', now() - (n * 7919 % {REPOSITORIES}) * interval '1 second',
       n * 104729 % 1000003, n % 97, {EACH}
FROM generate_series(1::bigint, {REPOSITORIES}) AS n;

CREATE TEMPORARY TABLE wanted AS
SELECT r.id, 'v' || t AS name, 'sha256:' || encode(sha256((r.id::text || t)::bytea), 'hex') AS digest, t
FROM repository AS r, generate_series(1, {EACH}) AS t
UNION ALL
SELECT r.id, 'v' || t, 'sha256:' || encode(sha256((r.id::text || t)::bytea), 'hex'), t
FROM repository AS r, generate_series({EACH} + 1, {MANY_TAGS}) AS t WHERE r.name = 'app-1';

INSERT INTO tag (repository_id, name, digest, sequence, pushed_at, origin, remark, pull_count, hidden)
SELECT id, name, digest, 1, now() - t * interval '1 minute', 'push', '', t::bigint * 7919 % 10007, false
FROM wanted;

INSERT INTO manifest (repository_id, digest, media_type, size, platforms, labels, gone, tries)
SELECT id, digest, 'application/vnd.oci.image.manifest.v1+json', 12345678,
       json_build_array(
           json_build_object('os', 'linux', 'architecture', 'amd64', 'digest', digest, 'size', 12345678)),
       '{{}}', false, 0
FROM wanted;

ANALYZE;
"""


@dataclass(frozen=True)
class Question:
    """One kind of request: where it goes, and what it asks, anew each time."""

    what: str
    path: str
    params: Callable[[random.Random], Mapping[str, Any]]


QUESTIONS = (
    Question("my repositories, by name", "/api/v1/repositories", lambda _: {}),
    Question(
        "my repositories, by last change", "/api/v1/repositories", lambda _: {"sort": "-updated"}
    ),
    Question(
        "everybody's, by pulls",
        "/api/v1/repositories",
        lambda _: {"scope": "public", "sort": "-pulls"},
    ),
    Question(
        "search for one of them",
        "/api/v1/repositories",
        lambda r: {"scope": "public", "q": f"app-{r.randint(MINE, REPOSITORIES)}"},
    ),
    Question(
        "search for a word that all have",
        "/api/v1/repositories",
        lambda _: {"scope": "public", "q": "ships", "sort": "-pulls"},
    ),
    Question(
        "tags of a repository that has 100,000, the newest",
        "/api/v1/repositories/fleet/app-1/tags",
        lambda _: {"sort": "-pushed"},
    ),
    Question(
        "search in them",
        "/api/v1/repositories/fleet/app-1/tags",
        lambda r: {"q": f"v{r.randint(1, MANY_TAGS)}"},
    ),
    Question(
        "a token for a pull",
        "/registry/token",
        lambda r: {"scope": f"repository:fleet/app-{r.randint(1, MINE)}:pull"},
    ),
)


def measure(folder: Path) -> list[Row]:
    """Fill catalog's database, and ask one question after the other over a kept connection."""
    server = Postgres()
    boatyard: Installation | None = None
    try:
        server.start()
        url = server.new_database()
        boatyard = Installation(folder, BOATYARD_CATALOG_DATABASE_URL=url)
        boatyard.start()
        captain = boatyard.sign_up("captain")
        captain.post("/organizations", name="fleet")
        secret = captain.token("pull")
        asyncio.run(_fill(url))
        with httpx.Client(base_url=boatyard.url, timeout=30, trust_env=False) as client:
            client.headers["Authorization"] = f"Bearer {secret}"
            return [row for question in QUESTIONS for row in _rows(client, question, secret)]
    finally:
        if boatyard is not None:
            boatyard.remove()
        server.remove()


async def _fill(url: str) -> None:
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://"))
    try:
        await connection.execute(FILL, timeout=900)
    finally:
        await connection.close()


def _rows(client: httpx.Client, question: Question, secret: str) -> Iterator[Row]:
    chance = random.Random(SEED)
    headers = {}
    if question.path == "/registry/token":
        headers["Authorization"] = (
            f"Basic {base64.b64encode(f'captain:{secret}'.encode()).decode()}"
        )
    took = []
    for _ in range(WARM_UP + REQUESTS):
        params = question.params(chance)
        began = time.perf_counter()
        answer = client.get(question.path, params=params, headers=headers)
        took.append((time.perf_counter() - began) / MILLISECOND)
        answer.raise_for_status()
    counted = took[WARM_UP:]
    yield Row(what=f"{question.what}, p50", value=percentile(counted, 50), unit="ms")
    yield Row(
        what=f"{question.what}, p99", value=percentile(counted, 99), unit="ms", budget=AtMost(50)
    )
