"""What robots that take Markdown have in common: their dialects know no escapes."""

from __future__ import annotations

# What would begin markup or a mention, and what reads the same.
_LOOK_ALIKES = str.maketrans(
    {"<": "‹", ">": "›", "[": "［", "]": "］", "*": "∗", "`": "'", "@": "＠", "\\": "＼"}  # noqa: RUF001
)


def inert(text: str) -> str:
    """Text in which nothing is a link, a mention, an image or a colour.

    What an image is named with (`a-z 0-9 . _ - : /`) stays as it is, and can be copied.
    """
    return text.translate(_LOOK_ALIKES)
