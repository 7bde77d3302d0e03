"""What the registry posts is understood. inbound/registry/README.md says how the files came to be."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from boatyard.registry_notifier.envelope import RegistryEvent
from boatyard.registry_notifier.translate import (
    Happening,
    Ignored,
    ManifestGone,
    Pulled,
    Pushed,
    Reason,
    TagGone,
    translate,
)

FOLDER = Path(__file__).parent / "inbound" / "registry"
NOW = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
INDEX = "sha256:fd6416ed6d0f76d03aa43800b5371f980d168f5427c5a9b9654f27983b632e8f"


def happenings(name: str) -> list[Happening]:
    """What the events of a file mean, without those of blobs."""
    bodies = json.loads((FOLDER / f"{name}.json").read_text())
    events = [RegistryEvent.model_validate(event) for body in bodies for event in body["events"]]
    found = [translate(event, now=NOW) for event in events]
    return [each for each in found if each != Ignored(Reason.BLOB)]


@pytest.mark.parametrize("name", ["push-of-an-index", "push-again"])
def test_an_index_is_one_push_of_its_tag(name: str) -> None:
    *children, pushed = happenings(name)
    assert children == [Ignored(Reason.CHILD)] * 2
    assert isinstance(pushed, Pushed)
    assert (pushed.repository, pushed.tag, pushed.digest) == ("team/app", "1.0", INDEX)
    assert pushed.media_type == "application/vnd.oci.image.index.v1+json"


def test_an_image_is_one_push_of_its_tag() -> None:
    [pushed] = happenings("push-of-an-image")
    assert isinstance(pushed, Pushed)
    assert pushed.tag == "single"


def test_a_pull_says_by_what_it_was_made() -> None:
    [by_tag], [by_digest] = happenings("pull-by-tag"), happenings("pull-by-digest")
    assert isinstance(by_tag, Pulled)
    assert isinstance(by_digest, Pulled)
    assert (by_tag.tag, by_digest.tag) == ("1.0", None)
    assert by_tag.digest == by_digest.digest == INDEX


def test_asking_whether_a_manifest_is_there_is_no_pull() -> None:
    assert happenings("head") == [Ignored(Reason.HEAD)]


def test_a_mount_means_nothing() -> None:
    assert happenings("mount-of-a-blob") == []


def test_deleting_a_manifest_takes_its_tags_with_it() -> None:
    gone, tag = happenings("delete-of-a-manifest")
    assert isinstance(gone, ManifestGone)
    assert gone.digest == INDEX
    assert isinstance(tag, TagGone)
    assert tag.tag == "1.0"


def test_deleting_a_blob_looks_like_deleting_a_manifest() -> None:
    [gone] = happenings("delete-of-a-blob")
    assert isinstance(gone, ManifestGone)


def test_every_file_is_described() -> None:
    described = (FOLDER / "README.md").read_text()
    missing = [path.name for path in FOLDER.glob("*.json") if f"`{path.name}`" not in described]
    assert not missing
