import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from boatyard.shared.mendable import StartError
from boatyard.standalone.snapshot import copied, one_moment


def database(path: Path) -> sqlite3.Connection:
    made = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    made.execute("PRAGMA journal_mode=WAL")
    made.execute("CREATE TABLE entry (number INTEGER PRIMARY KEY)")
    return made


def test_what_is_said_to_another_is_in_the_same_backup(tmp_path: Path) -> None:
    files = {name: tmp_path / f"{name}.db" for name in ("listener", "speaker")}
    with (
        closing(database(files["speaker"])) as speaker,
        closing(database(files["listener"])) as listener,
    ):
        enough, stop = threading.Event(), threading.Event()

        def talk() -> None:
            number = 0
            while not stop.is_set():
                number += 1
                for each in (speaker, listener):
                    each.execute("INSERT INTO entry VALUES (?)", (number,))
                if number > 20:
                    enough.set()

        talking = threading.Thread(target=talk)
        talking.start()
        enough.wait()
        try:
            for attempt in range(10):
                said, heard = numbers(files, tmp_path, attempt)
                assert heard in (said, said - 1), "nothing is heard that was not said"
        finally:
            stop.set()
            talking.join()


def numbers(files: dict[str, Path], folder: Path, attempt: int) -> tuple[int, int]:
    found = {}
    with one_moment(files) as databases:
        for name, source in databases.items():
            copy = folder / f"{attempt}-{name}.db"
            copied(source, copy, lambda size: None)
            with closing(sqlite3.connect(copy)) as opened:
                [found[name]] = opened.execute("SELECT max(number) FROM entry").fetchone()
    return found["speaker"], found["listener"]


def test_a_copy_is_one_file_of_the_owners_and_its_size_is_told(tmp_path: Path) -> None:
    told: list[int] = []
    with closing(database(tmp_path / "a.db")), one_moment({"a": tmp_path / "a.db"}) as databases:
        copied(databases["a"], tmp_path / "copy.db", told.append)
    copy = tmp_path / "copy.db"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert sum(told) == copy.stat().st_size
    assert [path.name for path in tmp_path.glob("copy*")] == ["copy.db"]


def test_a_database_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(StartError, match=r"no database .*a\.db"),
        one_moment({"a": tmp_path / "a.db"}),
    ):
        pass
