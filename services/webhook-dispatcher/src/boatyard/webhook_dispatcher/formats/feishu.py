"""Messages for the custom robots of Feishu and Lark.

Source: open.feishu.cn, "Custom bot usage guide": the signature is the HMAC-SHA256 of nothing, with the
timestamp and the secret as its key, and may be an hour old.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac

from boatyard.webhook_dispatcher.formats.answer import Verdict
from boatyard.webhook_dispatcher.formats.delivery import Attempt, Rendered
from boatyard.webhook_dispatcher.formats.languages import CHINESE
from boatyard.webhook_dispatcher.formats.note import note
from boatyard.webhook_dispatcher.formats.robots import Dialect, read_answer
from boatyard.webhook_dispatcher.formats.subject import seconds

_ANSWERS = Dialect(
    code=("code", "StatusCode"),
    words=("msg", "StatusMessage"),
    throttled=frozenset({11232, 99991400}),
)


def render(attempt: Attempt) -> Rendered:
    """Rich text: its pieces are typed, so no text in them can become a mention."""
    message = note(attempt, CHINESE)
    lines = [
        [{"tag": "text", "text": f"{fact.label}{message.colon}{fact.text}"}]
        for fact in message.facts
    ]
    lines.append([{"tag": "a", "text": message.link, "href": message.url}])
    post = {"zh_cn": {"title": message.headline, "content": lines}}
    return Rendered(
        {
            **(_signature(attempt.robot, attempt.at) if attempt.robot else {}),
            "msg_type": "post",
            "content": {"post": post},
        }
    )


def verdict(body_head: bytes) -> Verdict:
    """What an answer of status 2xx says."""
    return read_answer(_ANSWERS, body_head)


def _signature(secret: str, at: dt.datetime) -> dict[str, str]:
    timestamp = str(seconds(at))
    signature = hmac.digest(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256)
    return {"timestamp": timestamp, "sign": base64.b64encode(signature).decode()}
