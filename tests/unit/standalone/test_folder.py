import stat
from pathlib import Path

import pytest

from boatyard.shared.mendable import StartError
from boatyard.standalone.folder import DataFolder


def test_a_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    first, second = DataFolder(tmp_path / "var"), DataFolder(tmp_path / "var")
    first.open()
    with pytest.raises(StartError, match="another Boatyard uses the data folder"):
        second.open()
    first.close()
    second.open()
    second.close()


def test_secrets_are_made_once(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    made = folder.secrets()
    assert folder.secrets() == made
    assert len({made.nats, made.notification, made.registry}) == 3


def test_damaged_secrets_are_named(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(StartError, match=r"secrets\.json is damaged: delete it"):
        DataFolder(tmp_path).secrets()


def test_what_is_written_is_for_the_owner_alone(tmp_path: Path) -> None:
    path = DataFolder(tmp_path).write("nats.conf", "password")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "password"
    assert [child.name for child in tmp_path.iterdir()] == ["nats.conf"]
