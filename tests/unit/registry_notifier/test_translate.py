import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boatyard.registry_notifier.envelope import RegistryEvent
from boatyard.registry_notifier.translate import (
    Ignored,
    ManifestGone,
    Placed,
    Pulled,
    Pushed,
    Reason,
    TagGone,
    moment,
    translate,
)
from boatyard.shared.events import ImageParts
from boatyard.shared.oci import MAX_SIZE, MediaType
from tests.unit.registry_notifier.kit import CAPTURED, event

NOW = dt.datetime(2026, 11, 24, 18, tzinfo=dt.UTC)
INDEX = CAPTURED["push_tag"]["target"]["digest"]
CHILD = CAPTURED["push_child"]["target"]["digest"]
LAYER = CAPTURED["push_layer"]["target"]["digest"]


def at(name: str) -> dt.datetime:
    return RegistryEvent.model_validate(CAPTURED[name]).timestamp


def translated(name: str, **changes: Any) -> object:
    return translate(RegistryEvent.model_validate(event(name, id="e", **changes)), now=NOW)


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("push_config", Ignored(Reason.BLOB)),
        ("push_layer", Ignored(Reason.BLOB)),
        ("push_child", Ignored(Reason.CHILD)),
        ("push_tag", Pushed("team/app", "v1", INDEX, MediaType.OCI_INDEX, "anna", at("push_tag"))),
        (
            "push_tag_again",
            Pushed("team/app", "v1", INDEX, MediaType.OCI_INDEX, "anna", at("push_tag_again")),
        ),
        ("head_tag", Ignored(Reason.HEAD)),
        ("pull_tag", Pulled("e", "team/app", "v1", INDEX, "anna", at("pull_tag"))),
        ("pull_child", Pulled("e", "team/app", None, CHILD, "anna", at("pull_child"))),
        ("pull_layer", Ignored(Reason.BLOB)),
        ("mount_layer", Ignored(Reason.BLOB)),
        ("delete_digest", ManifestGone("team/app", INDEX, "anna", at("delete_digest"))),
        ("delete_first_tag", TagGone("team/app", "v1", "anna", at("delete_first_tag"))),
        ("delete_second_tag", TagGone("team/app", "v2", "anna", at("delete_second_tag"))),
        ("delete_layer", ManifestGone("team/app", LAYER, "anna", at("delete_layer"))),
    ],
)
def test_what_a_real_registry_sends_is_understood(name: str, meaning: object) -> None:
    assert translated(name) == meaning


def test_our_own_readings_are_no_pulls() -> None:
    assert translated("pull_tag", actor={"name": "boatyard:reader"}) == Ignored(Reason.OURS)


def test_our_own_placeholder_is_no_version() -> None:
    meaning = translated("push_tag", actor={"name": "boatyard:sweeper"})
    assert meaning == Placed("team/app", "v1", INDEX, at("push_tag"))


def test_a_removal_that_we_carried_out_names_nobody() -> None:
    meaning = translated("delete_first_tag", actor={"name": "boatyard:sweeper"})
    assert meaning == TagGone("team/app", "v1", None, at("delete_first_tag"))


def test_a_registry_without_accounts_names_nobody() -> None:
    meaning = translated("push_tag", actor={"name": ""})
    assert isinstance(meaning, Pushed)
    assert meaning.actor is None


def test_a_name_that_can_not_be_printed_is_printable_here() -> None:
    meaning = translated("push_tag", actor={"name": "an\x00na\n" + "x" * 900})
    assert isinstance(meaning, Pushed)
    assert meaning.actor == "anna" + "x" * 252


@pytest.mark.parametrize(
    ("name", "target", "words"),
    [
        ("push_tag", {"repository": "app"}, "namespace/name"),
        ("push_tag", {"repository": "team/app/more"}, "'/'"),
        ("push_tag", {"repository": "team/App"}, "lower case"),
        ("push_tag", {"repository": "team/a"}, "2 to 64"),
        ("push_tag", {"tag": "-v1"}, "must not begin"),
        ("push_tag", {"tag": "v1\x00"}, "1 to 128"),
        ("push_tag", {"digest": "sha256:short"}, "64 hexadecimal"),
        ("push_tag", {"digest": ""}, "64 hexadecimal"),
        ("pull_tag", {"digest": "md5:" + "0" * 32}, "64 hexadecimal"),
        ("delete_digest", {"digest": "nonsense"}, "64 hexadecimal"),
    ],
)
def test_a_name_that_has_no_place_here_is_ignored_with_the_reason(
    name: str, target: dict[str, str], words: str
) -> None:
    meaning = translated(name, target=target)
    assert isinstance(meaning, Ignored)
    assert meaning.reason is Reason.ILLEGAL
    assert words in meaning.detail


@pytest.mark.parametrize("action", ["mount", "", "PUSH", "renamed"])
def test_an_action_that_is_not_known_is_ignored(action: str) -> None:
    assert translated("push_tag", action=action) == Ignored(Reason.ACTION, action)


def test_the_deletion_of_a_whole_repository_is_left_to_its_tags_and_the_sweep() -> None:
    meaning = translated("delete_digest", target={"digest": ""})
    assert isinstance(meaning, Ignored)
    assert meaning.reason is Reason.ACTION


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("2026-11-24T17:00:00Z", dt.datetime(2026, 11, 24, 17, tzinfo=dt.UTC)),
        ("2026-11-24T19:30:00+02:00", dt.datetime(2026, 11, 24, 17, 30, tzinfo=dt.UTC)),
        ("2026-11-24T17:39:07.900000001Z", dt.datetime(2026, 11, 24, 17, 39, 7, 900000, dt.UTC)),
        ("2026-11-24T18:00:01Z", NOW),
        ("9999-12-31T23:59:59-23:59", NOW),
        ("1970-01-01T00:00:00Z", NOW),
        ("0001-01-01T00:00:00+23:59", NOW),
    ],
)
def test_the_registrys_clock_is_believed_unless_it_is_ahead_or_was_never_set(
    said: str, taken: dt.datetime
) -> None:
    read = RegistryEvent.model_validate({**CAPTURED["push_tag"], "timestamp": said})
    assert moment(read.timestamp, now=NOW) == taken
    assert moment(read.timestamp, now=NOW).tzinfo is dt.UTC


_TEXT = st.text(max_size=20) | st.sampled_from(
    ["team/app", "v1", INDEX, "application/octet-stream"]
)


@given(
    action=st.sampled_from(["push", "pull", "delete", "mount"]) | st.text(max_size=10),
    target=st.fixed_dictionaries(
        {"repository": _TEXT, "tag": _TEXT, "digest": _TEXT, "media_type": _TEXT}
    ),
    actor=st.text(max_size=300),
    timestamp=st.datetimes(timezones=st.timezones()),
)
def test_nothing_that_an_event_holds_makes_it_fail(
    action: str, target: dict[str, str], actor: str, timestamp: dt.datetime
) -> None:
    read = RegistryEvent.model_validate(
        {
            "id": "e",
            "timestamp": timestamp,
            "action": action,
            "target": target,
            "actor": {"name": actor},
        }
    )
    translate(read, now=NOW)


CONFIG, BLOB = ({"digest": "sha256:" + digit * 64, "size": 100} for digit in "ab")
PARTS = ImageParts(config="sha256:" + "a" * 64, config_size=100, size=200)


@pytest.mark.parametrize(
    ("media_type", "references", "image"),
    [
        (MediaType.OCI_MANIFEST, [CONFIG, BLOB], PARTS),
        (MediaType.DOCKER_MANIFEST, [CONFIG, BLOB], PARTS),
        (MediaType.OCI_INDEX, [CONFIG, BLOB], None),
        (MediaType.OCI_MANIFEST, [], None),
        (MediaType.OCI_MANIFEST, None, None),
        (MediaType.OCI_MANIFEST, [{"digest": "odd", "size": 100}], None),
        (MediaType.OCI_MANIFEST, [{**CONFIG, "size": -1}], None),
        (MediaType.OCI_MANIFEST, [CONFIG, "odd"], None),
        (MediaType.OCI_MANIFEST, [CONFIG, *[{**BLOB, "size": MAX_SIZE}] * 2], None),
    ],
)
def test_what_an_image_consists_of_is_taken_over_where_the_registry_says_it(
    media_type: str, references: Any, image: ImageParts | None
) -> None:
    pushed = translated("push_tag", target={"mediaType": media_type, "references": references})
    assert isinstance(pushed, Pushed)
    assert pushed.image == image
