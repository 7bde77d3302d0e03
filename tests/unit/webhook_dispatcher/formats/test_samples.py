"""What is sent does not change unnoticed: receivers out there have been written for it."""

import json
from pathlib import Path

import pytest

from boatyard.webhook_dispatcher.formats import EventType, Format, supports
from tests.unit.webhook_dispatcher.formats.cases import sample

SAMPLES = Path(__file__).parent / "samples"
SENT = [(format, type) for format in Format for type in EventType if supports(format, type)]


@pytest.mark.parametrize(("format", "type"), SENT)
def test_a_request_is_what_its_sample_says(format: Format, type: EventType) -> None:
    written = json.loads((SAMPLES / f"{format}-{type}.json").read_text())
    assert sample(format, type) == written


def test_every_sample_belongs_to_an_event_of_a_format() -> None:
    expected = {f"{format}-{type}.json" for format, type in SENT}
    assert {path.name for path in SAMPLES.iterdir()} == expected
