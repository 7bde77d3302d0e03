import pytest
import typer

from boatyard.cli.namespaces import Quota


@pytest.mark.parametrize(
    ("text", "max_bytes"),
    [
        ("unlimited", None),
        ("0", 0),
        ("107374182400", 107_374_182_400),
        ("10GB", 10_000_000_000),
        ("10 gb", 10_000_000_000),
        ("10GiB", 10_737_418_240),
        ("1.5TB", 1_500_000_000_000),
        ("0.1kB", 100),
        ("12B", 12),
    ],
)
def test_a_size_is_bytes_or_has_a_unit(text: str, max_bytes: int | None) -> None:
    assert Quota.parse(text) == Quota(max_bytes)


@pytest.mark.parametrize("text", ["", "GB", "10G", "-1", "1e3", "1,5GB", "10iB", "٣GB", "9" * 30])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        Quota.parse(text)
