"""The REST API of the fake GitHub, under `/api/v3` as on an Enterprise Server: about projects and people."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from boatyard.shared.testing.github import shapes
from boatyard.shared.testing.github.world import FakeHook, FakeProject, FakeStatus, Grant, World

API = "/api/v3"
MOST_ENTRIES = 100_000
_FILE_STATUS = {"A": "added", "D": "removed", "M": "modified"}


class Refusal(Exception):
    """An answer other than what was asked for."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Answered:
    """An answer that was given, for a test to hold against GitHub's own description."""

    operation: str
    status: int
    body: Any


class Api:
    """What the operations have in common: credentials, paging, faults, and a record of the answers."""

    def __init__(self, world: World, base: str) -> None:
        self.world, self.base = world, base
        self.answers: list[Answered] = []
        self.faults: list[Response] = []
        """What the next requests are answered with, whatever they ask."""
        self.losing: list[str] = []
        """Operations that are done once more, and whose answer is lost then."""

    def route(
        self, operation: str, act: Callable[[Request], Awaitable[Response]], path: str = ""
    ) -> Route:
        """A route for an operation of GitHub's description, written `GET /repos/{owner}/{repo}`."""
        method, described = operation.split()

        async def endpoint(request: Request) -> Response:
            answer = self.faults.pop(0) if self.faults else await self._answer(act, request)
            if operation in self.losing:
                self.losing.remove(operation)
                answer = JSONResponse({"message": "Server Error"}, 502)
            answer.headers["X-GitHub-Request-Id"] = "FAKE:0001"
            answer.headers.setdefault("X-RateLimit-Limit", "5000")
            answer.headers.setdefault("X-RateLimit-Remaining", "4999")
            self._record(operation, answer)
            return answer

        return Route(API + (path or described), endpoint, methods=[method])

    def token(self, request: Request) -> str | None:
        """The bearer token of a request."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        return value if scheme.lower() in ("bearer", "token") else None

    def grant(self, request: Request) -> Grant:
        """What the request's token stands for."""
        grant = self.world.grant(self.token(request))
        if grant is None:
            raise Refusal(401, "Bad credentials")
        return grant

    def person(self, request: Request) -> str:
        """Whose token it is."""
        login = self.grant(request).login
        if login is None:
            raise Refusal(403, "Resource not accessible by integration")
        return login

    def project(self, request: Request, *, least: str = "pull") -> tuple[FakeProject, str]:
        """The project of the path, and what the request may do to it."""
        given = request.path_params
        found = (
            self.world.projects.get(int(given["repository_id"]))
            if "repository_id" in given
            else self.world.project(f"{given['owner']}/{given['repo']}")
        )
        role = self.world.permission(self.grant(request), found) if found else None
        if found is None or role is None:
            raise Refusal(404, "Not Found")
        if least == "admin" and role != "admin":
            raise Refusal(404, "Not Found")
        return found, role

    def page(self, request: Request, items: Sequence[Any], key: str | None = None) -> Response:
        """One page of a list, with the link to the next."""
        size = min(int(request.query_params.get("per_page", "30")), 100)
        number = int(request.query_params.get("page", "1"))
        shown = list(items[(number - 1) * size : number * size])
        body = {"total_count": len(items), key: shown} if key else shown
        answer = JSONResponse(body)
        if number * size < len(items):
            following = request.url.include_query_params(page=number + 1, per_page=size)
            answer.headers["Link"] = f'<{following}>; rel="next"'
        return answer

    async def _answer(
        self, act: Callable[[Request], Awaitable[Response]], request: Request
    ) -> Response:
        try:
            return await act(request)
        except Refusal as refusal:
            body = {"message": str(refusal), "documentation_url": "https://docs.github.com/rest"}
            return JSONResponse(body, refusal.status)

    def _record(self, operation: str, answer: Response) -> None:
        body = None
        if isinstance(answer, JSONResponse):
            body = json.loads(bytes(answer.body))
        self.answers.append(Answered(operation, answer.status_code, body))


class ProjectApi:
    """The operations on projects and people."""

    def __init__(self, api: Api) -> None:
        self._api, self._world, self._base = api, api.world, api.base

    def routes(self) -> list[Route]:
        """All of them."""
        api, repo = self._api, "/repos/{owner}/{repo}"
        return [
            api.route("GET /user", self.user),
            api.route("GET /user/repos", self.user_projects),
            api.route("GET /user/installations", self.installations),
            api.route(
                "GET /user/installations/{installation_id}/repositories", self.installed_projects
            ),
            api.route(f"GET {repo}", self.read),
            api.route(f"GET {repo}", self.read, "/repositories/{repository_id:int}"),
            api.route(f"GET {repo}/commits/{{ref}}", self.commit, repo + "/commits/{ref:path}"),
            api.route(
                f"GET {repo}/compare/{{basehead}}", self.compare, repo + "/compare/{basehead:path}"
            ),
            api.route(f"GET {repo}/git/trees/{{tree_sha}}", self.tree),
            api.route(f"POST {repo}/statuses/{{sha}}", self.set_status),
            api.route(f"POST {repo}/hooks", self.make_hook),
            api.route(f"DELETE {repo}/hooks/{{hook_id}}", self.delete_hook),
        ]

    async def user(self, request: Request) -> Response:
        """Whose token it is."""
        person = self._world.owner(self._api.person(request))
        shown = shapes.private_user(self._base, person, at=self._world.clock.now())
        return JSONResponse(shown)

    async def user_projects(self, request: Request) -> Response:
        """All projects of a person."""
        login = self._api.person(request)
        found = sorted(self._world.reachable(login), key=lambda project: project.full_name)
        return self._api.page(request, [self._shown(it, it.role(login)) for it in found])

    async def installations(self, request: Request) -> Response:
        """Where the App is installed that a person can reach."""
        login, app = self._api.person(request), self._world.app
        reached = {project.owner.login for project in self._world.reachable(login)} | {login}
        found = [i for i in self._world.installations.values() if i.account.login in reached]
        assert app is not None  # noqa: S101 - there is no token without an App
        now = self._world.clock.now()
        shown = [shapes.installation(self._base, i, app, at=now) for i in found]
        return self._api.page(request, shown, "installations")

    async def installed_projects(self, request: Request) -> Response:
        """The projects of an installation that a person can reach."""
        login = self._api.person(request)
        installation = self._world.installations.get(int(request.path_params["installation_id"]))
        if installation is None:
            raise Refusal(404, "Not Found")
        found = [
            self._shown(it, it.role(login))
            for it in self._world.reachable(login)
            if self._world.covers(installation, it)
        ]
        return self._api.page(request, found, "repositories")

    async def read(self, request: Request) -> Response:
        """One project."""
        project, role = self._api.project(request)
        return JSONResponse(shapes.full_repository(self._base, project, role))

    async def commit(self, request: Request) -> Response:
        """The commit that a name leads to."""
        project, _ = self._api.project(request)
        sha = await asyncio.to_thread(_resolve, project, request.path_params["ref"])
        if sha is None:
            raise Refusal(422, f"No commit found for SHA: {request.path_params['ref']}")
        return JSONResponse(shapes.commit(self._base, project, sha))

    async def compare(self, request: Request) -> Response:
        """What changed from one commit to another."""
        project, _ = self._api.project(request)
        base, _, head = request.path_params["basehead"].partition("...")
        if project.git.resolve(base) is None or project.git.resolve(head) is None:
            raise Refusal(404, "Not Found")
        return JSONResponse(await asyncio.to_thread(self._compared, project, base, head))

    async def tree(self, request: Request) -> Response:
        """The files of a tree."""
        project, _ = self._api.project(request)
        sha = request.path_params["tree_sha"]
        listed = await asyncio.to_thread(project.git.git, "ls-tree", "-r", "-t", "-l", sha)
        entries = [_tree_entry(line) for line in listed.splitlines()]
        return JSONResponse(
            {
                "sha": sha,
                "url": f"{self._base}{API}/repos/{project.full_name}/git/trees/{sha}",
                "tree": entries[:MOST_ENTRIES],
                "truncated": len(entries) > MOST_ENTRIES,
            }
        )

    async def set_status(self, request: Request) -> Response:
        """Show something at a commit."""
        project, role = self._api.project(request)
        grant, sha = self._api.grant(request), request.path_params["sha"]
        if grant.installation_id is None and role == "pull":
            raise Refusal(404, "Not Found")
        if grant.installation_id and grant.permissions.get("statuses") != "write":
            raise Refusal(403, "Resource not accessible by integration")
        if project.git.resolve(sha) is None:
            raise Refusal(422, f"No commit found for SHA: {sha}")
        given = await request.json()
        status = FakeStatus(
            project_id=project.id,
            sha=sha,
            **{key: given[key] for key in ("state", "context", "description", "target_url")},
        )
        self._world.statuses.append(status)
        return JSONResponse(self._status(project, status), 201)

    async def make_hook(self, request: Request) -> Response:
        """Make a webhook in a project."""
        project, _ = self._api.project(request, least="admin")
        given = await request.json()
        config = given["config"]
        hook = FakeHook(
            id=self._world.next_id(),
            project_id=project.id,
            url=config["url"],
            secret=config.get("secret", ""),
            content_type=config.get("content_type", "form"),
            events=tuple(given["events"]),
        )
        self._world.hooks[hook.id] = hook
        return JSONResponse(self._hook(project, hook), 201)

    async def delete_hook(self, request: Request) -> Response:
        """Remove a webhook of a project."""
        self._api.project(request, least="admin")
        if self._world.hooks.pop(int(request.path_params["hook_id"]), None) is None:
            raise Refusal(404, "Not Found")
        return Response(status_code=204)

    def _shown(self, project: FakeProject, role: str | None) -> dict[str, Any]:
        return shapes.repository(self._base, project, role)

    def _compared(self, project: FakeProject, base: str, head: str) -> dict[str, Any]:
        git = project.git
        merge_base = git.git("merge-base", base, head)
        ahead = git.git("rev-list", f"{merge_base}..{head}").splitlines()
        behind = git.git("rev-list", f"{merge_base}..{base}").splitlines()
        listed = git.git("diff", "--name-status", "--no-renames", merge_base, head).splitlines()
        files = [line.split("\t", 1) for line in listed]
        url = f"{self._base}/{project.full_name}/compare/{base}...{head}"
        status = {(False, False): "identical", (True, False): "ahead", (False, True): "behind"}
        return {
            "url": url,
            **{f"{name}_url": url for name in ("html", "permalink", "diff", "patch")},
            "base_commit": shapes.commit(self._base, project, base),
            "merge_base_commit": shapes.commit(self._base, project, merge_base),
            "status": status.get((bool(ahead), bool(behind)), "diverged"),
            "ahead_by": len(ahead),
            "behind_by": len(behind),
            "total_commits": len(ahead),
            "commits": [shapes.commit(self._base, project, sha) for sha in reversed(ahead)],
            "files": [
                shapes.changed_file(self._base, _FILE_STATUS.get(letter, "modified"), path)
                for letter, path in files[:300]
            ],
        }

    def _status(self, project: FakeProject, status: FakeStatus) -> dict[str, Any]:
        now = shapes.iso(self._world.clock.now())
        return {
            "url": f"{self._base}{API}/repos/{project.full_name}/statuses/{status.sha}",
            "avatar_url": None,
            "id": self._world.next_id(),
            "node_id": "S_1",
            "state": status.state,
            "description": status.description,
            "target_url": status.target_url,
            "context": status.context,
            "created_at": now,
            "updated_at": now,
            "creator": None,
        }

    def _hook(self, project: FakeProject, hook: FakeHook) -> dict[str, Any]:
        now = shapes.iso(self._world.clock.now())
        url = f"{self._base}{API}/repos/{project.full_name}/hooks/{hook.id}"
        return {
            "type": "Repository",
            "id": hook.id,
            "name": "web",
            "active": True,
            "events": list(hook.events),
            "config": {"url": hook.url, "content_type": hook.content_type, "insecure_ssl": "0"},
            "created_at": now,
            "updated_at": now,
            "url": url,
            "test_url": f"{url}/test",
            "ping_url": f"{url}/pings",
            "deliveries_url": f"{url}/deliveries",
            "last_response": {"code": None, "status": "unused", "message": None},
        }


def _resolve(project: FakeProject, name: str) -> str | None:
    candidates = (name, f"refs/{name}", f"refs/heads/{name}", f"refs/tags/{name}")
    return next((sha for it in candidates if (sha := project.git.resolve(it))), None)


def _tree_entry(line: str) -> dict[str, Any]:
    meta, path = line.split("\t", 1)
    mode, kind, sha, size = meta.split()
    entry: dict[str, Any] = {"path": path, "mode": mode, "type": kind, "sha": sha}
    return {**entry, **({"size": int(size)} if size.isdigit() else {})}
