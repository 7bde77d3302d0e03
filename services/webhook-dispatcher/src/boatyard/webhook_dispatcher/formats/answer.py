"""Whether an endpoint took a delivery: some say no in the body of an answer of status 200."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Accepted:
    """The endpoint took the delivery."""


@dataclass(frozen=True)
class Refused:
    """The endpoint did not take it. The reason is for who owns the webhook, and is in English."""

    reason: str


@dataclass(frozen=True)
class Throttled:
    """The endpoint did not take it for now: it gets too much at once."""

    reason: str


Verdict = Accepted | Refused | Throttled


def by_status(status: int) -> Verdict:
    """What a status means by itself: 2xx is yes, nothing else is, and a redirect is not followed."""
    if 200 <= status < 300:
        return Accepted()
    if status in (429, 502, 503, 504):
        return Throttled(f"the endpoint answered {status}")
    if 300 <= status < 400:
        return Refused(f"the endpoint answered {status}: redirects are not followed")
    return Refused(f"the endpoint answered {status}")
