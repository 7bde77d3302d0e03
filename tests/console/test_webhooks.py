"""What can be done about a webhook that was told of something, and about one that is told nothing any more."""

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


def test_a_webhook_that_is_held_back_says_so_and_is_tried_at_once(
    bosun: Visitor, endpoint: Endpoint
) -> None:
    page, person = bosun.page, bosun.boatyard.sign_in(WHO)
    webhook = page.url.rpartition("/")[2]
    endpoint.status = 500
    while person.get(f"{PATH}/webhooks/{webhook}")["health"]["breaker"] == "closed":
        person.patch(PATH, summary=f"Whistle {len(endpoint.bodies)}")
    bosun.sees("held back")
    bosun.sees(re.compile("^Nearly everything failed, so deliveries are held back"))
    page.get_by_role("radiogroup", name="Result").get_by_text("waiting").click()
    page.get_by_role("cell", name=re.compile("^waiting")).first.wait_for()
    endpoint.status = 200
    bosun.clicks("Try now")
    bosun.sees("active")
    bosun.sees("Nothing matches")
    expect(page.get_by_text("held back")).to_have_count(0)


def test_a_webhook_that_was_disabled_is_enabled_and_told_what_it_missed(
    bosun: Visitor, endpoint: Endpoint
) -> None:
    page = bosun.page
    endpoint.status = 410
    bosun.boatyard.sign_in(WHO).patch(PATH, summary="when it was gone")
    bosun.sees("disabled")
    bosun.sees(re.compile("^It is disabled because the endpoint answered 410 Gone"))
    bosun.boatyard.sign_in(WHO).patch(PATH, summary="while it was disabled")
    page.get_by_role("cell", name="not sent").wait_for()
    bosun.clicks("Webhooks", role="tab")
    expect(
        page.get_by_role("row", name=re.compile(re.escape(endpoint.url.split("/")[2])))
    ).to_contain_text("disabled")
    page.go_back()

    endpoint.status = 200
    told = len(endpoint.bodies)
    bosun.clicks("Enable again")
    bosun.sees("active")
    bosun.clicks("Replay")
    page.get_by_role("dialog").get_by_role("button", name="Send again").click()
    bosun.sees(re.compile("deliveries are sent again$"))
    endpoint.wait_for(told + 2)
    expect(page.get_by_role("cell", name="not sent")).to_have_count(0)
