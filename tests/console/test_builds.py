"""A build's page: its log is searched, folded and linked to; and what became of each push."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from boatyard.shared.testing.github import FakeGithub, FakeProject
from boatyard.shared.testing.installation import Installation, Person
from boatyard.shared.testing.processes import wait_until
from tests.console.conftest import NewVisitor
from tests.console.github_account import linked
from tests.console.visitor import Visitor

SMITH, PATH = "smith", "/repositories/smith/anvil"
SECONDS = 60.0


@pytest.fixture(scope="module")
def anvil(boatyard: Installation, github: FakeGithub, known_at_github: None) -> FakeProject:
    """A project from which one image was built."""
    project = github.make_project("smith/anvil")
    project.git.commit({"Dockerfile": "FROM scratch\nCOPY . /\n"}, "Heat the iron")
    smith = linked(boatyard, github, SMITH)
    smith.post("/repositories", name="anvil")
    smith.put(f"{PATH}/source", project=project.full_name)
    rule = smith.post(
        f"{PATH}/build-rules", type="branch", pattern="main", versions="edge", override=True
    )
    smith.patch(PATH, continuous_build=True)
    smith.post(f"{PATH}/build-rules/{rule['id']}/build")
    wait_until(lambda: has_succeeded(smith), seconds=SECONDS, what="the build succeeds")
    return project


@pytest.fixture
def smith(visit: NewVisitor, anvil: FakeProject) -> Visitor:
    return visit().signs_in(SMITH)


def has_succeeded(person: Person) -> bool:
    """Whether the newest build succeeded; it may not be known yet, but it must not have failed."""
    statuses = [build["status"] for build in person.get(f"{PATH}/builds")["items"]]
    assert not statuses or statuses[0] in ("queued", "building", "succeeded"), statuses
    return statuses[:1] == ["succeeded"]


def log_of(visitor: Visitor) -> Locator:
    """The log, once all of it is there."""
    log = visitor.page.get_by_role("log")
    log.get_by_text("Succeeded", exact=True).wait_for()
    return log


def test_a_log_is_searched(smith: Visitor) -> None:
    page = smith.opens(f"{PATH}/builds/1")
    log = log_of(smith)
    search, found = page.get_by_role("searchbox", name="Search the log"), page.get_by_role("status")
    search.fill("smith/ANVIL")
    expect(found).to_have_text(re.compile(r"^1 of [2-9]"))
    expect(log.locator("mark").first).to_have_text("smith/anvil")
    search.press("Enter")
    expect(found).to_have_text(re.compile(r"^2 of "))
    smith.clicks("Previous match")
    expect(found).to_have_text(re.compile(r"^1 of "))
    search.fill("no such word")
    expect(found).to_have_text("not found")


def test_axe_finds_no_fault_with_a_build(smith: Visitor) -> None:
    smith.opens(f"{PATH}/builds/1")
    log_of(smith)
    assert not smith.violations()
    smith.turns("dark")
    assert not smith.violations("color-contrast")


def test_a_log_is_folded_and_linked_to(smith: Visitor) -> None:
    page = smith.opens(f"{PATH}/builds/1#L2")
    log = log_of(smith)
    second = log.get_by_text("Heat the iron")
    log.get_by_role("button", name="Fold").first.click()
    expect(second).to_have_count(0)
    smith.clicks("Unfold all")
    expect(second).to_be_visible()
    log.get_by_role("link", name="Link to line 3").click()
    expect(page).to_have_url(re.compile(r"/builds/1#L3$"))


def test_a_log_is_taken_home(smith: Visitor, tmp_path: Path) -> None:
    page = smith.opens(f"{PATH}/builds/1")
    log_of(smith)
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download").click()
    assert coming.value.suggested_filename == "anvil-1.log"
    assert "==> Succeeded" in coming.value.path().read_text()


def test_a_build_is_built_again_and_both_are_drawn(smith: Visitor) -> None:
    page = smith.opens(f"{PATH}/builds/1")
    smith.clicks("Build again")
    page.get_by_role("heading", name="Build 2").wait_for()
    log_of(smith)
    smith.clicks("Continuous build", role="tab")
    smith.sees("100 % succeeded")
    bars = page.get_by_role("group", name="The latest builds").get_by_role("button")
    expect(bars).to_have_count(2)
    bars.last.click()
    page.get_by_role("heading", name="Build 2").wait_for()


def test_a_push_says_why_it_was_not_built(
    smith: Visitor, anvil: FakeProject, github: FakeGithub
) -> None:
    before = anvil.git.refs()
    anvil.git.commit({"README": "soon"}, "Draw a plan", branch="plan")
    github.change(anvil, before)
    smith.opens(f"{PATH}/builds?list=pushes")
    smith.sees(re.compile("Draw a plan"))
    smith.sees(re.compile("is about another name"))


def test_a_github_account_is_unlinked(
    visit: NewVisitor, boatyard: Installation, github: FakeGithub, known_at_github: None
) -> None:
    linked(boatyard, github, "farrier")
    farrier = visit().signs_in("farrier")
    page = farrier.opens("/account/github")
    farrier.sees("Linked as farrier")
    farrier.clicks("Unlink")
    page.locator(".ant-popconfirm").get_by_role("button", name="Unlink").click()
    farrier.sees("Unlinked")
    page.get_by_role("button", name="Link a GitHub account").wait_for()
