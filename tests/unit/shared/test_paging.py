import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boatyard.shared.errors import Invalid
from boatyard.shared.paging import decode_cursor, encode_cursor


@given(st.text().filter(lambda text: "\x00" not in text), st.integers(-(2**62), 2**62))
def test_a_cursor_gives_back_the_key_it_was_made_of(text: str, number: int) -> None:
    assert decode_cursor(encode_cursor(text, number), str, int) == (text, number)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!!",
        "x",
        "bnVsbA",
        encode_cursor("only one"),
        encode_cursor(1, "swapped"),
        base64.urlsafe_b64encode(json.dumps([True, 1]).encode()).decode(),
        base64.urlsafe_b64encode(json.dumps(["a", 2**70]).encode()).decode(),
        base64.urlsafe_b64encode(json.dumps(["a\x00", 1]).encode()).decode(),
        base64.urlsafe_b64encode(b'["\\ud800", 1]').decode(),
        base64.urlsafe_b64encode(b"[" * 600).decode(),
    ],
)
def test_a_cursor_that_is_not_ours_is_refused_by_name(cursor: str) -> None:
    with pytest.raises(Invalid) as refusal:
        decode_cursor(cursor, str, int)
    assert refusal.value.fields[0].field == "query.cursor"
