"""Faults that the person who started a command can mend. Light: commands that serve nothing import it, too."""

from __future__ import annotations


class MendableError(Exception):
    """Ends the command; the text is one sentence that tells the person what to do."""


class StartError(MendableError):
    """The process can't start."""
