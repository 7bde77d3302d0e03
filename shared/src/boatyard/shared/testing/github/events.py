"""What GitHub tells after a push: which events there are, and which it keeps to itself."""

from __future__ import annotations

from typing import Any

from boatyard.shared.testing.github import shapes
from boatyard.shared.testing.github.courier import Courier
from boatyard.shared.testing.github.repositories import ZERO
from boatyard.shared.testing.github.world import FakeCheckRun, FakeProject

MOST_TAGS = 3
"""GitHub sends no events for tags when more than three are pushed at once."""
MOST_COMMITS = 20


class Announcer:
    """Compares the refs of a project before and after a push, and sends the events of what changed."""

    def __init__(self, courier: Courier, base: str) -> None:
        self._courier, self._base = courier, base

    def announce(
        self, project: FakeProject, before: dict[str, str], after: dict[str, str], *, pusher: str
    ) -> None:
        """Send what GitHub would."""
        changed = [
            (ref, before.get(ref, ZERO), after.get(ref, ZERO))
            for ref in sorted({*before, *after})
            if before.get(ref) != after.get(ref)
        ]
        if not changed:
            return
        project.pushed_at = self._courier.world.clock.now()
        tags = [change for change in changed if change[0].startswith("refs/tags/")]
        silent = tags if len(tags) > MOST_TAGS else []
        for change in changed:
            if change not in silent:
                self._tell(project, *change, pusher=pusher)

    def _tell(self, project: FakeProject, ref: str, old: str, new: str, *, pusher: str) -> None:
        send = self._courier.send
        if ZERO in (old, new):
            event = "create" if old == ZERO else "delete"
            send(event, self._ref_event(project, ref, pusher), project_id=project.id)
        send("push", self.push(project, ref, old, new, pusher=pusher), project_id=project.id)

    def push(
        self, project: FakeProject, ref: str, old: str, new: str, *, pusher: str
    ) -> dict[str, Any]:
        """The payload of a push event."""
        git, base = project.git, self._base
        head = None if new == ZERO else git.resolve(new)
        commits = [] if head is None else self._commits(project, old, head)
        shown = None if head is None else shapes.pushed_commit(base, project, head)
        pushed_at = int(project.pushed_at.timestamp())
        return {
            "ref": ref,
            "before": old,
            "after": new,
            "repository": {**self._repository(project), "pushed_at": pushed_at},
            "pusher": {"name": pusher, "email": f"{pusher}@example.org"},
            "sender": self._sender(pusher),
            "created": old == ZERO,
            "deleted": new == ZERO,
            "forced": False,
            "base_ref": None,
            "compare": f"{base}/{project.full_name}/compare/{old[:12]}...{new[:12]}",
            "commits": commits,
            "head_commit": shown,
            **self._installation(project),
        }

    def repository_event(
        self, project: FakeProject, action: str, *, by: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """The payload of an event about the project itself; its owner did it unless `by` says who."""
        return {
            "action": action,
            "repository": self._repository(project),
            "sender": self._sender(by or project.owner.login),
            **self._installation(project),
            **more,
        }

    def check_run(
        self, project: FakeProject, run: FakeCheckRun, action: str, *, by: str | None = None
    ) -> None:
        """Tell the App of a check run: that it was made, has ended, or is to be run again."""
        app = self._app()
        payload = {
            **self.repository_event(project, action, by=by),
            "check_run": {
                **shapes.check_run(self._base, project, run, app),
                "check_suite": self._suite(project, run.head_sha, app),
            },
        }
        self._courier.send("check_run", payload, project_id=project.id)

    def check_suite(self, project: FakeProject, sha: str, action: str, *, by: str) -> None:
        """Tell the App of all check runs of a commit: that they are to be run again."""
        payload = {
            **self.repository_event(project, action, by=by),
            "check_suite": self._suite(project, sha, self._app()),
        }
        self._courier.send("check_suite", payload, project_id=project.id)

    def _app(self) -> dict[str, Any]:
        world = self._courier.world
        assert world.app is not None  # noqa: S101 - nobody else has check runs
        maker = world.owner(world.signed_in or "ada")
        return shapes.integration(self._base, world.app, maker, at=world.clock.now())

    def _suite(self, project: FakeProject, sha: str, app: dict[str, Any]) -> dict[str, Any]:
        url = f"{self._base}/api/v3/repos/{project.full_name}/check-suites/{shapes.suite_id(sha)}"
        now = shapes.iso(self._courier.world.clock.now())
        return {
            "id": shapes.suite_id(sha),
            "node_id": f"CS_{shapes.suite_id(sha)}",
            "head_branch": "main",
            "head_sha": sha,
            "status": "completed",
            "conclusion": "success",
            "url": url,
            "before": None,
            "after": sha,
            "pull_requests": [],
            "app": app,
            "created_at": now,
            "updated_at": now,
        }

    def _commits(self, project: FakeProject, old: str, head: str) -> list[dict[str, Any]]:
        since = () if old == ZERO else (f"^{old}",)
        most = 1 if old == ZERO else MOST_COMMITS
        listed = project.git.git("rev-list", "--reverse", f"--max-count={most}", head, *since)
        return [shapes.pushed_commit(self._base, project, sha) for sha in listed.splitlines()]

    def _ref_event(self, project: FakeProject, ref: str, pusher: str) -> dict[str, Any]:
        kind, name = ref.removeprefix("refs/").split("/", 1)
        return {
            "ref": name,
            "ref_type": "branch" if kind == "heads" else "tag",
            "full_ref": ref,
            "master_branch": "main",
            "description": None,
            "pusher_type": "user",
            "repository": self._repository(project),
            "sender": self._sender(pusher),
            **self._installation(project),
        }

    def _repository(self, project: FakeProject) -> dict[str, Any]:
        return shapes.repository(self._base, project, "push")

    def _sender(self, login: str) -> dict[str, Any]:
        return shapes.owner(self._base, self._courier.world.owner(login))

    def _installation(self, project: FakeProject) -> dict[str, Any]:
        found = self._courier.world.installation_of(project)
        return {"installation": {"id": found.id, "node_id": f"I_{found.id}"}} if found else {}
