"""An organization, from its making to its end: members with roles, robots that sign in, and who may do what."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from boatyard.shared.testing.clients import Skopeo, output_of
from boatyard.shared.testing.images import write_index
from boatyard.shared.testing.installation import Installation
from boatyard.shared.testing.processes import wait_until
from tests.console.conftest import NewVisitor
from tests.console.visitor import Visitor

ADMIN, MEMBER = "commodore", "cadet"


@pytest.fixture(scope="module", autouse=True)
def people(boatyard: Installation) -> None:
    for name in (ADMIN, MEMBER):
        boatyard.sign_up(name)


@pytest.fixture
def commodore(visit: NewVisitor) -> Visitor:
    return visit().signs_in(ADMIN)


def made(boatyard: Installation, name: str) -> None:
    """An organization that is there already, with a member."""
    admin = boatyard.sign_in(ADMIN)
    admin.post("/organizations", name=name)
    admin.put(f"/organizations/{name}/members/{MEMBER}", role="writer")


def row(visitor: Visitor, name: str) -> Locator:
    return visitor.page.get_by_role("row", name=re.compile(re.escape(name)))


def confirms(visitor: Visitor, name: str) -> None:
    """Say yes to the question beside a button."""
    visitor.page.locator(".ant-popconfirm").get_by_role("button", name=name).click()


def test_an_organization_is_made_and_people_get_in(commodore: Visitor, visit: NewVisitor) -> None:
    page = commodore.opens("/organizations")
    commodore.clicks("Make an organization")
    commodore.fills("Name", "squadron")
    commodore.fills("Description", "Three ships")
    commodore.clicks("Make it")
    page.get_by_role("heading", name="squadron").wait_for()
    commodore.sees("Three ships")
    commodore.expect_refusals(404)
    commodore.fills("Username", "nobody-here")
    commodore.clicks("Add")
    commodore.sees("There is no account nobody-here.")
    commodore.fills("Username", MEMBER)
    commodore.clicks("Add")
    commodore.sees(f"{MEMBER} is a member now")
    expect(row(commodore, MEMBER)).to_contain_text("writer")

    cadet = visit().signs_in(MEMBER)
    cadet.opens("/organizations/squadron")
    expect(row(cadet, ADMIN)).to_contain_text("admin")
    expect(cadet.page.get_by_role("button", name="Add")).to_have_count(0)
    expect(cadet.page.get_by_role("tab", name="Settings")).to_have_count(0)


def test_a_role_is_changed_and_shown_to_whom_it_is_about(
    commodore: Visitor, visit: NewVisitor, boatyard: Installation
) -> None:
    made(boatyard, "flotilla")
    page = commodore.opens("/organizations/flotilla")
    cadet = visit().signs_in(MEMBER)
    cadet.opens("/organizations/flotilla")
    row(commodore, MEMBER).get_by_role("combobox", name="Role").click()
    page.locator(".ant-select-item-option", has_text="reader").click()
    commodore.sees(f"{MEMBER} is reader now")
    expect(row(cadet, MEMBER)).to_contain_text("reader")


def test_the_last_admin_has_to_stay(commodore: Visitor, boatyard: Installation) -> None:
    made(boatyard, "convoy")
    commodore.opens("/organizations/convoy")
    commodore.expect_refusals(409)
    row(commodore, ADMIN).get_by_role("button", name="Leave").click()
    confirms(commodore, "Leave")
    commodore.sees("Somebody has to administer it: make another member admin first.")


def test_a_member_is_removed_and_one_leaves(
    commodore: Visitor, visit: NewVisitor, boatyard: Installation
) -> None:
    made(boatyard, "regatta")
    made(boatyard, "armada")
    commodore.opens("/organizations/regatta")
    row(commodore, MEMBER).get_by_role("button", name="Remove").click()
    confirms(commodore, "Remove")
    commodore.sees(f"{MEMBER} is no member any more")
    expect(row(commodore, MEMBER)).to_have_count(0)

    cadet = visit().signs_in(MEMBER)
    cadet.expect_refusals(404)
    cadet.opens("/organizations/armada")
    row(cadet, MEMBER).get_by_role("button", name="Leave").click()
    confirms(cadet, "Leave")
    cadet.page.wait_for_url("**/organizations")
    expect(row(cadet, "armada")).to_have_count(0)


def test_a_robot_pushes_until_it_is_disabled_and_gets_a_new_secret(
    commodore: Visitor, boatyard: Installation, skopeo: Skopeo, tmp_path: Path
) -> None:
    made(boatyard, "dockyard")
    boatyard.sign_in(ADMIN).post("/repositories", namespace="dockyard", name="crane")
    page = commodore.opens("/organizations/dockyard/robots")
    commodore.clicks("Make a robot")
    commodore.fills("Name", "ci")
    page.get_by_role("radio", name="Only this:").check()
    page.get_by_label("Repositories").fill("dockyard/crane")
    page.get_by_role("checkbox", name="push").check()
    commodore.clicks("Make it")
    first = secret(commodore)
    expect(row(commodore, "dockyard+ci")).to_contain_text("dockyard/crane pull · push")

    registry = boatyard.registry
    image = write_index(tmp_path / "image", tag="1.0")
    output_of(skopeo.login(registry, "dockyard+ci", first))
    output_of(skopeo.copy(image.source, f"docker://{registry}/dockyard/crane:1.0"))

    does(commodore, "Disable")
    expect(row(commodore, "dockyard+ci")).to_contain_text("disabled")
    assert skopeo.login(registry, "dockyard+ci", first).returncode
    does(commodore, "Enable")
    expect(row(commodore, "dockyard+ci")).not_to_contain_text("disabled")

    does(commodore, "New secret")
    page.get_by_role("dialog").get_by_role("button", name="New secret").click()
    second = secret(commodore)
    assert skopeo.login(registry, "dockyard+ci", first).returncode
    output_of(skopeo.login(registry, "dockyard+ci", second))

    does(commodore, "Delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    commodore.sees("No robots yet")


def secret(visitor: Visitor) -> str:
    """The secret that is shown, which is then put away."""
    shown = visitor.page.get_by_test_id("secret")
    text = shown.inner_text().strip()
    visitor.clicks("I have kept it")
    expect(shown).to_have_count(0)
    return text


def does(visitor: Visitor, what: str) -> None:
    """Pick from the menu of the robot."""
    visitor.clicks("More about dockyard+ci")
    visitor.clicks(what, role="menuitem")


def test_an_organization_is_deleted_once_it_is_empty(
    commodore: Visitor, boatyard: Installation
) -> None:
    made(boatyard, "wreck")
    admin = boatyard.sign_in(ADMIN)
    admin.post("/repositories", namespace="wreck", name="hull")
    page = commodore.opens("/organizations/wreck/settings")
    commodore.expect_refusals(404, 409)
    commodore.clicks("Delete the organization")
    page.get_by_label("Type wreck to confirm").fill("wreck")
    delete = page.get_by_role("dialog").get_by_role("button", name="Delete the organization")
    delete.click()
    commodore.sees(re.compile("^Delete its repositories first"))
    admin.delete("/repositories/wreck/hull", confirm="wreck/hull")

    def is_deleted() -> bool:
        expect(delete).not_to_have_class(re.compile("loading"))
        with page.expect_response(lambda answer: answer.request.method == "DELETE") as coming:
            delete.click()
        return coming.value.ok

    wait_until(is_deleted, seconds=90, what="what was in it is removed")
    commodore.sees("wreck is deleted")
    page.wait_for_url("**/organizations")
    expect(row(commodore, "wreck")).to_have_count(0)
