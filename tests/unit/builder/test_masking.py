"""Secrets do not get through, however they are cut or written."""

from __future__ import annotations

import base64
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boatyard.builder.masking import Masker, secret_values, shown_arguments

SECRET = "ghs_abcDEF123456"


def masked(text: str, *secrets: str, cuts: tuple[int, ...] = ()) -> str:
    masker = Masker(secrets)
    edges = [0, *sorted(cuts), len(text)]
    shown = "".join(masker.feed(text[a:b]) for a, b in pairwise(edges))
    return shown + masker.flush()


@given(
    st.text("ab\n ghs_", max_size=20),
    st.text("ab\n ghs_", max_size=20),
    st.lists(st.integers(0, 60), max_size=6),
)
def test_wherever_it_is_cut_a_secret_is_masked(before: str, after: str, cuts: list[int]) -> None:
    text = before + SECRET + after
    whole = masked(text, SECRET)
    assert SECRET not in whole
    assert masked(text, SECRET, cuts=tuple(min(cut, len(text)) for cut in cuts)) == whole


@given(st.text(max_size=40))
def test_a_text_without_secrets_is_left_as_it_is(text: str) -> None:
    assert masked(text, "no-such-secret", cuts=(len(text) // 2,)) == text or "://" in text


@pytest.mark.parametrize("prefix", ["", "u:", "me:", "x-access-token:"])
def test_its_base64_is_masked_wherever_it_stands_in_it(prefix: str) -> None:
    encoded = base64.b64encode(f"{prefix}{SECRET}".encode()).decode()
    shown = masked(f"Authorization: Basic {encoded}\n", SECRET)
    assert encoded not in shown
    assert "****" in shown


def test_credentials_in_urls_are_masked() -> None:
    assert masked("get https://ada:pa55@host/x\n") == "get https://****@host/x\n"


def test_each_line_of_a_secret_of_several_is_masked() -> None:
    assert "second-line" not in masked("x second-line y", "first-line\nsecond-line")


def test_a_short_value_is_no_secret() -> None:
    assert masked("a yes or no", "yes") == "a yes or no"


def test_a_secret_that_is_learnt_later_is_masked_from_then_on() -> None:
    masker = Masker()
    assert masker.feed(f"{SECRET}\n") == f"{SECRET}\n"
    masker.add(SECRET)
    assert masker.feed(f"{SECRET}\n") == "****\n"


def test_arguments_are_secret_by_their_names() -> None:
    arguments = {"NPM_TOKEN": "t", "API_KEY": "k", "DB_PASSWORD": "p", "COLOUR": "green"}
    assert sorted(secret_values(arguments)) == ["k", "p", "t"]
    assert shown_arguments(arguments)["COLOUR"] == "green"
    assert shown_arguments(arguments)["NPM_TOKEN"] == "****"
