import json

import pytest

from boatyard.cli.client import Listing
from boatyard.cli.output import Column, print_list, sheet, table, width
from boatyard.cli.values import field, size

NAME = Column("name", field("name"))
MORE = Column("more", field("more"))


def plain(text: str) -> str:
    return text.replace("\x1b[1m", "").replace("\x1b[0m", "")


def test_columns_are_as_wide_as_what_is_in_them() -> None:
    items = [{"name": "a", "more": True}, {"name": "镜像仓库", "more": ["x", "y"]}]
    assert plain(table(items, [NAME, MORE])).splitlines() == [
        "NAME      MORE",
        "a         yes",
        "镜像仓库  x, y",
    ]


def test_a_row_is_a_line() -> None:
    assert plain(table([{"name": "a\nb"}], [NAME])) == "NAME\na b"


def test_a_sheet_leaves_out_what_is_not_known() -> None:
    unknown = Column("unknown", field("unknown"))
    item = {"name": "a", "unknown": None, "more": "x\ny"}
    assert plain(sheet(item, [NAME, unknown, MORE])) == "name  a\nmore  x\n      y"


def test_what_others_wrote_cant_steer_the_terminal() -> None:
    assert "\x1b" not in plain(table([{"name": "\x1b]0;owned\x07\x9b2J"}], [NAME]))


@pytest.mark.parametrize(("text", "cells"), [("", 0), ("ab", 2), ("镜像", 4), ("e\u0301", 1)])
def test_a_width_is_counted_in_cells(text: str, cells: int) -> None:
    assert width(text) == cells


@pytest.mark.parametrize(
    ("count", "text"),
    [(None, None), (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12_345_678, "12.3 MB")],
)
def test_a_size_is_written_for_people(count: int | None, text: str | None) -> None:
    assert size(count) == text


def test_json_is_one_document_and_that_there_is_more_is_said_beside_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_list(Listing([{"name": "船"}], more=True), [NAME], as_json=True)
    said = capsys.readouterr()
    assert json.loads(said.out) == [{"name": "船"}]
    assert "船" in said.out
    assert "more than these 1" in said.err
