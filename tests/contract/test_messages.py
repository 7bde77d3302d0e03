"""Every message has a golden sample, and what was once published can be read for ever.

`samples/<subject>.json` shows a message with every field. Once a version of Boatyard was released, its samples
are never edited: a new field comes with a new sample beside the old one, `<subject>.2.json`, and so on.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from boatyard.shared.events import MESSAGES, QUESTIONS
from boatyard.shared.events.message import Wire

SAMPLES = Path(__file__).parent / "samples"
WIRES: dict[str, type[Wire]] = {wire.subject: wire for wire in (*MESSAGES, *QUESTIONS)}
_NAME = re.compile(r"(?P<subject>.+\.v\d+)(?:\.(?P<number>\d+))?\.json")


def samples_of(subject: str) -> list[Path]:
    """The samples of a subject, the oldest first."""
    found = [(match, path) for path in SAMPLES.iterdir() if (match := _NAME.fullmatch(path.name))]
    numbered = [(int(m["number"] or 1), path) for m, path in found if m["subject"] == subject]
    return [path for _, path in sorted(numbered)]


def read(path: Path) -> dict[str, Any]:
    sample: dict[str, Any] = json.loads(path.read_text())
    return sample


def holds(newer: Any, older: Any) -> bool:
    """Whether all of the older value is in the newer one, which may have more fields."""
    if isinstance(newer, dict) and isinstance(older, dict):
        return all(key in newer and holds(newer[key], older[key]) for key in older)
    return bool(newer == older)


each_subject = pytest.mark.parametrize("subject", WIRES)
each_sample = pytest.mark.parametrize(
    "path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem
)


@each_subject
def test_a_message_has_a_sample(subject: str) -> None:
    assert samples_of(subject), f"write tests/contract/samples/{subject}.json, with every field"


@each_sample
def test_a_sample_is_of_a_message(path: Path) -> None:
    match = _NAME.fullmatch(path.name)
    assert match, "name it <subject>.json, or <subject>.2.json"
    assert match["subject"] in WIRES, f"nothing has the subject {match['subject']} any more"


@each_subject
def test_the_newest_sample_shows_every_field(subject: str) -> None:
    newest = samples_of(subject)[-1]
    missing = WIRES[subject].model_fields.keys() - read(newest).keys()
    number = len(samples_of(subject)) + 1
    assert not missing, (
        f"{newest.name} lacks {', '.join(sorted(missing))}: add {subject}.{number}.json which has all, "
        "and leave the older ones as they are"
    )


@each_sample
def test_a_sample_comes_back_as_it_went(path: Path) -> None:
    """A field that was removed, renamed or given another type breaks the services that run meanwhile."""
    again = json.loads(_wire(path).decode(path.read_bytes()).encode())
    for name, value in read(path).items():
        assert name in again, f"{path.name}: nobody reads {name} any more"
        assert holds(again[name], value), f"{path.name}: {name} is not what it was"


@each_sample
def test_a_reader_ignores_what_a_newer_writer_adds(path: Path) -> None:
    newer = {**read(path), "field_of_tomorrow": {"a": 1}}
    decoded = _wire(path).decode(json.dumps(newer).encode())
    assert decoded == _wire(path).decode(path.read_bytes())


@each_subject
def test_the_subject_says_kind_and_version(subject: str) -> None:
    assert re.fullmatch(r"(evt|cmd|log|ask)\.[a-z_]+(\.[a-z_]+)?\.v\d+", subject)


def test_no_two_messages_share_a_subject() -> None:
    assert len(WIRES) == len(MESSAGES) + len(QUESTIONS)


def _wire(path: Path) -> type[Wire]:
    match = _NAME.fullmatch(path.name)
    assert match
    return WIRES[match["subject"]]
