import hashlib
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from boatyard.standalone import archive
from boatyard.standalone.archive import ArchiveError, ArchiveWriter, Head, opened

HEAD = Head(version="1.0", taken_at="now", revisions={"catalog": "0001"})


def ignore(size: int) -> None:
    pass


def backup(path: Path, write: Callable[[ArchiveWriter], object], head: Head = HEAD) -> Path:
    with path.open("wb") as file:
        writer = ArchiveWriter(file, head, done=ignore)
        write(writer)
        writer.close()
    return path


def unpacked(path: Path, folder: Path) -> dict[str, bytes]:
    with opened(path) as reader:
        assert reader.head == HEAD
        reader.unpack(folder, done=ignore)
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("size", [0, 10, archive.AT_ONCE + 1])
def test_what_went_in_comes_out(tmp_path: Path, size: int) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x" * size)
    file = backup(tmp_path / "b.tar", lambda to: to.add("a/b", source))
    assert unpacked(file, tmp_path / "out") == {"a/b": b"x" * size}
    assert (tmp_path / "out/a/b").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("size", [10, archive.AT_ONCE + 1])
def test_what_does_not_have_its_digest_is_left_out(tmp_path: Path, size: int) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x" * size)
    digest = hashlib.sha256(b"the whole blob").hexdigest()
    added: list[bool] = []
    file = backup(
        tmp_path / "b.tar", lambda to: added.append(to.add("blob", source, digest=digest))
    )
    assert added == [False]
    assert unpacked(file, tmp_path / "out") == {}


def test_what_is_gone_meanwhile_is_no_error(tmp_path: Path) -> None:
    file = backup(tmp_path / "b.tar", lambda to: to.add("gone", tmp_path / "gone"))
    assert unpacked(file, tmp_path / "out") == {}


def test_any_tar_reads_it(tmp_path: Path) -> None:
    file = backup(tmp_path / "b.tar", lambda to: to.add_bytes("name", b"content"))
    with tarfile.open(file) as tar:
        assert tar.getnames() == ["backup.json", "name", "sha256.json"]


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    file = backup(tmp_path / "b.tar", lambda to: to.add_bytes("name", b"content"))
    file.write_bytes(file.read_bytes().replace(b"content", b"c0ntent"))
    with pytest.raises(ArchiveError, match="damaged: name is not as it was"):
        unpacked(file, tmp_path / "out")


def test_a_missing_end_is_noticed(tmp_path: Path) -> None:
    file = backup(tmp_path / "b.tar", lambda to: to.add_bytes("name", b"content"))
    content = file.read_bytes()
    file.write_bytes(content[: content.index(b"sha256.json")])
    with pytest.raises(ArchiveError, match="not the whole"):
        unpacked(file, tmp_path / "out")


@pytest.mark.parametrize("content", [b"", b"text", b"\0" * 10240])
def test_another_file_is_no_backup(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(ArchiveError, match="is no backup"), opened(tmp_path / "other"):
        pass


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    file = backup(tmp_path / "b.tar", lambda to: None, Head("9", "now", {}, format=2))
    with pytest.raises(ArchiveError, match="newer Boatyard"), opened(file):
        pass


@pytest.mark.parametrize("name", ["../outside", "/outside"])
def test_nothing_is_written_outside(tmp_path: Path, name: str) -> None:
    file = tmp_path / "b.tar"
    with tarfile.open(file, "w") as tar:
        for member, content in (
            ("backup.json", b'{"version": "1", "taken_at": "", "revisions": {}}'),
            (name, b""),
        ):
            entry = tarfile.TarInfo(member)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    with pytest.raises(ArchiveError, match="lies outside"), opened(file) as reader:
        reader.unpack(tmp_path / "out", done=ignore)
