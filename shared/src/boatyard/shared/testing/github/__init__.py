"""A GitHub for tests and demonstrations: real HTTP, real Git repositories, signed deliveries, GitHub's shapes.

It stands at one address like an Enterprise Server: pages at the root, the API under `/api/v3`, projects under
`/owner/name.git`. People in it click "yes" on every page.
"""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from boatyard.shared.clock import Clock, SystemClock
from boatyard.shared.testing.github.apprest import AppApi
from boatyard.shared.testing.github.checkrest import CheckApi
from boatyard.shared.testing.github.courier import Courier
from boatyard.shared.testing.github.events import Announcer
from boatyard.shared.testing.github.pages import Pages, private_key
from boatyard.shared.testing.github.repositories import BareRepository
from boatyard.shared.testing.github.rest import Api, ProjectApi
from boatyard.shared.testing.github.smarthttp import SmartHttp
from boatyard.shared.testing.github.world import (
    FakeApp,
    FakeCheckRun,
    FakeInstallation,
    FakeProject,
    World,
)
from boatyard.shared.testing.processes import free_port, wait_until

__all__ = ["FakeApp", "FakeCheckRun", "FakeGithub", "FakeInstallation", "FakeProject"]


class FakeGithub:
    """One GitHub in a folder, on a port of `host`. `start`, use, `stop`.

    `world` is what it knows, `courier` delivers events, `api` holds the answers given and the faults to give.
    """

    def __init__(
        self, folder: Path, *, clock: Clock | None = None, port: int = 0, host: str = "127.0.0.1"
    ) -> None:
        self.folder = folder
        self.host, self.port = host, port or free_port()
        self.url = f"http://{host}:{self.port}"
        self.world = World(clock or SystemClock())
        self.courier = Courier(self.world)
        self.announcer = Announcer(self.courier, self.url)
        self.pages = Pages(self.world)
        self.api = Api(self.world, self.url)
        self.git = SmartHttp(self.world, self.announcer, folder)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Serve in a thread of its own; again after `pause`."""
        routes = [
            *self.pages.routes(),
            *CheckApi(self.api, self.announcer).routes(),
            *ProjectApi(self.api).routes(),
            *AppApi(self.api, self.courier).routes(),
            *self.git.routes(),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes),
            host=self.host,
            port=self.port,
            log_config=None,
            access_log=False,
            lifespan="off",
        )
        server = self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
        self._thread.start()
        wait_until(lambda: server.started, seconds=90, what="the fake GitHub serves")

    def pause(self) -> None:
        """Be out of reach until `start`."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(20)
            self._server = self._thread = None

    def stop(self) -> None:
        """Stop serving and delivering."""
        self.pause()
        self.courier.stop()

    def make_project(
        self, full_name: str, *, private: bool = False, organization: bool = False
    ) -> FakeProject:
        """A project with nothing in it."""
        login, name = full_name.split("/")
        owner = self.world.owner(login, organization=organization)
        project = FakeProject(
            id=self.world.next_id(),
            owner=owner,
            name=name,
            private=private,
            git=BareRepository(self.folder / f"{full_name}.git"),
            pushed_at=self.world.clock.now(),
        )
        self.world.projects[project.id] = project
        return project

    def make_app(self, webhook_url: str, *, setup_url: str = "") -> FakeApp:
        """A GitHub App that exists already."""
        self.world.app = FakeApp(
            id=self.world.next_id(),
            slug="boatyard",
            name="Boatyard",
            client_id="Iv1.0123456789abcdef",
            client_secret="client-secret-of-a-test",  # noqa: S106 - of a GitHub that lives as long as a test
            private_key=private_key(),
            webhook_url=webhook_url,
            webhook_secret="webhook-secret-of-a-test",  # noqa: S106 - likewise
            setup_url=setup_url,
        )
        return self.world.app

    def make_oauth_app(self) -> FakeApp:
        """An OAuth App: no key, no webhook of its own."""
        app = self.make_app("")
        app.private_key = app.webhook_secret = ""
        return app

    def install(self, login: str, projects: set[int] | None = None) -> FakeInstallation:
        """Install the App in an account, on some projects or on all."""
        return self.pages.installed(login, projects)

    def rerun(self, run: FakeCheckRun, *, by: str = "ada") -> None:
        """Press "Re-run" beside a check run."""
        self.announcer.check_run(self.world.projects[run.project_id], run, "rerequested", by=by)

    def rerun_all(self, project: FakeProject, sha: str, *, by: str = "ada") -> None:
        """Press "Re-run all checks" at a commit."""
        self.announcer.check_suite(project, sha, "rerequested", by=by)

    def change(self, project: FakeProject, before: dict[str, str], *, pusher: str = "ada") -> None:
        """Tell of what changed in a project since `before`, its refs at that time, as after one push."""
        self.announcer.announce(project, before, project.git.refs(), pusher=pusher)
