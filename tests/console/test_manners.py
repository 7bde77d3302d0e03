"""What people only notice when it is missing: nothing that was typed is lost, and nobody sees an old page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from boatyard.shared.testing.installation import Installation
from tests.console.conftest import NewVisitor


@pytest.fixture(scope="module", autouse=True)
def people(boatyard: Installation) -> None:
    for name in ("ada", "grace"):
        boatyard.sign_up(name)


def test_a_session_that_ends_in_the_middle_of_a_form_loses_nothing(visit: NewVisitor) -> None:
    ada = visit().signs_in("ada")
    page = ada.opens("/repositories/new")
    ada.fills("Repository name", "long-work")
    ada.fills("Summary", "Typed with care")
    ada.sees("ada/long-work is free")
    ada.settles()
    ada.expect_refusals(401)
    ada.context.clear_cookies()
    ada.clicks("Create")
    ada.sees("Your session has ended")
    ada.fills("Password", "not-this-one")
    ada.clicks("Sign in")
    ada.sees("The username or the password is wrong.")
    ada.fills("Password", "correct-horse-battery")
    ada.clicks("Sign in")
    page.get_by_role("heading", name="ada/long-work").wait_for()
    ada.sees("Typed with care")


def test_two_browsers_see_each_others_changes(visit: NewVisitor) -> None:
    one, other = visit().signs_in("grace"), visit(language="zh").signs_in("grace")
    other.opens("/repositories")
    other.sees("创建你的第一个仓库")
    one.opens("/repositories/new")
    one.fills("Repository name", "shared")
    one.clicks("Create")
    one.sees("No tags yet")
    other.page.get_by_role("link", name="grace/shared").first.wait_for()


def test_deleting_a_repository_asks_for_its_name(visit: NewVisitor, boatyard: Installation) -> None:
    ada = boatyard.sign_in("ada")
    ada.post("/repositories", name="doomed")
    visitor = visit().signs_in("ada")
    page = visitor.opens("/repositories/ada/doomed/information")
    visitor.clicks("Delete the repository")
    delete = page.get_by_role("dialog").get_by_role("button", name="Delete the repository")
    assert delete.is_disabled()
    page.get_by_label("Type ada/doomed to confirm").fill("ada/doomed")
    delete.click()
    visitor.sees("ada/doomed is deleted")
    assert page.url.endswith("/repositories")


def test_a_refusal_is_shown_beside_its_field(visit: NewVisitor) -> None:
    stranger = visit()
    stranger.expect_refusals(409)
    page = stranger.opens("/sign-up")
    stranger.fills("Username", "ada")
    stranger.fills("Password", "correct-horse-battery")
    stranger.clicks("Sign up")
    stranger.sees("This name is taken: choose another one.")
    assert page.get_by_label("Username").get_attribute("aria-invalid") == "true"


def test_a_page_for_the_signed_in_comes_back_after_signing_in(visit: NewVisitor) -> None:
    ada = visit()
    page = ada.opens("/account/tokens")
    ada.fills("Username", "ada")
    ada.fills("Password", "correct-horse-battery")
    ada.clicks("Sign in")
    page.get_by_role("heading", name="No tokens yet").wait_for()
    assert page.url.endswith("/account/tokens")


def test_a_token_is_shown_once_and_revoked(visit: NewVisitor) -> None:
    ada = visit().signs_in("ada")
    page = ada.opens("/account/tokens")
    ada.clicks("Make a token")
    ada.fills("Name", "laptop")
    ada.clicks("Make it")
    ada.sees("Your token laptop")
    assert page.get_by_test_id("secret").inner_text().strip().startswith("byt_")
    ada.clicks("I have kept it")
    ada.clicks("Revoke")
    page.locator(".ant-popconfirm").get_by_role("button", name="Revoke").click()
    ada.sees("laptop is revoked")


def test_the_language_and_the_theme_are_kept(visit: NewVisitor) -> None:
    ada = visit().signs_in("ada")
    page = ada.opens("/repositories")
    ada.clicks("Language: English")
    ada.clicks("简体中文", role="menuitem")
    page.get_by_role("heading", name="镜像仓库").wait_for()
    ada.clicks("外观")
    ada.clicks("深色", role="menuitem")
    page.locator(':root[data-theme="dark"]').wait_for(state="attached")
    page.reload()
    page.get_by_role("heading", name="镜像仓库").wait_for()
    page.locator(':root[data-theme="dark"]').wait_for(state="attached")


def test_a_part_of_the_console_that_is_gone_is_found_again(visit: NewVisitor) -> None:
    ada = visit().signs_in("ada")
    page = ada.opens("/repositories")
    ada.expect_refusals(404)
    gone = re.compile("/assets/OrganizationsPage-")
    page.route(gone, lambda route: route.fulfill(status=404), times=1)
    ada.clicks("Organizations", role="link")
    page.get_by_role("heading", name="No organization yet").wait_for()
    assert page.url.endswith("/organizations")


def test_a_page_that_cant_be_read_again_stays_with_what_was_typed(
    visit: NewVisitor, boatyard: Installation
) -> None:
    boatyard.sign_in("ada").post("/organizations", name="lovelace")
    ada = visit().signs_in("ada")
    page = ada.opens("/organizations/lovelace/settings")
    field = ada.fills("Description", "Half a sentence")
    ada.expect_refusals(502)
    page.route("**/api/**", lambda route: route.fulfill(status=502))
    looks_back_until(page, shown=True)
    assert field.input_value() == "Half a sentence"
    page.unroute("**/api/**")
    looks_back_until(page, shown=False)
    assert field.input_value() == "Half a sentence"


def looks_back_until(page: Page, *, shown: bool) -> None:
    """Look at another window and back, which asks anew, until it is said that the page is old, or no more."""
    page.wait_for_function(
        """shown => {
            dispatchEvent(new Event('visibilitychange'));
            return document.body.innerText.includes('This may be out of date') === shown;
        }""",
        arg=shown,
        polling=500,
    )
