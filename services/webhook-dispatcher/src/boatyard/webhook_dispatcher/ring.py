"""Takes turns: first among owners, then among the lines of each. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class FairRing(Generic[Key]):
    """Keys of several owners. However many keys an owner has, every owner's turn comes equally often."""

    def __init__(self) -> None:
        self._owners: OrderedDict[str, OrderedDict[Key, None]] = OrderedDict()

    def __len__(self) -> int:
        return sum(len(keys) for keys in self._owners.values())

    def __bool__(self) -> bool:
        return bool(self._owners)

    def add(self, owner: str, key: Key) -> None:
        """Put a key at the end of its owner's line; it stays where it is if it is there already."""
        self._owners.setdefault(owner, OrderedDict()).setdefault(key, None)

    def discard(self, owner: str, key: Key) -> None:
        """Take a key out."""
        keys = self._owners.get(owner)
        if keys is not None:
            keys.pop(key, None)
            if not keys:
                del self._owners[owner]

    def pop(self) -> Key | None:
        """Take out whose turn it is; None if nobody is there."""
        if not self._owners:
            return None
        owner, keys = self._owners.popitem(last=False)
        key, _ = keys.popitem(last=False)
        if keys:
            self._owners[owner] = keys
        return key
