from collections.abc import Sequence

import pytest

from boatyard.cli.sse import Event, events

STREAM = ': here it comes\n\nid: 4\nevent: log\ndata: {"text": "ahoj\u2028 \u8239"}\n\n'


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_events_are_whole_however_the_bytes_arrive(size: int) -> None:
    raw = STREAM.encode()
    pieces = [raw[at : at + size] for at in range(0, len(raw), size)]
    assert list(events(pieces)) == [Event("log", '{"text": "ahoj\u2028 \u8239"}', "4")]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["data: a", "data:b", ""], [Event("message", "a\nb", None)]),
        (["id: 1", "data: a", "", "data: b", ""], [Event("message", x, "1") for x in "ab"]),
        (["event: log", "", "data: a", ""], [Event("message", "a", None)]),
        (["data: a"], []),
        ([":", "", "retry: 5", ""], []),
        (["data: a\r", "\r", ""], [Event("message", "a", None)]),
    ],
)
def test_fields_are_read_as_the_standard_has_it(lines: Sequence[str], found: list[Event]) -> None:
    assert list(events(["\n".join(lines).encode() + b"\n"])) == found
