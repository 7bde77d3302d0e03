"""How the robots of Feishu, DingTalk and WeCom say no: with status 200, and an error code in the body."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from boatyard.webhook_dispatcher.formats.answer import Accepted, Refused, Throttled, Verdict

MAX_REASON = 200


@dataclass(frozen=True)
class Dialect:
    """Where one robot's answers have the code and the words, and which codes mean "later"."""

    code: tuple[str, ...]
    words: tuple[str, ...]
    throttled: frozenset[int]


def read_answer(dialect: Dialect, body_head: bytes) -> Verdict:
    """What a body says. Only an error code is a no: a relay before the robot may answer as it likes."""
    answer = _object(body_head)
    code = next((answer[key] for key in dialect.code if answer.get(key) is not None), 0)
    if code in (0, "0"):
        return Accepted()
    words = next((answer[key] for key in dialect.words if answer.get(key)), "")
    reason = _readable(f"the robot answered with the error {code}: {words}")
    return Throttled(reason) if code in dialect.throttled else Refused(reason)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _readable(text: str) -> str:
    line = "".join(character if character.isprintable() else " " for character in text)
    return line.strip().removesuffix(":")[:MAX_REASON]
