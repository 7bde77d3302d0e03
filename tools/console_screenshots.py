"""Takes a picture of each page of the console, from a Boatyard of its own with something in it.

uv run python tools/console_screenshots.py [folder] [--dark] [--zh]
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from boatyard.shared.testing.clients import Skopeo, output_of  # noqa: E402
from boatyard.shared.testing.github import FakeGithub  # noqa: E402
from boatyard.shared.testing.images import write_index  # noqa: E402
from boatyard.shared.testing.installation import PASSWORD, Installation  # noqa: E402
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


def main() -> None:
    """Set a Boatyard up, look at every page, and leave nothing behind."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", nargs="?", default="docs/screenshots", type=Path)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--zh", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
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
            look(boatyard, github, webhook, options)
        finally:
            boatyard.stop()
            github.stop()


def furnish(boatyard: Installation, endpoint: Endpoint, folder: Path) -> str:
    """Repositories, tags and a webhook that was told of things; the webhook's path."""
    captain, mate = boatyard.sign_up(OWNER), boatyard.sign_up("mate")
    captain.post("/organizations", name="shipyard", description="Everything that floats")
    captain.put("/organizations/shipyard/members/mate", role="writer")
    captain.post("/organizations/shipyard/robots", name="deploy", description="Rolls out")
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
    path = f"/repositories/{OWNER}/storefront/webhooks"
    made = captain.post(path, name="Deploy to production", url=endpoint.url, include_tags=["*"])
    clients = folder / "clients"
    clients.mkdir()
    skopeo = Skopeo(clients)
    output_of(skopeo.login(boatyard.registry, OWNER, PASSWORD))
    for number, tag in enumerate(("1.0", "1.1", "1.2", "2.0-rc1", "2.0", "latest")):
        image = write_index(folder / f"image{number}", text=tag, tag=tag)
        output_of(
            skopeo.copy(image.source, f"docker://{boatyard.registry}/{OWNER}/storefront:{tag}")
        )
    captain.api.patch(
        f"/repositories/{OWNER}/storefront/tags/2.0", json={"remark": "rolled out on Friday"}
    )
    endpoint.wait_for(6)
    endpoint.status = 503
    for _ in range(4):
        captain.post(f"{path}/{made['id']}/test", event="tag.pushed")
    endpoint.wait_for(10)
    delivery = captain.get(f"{path}/{made['id']}/deliveries")["items"][-1]["id"]
    captain.api.close()
    mate.api.close()
    return f"{path}/{made['id']}?delivery={delivery}"


def look(
    boatyard: Installation, github: FakeGithub, webhook: str, options: argparse.Namespace
) -> None:
    """Take the pictures."""
    chromium = shutil.which("chromium")
    github.world.signed_in = "captain"
    project = github.make_project("captain/storefront")
    project.git.commit({"Dockerfile": DOCKERFILE, "index.html": "<h1>Shop</h1>"}, "Open the shop")
    repository = f"/repositories/{OWNER}/storefront"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        visitor = Visitor(
            boatyard,
            browser,
            language="zh" if options.zh else "en",
            theme="dark" if options.dark else "light",
        ).signs_in(OWNER)
        link(visitor)
        build(boatyard, project.full_name, repository)
        for name, path in addresses(repository, webhook).items():
            visitor.goes(path)
            target = options.folder / f"{name}.png"
            visitor.page.screenshot(path=target)
            print(target)
        visitor.close()
        browser.close()


def link(visitor: Visitor) -> None:
    """Make this Boatyard known at GitHub, and link the account."""
    visitor.opens("/administration/github")
    visitor.page.locator("button[type=submit]").first.click()
    visitor.page.wait_for_url("**/administration/github")
    visitor.page.locator("dl").first.wait_for()
    visitor.opens("/account/github")
    visitor.page.locator("main .ant-btn").first.click()
    visitor.page.locator("main strong").first.wait_for()


def build(boatyard: Installation, project: str, repository: str) -> None:
    """Two rules, and a build that has ended."""
    person = boatyard.sign_in(OWNER)
    person.put(f"{repository}/source", project=project)
    rule = person.post(
        f"{repository}/build-rules",
        type="branch",
        pattern="main",
        versions="edge",
        override=True,
    )
    person.post(
        f"{repository}/build-rules",
        type="tag",
        pattern="v*",
        versions="{tag},latest",
        override=True,
    )
    person.api.patch(repository, json={"continuous_build": True})
    person.post(f"{repository}/build-rules/{rule['id']}/build")
    wait_until(
        lambda: (
            [build["finished_at"] for build in person.get(f"{repository}/builds")["items"]]
            not in ([], [None])
        ),
        seconds=120,
        what="the build ends",
    )
    person.api.close()


def addresses(repository: str, webhook: str) -> dict[str, str]:
    """Every page by the name of its picture."""
    return {
        "repositories": "/repositories",
        "favourites": "/repositories?tab=favourites",
        "create": "/repositories/new",
        "tags": repository,
        "history": f"{repository}?history=latest",
        "builds": f"{repository}/builds",
        "build": f"{repository}/builds/1",
        "webhooks": f"{repository}/webhooks",
        "records": webhook.split("?")[0],
        "record": webhook,
        "information": f"{repository}/information",
        "explore": "/explore",
        "tokens": "/account/tokens",
        "github": "/account/github",
        "organization": "/organizations/shipyard",
        "health": "/administration",
    }


if __name__ == "__main__":
    main()
