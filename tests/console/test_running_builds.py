"""A build while it runs: its log comes live and is followed, and it can be stopped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from boatyard.shared.testing.engine import program
from boatyard.shared.testing.github import FakeGithub
from boatyard.shared.testing.installation import Installation, Person
from boatyard.shared.testing.processes import wait_until
from tests.console.conftest import NewVisitor
from tests.console.github_account import linked
from tests.console.visitor import Visitor

COOPER, PATH = "cooper", "/repositories/cooper/barrel"
ENDLESS = r"""FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "sh", "-c", "i=0; while :; do i=$((i + 1)); echo hoop $i; busybox usleep 50000; done"]
"""
LOG = "document.querySelector('[role=log]')"
BELOW = f"{LOG}.scrollHeight - {LOG}.scrollTop - {LOG}.clientHeight"


@pytest.fixture(scope="module")
def cooper(boatyard: Installation, github: FakeGithub, known_at_github: None) -> Person:
    """Has a project whose build prints and never ends."""
    project = github.make_project("cooper/barrel")
    busybox = Path(program("busybox")).read_bytes()
    project.git.commit({"busybox": busybox, "Dockerfile": ENDLESS}, "Bend the staves")
    cooper = linked(boatyard, github, COOPER)
    cooper.post("/repositories", name="barrel")
    cooper.put(f"{PATH}/source", project=project.full_name)
    rule = {"type": "branch", "pattern": "main", "versions": "edge", "override": True}
    cooper.post(f"{PATH}/build-rules", **rule)
    cooper.patch(PATH, continuous_build=True)
    return cooper


@pytest.fixture
def running(cooper: Person) -> Iterator[int]:
    """The number of a build that runs; it ends with the test."""
    [rule] = cooper.get(f"{PATH}/build-rules")["items"]
    cooper.post(f"{PATH}/build-rules/{rule['id']}/build")
    wait_until(lambda: builds(cooper) != [], seconds=90, what="the build is listed")
    number = builds(cooper)[0]
    yield number
    if builds(cooper):
        cooper.post(f"{PATH}/builds/{number}/cancel")
        wait_until(lambda: not builds(cooper), seconds=90, what="the build stops")


@pytest.fixture
def visitor(visit: NewVisitor) -> Visitor:
    return visit().signs_in(COOPER)


def builds(person: Person) -> list[int]:
    """The numbers of those that wait or run."""
    items = person.get(f"{PATH}/builds", status="building")["items"]
    return [build["number"] for build in items]


def line(log: Locator, number: int) -> Locator:
    return log.get_by_text(f"hoop {number}", exact=True)


def test_a_log_is_followed_while_it_comes(visitor: Visitor, running: int) -> None:
    page = visitor.opens(f"{PATH}/builds/{running}")
    log, follow = page.get_by_role("log"), page.get_by_role("switch", name="Follow")
    visitor.sees("live")
    expect(follow).to_be_checked()
    line(log, 100).wait_for()
    expect(line(log, 100)).to_be_in_viewport()

    log.hover()
    page.mouse.wheel(0, -400)
    expect(follow).not_to_be_checked()
    page.wait_for_function(f"() => {BELOW} > 1000")

    log.press("End")
    expect(follow).to_be_checked()
    page.wait_for_function(f"() => {BELOW} < 20")


def test_a_running_build_is_stopped(visitor: Visitor, running: int) -> None:
    page = visitor.opens(f"{PATH}/builds")
    visitor.clicks(f"Log of build {running}", role="link")
    line(page.get_by_role("log"), 1).wait_for()
    visitor.clicks("Cancel")
    visitor.sees(f"Stop build {running}?")
    page.locator(".ant-popconfirm").get_by_role("button", name="Cancel").click()
    visitor.sees(f"Build {running} is canceled")
    page.get_by_role("log").get_by_text(re.compile("^Canceled")).wait_for()
    expect(page.get_by_text("live", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Build again").wait_for()
    visitor.clicks("Continuous build", role="tab")
    row = page.get_by_role("row", name=re.compile(f"#{running} "))
    expect(row).to_contain_text("canceled")
    visitor.clicks("Tags", role="tab")
    visitor.sees("No tags yet")


def test_a_build_is_stopped_from_the_list(visitor: Visitor, running: int) -> None:
    page = visitor.opens(f"{PATH}/builds")
    row = page.get_by_role("row", name=re.compile(f"#{running} "))
    row.get_by_role("button", name="Cancel").click()
    page.locator(".ant-popconfirm").get_by_role("button", name="Let it run").click()
    expect(row).to_contain_text("Building")
    row.get_by_role("button", name="Cancel").click()
    page.locator(".ant-popconfirm").get_by_role("button", name="Cancel").click()
    expect(row).to_contain_text("canceled")
    row.get_by_role("button", name="Build again").wait_for()
