"""Takes secrets out of a text that comes in pieces, also where one is split between two of them. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping

STARS = "****"
SHORTEST = 6
"""Shorter secrets are not masked: half of every log would be stars, and they are no secrets."""
_NAMES = re.compile(r"token|secret|passw|credential|api_?key|private_?key|auth", re.IGNORECASE)
_USERINFO = re.compile(r"(?<=://)[^\s/@:\"']{1,200}:[^\s/@\"']{1,500}(?=@)")


class Masker:
    """Masks some secrets, their base64, and the credentials in any URL."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._longest = 0
        self._rest = ""
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Mask these, too, from now on."""
        for secret in secrets:
            for form in _forms(secret):
                self._secrets.add(form)
        if self._secrets:
            ordered = sorted(self._secrets, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, ordered)))
            self._longest = len(ordered[0])

    def feed(self, text: str) -> str:
        """What can be shown of the text so far; what may be the beginning of a secret is kept back."""
        whole = self._rest + text
        masked = self._mask(whole)
        keep = self._unsure(masked)
        self._rest = masked[len(masked) - keep :]
        return masked[: len(masked) - keep]

    def flush(self) -> str:
        """What was kept back, since nothing follows."""
        rest, self._rest = self._rest, ""
        return rest

    def whole(self, text: str) -> str:
        """A text that is complete in itself, such as a sentence."""
        return self._mask(text)

    def _mask(self, text: str) -> str:
        if self._pattern is not None:
            text = self._pattern.sub(STARS, text)
        return _USERINFO.sub(STARS, text)

    def _unsure(self, text: str) -> int:
        # No secret goes over the end of a line.
        line = len(text) - text.rfind("\n") - 1
        for length in range(min(self._longest - 1, line), 0, -1):
            tail = text[len(text) - length :]
            if any(secret.startswith(tail) for secret in self._secrets):
                return length
        return 0


def _forms(secret: str) -> list[str]:
    """A secret as it may be written: plain, each of its lines, and in base64 wherever it stands in it."""
    found = []
    for part in {secret, *secret.splitlines()}:
        if len(part) < SHORTEST:
            continue
        raw = part.encode()
        found.append(part)
        for shift in range(3):
            # Encoded behind other text, all but the characters that share bits with it are the same.
            encoded = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
            inner = encoded[(shift * 8 + 5) // 6 : len(encoded) - 1]
            found += [inner, inner.translate(str.maketrans("+/", "-_"))]
    return [form for form in found if len(form) >= SHORTEST]


def secret_values(arguments: Mapping[str, str]) -> list[str]:
    """The values of build arguments whose names say that they are secrets."""
    return [value for name, value in arguments.items() if _NAMES.search(name)]


def shown_arguments(arguments: Mapping[str, str]) -> dict[str, str]:
    """Build arguments with the values of secret ones masked."""
    hidden = set(secret_values(arguments))
    return {name: STARS if value in hidden else value for name, value in arguments.items()}
