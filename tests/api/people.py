"""Those who call in the authorization matrix, and what they find."""

from __future__ import annotations

import json

import httpx

from tests.api.yard import URL, Yard, ok, until

CALLERS = (
    "nobody",  # shows no credential
    "stranger",  # is signed in, and belongs to nothing here
    "reader",
    "writer",
    "admin",  # made the organization that everything here belongs to
    "robot",  # of that organization, a writer
    "puller",  # a token of the admin, good for pulling here and for nothing else
    "elsewhere",  # a token of the admin, good for everything in another repository
    "root",  # administers this Boatyard, and belongs to nothing here
)
PEOPLE = {
    "root": "harbour-master",
    "admin": "olga",
    "writer": "walt",
    "reader": "rita",
    "stranger": "stan",
}
TAGS = [f"t{n}" for n in range(80)]
BUILDS = 40
SHORT_LIVED = [f"short-lived-{n}" for n in range(30)]
ALL = ["pull", "push", "delete", "admin"]
HERE = "/api/v1/repositories/team/app"
PROJECT = "ada/boat"
RULE = {"type": "branch", "pattern": "main", "versions": "{sha7}", "override": True}


class Scene:
    """The organization `team` with its private repository `team/app`, and everybody who calls.

    What a request uses up is made in advance or anew: `tag` and `build` are of the supply.
    """

    def __init__(self, yard: Yard) -> None:
        self.yard = yard
        self.callers: dict[str, httpx.AsyncClient] = {}
        self.values: dict[str, str] = {"namespace": "team", "name": "app", "organization": "team"}
        self.digest = ""
        self._tags, self._builds = iter(TAGS[1:]), iter(range(2, BUILDS + 1))
        self._short_lived = iter(SHORT_LIVED)
        self._number = 0

    async def prepare(self) -> None:
        """Let everybody in, and fill the repository."""
        await self._people()
        await self._repositories()
        await self._tokens()
        await self._contents()
        await self.connect_github()

    @property
    def admin(self) -> httpx.AsyncClient:
        return self.callers["admin"]

    async def spare(self, caller: str) -> httpx.AsyncClient:
        """The same caller with a session of their own, which may be used up."""
        if caller in PEOPLE:
            return await self.yard.sign_in(PEOPLE[caller])
        return self.yard.client(**self.callers[caller].headers)

    def tag(self) -> str:
        """A tag that may be used up."""
        return next(self._tags)

    async def repository(self) -> str:
        """A repository that may be used up; the puller can pull it, too."""
        wish = {"namespace": "team", "name": next(self._short_lived)}
        made: dict[str, str] = await ok(self.admin.post("/api/v1/repositories", json=wish))
        return made["name"]

    def build(self) -> str:
        """The number of a build that waits."""
        return str(next(self._builds))

    def fresh(self, prefix: str = "new") -> str:
        """A name that nothing has."""
        self._number += 1
        return f"{prefix}-{self._number}"

    async def _people(self) -> None:
        yard = self.yard
        self.callers["nobody"] = yard.client()
        for role, name in PEOPLE.items():
            self.callers[role] = await yard.person(name)
        await ok(self.admin.post("/api/v1/organizations", json={"name": "team"}))
        for role, name in (("writer", "walt"), ("reader", "rita")):
            path = f"/api/v1/organizations/team/members/{name}"
            await ok(self.admin.put(path, json={"role": role}))

    async def _repositories(self) -> None:
        wish = {"namespace": "team", "name": "app"}
        made = await ok(self.admin.post("/api/v1/repositories", json=wish))
        self.values["repository_id"] = made["id"]
        await ok(self.admin.post("/api/v1/repositories", json={**wish, "name": "other"}))

    async def _tokens(self) -> None:
        robot = {"name": "ci", "role": "writer"}
        made = await ok(self.admin.post("/api/v1/organizations/team/robots", json=robot))
        self.callers["robot"] = self.yard.bearer(made["secret"])
        self.values["robot"] = "ci"
        here = ["team/app", *(f"team/{name}" for name in SHORT_LIVED)]
        self.callers["puller"] = await self._token({name: ["pull"] for name in here})
        self.callers["elsewhere"] = await self._token({"team/other": ALL})

    async def _token(self, scopes: dict[str, list[str]]) -> httpx.AsyncClient:
        listed = [{"repository": on, "verbs": verbs} for on, verbs in scopes.items()]
        wish = {"name": "narrow", "scopes": listed}
        made = await ok(self.admin.post("/api/v1/account/tokens", json=wish))
        return self.yard.bearer(made["secret"])

    async def _contents(self) -> None:
        self.digest = (await self.yard.push("team/app", *TAGS)).digest
        self.values["tag"] = TAGS[0]
        for _ in range(BUILDS):
            await self.yard.queue_build("team/app", self.values["repository_id"])
        self.values["number"] = "1"
        self.values["webhook_id"] = await self.webhook()
        await until(self._is_ready)
        self.values["delivery_id"] = await self.delivery()

    async def connect_github(self) -> None:
        """Root makes the App, olga links her account, and `team/app` is built from her project; if need be."""
        if await self._is_connected():
            return
        github, root = self.yard.github, self.callers["root"]
        if not (await ok(root.get("/api/v1/github/app")))["configured"]:
            form = await ok(root.post("/api/v1/github/app/manifest", json={}))
            async with httpx.AsyncClient(trust_env=False) as outside:
                manifest = {"manifest": json.dumps(form["manifest"])}
                made = await outside.post(form["action"], data=manifest)
            await root.get(made.headers["location"])
        if not github.world.projects:
            github.make_project(PROJECT).git.commit({"Dockerfile": "FROM scratch\n"}, "Begin")
        await self._link(self.admin, PROJECT.partition("/")[0])
        await ok(self.admin.put(f"{HERE}/source", json={"project": PROJECT}))
        self.values.update(owner=PROJECT.partition("/")[0], repo=PROJECT.partition("/")[2])
        self.values["rule"] = await self.rule()

    async def _is_connected(self) -> bool:
        app = await ok(self.callers["root"].get("/api/v1/github/app"))
        account = await ok(self.admin.get("/api/v1/github/account"))
        source = await self.admin.get(f"{HERE}/source")
        return bool(app["configured"] and account["linked"] and source.status_code == 200)

    async def _link(self, person: httpx.AsyncClient, login: str) -> None:
        self.yard.github.world.signed_in = login
        form = await ok(person.post("/api/v1/github/link", json={"return_to": "/"}))
        target = form["authorize_url"]
        async with httpx.AsyncClient(trust_env=False) as outside:
            while not target.startswith("/"):
                browser = person if target.startswith(URL) else outside
                target = (await browser.get(target)).headers["location"]

    async def rule(self) -> str:
        """A build rule that may be used up."""
        made: dict[str, str] = await ok(self.admin.post(f"{HERE}/build-rules", json=RULE))
        return made["id"]

    async def webhook(self) -> str:
        """A webhook that may be used up."""
        wish = {"url": "https://receiver.example/hook"}
        made: dict[str, str] = await ok(self.admin.post(f"{HERE}/webhooks", json=wish))
        return made["id"]

    async def delivery(self) -> str:
        """A delivery of the webhook that was tried, so that nothing is under way with it."""
        webhook = f"{HERE}/webhooks/{self.values['webhook_id']}"
        made: dict[str, str] = await ok(self.admin.post(f"{webhook}/test", json={}))
        id = made["delivery_id"]

        async def tried() -> bool:
            delivery = await ok(self.admin.get(f"{webhook}/deliveries/{id}"))
            return bool(delivery["attempts"]) and not delivery["under_way"]

        await until(tried)
        return id

    async def _is_ready(self) -> bool:
        repository = await ok(self.admin.get(HERE))
        builds = await ok(self.admin.get(f"{HERE}/builds"))
        return repository["tag_count"] == len(TAGS) and len(builds["items"]) == BUILDS
