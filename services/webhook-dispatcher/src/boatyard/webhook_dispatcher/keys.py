"""The keys of one webhook: what signs now, what still signs after a rotation, and a robot's secret."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Self
from uuid import UUID

from boatyard.shared.signing import KeyPair, Signer, new_key_pair, new_secret, read_signer
from boatyard.webhook_dispatcher.formats import Secrets
from boatyard.webhook_dispatcher.vault import Vault


class Scheme(StrEnum):
    """How deliveries are signed, by the names of Standard Webhooks."""

    HMAC = "v1"
    """HMAC-SHA256: the receiver holds the same secret."""
    ED25519 = "v1a"
    """Ed25519: the receiver holds a public key, and could not sign itself."""

    def new_key(self) -> str:
        """A fresh key of this scheme, as it is kept."""
        return new_secret() if self is Scheme.HMAC else new_key_pair().reveal()


def scheme_of(key: str) -> Scheme:
    """The scheme of a key; ValueError says what is wrong with it, without repeating it."""
    return Scheme(read_signer(key).scheme)


MAX_OLD_KEYS = 10
"""More signatures than these would only make the header long."""


@dataclass(frozen=True)
class OldKey:
    """A key that was replaced and signs beside the new one until it expires."""

    secret: str = field(repr=False)
    expires_at: dt.datetime


@dataclass(frozen=True)
class Keys:
    """What a webhook signs with. None of it is part of its own representation."""

    current: str = field(repr=False)
    old: tuple[OldKey, ...] = ()
    robot: str | None = field(default=None, repr=False)

    def at(self, now: dt.datetime) -> Secrets:
        """What signs an attempt at a moment: never a key that has expired."""
        valid = (read_signer(old.secret) for old in self.old if old.expires_at > now)
        return Secrets(signing=(self._signer, *valid), robot=self.robot)

    @cached_property
    def _signer(self) -> Signer:
        """What signs now, read once: it does so thousands of times."""
        return read_signer(self.current)

    @property
    def public_key(self) -> str | None:
        """What verifies the signatures, where that is no secret; None where it is the secret itself."""
        return str(self._signer.public) if isinstance(self._signer, KeyPair) else None

    @property
    def shown(self) -> str | None:
        """What its owner is shown once: the secret, or nothing where a public key does."""
        return self.current if self.public_key is None else None

    def rotated(self, secret: str, *, now: dt.datetime, grace: dt.timedelta) -> Self:
        """The same with a new key; the one before goes on signing for the length of the grace period."""
        old = [key for key in self.old if key.expires_at > now]
        if grace:
            old.insert(0, OldKey(self.current, now + grace))
        return replace(self, current=secret, old=tuple(old[:MAX_OLD_KEYS]))

    def seal(self, vault: Vault, webhook_id: UUID) -> bytes:
        """As it is kept in the database."""
        text = json.dumps(
            {
                "current": self.current,
                "old": [[key.secret, key.expires_at.isoformat()] for key in self.old],
                "robot": self.robot,
            }
        )
        return vault.seal(text, owner=webhook_id.bytes)

    @classmethod
    def unseal(cls, vault: Vault, sealed: bytes, webhook_id: UUID) -> Self:
        """From the database."""
        stored = json.loads(vault.unseal(sealed, owner=webhook_id.bytes))
        return cls(
            current=stored["current"],
            old=tuple(
                OldKey(secret, dt.datetime.fromisoformat(expires_at))
                for secret, expires_at in stored["old"]
            ),
            robot=stored["robot"],
        )
