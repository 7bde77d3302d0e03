"""Passwords: hashed with argon2, off the event loop, a few at a time."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 8
MAX_LENGTH = 256
AT_ONCE = 2
"""Each hash takes 64 MiB and tens of milliseconds of a core: more at once would starve everything else."""


class Passwords:
    """Hashes and checks passwords."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """The hash to store."""
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, stored: str | None, password: str) -> bool:
        """Whether the password is the one that was hashed.

        With None, for an unknown user, it takes as long and is False: time must not tell who exists.
        """
        known = stored is not None
        if stored is None:
            stored = self._decoy = self._decoy or await self.hash("decoy")
        async with self._slots:
            right = await asyncio.to_thread(self._verify, stored, password)
        return right and known

    def outdated(self, stored: str) -> bool:
        """Whether a hash was made with weaker parameters than are used today."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False
