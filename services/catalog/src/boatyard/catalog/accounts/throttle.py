"""How long somebody has to wait after failed tries to sign in. Pure."""

from __future__ import annotations

import datetime as dt

FREE_FOR_NAME = 5
FREE_FOR_ADDRESS = 20
"""An address may be shared by many people, so it is given more tries than a name."""
FORGET = dt.timedelta(minutes=15)
LONGEST = dt.timedelta(minutes=15)


def wait(*, failures: int, free: int, last_at: dt.datetime, now: dt.datetime) -> dt.timedelta:
    """How long from now until the next try is taken; zero if it is taken now.

    After the free tries the pause doubles with each failure: 1 s, 2 s, 4 s … up to 15 minutes.
    """
    over = failures - free
    if over < 0 or now - last_at >= FORGET:
        return dt.timedelta()
    pause = min(dt.timedelta(seconds=2 ** min(over, 20)), LONGEST)
    return max(dt.timedelta(), last_at + pause - now)
