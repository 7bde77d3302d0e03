"""An installation is backed up while it is used, destroyed, and comes back out of one file."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import pytest

from boatyard.builder.logs import LogStore
from boatyard.builder.models import Build
from boatyard.shared.clock import SystemClock
from boatyard.shared.db import Database
from boatyard.shared.events import BuildRecipe, BuildSource, BuildStatus
from boatyard.shared.testing.clients import Skopeo, output_of
from boatyard.shared.testing.installation import PASSWORD, Installation, Person
from boatyard.shared.testing.processes import wait_until
from boatyard.shared.testing.pusher import Pusher
from boatyard.shared.testing.receiver import Received, Reply
from boatyard.standalone.backup import Backup
from boatyard.standalone.progress import Progress
from boatyard.standalone.settings import StandaloneSettings
from tests.e2e.mailbox import Mailbox

pytestmark = [pytest.mark.timeout(900), pytest.mark.sqlite]

T = TypeVar("T")
MakeBoatyard = Callable[..., Installation]
TAGS_AROUND = 10
"""Pushed before the backup begins, and after it has ended."""


def boatyard(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "boatyard.standalone", *arguments],
        env={**os.environ, "BOATYARD_DATA_DIR": str(data)},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def restored(make: MakeBoatyard, old: Installation, file: Path, **more: str) -> Installation:
    """Destroy an installation and restore its backup elsewhere, under its addresses."""
    old.process.kill()
    shutil.rmtree(old.folder / "var")
    ports = {"BOATYARD_PORT": str(old.port), "BOATYARD_REGISTRY_PORT": str(old.registry_port)}
    new = make("restored", **ports, **more)
    done = boatyard("restore", str(file), data=new.folder / "var")
    assert done.returncode == 0, done.stderr
    return new


@contextmanager
def opened(installation: Installation, service: str) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(installation.folder / "var" / f"{service}.db")) as database:
        yield database


def catalogue(installation: Installation) -> dict[str, str]:
    """The tags that catalog's database has, and their digests."""
    with opened(installation, "catalog") as database:
        return dict(database.execute("SELECT name, digest FROM tag"))


async def with_a_build_log(installation: Installation, ada: Person, name: str, text: str) -> str:
    """Enter an ended build with a log, and return the path of the log."""
    repository = ada.get(f"/repositories/{name}")
    now = SystemClock().now()
    source = BuildSource(
        project="octo/app",
        clone_url="https://github.example/octo/app.git",
        ref="refs/heads/main",
        commit="a" * 40,
    )
    build = Build(
        repository_id=UUID(repository["id"]),
        repository=name,
        namespace=name.partition("/")[0],
        number=1,
        build_group="g",
        ref="refs/heads/main",
        push_order=1,
        tags=["1"],
        source=source.model_dump(mode="json"),
        recipe=BuildRecipe().model_dump(mode="json"),
        cause="push",
        status=BuildStatus.SUCCEEDED,
        queued_at=now,
        finished_at=now,
    )
    logs = LogStore(installation.folder / "var/logs/builds", limit=1024**2)
    writer = logs.writer(build.id)
    writer.write(text)
    writer.close()
    database = Database(f"sqlite+aiosqlite:///{installation.folder}/var/builder.db")
    async with database.unit_of_work() as uow:
        uow.session.add(build)
    await database.close()
    return f"/repositories/{name}/builds/1/log"


class Load:
    """Pushes one tag after the other until it is told to stop."""

    def __init__(self, installation: Installation, repository: str) -> None:
        self._installation, self._repository = installation, repository
        self.pushed: dict[str, str] = {}
        self._stop = False

    async def run(self) -> None:
        realm = f"{self._installation.url}/registry/token"
        registry = f"http://{self._installation.registry}"
        async with Pusher(registry, realm=realm, username="ada", password=PASSWORD) as pusher:
            await pusher.prepare(self._repository)
            while not self._stop:
                tag = f"v{len(self.pushed)}"
                self.pushed[tag] = await pusher.push(self._repository, tag, text=tag)
                await asyncio.sleep(0.2)  # there is more to do for this machine

    async def reaches(self, count: int) -> None:
        while len(self.pushed) < count:
            await asyncio.sleep(0.01)

    async def while_running(self, work: Callable[[], T]) -> T:
        """Do something while it pushes, with pushes before and after."""
        pushing = asyncio.create_task(self.run())
        await self.reaches(TAGS_AROUND)
        done = await asyncio.to_thread(work)
        await self.reaches(len(self.pushed) + TAGS_AROUND)
        self._stop = True
        await pushing
        return done


def told(requests: Sequence[Received]) -> dict[str, set[str]]:
    """The tags that a mailbox was told of, and under which ids each."""
    found: dict[str, set[str]] = defaultdict(set)
    for request in requests:
        data = json.loads(request.body)["data"]
        found[f"{data['repository']}:{data['tag']}@{data['digest']}"].add(
            request.headers["webhook-id"]
        )
    return found


def pulled(skopeo: Skopeo, registry: str, repository: str, folder: Path) -> dict[str, str]:
    """Every tag of a repository and the digest of what was pulled."""
    source = f"docker://{registry}/{repository}"
    auth = ("--tls-verify=false", "--authfile", str(skopeo._authfile))
    folder.mkdir()
    tags = json.loads(output_of(skopeo.run("list-tags", *auth, source)))["Tags"]
    found = {}
    for tag in tags:
        output_of(skopeo.copy(f"{source}:{tag}", f"dir:{folder / tag}"))
        found[tag] = digest_of(folder / tag / "manifest.json")
    return found


def digest_of(file: Path) -> str:
    return f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"


async def test_an_installation_comes_back_out_of_a_backup_that_was_made_under_load(
    make_boatyard: MakeBoatyard,
    mailbox: Mailbox,
    skopeo_of: Callable[[str], Skopeo],
    tmp_path: Path,
) -> None:
    scale = {"BOATYARD_WEBHOOK_DISPATCHER_LADDER_SCALE": "0.05"}
    first = make_boatyard("first", **scale)
    first.start()
    ada = first.sign_up("ada")
    ada.post("/repositories", name="app")
    hook = ada.post("/repositories/ada/app/webhooks", url=mailbox.url)
    deliveries = f"/repositories/ada/app/webhooks/{hook['id']}/deliveries"
    log = await with_a_build_log(first, ada, "ada/app", "the build said so\n")
    mailbox.then(*[Reply() for _ in range(5)])  # the first are taken, the others wait
    mailbox.always(Reply(503))
    load, file = Load(first, "ada/app"), tmp_path / "boatyard.tar"
    recorded = await load.while_running(lambda: backed_up(first, ada, deliveries, file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    second = restored(make_boatyard, first, file, **scale)
    known = catalogue(second)
    assert len(known) >= TAGS_AROUND
    mailbox.always(Reply())
    second.start()
    ada = second.sign_in("ada")
    assert recorded <= succeeded(ada, deliveries), "what was delivered is on record"
    assert "the build said so" in text_of(ada, log)
    skopeo = skopeo_of("ada")
    output_of(skopeo.login(second.registry, "ada", PASSWORD))
    got = pulled(skopeo, second.registry, "ada/app", tmp_path / "pulled")
    assert known.items() <= got.items(), "what the backup's catalogue shows can be pulled"
    wait_until(lambda: catalogue(second) == got, seconds=60, what="the sweep brings the others")
    assert got.items() <= load.pushed.items()
    wait_until(
        lambda: len(succeeded(ada, deliveries)) == len(got), seconds=90, what="all are delivered"
    )
    check_told(mailbox, got)


def backed_up(installation: Installation, ada: Person, deliveries: str, file: Path) -> set[str]:
    """Make a backup once some deliveries are recorded, and return which."""
    wait_until(lambda: len(succeeded(ada, deliveries)) >= 5, seconds=60, what="deliveries")
    recorded = succeeded(ada, deliveries)
    done = boatyard("backup", str(file), data=installation.folder / "var")
    assert done.returncode == 0, done.stderr
    return recorded


def check_told(mailbox: Mailbox, tags: dict[str, str]) -> None:
    """That the mailbox was told of every tag, and never of one under two ids."""
    ids = told(mailbox.requests)
    assert {f"ada/app:{tag}@{digest}" for tag, digest in tags.items()} <= ids.keys()
    assert all(len(each) == 1 for each in ids.values())


def succeeded(person: Person, path: str) -> set[str]:
    found: set[str] = set()
    cursor: str | None = None
    while True:
        page = person.get(
            path, limit=100, state="succeeded", **({"cursor": cursor} if cursor else {})
        )
        found |= {row["id"] for row in page["items"]}
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def text_of(person: Person, path: str) -> str:
    answer = person.api.get(path)
    assert answer.is_success, answer.text
    return answer.text


async def test_a_tag_that_is_pushed_between_databases_and_images_is_found_by_the_sweep(
    make_boatyard: MakeBoatyard, tmp_path: Path
) -> None:
    first = make_boatyard("first")
    first.start()
    first.sign_up("ada").post("/repositories", name="app")
    pushed: dict[str, str] = {}

    async def push(tag: str) -> None:
        realm, registry = f"{first.url}/registry/token", f"http://{first.registry}"
        async with Pusher(registry, realm=realm, username="ada", password=PASSWORD) as pusher:
            await pusher.prepare("ada/app")
            pushed[tag] = await pusher.push("ada/app", tag, text=tag)

    class Interrupted(Progress):
        """Lets a push in once the databases are copied."""

        @contextmanager
        def step(self, what: str) -> Iterator[Progress]:
            if what == "names of images":
                asyncio.run(push("between"))
            with super().step(what) as progress:
                yield progress

    await push("before")
    wait_until(lambda: catalogue(first) == pushed, seconds=90, what="the first push is known")
    settings = StandaloneSettings.load(data_dir=first.folder / "var")
    file = await asyncio.to_thread(Backup(settings, Interrupted()).write, tmp_path)
    second = restored(make_boatyard, first, file)
    assert set(catalogue(second)) == {"before"}
    second.start()
    wait_until(lambda: catalogue(second) == pushed, seconds=60, what="the sweep finds it")


def test_what_only_nats_held_is_sent_again_however_old_the_backup_is(
    make_boatyard: MakeBoatyard, mailbox: Mailbox, tmp_path: Path
) -> None:
    first = make_boatyard("first")
    first.start()
    ada = first.sign_up("ada")
    ada.post("/repositories", name="app")
    ada.post("/repositories/ada/app/webhooks", url=mailbox.url)
    with opened(first, "webhook-dispatcher") as dispatcher:
        dispatcher.isolation_level = None
        dispatcher.execute("BEGIN IMMEDIATE")  # it can handle nothing
        asyncio.run(push_one(first))
        with opened(first, "registry-notifier") as notifier:
            waiting = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
            sent = "SELECT count(*) FROM outbox WHERE subject = 'evt.tag.pushed.v1'"

            def only_nats_has_it() -> bool:
                return [notifier.execute(q).fetchone()[0] for q in (waiting, sent)] == [0, 1]

            wait_until(only_nats_has_it, seconds=90, what="NATS has it")
        pause_between_writes(first, kept_out_of="webhook-dispatcher")
        dispatcher.execute("ROLLBACK")
        assert dispatcher.execute("SELECT count(*) FROM event").fetchone() == (0,)
    age(first)
    file = tmp_path / "old.tar"
    done = boatyard("backup", str(file), data=first.folder / "var")
    assert done.returncode == 0, done.stderr
    second = restored(make_boatyard, first, file)
    assert mailbox.requests == []
    second.start()
    [request] = mailbox.wait_for(1, seconds=60)
    assert json.loads(request.body)["data"]["tag"] == "one"


async def push_one(installation: Installation) -> None:
    realm, registry = f"{installation.url}/registry/token", f"http://{installation.registry}"
    async with Pusher(registry, realm=realm, username="ada", password=PASSWORD) as pusher:
        await pusher.prepare("ada/app")
        await pusher.push("ada/app", "one", text="one")


def pause_between_writes(installation: Installation, *, kept_out_of: str) -> None:
    """Stop it in its tracks at a moment when it is writing nothing, in any of its databases.

    Stopped in the middle of a write, of a worker's sign of life, say, it would keep that database locked.
    """
    services = {file.stem for file in (installation.folder / "var").glob("*.db")} - {kept_out_of}
    assert len(services) == 4, services

    def paused() -> bool:
        installation.process.pause()
        try:
            for service in services:
                with opened(installation, service) as database:
                    database.execute("PRAGMA busy_timeout=100")
                    database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            installation.process.resume()
            return False
        return True

    wait_until(paused, seconds=90, what="a moment without a write")


def age(installation: Installation) -> None:
    """Have everything been sent and handled a month ago."""
    then = str(SystemClock().now() - dt.timedelta(days=30)).partition("+")[0]
    for service in ("catalog", "registry-notifier", "webhook-dispatcher"):
        with opened(installation, service) as database, database:
            database.execute("UPDATE outbox SET published_at = ?", (then,))
            database.execute("UPDATE inbox SET handled_at = ?", (then,))
