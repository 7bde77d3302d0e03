"""Passwords: hashed with argon2, off the event loop, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 8
MAX_LENGTH = 256
AT_ONCE = 2
"""Each hash takes 64 MiB and tens of milliseconds of a core: more at once would starve everything else."""


class Argon2:
    """Hashes and checks passwords in threads."""

    def __init__(self, *, rounds: int, memory_kib: int) -> None:
        self._hasher = PasswordHasher(time_cost=rounds, memory_cost=memory_kib)
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """The hash to store."""
        return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, stored: str | None, password: str) -> bool:
        """Whether the password is the one that was hashed.

        With None, for an unknown user, it takes as long and is False: time must not tell who exists.
        """
        known = stored is not None
        if stored is None:
            stored = self._decoy = self._decoy or await self.hash("decoy")
        return await asyncio.to_thread(self._verify, stored, password) and known

    def outdated(self, stored: str) -> bool:
        """Whether a hash was made with other parameters than are used today."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


class Passwords:
    """Lets a few hash and check passwords at a time, in the order in which they came."""

    def __init__(self, argon2: Argon2) -> None:
        self._argon2 = argon2
        self._slots = asyncio.Semaphore(AT_ONCE)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Argon2]:
        """Wait until it is the caller's turn.

        What is decided within a turn has seen the failures of all the turns before it but one, so guesses that
        come in at the same moment don't slip past the throttle together.
        """
        async with self._slots:
            yield self._argon2
