"""What is generated from the code is what is in the repository."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools.catalogue import catalogue
from tools.generate import generated, outdated

from boatyard.shared.events import MESSAGES, SERVICE_NAMES, Survey
from boatyard.shared.service import Service
from boatyard.standalone.services import SERVICES


def test_the_generated_files_are_up_to_date() -> None:
    old = outdated(generated())
    assert not old, f"{', '.join(old)} is older than the code: run `make docs` and commit it"


def test_an_outdated_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "same").write_text("text")
    (tmp_path / "other").write_text("old text")
    files = {"same": "text", "other": "text", "missing": "text"}
    assert outdated(files, tmp_path) == ["other", "missing"]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_what_a_service_publishes_is_in_the_contract(service: Service) -> None:
    unknown = [message.__name__ for message in service.publishes if message not in MESSAGES]
    assert not unknown, f"add to MESSAGES in boatyard.shared.events: {', '.join(unknown)}"


def test_what_is_handled_is_published_by_somebody() -> None:
    nobody = [
        f"{entry.message.__name__} (handled by {', '.join(entry.consumers)})"
        for entry in catalogue().entries
        if entry.consumers and not entry.publishers
    ]
    assert not nobody, f"name the publisher in its SERVICE.publishes: {', '.join(nobody)}"


def test_every_question_has_one_answerer_or_is_for_all() -> None:
    for inquiry in catalogue().inquiries:
        for_all = issubclass(inquiry.question, Survey)
        expected = len(SERVICES) if for_all else 1
        assert len(inquiry.answerers) == expected, inquiry


def test_the_contract_names_every_service() -> None:
    assert sorted(SERVICE_NAMES) == sorted(service.name for service in SERVICES)
