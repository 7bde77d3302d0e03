"""Takes a picture of each page of the console, from a Boatyard of its own with something in it.

uv run python tools/console_screenshots.py [folder] [--only NAME ...]

Where pngquant is installed, the pictures come out at a third of their size.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from boatyard.shared.testing.clients import Skopeo, output_of  # noqa: E402
from boatyard.shared.testing.github import FakeGithub, FakeProject  # noqa: E402
from boatyard.shared.testing.images import write_index  # noqa: E402
from boatyard.shared.testing.installation import PASSWORD, Installation, Person  # noqa: E402
from boatyard.shared.testing.processes import wait_until  # noqa: E402
from tests.console.endpoint import Endpoint  # noqa: E402
from tests.console.visitor import Visitor  # noqa: E402

OWNER = "captain"
DETAILS = """\
The shop's front end: server-side rendered, in one image.

## Run it

```sh
docker run --rm -p 8080:8080 localhost:5000/captain/storefront
```

| Variable | Default | What |
|---|---|---|
| `PORT` | 8080 | where it listens |
| `CATALOG_URL` | | the catalogue's API |
"""
DOCKERFILE = "FROM scratch\nCOPY . /app\nLABEL org.opencontainers.image.title=storefront\n"
BROKEN = DOCKERFILE.replace("COPY . /app", "COPY dist /app")


class Look(NamedTuple):
    """How the pictures are taken whose names end with `suffix`; of all pages, or of some."""

    suffix: str
    language: Literal["en", "zh"]
    theme: Literal["light", "dark"]
    pages: tuple[str, ...] = ()


LOOKS = (
    Look("", "en", "light"),
    Look("-zh", "zh", "light"),
    Look("-dark", "en", "dark", ("record",)),
    Look("-dark-zh", "zh", "dark", ("record",)),
)


def main() -> None:
    """Set a Boatyard up, look at every page, and leave nothing behind."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", nargs="?", default=ROOT / "docs" / "images", type=Path)
    parser.add_argument(
        "--only", nargs="+", default=[], help="pages by the names of their pictures"
    )
    chosen = parser.parse_args()
    target: Path = chosen.folder
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="screenshots-") as scratch, Endpoint() as endpoint:
        folder = Path(scratch)
        github = FakeGithub(folder / "github")
        github.start()
        boatyard = Installation(
            folder,
            BOATYARD_GITHUB_GATEWAY_GITHUB_URL=github.url,
            BOATYARD_BUILDER_FETCH_HTTP_HOSTS=github.url.removeprefix("http://"),
            BOATYARD_BUILDER_FETCH_ALLOW_NETWORKS="127.0.0.0/8",
        )
        boatyard.start()
        try:
            webhook = furnish(boatyard, endpoint, folder)
            look(boatyard, github, webhook, target, only=chosen.only)
        finally:
            boatyard.stop()
            boatyard.remove()
            github.stop()


def furnish(boatyard: Installation, endpoint: Endpoint, folder: Path) -> str:
    """Repositories, tags and a webhook that was told of things; the page of one of its deliveries."""
    captain, mate = boatyard.sign_up(OWNER), boatyard.sign_up("mate")
    captain.post("/organizations", name="shipyard", description="Everything that floats")
    captain.put("/organizations/shipyard/members/mate", role="writer")
    captain.post("/organizations/shipyard/robots", name="deploy", description="Rolls out")
    captain.put("/namespaces/shipyard/quota", max_bytes=10 * 1024**3)
    captain.token("pull", repository=f"{OWNER}/*")
    for name, summary, public in (
        ("storefront", "The shop's front end", True),
        ("orders-api", "Takes orders and never loses one", False),
        ("thumbnails", "Pictures, made small and fast", True),
    ):
        captain.post("/repositories", name=name, summary=summary, details=DETAILS, public=public)
    captain.post("/repositories", namespace="shipyard", name="base", summary="Debian, ours")
    mate.post("/repositories", name="redis-exporter", summary="Metrics of Redis", public=True)
    captain.put("/favourites/mate/redis-exporter")
    mate.put(f"/favourites/{OWNER}/storefront")
    path = f"/repositories/{OWNER}/storefront/webhooks"
    made = captain.post(path, name="Deploy to production", url=endpoint.url, include_tags=["*"])
    captain.post(path, name="Tell the team", url=f"{endpoint.url}/team", events=["build.failed"])
    push_and_pull(boatyard, folder)
    captain.patch(f"/repositories/{OWNER}/storefront/tags/2.0", remark="rolled out on Friday")
    endpoint.wait_for(8)
    endpoint.status = 503
    for count in range(2):
        captain.post(f"{path}/{made['id']}/test", event="tag.pushed")
        endpoint.wait_for(9 + count)
    endpoint.status = 200
    delivery = captain.get(f"{path}/{made['id']}/deliveries")["items"][-1]["id"]
    return f"{path}/{made['id']}?delivery={delivery}"


def push_and_pull(boatyard: Installation, folder: Path) -> None:
    """What a few weeks of work leave behind."""
    clients = folder / "clients"
    clients.mkdir()
    skopeo = Skopeo(clients)
    output_of(skopeo.login(boatyard.registry, OWNER, PASSWORD))
    tags = ("1.0", "latest", "1.1", "latest", "1.2", "2.0-rc1", "2.0", "latest")
    for number, tag in enumerate(tags):
        image = write_index(folder / f"image{number}", text=f"{tag}{number}", tag=tag)
        target = f"docker://{boatyard.registry}/{OWNER}/storefront:{tag}"
        output_of(skopeo.copy(image.source, target))
    base = f"docker://{boatyard.registry}/shipyard/base:trixie"
    output_of(skopeo.copy(image.source, base))
    for number, tag in enumerate(("2.0", "latest", "latest", "1.2")):
        source = f"docker://{boatyard.registry}/{OWNER}/storefront:{tag}"
        output_of(skopeo.copy(source, f"dir:{folder / f'pulled{number}'}"))


def look(
    boatyard: Installation, github: FakeGithub, webhook: str, target: Path, *, only: Sequence[str]
) -> None:
    """Take the pictures, of all pages or only of some."""
    github.world.signed_in = OWNER
    project = github.make_project(f"{OWNER}/storefront")
    repository = f"/repositories/{OWNER}/storefront"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        visitor = Visitor(boatyard, browser).signs_in(OWNER)
        link(visitor)
        visitor.close()
        build(boatyard.sign_in(OWNER), project, repository)
        be_refused(boatyard.sign_in("mate"))
        for one in LOOKS:
            pages = addresses(repository, webhook)
            names = [name for name in one.pages or pages if not only or name in only]
            take(boatyard, browser, one, {name: pages[name] for name in names}, target)
        browser.close()


def take(
    boatyard: Installation, browser: Browser, look: Look, pages: dict[str, str], target: Path
) -> None:
    """The pictures of one look."""
    visitor = Visitor(boatyard, browser, language=look.language, theme=look.theme).signs_in(OWNER)
    visitor.opens("/explore")
    for name, address in pages.items():
        visitor.goes(address)
        unfold(visitor, name)
        picture = target / f"console-{name}{look.suffix}.png"
        visitor.page.screenshot(path=picture)
        shrink(picture)
        print(picture)
    visitor.close()


def unfold(visitor: Visitor, name: str) -> None:
    """Open on a page what is worth a look."""
    page = visitor.page
    if name == "build":
        page.get_by_role("log").get_by_text("Succeeded", exact=True).wait_for()
    elif name == "create":
        page.get_by_role("switch").click()
        page.get_by_role("combobox", name=re.compile("GitHub (project|项目)")).click()
        page.locator(".ant-select-item-option").first.click()
        page.locator("button[type=submit]").scroll_into_view_if_needed()
    elif name == "information":
        page.get_by_role("heading", name="Run it").wait_for()
    elif name == "audit":
        changed = page.get_by_role("row").filter(
            has_text=re.compile("Repository changed|仓库已修改")
        )
        changed.get_by_role("button").click()
    elif name == "tags":
        page.locator("td [aria-expanded=false]").first.click()
    visitor.settles()


def shrink(picture: Path) -> None:
    """Make a picture smaller, where there is a tool for it."""
    if pngquant := shutil.which("pngquant"):
        subprocess.run(
            [pngquant, "--force", "--strip", "--output", picture, "128", picture], check=True
        )


def link(visitor: Visitor) -> None:
    """Make this Boatyard known at GitHub, and link the account."""
    visitor.opens("/administration/github")
    visitor.clicks("Make the App at GitHub")
    visitor.sees("This Boatyard is known at GitHub now")
    visitor.opens("/account/github")
    visitor.clicks("Link a GitHub account")
    visitor.sees(f"Linked as {OWNER}")


def build(captain: Person, project: FakeProject, repository: str) -> None:
    """Two rules, and builds that ended well or not."""
    project.git.commit({"Dockerfile": DOCKERFILE, "index.html": "<h1>Shop</h1>"}, "Open the shop")
    captain.put(f"{repository}/source", project=project.full_name)
    rules = f"{repository}/build-rules"
    rule = captain.post(rules, type="branch", pattern="main", versions="edge", override=True)
    captain.post(rules, type="tag", pattern="v*", versions="{tag},latest", override=True)
    captain.patch(repository, continuous_build=True)
    changes = (
        ("Say what the shop sells", DOCKERFILE),
        ("Serve what the bundler made", BROKEN),
        ("Serve the sources again", DOCKERFILE),
    )
    for count, (message, dockerfile) in enumerate(changes, start=1):
        project.git.commit({"Dockerfile": dockerfile, "page.html": message}, message)
        captain.post(f"{rules}/{rule['id']}/build")
        wait_until(
            partial(has_ended, captain, repository, count),
            seconds=120,
            what="the build ends",
        )


def be_refused(person: Person) -> None:
    """Type the wrong password."""
    person.api.post("/session", json={"username": person.username, "password": "mistyped"})


def has_ended(captain: Person, repository: str, count: int) -> bool:
    """Whether there are so many builds, and all of them ended."""
    builds = captain.get(f"{repository}/builds")["items"]
    return len(builds) == count and all(build["finished_at"] for build in builds)


def addresses(repository: str, webhook: str) -> dict[str, str]:
    """Every page by the name of its picture."""
    return {
        "repositories": "/repositories",
        "create": "/repositories/new",
        "tags": repository,
        "history": f"{repository}?history=latest",
        "builds": f"{repository}/builds",
        "build": f"{repository}/builds/3",
        "webhooks": f"{repository}/webhooks",
        "records": webhook.split("?")[0],
        "record": webhook,
        "information": f"{repository}/information",
        "explore": "/explore",
        "tokens": "/account/tokens",
        "github": "/account/github",
        "organization": "/organizations/shipyard",
        "health": "/administration",
        "audit": "/administration/audit",
    }


if __name__ == "__main__":
    main()
