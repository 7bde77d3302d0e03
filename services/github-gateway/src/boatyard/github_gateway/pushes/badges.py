"""The badge of a build, as an SVG image that a README can show. Pure."""

from __future__ import annotations

from html import escape

_COLOURS = {
    "passing": "#2e7d32",
    "failing": "#c62828",
    "building": "#1565c0",
    "canceled": "#757575",
    "none": "#757575",
}
_WORDS = {
    "succeeded": "passing",
    "failed": "failing",
    "timed_out": "failing",
    "queued": "building",
    "building": "building",
    "canceled": "canceled",
    "superseded": "canceled",
}
_WIDTH = 6.6
"""Of a character on average, at 11 pixels."""
_PADDING = 10


def badge(status: str | None, label: str = "build") -> str:
    """The badge of a build's status; of none at all if there was no build."""
    word = _WORDS.get(status or "", "none")
    left, right = _width(label), _width(word)
    whole, title = left + right, escape(f"{label}: {word}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" '
        f'aria-label="{title}"><title>{title}</title>'
        f'<clipPath id="r"><rect width="{whole}" height="20" rx="3"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#424242"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{_COLOURS[word]}"/></g>'
        f'<g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,sans-serif" font-size="11">'
        f'<text x="{left / 2}" y="14">{escape(label)}</text>'
        f'<text x="{left + right / 2}" y="14">{word}</text></g></svg>'
    )


def _width(text: str) -> int:
    return round(len(text) * _WIDTH) + _PADDING
