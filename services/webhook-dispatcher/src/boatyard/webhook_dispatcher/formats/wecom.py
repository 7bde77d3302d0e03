"""Messages for the group robots of WeCom (WeChat Work).

Source: developer.work.weixin.qq.com/document/path/91770, "Group robot configuration": a Markdown message has at
most 4096 bytes; there is no signature, the key in the address is all.
"""

from __future__ import annotations

from boatyard.webhook_dispatcher.formats.answer import Verdict
from boatyard.webhook_dispatcher.formats.delivery import Attempt, Rendered
from boatyard.webhook_dispatcher.formats.languages import CHINESE
from boatyard.webhook_dispatcher.formats.markdown import inert
from boatyard.webhook_dispatcher.formats.note import Note, note
from boatyard.webhook_dispatcher.formats.robots import Dialect, read_answer

MAX_BYTES = 4096
_ANSWERS = Dialect(
    code=("errcode",), words=("errmsg",), throttled=frozenset({-1, 45009, 45033, 45047})
)


def render(attempt: Attempt) -> Rendered:
    """A message in WeCom's Markdown. If it is too long, its last facts are left out."""
    message = note(attempt, CHINESE)
    shown = len(message.facts)
    while shown and len(_content(message, shown).encode()) > MAX_BYTES:
        shown -= 1
    return Rendered({"msgtype": "markdown", "markdown": {"content": _content(message, shown)}})


def verdict(body_head: bytes) -> Verdict:
    """What an answer of status 2xx says."""
    return read_answer(_ANSWERS, body_head)


def _content(message: Note, shown: int) -> str:
    return "\n".join(
        (
            f"**{inert(message.headline)}**",
            *(f"> {fact.label}{message.colon}{inert(fact.text)}" for fact in message.facts[:shown]),
            f"[{message.link}]({message.url})",
        )
    )
