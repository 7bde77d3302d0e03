"""What can be done about a webhook that was told of something: replay, a new secret, a pause."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from boatyard.shared.testing.installation import Installation
from tests.console.conftest import NewVisitor
from tests.console.endpoint import Endpoint
from tests.console.visitor import Visitor

WHO, PATH = "bosun", "/repositories/bosun/whistle"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as endpoint:
        yield endpoint


@pytest.fixture(scope="module", autouse=True)
def account(boatyard: Installation) -> None:
    boatyard.sign_up(WHO).post("/repositories", name="whistle")


@pytest.fixture
def bosun(visit: NewVisitor, boatyard: Installation, endpoint: Endpoint) -> Visitor:
    """Looks at the access records of a webhook that was told of two changes."""
    person = boatyard.sign_in(WHO)
    made = person.post(f"{PATH}/webhooks", name="Deploy", url=endpoint.url)
    for count in range(2):
        person.patch(PATH, summary=f"{made['id']} {count}")
        endpoint.wait_for(count + 1)
    bosun = visit().signs_in(WHO)
    bosun.opens(f"{PATH}/webhooks/{made['id']}")
    return bosun


def chooses(visitor: Visitor, what: str) -> None:
    """Pick from the menu of everything else that can be done."""
    visitor.clicks("More")
    visitor.clicks(what, role="menuitem")


def test_what_was_told_is_replayed(bosun: Visitor, endpoint: Endpoint) -> None:
    page = bosun.page
    bosun.sees("100 % delivered")
    bosun.clicks("Replay")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="Everything").check()
    dialog.get_by_role("button", name="Send again").click()
    bosun.sees("2 deliveries are sent again")
    endpoint.wait_for(4)
    assert sorted(endpoint.ids[:2], key=str) == sorted(endpoint.ids[2:], key=str)
    page.get_by_role("group", name="The latest deliveries").get_by_role("button").first.click()
    bosun.sees("Attempt 2")
    bosun.sees("Waiting for the answer")


def test_a_new_secret_is_shown_once_and_the_old_one_goes_on_for_a_while(bosun: Visitor) -> None:
    page = bosun.page
    chooses(bosun, "New secret")
    page.get_by_role("dialog").get_by_role("radio", name="1 hour").check()
    page.get_by_role("dialog").get_by_role("button", name="New secret").click()
    secret = page.get_by_test_id("secret")
    assert secret.inner_text().strip().startswith("whsec_")
    bosun.clicks("I have kept it")
    expect(secret).to_have_count(0)
    bosun.sees(re.compile("^An old secret still signs, until"))


def test_a_paused_webhook_says_so_and_how_it_goes_on(bosun: Visitor, endpoint: Endpoint) -> None:
    chooses(bosun, "Pause")
    bosun.sees("It is paused: deliveries wait until it is resumed. Nothing is lost.")
    bosun.boatyard.sign_in(WHO).patch(PATH, summary="while it was paused")
    bosun.sees("waiting")
    bosun.clicks("Resume")
    bosun.sees("active")
    endpoint.wait_for(3)
