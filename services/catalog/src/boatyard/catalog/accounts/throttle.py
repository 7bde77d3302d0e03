"""How long somebody has to wait after failed tries to sign in. Pure.

Failures are counted under three keys. A name tried from one address has few free tries and long pauses, which
stops a guesser and leaves the name's owner, who is elsewhere, alone. An address has more, since many people may
share it. A name from everywhere has many and short pauses: that slows a guesser with a thousand addresses down,
and nobody can be locked out for long by a stranger.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

FORGET = dt.timedelta(minutes=15)


@dataclass(frozen=True)
class Limit:
    """How many tries are free, and how long a pause can get."""

    free: int
    longest: dt.timedelta


NAME_FROM_ADDRESS = Limit(free=5, longest=dt.timedelta(minutes=15))
ADDRESS = Limit(free=20, longest=dt.timedelta(minutes=15))
NAME = Limit(free=50, longest=dt.timedelta(seconds=30))


def wait(*, failures: int, limit: Limit, last_at: dt.datetime, now: dt.datetime) -> dt.timedelta:
    """How long from now until the next try is taken; zero if it is taken now.

    After the free tries the pause doubles with each failure: 1 s, 2 s, 4 s … up to the longest.
    """
    over = failures - limit.free
    if over < 0 or now - last_at >= FORGET:
        return dt.timedelta()
    pause = min(dt.timedelta(seconds=2 ** min(over, 20)), limit.longest)
    return max(dt.timedelta(), last_at + pause - now)
