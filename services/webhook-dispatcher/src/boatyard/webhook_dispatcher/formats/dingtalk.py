"""Messages for the custom robots of DingTalk.

Source: open.dingtalk.com, "Custom robot access" and "Security settings of a custom robot": the signature and
its timestamp, in milliseconds and at most an hour old, stand in the query.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from urllib.parse import quote

from boatyard.webhook_dispatcher.formats.answer import Verdict
from boatyard.webhook_dispatcher.formats.delivery import Attempt, Rendered
from boatyard.webhook_dispatcher.formats.languages import CHINESE
from boatyard.webhook_dispatcher.formats.markdown import inert
from boatyard.webhook_dispatcher.formats.note import note
from boatyard.webhook_dispatcher.formats.robots import Dialect, read_answer

_ANSWERS = Dialect(
    code=("errcode",), words=("errmsg",), throttled=frozenset({130101, 130102, 410100})
)


def render(attempt: Attempt) -> Rendered:
    """A message in DingTalk's Markdown; its title is what the list of chats shows."""
    message = note(attempt, CHINESE)
    lines = [
        f"#### {inert(message.headline)}",
        *(f"- {fact.label}{message.colon}{inert(fact.text)}" for fact in message.facts),
        "",
        f"[{message.link}]({message.url})",
    ]
    return Rendered(
        {
            "msgtype": "markdown",
            "markdown": {"title": message.headline, "text": "\n".join(lines)},
        },
        url=_signed(attempt.url, attempt.robot, attempt.at) if attempt.robot else None,
    )


def verdict(body_head: bytes) -> Verdict:
    """What an answer of status 2xx says."""
    return read_answer(_ANSWERS, body_head)


def _signed(url: str, secret: str, at: dt.datetime) -> str:
    timestamp = str(int(at.timestamp() * 1000))
    signature = hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256)
    sign = quote(base64.b64encode(signature), safe="")
    address, hash_sign, fragment = url.partition("#")
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}timestamp={timestamp}&sign={sign}{hash_sign}{fragment}"
