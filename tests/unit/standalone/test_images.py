import threading
import time
from pathlib import Path

from boatyard.standalone import images

DIGEST = b"sha256:" + b"0a" * 32


def put(storage: Path, name: str, content: bytes = DIGEST) -> Path:
    path = storage / images.V2 / name
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


def test_what_points_comes_before_what_it_points_at(tmp_path: Path) -> None:
    layer = put(tmp_path, "repositories/ada/app/_layers/sha256/0a/link")
    revision = put(tmp_path, "repositories/ada/app/_manifests/revisions/sha256/0a/link")
    tag = put(tmp_path, "repositories/ada/app/_manifests/tags/1/current/link")
    put(tmp_path, "repositories/ada/app/_uploads/1/data")
    assert [link.path for link in images.links(tmp_path)] == [tag, revision, layer]


def test_repositories_inside_of_repositories_are_found(tmp_path: Path) -> None:
    for name in ("a", "a/b/c"):
        put(tmp_path, f"repositories/{name}/_manifests/tags/1/current/link")
    assert len(list(images.links(tmp_path))) == 2


def test_a_link_that_is_being_written_is_read_again(tmp_path: Path) -> None:
    path = put(tmp_path, "repositories/ada/app/_manifests/tags/1/current/link", b"sha256:0a")

    def finish() -> None:
        time.sleep(images.PAUSE_SECONDS * 3)
        path.write_bytes(DIGEST)

    writing = threading.Thread(target=finish)
    writing.start()
    [link] = images.links(tmp_path)
    writing.join()
    assert link.content == DIGEST


def test_a_link_that_stays_half_is_told_as_such(tmp_path: Path) -> None:
    put(tmp_path, "repositories/ada/app/_manifests/tags/1/current/link", b"")
    [link] = images.links(tmp_path)
    assert link.content is None


def test_blobs_come_with_what_they_must_be(tmp_path: Path) -> None:
    path = put(tmp_path, f"blobs/sha256/0a/{'0a' * 32}/data")
    other = put(tmp_path, f"blobs/sha512/0a/{'0a' * 64}/data")
    assert dict(images.blobs(tmp_path)) == {path: "0a" * 32, other: None}
