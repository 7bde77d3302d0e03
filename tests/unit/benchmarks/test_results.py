import pytest
from benchmarks.results import AtLeast, AtMost, Measure, Row, number, percentile
from benchmarks.table import document, plain, section


def test_a_budget_speaks_of_the_ratio_where_there_is_a_bare_number() -> None:
    row = Row(what="push", value=1.1, unit="s", bare=1.0, bare_is="bare", budget=AtMost(1.05))
    assert row.ratio == pytest.approx(1.1)
    assert row.kept is False


def test_a_budget_speaks_of_the_value_where_there_is_none() -> None:
    row = Row(what="start", value=1.1, unit="s", budget=AtMost(5))
    assert row.ratio is None
    assert row.kept is True


def test_a_budget_can_ask_for_more() -> None:
    row = Row(what="rate", value=30, unit="/s", bare=100, bare_is="bare", budget=AtLeast(0.25))
    assert row.kept is True


def test_a_row_without_a_budget_is_not_judged() -> None:
    assert Row(what="memory", value=10, unit="MB").kept is None


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1234.5, "1,234"), (0.01234, "0.0123"), (5.0, "5"), (1.05, "1.05"), (99.96, "100")],
)
def test_numbers_have_three_significant_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_a_percentile_is_one_of_the_values() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert percentile(values, 50) == 3.0
    assert percentile(values, 99) == 5.0
    assert percentile(values, 1) == 1.0


def test_the_table_says_what_is_missed() -> None:
    rows = [Row(what="push", value=2, unit="s", bare=1, bare_is="bare", budget=AtMost(1.05))]
    assert plain(rows).splitlines()[1].split() == (
        ["push", "2", "s", "1", "s", "(bare)", "2.00", "≤", "1.05", "MISSED"]
    )


def test_writing_some_measures_keeps_the_tables_of_the_others() -> None:
    def nothing(folder: object) -> list[Row]:
        return []

    row = [Row(what="x", value=1, unit="s")]
    first = {
        name: section(Measure(name, "title", nothing), row, machine="two cores")
        for name in ("B10", "B8")
    }
    written = document("", first)
    assert written.index("## B8 ") < written.index("## B10 ")
    again = {"B8": section(Measure("B8", "other title", nothing), row, machine="four cores")}
    rewritten = document(written, again)
    assert "## B8 other title" in rewritten
    assert "## B8 title" not in rewritten
    assert "## B10 title" in rewritten
    assert document(rewritten, again) == rewritten
