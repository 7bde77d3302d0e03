"""As much of protocol buffers as BuildKit's progress and its sessions need. Pure."""

from __future__ import annotations

from collections.abc import Iterator

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class Malformed(ValueError):
    """These bytes are no message."""


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a message in their order: their numbers, and their values as they travel."""
    position = 0
    while position < len(data):
        key, position = _varint(data, position)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, position = _varint(data, position)
            yield number, value
            continue
        size = {_FIXED64: 8, _FIXED32: 4}.get(kind)
        if size is None:
            if kind != _BYTES:
                raise Malformed(f"wire type {kind}")
            size, position = _varint(data, position)
        if position + size > len(data):
            raise Malformed("cut short")
        yield number, data[position : position + size]
        position += size


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if position >= len(data) or shift > 63:
            raise Malformed("cut short")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, position
        shift += 7


def strings(data: bytes) -> dict[int, list[str]]:
    """The text fields of a message, by their numbers."""
    found: dict[int, list[str]] = {}
    for number, value in fields(data):
        if isinstance(value, bytes):
            found.setdefault(number, []).append(value.decode(errors="replace"))
    return found


def field(number: int, value: int | bytes | str) -> bytes:
    """One field, encoded."""
    if isinstance(value, int):
        return _encode(number << 3 | _VARINT) + _encode(value)
    raw = value.encode() if isinstance(value, str) else value
    return _encode(number << 3 | _BYTES) + _encode(len(raw)) + raw


def _encode(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
