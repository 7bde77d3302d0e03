"""axe finds no fault on any page, in light and in dark; and every page can be used on a phone."""

from __future__ import annotations

import pytest

from boatyard.shared.testing.clients import Skopeo, output_of
from boatyard.shared.testing.images import write_index
from boatyard.shared.testing.installation import PASSWORD, Installation
from tests.console.conftest import NewVisitor
from tests.console.endpoint import Endpoint
from tests.console.visitor import Visitor

OWNER = "harbourmaster"
DETAILS = (
    "# Harbour\n\nRun it:\n\n```sh\ndocker run harbour\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
)
AT_THE_DOOR = ("/sign-in", "/sign-up", "/explore", "/no/such/page")
SIGNED_IN = (
    "/repositories",
    "/repositories?tab=favourites",
    "/repositories/new",
    f"/repositories/{OWNER}/harbour",
    f"/repositories/{OWNER}/harbour?history=1.0",
    f"/repositories/{OWNER}/harbour/builds",
    f"/repositories/{OWNER}/harbour/webhooks",
    f"/repositories/{OWNER}/harbour/information",
    "/account",
    "/account/tokens",
    "/account/github",
    "/organizations",
    "/organizations/fleet",
    "/organizations/fleet/robots",
    "/organizations/fleet/settings",
    "/administration",
    "/administration/github",
    "/administration/accounts",
    "/administration/storage?namespace=fleet",
    "/administration/audit",
)


@pytest.fixture(scope="module")
def webhook(boatyard: Installation, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a delivery, where its owner has something on every page."""
    folder = tmp_path_factory.mktemp("harbour")
    skopeo = Skopeo(folder)
    owner = boatyard.sign_in(OWNER)
    owner.post("/repositories", name="harbour", summary="Ships", details=DETAILS, public=True)
    owner.post("/organizations", name="fleet", description="All of us")
    owner.post("/organizations/fleet/robots", name="ci")
    owner.put("/namespaces/fleet/quota", max_bytes=0)  # so its page has a bar and a warning
    owner.token("pull", "push")
    image = write_index(folder / "image", tag="1.0")
    output_of(skopeo.login(boatyard.registry, OWNER, PASSWORD))
    output_of(skopeo.copy(image.source, f"docker://{boatyard.registry}/{OWNER}/harbour:1.0"))
    path = f"/repositories/{OWNER}/harbour/webhooks"
    with Endpoint() as endpoint:
        made = owner.post(path, name="Deploy", url=endpoint.url, include_tags=["v*"])
        for _ in range(2):
            delivery = owner.post(f"{path}/{made['id']}/test", event="tag.pushed")["delivery_id"]
        endpoint.wait_for(2)
    return f"{path}/{made['id']}?delivery={delivery}"


def examine(visitor: Visitor, paths: tuple[str, ...]) -> None:
    """Fail with what axe finds on these pages, in light and in dark, a line each."""
    found: list[str] = []
    visitor.opens(paths[0])
    for path in paths:
        visitor.goes(path)
        for theme in ("light", "dark"):
            visitor.turns(theme)
            rules = ["color-contrast"] if theme == "dark" else []  # the others know no theme
            found += [f"{path} {theme}: {fault}" for fault in visitor.violations(*rules)]
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_axe_finds_no_fault_at_the_door(visit: NewVisitor) -> None:
    examine(visit(), AT_THE_DOOR)


@pytest.mark.timeout(300)  # it looks at every page there is
def test_axe_finds_no_fault_on_any_page(visit: NewVisitor, webhook: str) -> None:
    visitor = visit(language="zh").signs_in(OWNER)
    examine(visitor, (*SIGNED_IN, webhook))


def test_no_page_is_wider_than_a_phone(visit: NewVisitor, webhook: str) -> None:
    visitor = visit(width=390, height=844, language="zh").signs_in(OWNER)
    visitor.opens(SIGNED_IN[0])
    wide: list[str] = []
    for path in (*SIGNED_IN, webhook.split("?")[0]):
        visitor.goes(path)
        width = visitor.page.evaluate("document.documentElement.scrollWidth")
        if width > 390:
            wide.append(f"{path}: {width} px")
    assert not wide
