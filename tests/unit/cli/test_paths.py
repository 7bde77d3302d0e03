import pytest
import typer

from boatyard.cli.paths import Repository, path


def test_a_repository_is_namespace_and_name() -> None:
    assert Repository.parse("team/app") == Repository("team", "app")
    assert Repository.parse("team/app").path("tags", "1.0") == "/repositories/team/app/tags/1.0"


@pytest.mark.parametrize("text", ["", "app", "team/", "/app", "a/b/c"])
def test_whatever_else_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        Repository.parse(text)


@pytest.mark.parametrize("segment", ["", ".", ".."])
def test_a_segment_cant_lead_elsewhere(segment: str) -> None:
    with pytest.raises(typer.BadParameter):
        path("repositories", segment)


def test_what_has_a_meaning_in_an_address_is_escaped() -> None:
    assert path("tags", "a/b?c#d é") == "/tags/a%2Fb%3Fc%23d%20%C3%A9"
