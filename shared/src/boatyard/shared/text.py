"""Text that people send: refused when it holds what no database column can keep or nobody can see."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator


def check_text(text: str) -> str:
    """Return text of several lines; ValueError if it holds another control character."""
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\r\t":
            raise ValueError(f"must not contain the control character {character!r}")
    return text


def check_line(text: str) -> str:
    """Return text of one line without space around it; ValueError if it holds a control character."""
    if any(character in "\n\r\t" for character in text):
        raise ValueError("must be a single line")
    return check_text(text).strip()


Text = Annotated[str, AfterValidator(check_text)]
Line = Annotated[str, AfterValidator(check_line)]
