"""Messages for Slack's incoming webhooks, and for chats that take the same (Mattermost, Rocket.Chat).

Source: Slack's documentation, "Sending messages using incoming webhooks" and "Formatting message text". Slack
answers with another status than 2xx when it refuses.
"""

from __future__ import annotations

from boatyard.webhook_dispatcher.formats.delivery import Attempt, Rendered
from boatyard.webhook_dispatcher.formats.languages import ENGLISH
from boatyard.webhook_dispatcher.formats.note import note


def render(attempt: Attempt) -> Rendered:
    """A message in Slack's own markup."""
    message = note(attempt, ENGLISH)
    lines = [
        f"*{_escape(message.headline)}*",
        *(f"{fact.label}: `{_code(fact.text)}`" for fact in message.facts),
        f"<{message.url}|{message.link}>",
    ]
    return Rendered({"text": "\n".join(lines), "unfurl_links": False, "unfurl_media": False})


def _escape(text: str) -> str:
    """Text in which nothing is a link, a mention or a call for everybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _code(text: str) -> str:
    return _escape(text).replace("`", "'")
