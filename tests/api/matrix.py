"""The authorization matrix: what every route answers to everybody. `test_authorization.py` holds it true.

`matrix_private.txt` is about the private repository `team/app` and the organization `team` that it belongs to;
`matrix_public.txt` is what changes for those outside when a repository is public: they may look, and no more.

A repository and everything in it is hidden from those who may not even pull: nobody is asked to sign in (401),
everybody else is told that there is none (404). Who may pull, but not this, is told so (403).
`404*` is an answer to somebody who may ask: there is none of what was asked for.
What belongs to an account needs its session, or a token that is good for everything: a narrow one is refused.
A route without a row fails the tests: add a row here, and to `good_requests.py` what a good request needs.
"""

from __future__ import annotations

from pathlib import Path

PRIVATE, PUBLIC = "matrix_private.txt", "matrix_public.txt"


def rows(table: str) -> dict[str, dict[str, str]]:
    """A table as `METHOD path` to caller to what is answered."""
    text = Path(__file__).with_name(table).read_text()
    (_, *callers), *lines = (line.split() for line in text.splitlines() if line)
    found: dict[str, dict[str, str]] = {}
    for method, path, *statuses in lines:
        route = f"{method} {path}"
        assert route not in found, f"two rows of {route}"
        found[route] = dict(zip(callers, statuses, strict=True))
    return found
