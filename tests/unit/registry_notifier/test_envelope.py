import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from boatyard.registry_notifier.envelope import MEDIA_TYPE, Envelope, RegistryEvent, Unreadable
from tests.unit.registry_notifier.kit import CAPTURED, event


def read(*events: Any) -> list[RegistryEvent | Unreadable]:
    return list(Envelope.model_validate_json(json.dumps({"events": events})).events)


@pytest.mark.parametrize("name", CAPTURED)
def test_every_event_of_a_real_registry_is_read(name: str) -> None:
    (found,) = read(CAPTURED[name])
    assert isinstance(found, RegistryEvent)
    assert (found.id, found.action) == (CAPTURED[name]["id"], CAPTURED[name]["action"])
    assert found.source.instance_id == CAPTURED[name]["source"]["instanceID"]


def test_fields_that_are_not_known_are_ignored() -> None:
    more = {**event("push_tag", target={"annotations": {"a": 1}}), "extra": [1, {"deep": None}]}
    body = json.dumps({"events": [more], "version": 3})
    assert isinstance(Envelope.model_validate_json(body).events[0], RegistryEvent)


def test_an_event_that_can_not_be_read_says_why_and_does_not_spoil_the_others() -> None:
    broken = event("push_tag")
    del broken["target"]["repository"]
    broken["timestamp"] = "yesterday"
    first, second = read(broken, event("push_tag"))
    assert isinstance(first, Unreadable)
    assert "target.repository: Field required" in first.reason
    assert "timestamp: " in first.reason
    assert "yesterday" not in first.reason
    assert isinstance(second, RegistryEvent)


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"id": "x" * 65},
        {"id": "a b"},
        {"id": 7},
        {"timestamp": "2026-11-24T17:39:07"},
        {"target": None},
        {"target": {"repository": "r" * 1025}},
        {"source": {"instanceID": "\n"}},
        {"actor": "anna"},
    ],
)
def test_what_is_out_of_bounds_is_unreadable(wrong: dict[str, Any]) -> None:
    assert isinstance(read({**event("push_tag"), **wrong})[0], Unreadable)


@pytest.mark.parametrize(
    "body", ["", "null", "[]", "{}", '{"events": null}', '{"events": {}}', '{"events": "push"}']
)
def test_what_is_no_envelope_at_all_is_refused(body: str) -> None:
    with pytest.raises(ValidationError):
        Envelope.model_validate_json(body)


def test_a_truncated_envelope_is_refused() -> None:
    whole = json.dumps({"events": [event("push_tag")]})
    for end in range(1, len(whole), 7):
        with pytest.raises(ValidationError, match="Invalid JSON"):
            Envelope.model_validate_json(whole[:end])


def test_an_envelope_of_many_events_is_read() -> None:
    assert len(read(*[event("push_tag")] * 5000)) == 5000


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(value=_JSON)
def test_whatever_stands_for_an_event_never_makes_reading_fail(value: Any) -> None:
    assert isinstance(read(value)[0], Unreadable)


@pytest.mark.parametrize(
    ("media_type", "taken"),
    [
        ("application/vnd.docker.distribution.events.v1+json", True),
        ("application/vnd.docker.distribution.events.v2+json", True),
        ("APPLICATION/JSON", True),
        ("application/json5", False),
        ("text/json", False),
        ("", False),
    ],
)
def test_the_media_types_of_both_registries_are_taken(media_type: str, taken: bool) -> None:
    assert bool(MEDIA_TYPE.fullmatch(media_type)) is taken
