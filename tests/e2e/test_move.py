"""An installation moves from SQLite into PostgreSQL, and everything goes on."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from boatyard.shared.settings import variable_name
from boatyard.shared.testing.clients import Skopeo, output_of
from boatyard.shared.testing.images import write_index
from boatyard.shared.testing.installation import Installation, Person
from boatyard.shared.testing.postgres import Postgres
from boatyard.shared.testing.processes import wait_until
from boatyard.standalone.services import SERVICES
from tests.e2e.mailbox import Mailbox
from tests.e2e.test_backup import with_a_build_log

pytestmark = [pytest.mark.timeout(900), pytest.mark.sqlite]


def moved(data: Path, urls: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "boatyard.standalone", "move-to-postgresql"],
        env={**os.environ, "BOATYARD_DATA_DIR": str(data), **urls},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def everything(person: Person, name: str) -> dict[str, Any]:
    """What the API tells of an account and its repository."""
    repository = f"/repositories/{name}"
    [hook] = person.get(f"{repository}/webhooks")["items"]
    deliveries = f"{repository}/webhooks/{hook['id']}/deliveries"
    first = person.get(deliveries)["items"][-1]["id"]
    paths = (
        *("/account/tokens", "/repositories", repository),
        *(f"{repository}/tags", f"{repository}/tags/one/history"),
        *(f"{repository}/builds", f"{repository}/builds/1"),
        *(f"{repository}/webhooks", deliveries, f"{deliveries}/{first}"),
    )
    return {path: person.get(path) for path in paths}


def pushed(skopeo: Skopeo, reference: str, tag: str, folder: Path) -> str:
    index = write_index(folder / tag, text=tag, tag=tag, platforms=("linux/amd64",))
    output_of(skopeo.copy(index.source, f"docker://{reference}:{tag}"))
    return index.digest


def used(installation: Installation, mailbox: Mailbox) -> tuple[Person, str, str]:
    """An installation that has something of everything but a tag: its user, a token, and where a log is."""
    ada = installation.sign_up("ada")
    ada.post("/repositories", name="app")
    ada.post("/repositories/ada/app/webhooks", url=mailbox.url)
    log = asyncio.run(with_a_build_log(installation, ada, "ada/app", "built\n"))
    return ada, ada.token("pull", "push"), log


def told_and_described(ada: Person) -> bool:
    """Whether the first tag has gone all its ways."""
    hook = ada.get("/repositories/ada/app/webhooks")["items"][0]["id"]
    sent = ada.get(f"/repositories/ada/app/webhooks/{hook}/deliveries")["items"]
    states = [delivery["state"] for delivery in sent]
    return states == ["succeeded"] and ada.get("/repositories/ada/app/tags/one")["described"]


def test_an_installation_moves_into_postgresql_and_goes_on(
    make_boatyard: Callable[..., Installation],
    postgres: Postgres,
    mailbox: Mailbox,
    skopeo_of: Callable[[str], Skopeo],
    tmp_path: Path,
) -> None:
    before = make_boatyard()
    before.start()
    ada, token, log = used(before, mailbox)
    reference, skopeo = f"{before.registry}/ada/app", skopeo_of("ada")
    output_of(skopeo.login(before.registry, "ada", token))
    first = pushed(skopeo, reference, "one", tmp_path)
    wait_until(lambda: told_and_described(ada), seconds=90, what="it has gone all its ways")

    urls = {
        variable_name(service.name, "database_url"): postgres.new_database() for service in SERVICES
    }
    data = before.folder / "var"
    refused = moved(data, urls)
    assert refused.returncode == 1
    assert "another Boatyard uses the data folder" in refused.stderr
    known = everything(ada, "ada/app")
    before.stop()
    done = moved(data, urls)
    assert done.returncode == 0, done.stderr
    for file in data.glob("*.db*"):
        file.unlink()  # nothing of what follows comes from there

    ports = {"BOATYARD_PORT": str(before.port), "BOATYARD_REGISTRY_PORT": str(before.registry_port)}
    after = make_boatyard(**ports, **urls)
    after.start()
    ada = after.sign_in("ada")
    assert stable(everything(ada, "ada/app")) == stable(known)
    assert "built" in ada.api.get(log).text
    second = pushed(skopeo, reference, "two", tmp_path)
    requests = mailbox.wait_for(2, seconds=60)
    told = {json.loads(request.body)["data"]["digest"] for request in requests}
    assert told == {first, second}
    for tag, digest in (("one", first), ("two", second)):
        asked = skopeo.inspect(f"docker://{reference}:{tag}", "--format", "{{.Digest}}")
        assert output_of(asked).strip() == digest


def stable(told: Any) -> Any:
    """What the API told, without what every use changes."""
    changing = {"last_used_at", "pull_count", "last_pulled_at"}
    match told:
        case dict():
            return {name: stable(value) for name, value in told.items() if name not in changing}
        case list():
            return [stable(value) for value in told]
    return told
