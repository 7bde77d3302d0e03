"""What administrators are there for: to know who did what, and how much everybody may keep."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Route, expect

from boatyard.shared.events import SERVICE_NAMES
from boatyard.shared.testing.clients import Skopeo, output_of
from boatyard.shared.testing.images import write_index
from boatyard.shared.testing.installation import PASSWORD, Installation, Person
from tests.console.conftest import NewVisitor
from tests.console.visitor import Visitor

ADMIN, OTHER = "harbourmaster", "deckhand"
PAGE = 50


@pytest.fixture(scope="module", autouse=True)
def admin(boatyard: Installation) -> Person:
    """Who administers, with an organization that somebody else belongs to."""
    boatyard.sign_up(OTHER)
    admin = boatyard.sign_in(ADMIN)
    admin.post("/organizations", name="pilots")
    admin.put(f"/organizations/pilots/members/{OTHER}", role="writer")
    return admin


@pytest.fixture
def pusher(boatyard: Installation, admin: Person, skopeo: Skopeo) -> Skopeo:
    """A registry client of the administrator."""
    output_of(skopeo.login(boatyard.registry, admin.username, PASSWORD))
    return skopeo


def has_image(boatyard: Installation, pusher: Skopeo, folder: Path, repository: str) -> str:
    """Push an image that nobody else has; the source and the target of it, to be pushed again."""
    image = write_index(folder / repository.replace("/", "-"), text=repository, tag="1.0")
    target = f"docker://{boatyard.registry}/{repository}:1.0"
    output_of(pusher.copy(image.source, target))
    return image.source


def told(boatyard: Installation, repository: str) -> str:
    """What a client is told that wants to push and may not."""
    wish = {"service": "boatyard", "scope": f"repository:{repository}:pull,push"}
    who = (ADMIN, PASSWORD)
    answer = httpx.get(f"{boatyard.url}/registry/token", params=wish, auth=who, trust_env=False)
    assert answer.status_code == 403
    return answer.text


def row(visitor: Visitor, words: str) -> Locator:
    return visitor.page.get_by_role("row").filter(has_text=words).first


def filters(visitor: Visitor, label: str, choice: str) -> None:
    """Choose what a list of the filters is to be."""
    visitor.page.get_by_role("combobox", name=label).click()
    visitor.page.locator(".ant-select-item-option", has_text=re.compile(f"^{choice}$")).click()


def decides(visitor: Visitor, *, gib: str | None = None, choice: str = "So many GiB") -> None:
    """Change the quota of the page that is open."""
    visitor.clicks("Change the quota")
    dialog = visitor.page.get_by_role("dialog")
    dialog.get_by_role("radio", name=choice).check()
    if gib is not None:
        dialog.get_by_label("GiB", exact=True).fill(gib)
    dialog.get_by_role("button", name="Save").click()
    dialog.wait_for(state="hidden")


def test_what_was_done_is_found_in_the_audit_log(
    boatyard: Installation, pusher: Skopeo, visit: NewVisitor, tmp_path: Path
) -> None:
    has_image(boatyard, pusher, tmp_path, f"{ADMIN}/logbook")
    administrator = visit().signs_in(ADMIN)
    page = administrator.opens(f"/repositories/{ADMIN}/logbook")
    administrator.clicks("More about 1.0")
    administrator.clicks("Delete", role="menuitem")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    administrator.sees("No tags yet")

    administrator.clicks("Administration", role="link")
    administrator.clicks("Audit log", role="tab")
    filters(administrator, "What was done", "Tag deleted")
    administrator.fills("In which repository", f"{ADMIN}/logbook")
    found = row(administrator, f"{ADMIN}/logbook")
    for words in (ADMIN, "in a browser", "Tag deleted", "Tag 1.0", "done", "127.0.0.1"):
        expect(found).to_contain_text(words)
    found.get_by_role("button", name=re.compile("^Details of Tag deleted")).click()
    administrator.clicks("Copy Request")
    administrator.sees(administrator.clipboard())
    administrator.sees("delete_tag")
    assert f"action=delete_tag&repository={ADMIN}%2Flogbook" in page.url

    colleague = visit(language="zh").signs_in(ADMIN)
    colleague.opens(page.url.removeprefix(boatyard.url))
    expect(row(colleague, f"{ADMIN}/logbook")).to_contain_text("版本已删除")
    found.get_by_role("link", name=f"{ADMIN}/logbook").click()
    page.get_by_role("heading", name="logbook").wait_for()


def test_who_became_a_member_is_found_in_the_audit_log(
    boatyard: Installation, visit: NewVisitor
) -> None:
    boatyard.sign_up("stowaway")
    administrator = visit().signs_in(ADMIN)
    administrator.opens("/organizations/pilots")
    administrator.fills("Username", "stowaway")
    administrator.clicks("Add")
    administrator.sees("stowaway is a member now")

    administrator.opens("/administration/audit")
    administrator.fills("Who did it", ADMIN)
    filters(administrator, "What was done", "Member set")
    found = row(administrator, "stowaway")
    for words in ("Member set", "Organization pilots", "Member stowaway"):
        expect(found).to_contain_text(words)


def test_a_sign_in_that_was_refused_is_found_in_the_audit_log(visit: NewVisitor) -> None:
    thief = visit()
    thief.expect_refusals(401)
    page = thief.opens("/sign-in")
    thief.fills("Username", OTHER)
    thief.fills("Password", "open-sesame-please")
    page.get_by_role("button", name="Sign in").click()
    thief.sees("The username or the password is wrong.")

    administrator = visit().signs_in(ADMIN)
    administrator.opens("/administration/audit")
    administrator.fills("Who did it", OTHER)
    filters(administrator, "What came of it", "refused")
    expect(row(administrator, "Sign-in refused")).to_contain_text(OTHER)
    expect(administrator.page.get_by_text("Signed in", exact=True)).to_have_count(0)


def test_the_audit_log_is_leafed_through_and_bounded_by_moments(
    admin: Person, visit: NewVisitor
) -> None:
    for number in range(PAGE + 1):
        admin.patch("/organizations/pilots", description=f"Pilots {number}")
    administrator = visit().signs_in(ADMIN)
    page = administrator.opens("/administration/audit?action=update_organization")
    rows = page.get_by_role("row", name=re.compile("Organization changed"))
    expect(rows).to_have_count(PAGE)
    administrator.clicks("Next page")
    administrator.sees("Page 2")
    page.wait_for_url("**cursor=*")
    administrator.clicks("Previous page")
    expect(rows).to_have_count(PAGE)

    administrator.fills("until", "2020-01-01T00:00")
    administrator.sees("Nothing matches")
    assert "until=" in page.url
    administrator.clicks("Show everything")
    expect(row(administrator, "Organization changed")).to_be_visible()
    assert page.url.endswith("/administration/audit")


def test_a_full_organization_says_so_and_why_a_push_is_refused(
    boatyard: Installation, pusher: Skopeo, visit: NewVisitor, tmp_path: Path
) -> None:
    source = has_image(boatyard, pusher, tmp_path, "pilots/launch")
    target = f"docker://{boatyard.registry}/pilots/launch"
    administrator = visit().signs_in(ADMIN)
    page = administrator.opens("/organizations/pilots")
    administrator.sees(re.compile("in 1 tag of 1 repository$"))
    bar = page.get_by_role("progressbar")
    expect(bar).to_have_count(0)
    decides(administrator, gib="10")
    expect(bar).to_have_accessible_name("0 % of the quota is used")
    administrator.sees(re.compile("of 10 GiB, in 1 tag"))

    decides(administrator, gib="0.0000001")
    administrator.sees("pilots is full: nothing more can be pushed or built into it")
    administrator.sees(re.compile("^Delete tags that nobody needs"))
    refused = pusher.copy(source, f"{target}:2.0")
    assert "403 (Forbidden)" in refused.stdout  # skopeo keeps to itself what docker shows
    assert "ask an administrator for more" in told(boatyard, "pilots/launch")

    decides(administrator, choice="As many as it likes")
    expect(bar).to_have_count(0)
    output_of(pusher.copy(source, f"{target}:2.0"))
    decides(administrator, gib="1")
    decides(administrator, choice="No quota of its own")
    expect(bar).to_have_count(0)


def test_whoever_is_nearly_full_is_warned(
    boatyard: Installation, admin: Person, pusher: Skopeo, visit: NewVisitor, tmp_path: Path
) -> None:
    has_image(boatyard, pusher, tmp_path, f"{ADMIN}/ballast")
    administrator = visit().signs_in(ADMIN)
    page = administrator.opens("/account")
    administrator.sees(re.compile(r"\d B in \d+ tags? of|KiB in \d+ tags? of"))
    used = admin.get(f"/namespaces/{ADMIN}/usage")["bytes"]
    admin.put(f"/namespaces/{ADMIN}/quota", max_bytes=used * 100 // 95)
    administrator.sees(re.compile(f"^{ADMIN} is nearly full: 9[45] % of its quota is used$"))
    expect(page.get_by_role("progressbar")).to_be_visible()
    decides(administrator, choice="No quota of its own")
    expect(page.get_by_role("progressbar")).to_have_count(0)


def test_an_administrator_finds_the_quota_of_whom_they_share_nothing_with(
    boatyard: Installation, visit: NewVisitor
) -> None:
    administrator = visit().signs_in(ADMIN)
    page = administrator.opens("/administration/accounts")
    page.get_by_role("link", name=OTHER, exact=True).click()
    decides(administrator, gib="3")
    administrator.sees(re.compile("of 3 GiB, in"))
    boatyard.sign_in(OTHER).post("/organizations", name="divers")
    administrator.fills("Account or organization", "divers")
    administrator.clicks("Show")
    administrator.sees("0 B in 0 tags of 0 repositories")
    assert page.url.endswith("/administration/storage?namespace=divers")
    administrator.expect_refusals(404)
    administrator.fills("Account or organization", "nobody-there")
    administrator.clicks("Show")
    administrator.sees("No account or organization is called nobody-there")
    decided = boatyard.sign_in(OTHER).get(f"/namespaces/{OTHER}/usage")["max_bytes"]
    assert decided == 3 * 1024**3


def test_nobody_else_sees_the_audit_log_or_changes_a_quota(
    admin: Person, visit: NewVisitor
) -> None:
    admin.put("/namespaces/pilots/quota", max_bytes=10 * 1024**3)
    other = visit().signs_in(OTHER)
    page = other.opens("/administration/audit")
    other.sees("There is nothing here")
    expect(page.get_by_role("link", name="Administration")).to_have_count(0)
    for path in ("/organizations/pilots", "/account"):
        other.opens(path)
        other.sees(re.compile("tags? of"))
        expect(page.get_by_role("button", name="Change the quota")).to_have_count(0)
    other.opens("/organizations/pilots")
    expect(page.get_by_role("progressbar")).to_be_visible()


@pytest.mark.parametrize(("language", "well"), [("en", "Everything is well"), ("zh", "一切正常")])
def test_every_service_answers_on_the_page_about_health(
    visit: NewVisitor, language: str, well: str
) -> None:
    administrator = visit(language=language).signs_in(ADMIN)
    administrator.opens("/administration")
    administrator.sees(well)
    for service in SERVICE_NAMES:
        expect(row(administrator, service)).to_contain_text(socket.gethostname())


def test_a_service_that_nobody_answers_for_is_named_as_soon_as_it_is_gone(
    visit: NewVisitor,
) -> None:
    administrator = visit().signs_in(ADMIN)
    page = administrator.opens("/administration")
    administrator.sees("Everything is well")

    def without_builder(route: Route) -> None:
        answer = route.fetch()
        health = answer.json()
        [process] = health["processes"]
        process["services"].remove("builder")
        route.fulfill(response=answer, json={**health, "missing": ["builder"]})

    page.route("**/administration/health", without_builder)
    administrator.sees("1 part is not well")
    expect(row(administrator, "builder")).to_contain_text("Nobody answers for it")
    page.unroute("**/administration/health")
    administrator.sees("Everything is well")
