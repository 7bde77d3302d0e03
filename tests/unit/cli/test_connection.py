from pathlib import Path

import pytest

from boatyard.cli.config import SignedIn
from boatyard.cli.connection import Asked, Connection, connection
from boatyard.cli.errors import CommandError

HOME = "https://boatyard.example"
STORED = SignedIn(HOME, "ada", "byt_stored", token_id=None)


def test_what_login_stored_is_used_if_nothing_else_is_said() -> None:
    assert connection(Asked(), STORED) == Connection(HOME, "byt_stored")


def test_a_given_token_wins() -> None:
    assert connection(Asked(token="byt_given"), STORED) == Connection(HOME, "byt_given")


def test_a_token_can_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    with pytest.raises(CommandError, match="token can't be read"):
        connection(Asked(token_file=file), STORED)
    file.write_text("byt_file\n")
    assert connection(Asked(token_file=file), STORED) == Connection(HOME, "byt_file")


def test_a_stored_token_is_shown_to_its_own_server_only() -> None:
    other = "https://other.example"
    assert connection(Asked(server=other), STORED) == Connection(other, None)
    assert connection(Asked(server=f"{HOME}/"), STORED) == Connection(HOME, "byt_stored")


def test_it_says_how_to_name_a_server_if_none_is() -> None:
    with pytest.raises(CommandError, match="boatyard login SERVER"):
        connection(Asked(token="byt_given"), None)


def test_an_address_says_how_it_is_spoken_to() -> None:
    with pytest.raises(CommandError, match="https:// or http://"):
        connection(Asked(server="boatyard.example"), None)
