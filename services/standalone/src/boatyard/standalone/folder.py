"""The data folder of an embedded installation: who uses it, and the secrets it keeps."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from boatyard.shared.mendable import StartError

RESTORING = ".restoring"
"""Where a backup is unpacked in the data folder. As long as it is there, the rest may be half of it."""


@dataclass(frozen=True)
class Secrets:
    """What the parts of one installation show each other. Made once, kept in a file of the owner's."""

    notification: str
    nats: str
    registry: str

    @classmethod
    def fresh(cls) -> Secrets:
        """New random secrets."""
        return cls(*(secrets.token_urlsafe(32) for _ in range(3)))


class DataFolder:
    """A folder held by one process at a time.

    Life cycle: `open`, use, `close`. `open` raises StartError when it can't be written or is held already.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock: IO[str] | None = None

    def open(self) -> None:
        """Make the folder if need be and take it, in order to run an installation in it."""
        self.hold()
        if (self.path / RESTORING).exists():
            self.close()
            raise StartError(
                f"a backup was being restored into {self.path} and that did not come to its end: "
                "run `boatyard restore` again"
            )
        for part in (self.registry, self.nats, self.logs):
            part.mkdir(mode=0o700, parents=True, exist_ok=True)

    def hold(self) -> None:
        """Make the folder if need be and take it, so that no Boatyard can start in it."""
        self._lock = self._taken(
            "lock",
            f"another Boatyard uses the data folder {self.path}: stop it, "
            "or name another folder in BOATYARD_DATA_DIR",
        )

    @contextmanager
    def upkeep(self) -> Iterator[None]:
        """Keep others from the care of this folder for the length of a block, whether Boatyard runs or not.

        What is backed up must not be collected as garbage meanwhile.
        """
        lock = self._taken(
            "upkeep.lock",
            f"{self.path} is being backed up, restored, moved or cleaned right now: try again later",
        )
        try:
            yield
        finally:
            lock.close()

    def _taken(self, name: str, taken: str) -> IO[str]:
        """The lock file of that name, held until it is closed; StartError if somebody has it."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self.path / name).open("a+")
        except OSError as error:
            raise StartError(
                f"the data folder {self.path} can't be written ({error.strerror}): change its owner, "
                "or name another folder in BOATYARD_DATA_DIR"
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise StartError(taken) from error
        return lock

    def close(self) -> None:
        """Let go of the folder."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @property
    def registry(self) -> Path:
        """What the registry stores."""
        return self.path / "registry"

    @property
    def nats(self) -> Path:
        """What NATS stores."""
        return self.path / "nats"

    @property
    def logs(self) -> Path:
        """What the servers print."""
        return self.path / "logs"

    def secrets(self) -> Secrets:
        """This installation's secrets, made on first use; StartError if their file can't be read."""
        path = self.path / "secrets.json"
        if path.exists():
            try:
                return Secrets(**json.loads(path.read_text()))
            except (ValueError, TypeError) as error:
                raise StartError(
                    f"{path} is damaged: delete it, and a new one is made at the next start"
                ) from error
        made = Secrets.fresh()
        self.write("secrets.json", json.dumps(asdict(made)))
        return made

    def write(self, name: str, text: str) -> Path:
        """Put a file into the folder that only the owner may read, whole or not at all."""
        path = self.path / name
        draft = path.with_suffix(path.suffix + ".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        return path
