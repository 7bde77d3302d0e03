import pytest
import typer

from boatyard.cli.ruleoptions import pairs


def test_build_arguments_are_named() -> None:
    assert pairs(["A=1", "B=x=y", "C="]) == {"A": "1", "B": "x=y", "C": ""}


def test_nothing_said_is_no_change_and_an_empty_one_takes_all_away() -> None:
    assert pairs(None) is None
    assert pairs([""]) == {}


def test_what_has_no_value_is_refused() -> None:
    with pytest.raises(typer.BadParameter, match="'A' is not NAME=VALUE"):
        pairs(["A"])
