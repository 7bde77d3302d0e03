"""The REST API of the fake GitHub: check runs, which only an App with the permission makes."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from boatyard.shared.testing.github import shapes
from boatyard.shared.testing.github.events import Announcer
from boatyard.shared.testing.github.rest import Api, Refusal
from boatyard.shared.testing.github.world import FakeCheckRun, FakeProject

_TOLD = ("name", "status", "conclusion", "external_id", "details_url", "started_at", "completed_at")


class CheckApi:
    """The operations on check runs. GitHub tells the App of each that begins or ends."""

    def __init__(self, api: Api, announcer: Announcer) -> None:
        self._api, self._world, self._base = api, api.world, api.base
        self._announcer = announcer

    def routes(self) -> list[Route]:
        """All of them."""
        api, repo = self._api, "/repos/{owner}/{repo}"
        return [
            api.route(f"POST {repo}/check-runs", self.create),
            api.route(f"PATCH {repo}/check-runs/{{check_run_id}}", self.update),
            api.route(f"GET {repo}/commits/{{ref}}/check-runs", self.listed),
        ]

    async def create(self, request: Request) -> Response:
        """Begin a check run at a commit."""
        project, given = self._project(request), await request.json()
        if project.git.resolve(given["head_sha"]) is None:
            raise Refusal(422, f"No commit found for SHA: {given['head_sha']}")
        run = FakeCheckRun(
            self._world.next_id(), project.id, name=given["name"], head_sha=given["head_sha"]
        )
        self._tell(run, given)
        self._world.check_runs[run.id] = run
        self._announcer.check_run(project, run, "created")
        return JSONResponse(self._shown(project, run), 201)

    async def update(self, request: Request) -> Response:
        """Tell where a check run is."""
        project, given = self._project(request), await request.json()
        run = self._world.check_runs.get(int(request.path_params["check_run_id"]))
        if run is None or run.project_id != project.id:
            raise Refusal(404, "Not Found")
        self._tell(run, given)
        if run.conclusion is not None:
            self._announcer.check_run(project, run, "completed")
        return JSONResponse(self._shown(project, run))

    async def listed(self, request: Request) -> Response:
        """The newest check run of each name at a commit."""
        project, wanted = self._project(request), request.query_params.get("check_name")
        runs = {
            run.name: run
            for run in self._world.check_runs.values()
            if run.project_id == project.id and run.head_sha == request.path_params["ref"]
        }
        found = [run for name, run in runs.items() if wanted in (None, name)]
        return self._api.page(
            request, [self._shown(project, run) for run in found], key="check_runs"
        )

    def _project(self, request: Request) -> FakeProject:
        """The project, for an installation that may write checks there; nobody else may."""
        project, _ = self._api.project(request)
        grant = self._api.grant(request)
        if grant.installation_id is None or project.id not in grant.projects:
            raise Refusal(403, "You must authenticate via a GitHub App.")
        if grant.permissions.get("checks") != "write":
            raise Refusal(403, "Resource not accessible by integration")
        return project

    def _tell(self, run: FakeCheckRun, given: dict[str, Any]) -> None:
        if given.get("status") == "completed" and not given.get("conclusion"):
            raise Refusal(422, "Invalid request.\n\nA completed check run has a conclusion.")
        for name in _TOLD:
            setattr(run, name, given.get(name, getattr(run, name)))
        output = given.get("output", {})
        run.title, run.summary = output.get("title", run.title), output.get("summary", run.summary)
        run.told.append(run.conclusion or run.status)

    def _shown(self, project: FakeProject, run: FakeCheckRun) -> dict[str, Any]:
        app = self._world.app
        assert app is not None  # noqa: S101 - there is no installation without an App
        maker = self._world.owner(self._world.signed_in or "ada")
        shown = shapes.integration(self._base, app, maker, at=self._world.clock.now())
        return shapes.check_run(self._base, project, run, shown)
