"""What is done to a tag: put back from its history, remarked on, and what happens when Boatyard refuses."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from boatyard.shared.testing.clients import Skopeo, output_of
from boatyard.shared.testing.images import Index, write_index
from boatyard.shared.testing.installation import PASSWORD, Installation
from tests.console.conftest import NewVisitor
from tests.console.visitor import Visitor

WHO, PLACE = "mate", "mate/compass"


@pytest.fixture(scope="module")
def crew(boatyard: Installation, tmp_path_factory: pytest.TempPathFactory) -> Skopeo:
    """The registry client of the repository's owner."""
    boatyard.sign_up(WHO).post("/repositories", name="compass", public=True)
    skopeo = Skopeo(tmp_path_factory.mktemp("mate"))
    output_of(skopeo.login(boatyard.registry, WHO, PASSWORD))
    return skopeo


@pytest.fixture(scope="module")
def pushed(
    boatyard: Installation, crew: Skopeo, tmp_path_factory: pytest.TempPathFactory
) -> list[Index]:
    """Two images that were pushed as `1.0`, the second over the first, and one that is `2.0`."""
    folder = tmp_path_factory.mktemp("images")
    images = [write_index(folder / text, text=text, tag="image") for text in ("one", "two")]
    for image, tag in zip((*images, images[0]), ("1.0", "1.0", "2.0"), strict=True):
        output_of(crew.copy(image.source, f"docker://{boatyard.registry}/{PLACE}:{tag}"))
    return images


@pytest.fixture
def mate(visit: NewVisitor, pushed: list[Index]) -> Visitor:
    mate = visit().signs_in(WHO)
    mate.opens(f"/repositories/{PLACE}")
    return mate


def chooses(visitor: Visitor, tag: str, what: str) -> None:
    """Pick from the menu of a tag."""
    visitor.clicks(f"More about {tag}")
    visitor.clicks(what, role="menuitem")


def short(image: Index) -> str:
    return image.digest.removeprefix("sha256:")[:12]


def row(page: Page) -> Locator:
    return page.get_by_role("row", name=re.compile(r"1\.0"))


@pytest.fixture
def held(mate: Visitor) -> list[Route]:
    """Requests that change something: they wait for the test to answer them."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "GET":
            route.fallback()
        else:
            held.append(route)

    mate.page.route("**/api/**", hold)
    mate.expect_refusals(503)
    return held


def test_a_tag_is_put_back_from_its_history(mate: Visitor, pushed: list[Index]) -> None:
    page = mate.page
    first, second = pushed
    expect(row(page)).to_contain_text(short(second))
    chooses(mate, "1.0", "History")
    history = page.get_by_role("dialog", name="History of 1.0").get_by_role("listitem")
    expect(history).to_have_count(2)
    expect(history.first).to_contain_text(f"{short(second)}now")
    history.last.get_by_role("button", name="Restore").click()
    mate.sees("Point 1.0 to this image again?")
    page.locator(".ant-popconfirm").get_by_role("button", name="Restore").click()
    mate.sees(re.compile(f"^1.0 points to .*{short(first)} again$"))
    expect(history).to_have_count(3)
    expect(history.first).to_contain_text(f"{short(first)}now")
    page.keyboard.press("Escape")
    expect(row(page)).to_contain_text(short(first))


def test_a_tag_that_was_deleted_is_found_and_put_back(mate: Visitor) -> None:
    page = mate.page
    chooses(mate, "2.0", "Delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    mate.sees(re.compile("2.0 is deleted"))
    expect(page.get_by_role("row", name=re.compile(r"2\.0"))).to_have_count(0)
    page.get_by_role("searchbox").fill("2.0")
    mate.clicks("Was it deleted? See the history of 2.0")
    history = page.get_by_role("dialog", name="History of 2.0").get_by_role("listitem")
    expect(history.first).to_contain_text("deleted")
    history.first.get_by_role("button", name="Restore").click()
    page.locator(".ant-popconfirm").get_by_role("button", name="Restore").click()
    mate.sees(re.compile("^2.0 points to .* again$"))
    page.keyboard.press("Escape")
    page.get_by_role("row", name=re.compile(r"2\.0")).wait_for()


def test_a_star_that_is_refused_is_taken_back(mate: Visitor, held: list[Route]) -> None:
    page = mate.page
    mate.clicks("Star")
    expect(page.get_by_role("button", name="Starred")).to_have_attribute("aria-pressed", "true")
    mate.sees("1 star")
    held.pop().fulfill(status=503)
    mate.sees("Boatyard is not available right now. Try again in a moment.")
    star = page.get_by_role("button", name="Star", exact=True)
    expect(star).to_have_attribute("aria-pressed", "false")
    mate.sees("0 stars")


def test_a_remark_that_is_refused_is_taken_back_and_not_lost(
    mate: Visitor, held: list[Route]
) -> None:
    page = mate.page
    mate.clicks("Remark on 1.0")
    field = page.get_by_role("textbox", name="Remark on 1.0")
    field.fill("Went live on Friday")
    field.press("Enter")
    shown = page.get_by_role("button", name="Went live on Friday (1.0)")
    shown.wait_for()
    held.pop().fulfill(status=503)
    mate.sees("Boatyard is not available right now. Try again in a moment.")
    expect(field).to_have_value("Went live on Friday")
    field.press("Enter")
    held.pop().continue_()
    shown.wait_for()
    page.unroute("**/api/**")
    page.reload()
    shown.click()
    field.fill("Typed by mistake")
    field.press("Escape")
    shown.wait_for()
