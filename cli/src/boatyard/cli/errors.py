"""What a command can't do."""

from __future__ import annotations


class CommandError(Exception):
    """Ends the command with exit code 1; the text is one sentence that says what is wrong and what to do."""
