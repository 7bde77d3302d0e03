import stat
from pathlib import Path

import pytest

from boatyard.cli import config
from boatyard.cli.errors import CommandError

ADA = config.SignedIn("https://boatyard.example", "ada", "byt_secret", token_id="1")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "boatyard"


def test_what_is_stored_is_loaded_until_it_is_forgotten() -> None:
    assert config.load() is None
    config.store(ADA)
    assert config.load() == ADA
    config.forget()
    config.forget()
    assert config.load() is None


def test_only_its_owner_can_read_it_whatever_was_there_before(folder: Path) -> None:
    folder.mkdir()
    for name in ("config.json", "config.new"):
        (folder / name).touch(mode=0o666)
    config.store(ADA)
    assert stat.S_IMODE((folder / "config.json").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["config.json"]


@pytest.mark.parametrize("text", ["", "[]", '{"server": "https://boatyard.example"}', "\0"])
def test_a_damaged_file_is_named(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "config.json").write_text(text)
    with pytest.raises(CommandError, match=r"config\.json is damaged"):
        config.load()


def test_a_folder_that_cant_be_made_is_named(folder: Path) -> None:
    folder.write_text("in the way")
    with pytest.raises(CommandError, match="can't be written"):
        config.store(ADA)
    with pytest.raises(CommandError, match="can't be read"):
        config.load()
