"""The REST API of the fake GitHub: what the App does in its own name, and what became of deliveries."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from boatyard.shared.testing.github import shapes
from boatyard.shared.testing.github.courier import Attempt, Courier
from boatyard.shared.testing.github.rest import Api, Refusal
from boatyard.shared.testing.github.world import FakeApp, Grant

MOST_JWT = dt.timedelta(minutes=10)
"""GitHub refuses a JWT that is good for longer."""


class AppApi:
    """The operations of the App and on deliveries."""

    def __init__(self, api: Api, courier: Courier) -> None:
        self._api, self._world, self._base = api, api.world, api.base
        self._courier = courier

    def routes(self) -> list[Route]:
        """All of them."""
        api, hooks = self._api, "/repos/{owner}/{repo}/hooks/{hook_id}"
        routes = [
            api.route("POST /app-manifests/{code}/conversions", self.convert),
            api.route("GET /app", self.read),
            api.route("PATCH /app/hook/config", self.configure),
            api.route("GET /repos/{owner}/{repo}/installation", self.installation),
            api.route("POST /app/installations/{installation_id}/access_tokens", self.token),
            api.route("DELETE /app/installations/{installation_id}", self.uninstall),
            api.route("DELETE /applications/{client_id}/grant", self.revoke),
        ]
        for hook in ("/app/hook", hooks):
            one = f"{hook}/deliveries/{{delivery_id}}"
            routes += [
                api.route(f"GET {hook}/deliveries", self.deliveries),
                api.route(f"GET {one}", self.delivery),
                api.route(f"POST {one}/attempts", self.redeliver),
            ]
        return routes

    async def convert(self, request: Request) -> Response:
        """Hand a new App over, once."""
        app = self._world.manifests.pop(request.path_params["code"], None)
        if app is None:
            raise Refusal(404, "Not Found")
        self._world.app = app
        secrets = {
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "webhook_secret": app.webhook_secret,
            "pem": app.private_key,
        }
        return JSONResponse({**self._app(app), **secrets}, 201)

    async def read(self, request: Request) -> Response:
        """The App itself."""
        return JSONResponse(self._app(self._check_jwt(request)))

    async def configure(self, request: Request) -> Response:
        """Where the App's events go, and what signs them."""
        app, given = self._check_jwt(request), await request.json()
        app.webhook_url = given.get("url", app.webhook_url)
        app.webhook_secret = given.get("secret", app.webhook_secret)
        config = {"url": app.webhook_url, "content_type": "json", "insecure_ssl": "0"}
        return JSONResponse({**config, "secret": "********"})

    async def installation(self, request: Request) -> Response:
        """Through which installation the App sees a project."""
        app = self._check_jwt(request)
        name = f"{request.path_params['owner']}/{request.path_params['repo']}"
        project = self._world.project(name)
        found = self._world.installation_of(project) if project else None
        if found is None:
            raise Refusal(404, "Not Found")
        now = self._world.clock.now()
        return JSONResponse(shapes.installation(self._base, found, app, at=now))

    async def token(self, request: Request) -> Response:
        """A token of an installation, narrowed to projects and permissions."""
        app = self._check_jwt(request)
        installation = self._world.installations.get(int(request.path_params["installation_id"]))
        if installation is None:
            raise Refusal(404, "Not Found")
        if installation.suspended:
            raise Refusal(403, "This installation has been suspended")
        given = await request.json()
        asked = frozenset(given.get("repository_ids", ()))
        seen = {
            it.id for it in self._world.projects.values() if self._world.covers(installation, it)
        }
        if not asked <= seen:
            raise Refusal(422, "There is at least one repository that does not exist.")
        wanted: dict[str, str] = given.get("permissions", app.permissions)
        if any(app.permissions.get(key) not in (value, "write") for key, value in wanted.items()):
            raise Refusal(422, "The permissions requested are not granted to this installation.")
        token, expires_at = self._world.installation_token(
            installation.id, asked or frozenset(seen), wanted
        )
        answer = {"token": token, "expires_at": shapes.iso(expires_at), "permissions": wanted}
        return JSONResponse({**answer, "repository_selection": "selected"}, 201)

    async def uninstall(self, request: Request) -> Response:
        """Remove the App from an account."""
        self._check_jwt(request)
        if self._world.installations.pop(int(request.path_params["installation_id"]), None) is None:
            raise Refusal(404, "Not Found")
        return Response(status_code=204)

    async def revoke(self, request: Request) -> Response:
        """Take back what a person authorized: all their tokens end."""
        app = self._world.app
        basic = request.headers.get("authorization", "").removeprefix("Basic ")
        expected = f"{app.client_id}:{app.client_secret}" if app else ""
        if base64.b64decode(basic).decode() != expected:
            raise Refusal(401, "Bad credentials")
        grant: Grant | None = self._world.tokens.get((await request.json())["access_token"])
        if grant is None or grant.login is None:
            raise Refusal(422, "Validation Failed")
        for token, other in list(self._world.tokens.items()):
            if other.login == grant.login:
                del self._world.tokens[token]
        return Response(status_code=204)

    async def deliveries(self, request: Request) -> Response:
        """The attempts to deliver, the newest first, by cursor."""
        attempts = self._attempts(request)
        before = int(request.query_params.get("cursor", "0") or 0)
        older = [it for it in attempts if not before or it.id < before]
        size = min(int(request.query_params.get("per_page", "30")), 100)
        answer = JSONResponse([_summary(it) for it in older[:size]])
        if len(older) > size:
            following = request.url.include_query_params(cursor=older[size - 1].id)
            answer.headers["Link"] = f'<{following}>; rel="next"'
        return answer

    async def delivery(self, request: Request) -> Response:
        """What was delivered, or should have been."""
        attempt = self._attempt(request)
        return JSONResponse(
            {
                **_summary(attempt),
                "url": attempt.address.url,
                "request": {"headers": attempt.headers, "payload": attempt.payload},
                "response": {"headers": {}, "payload": attempt.answer},
            }
        )

    async def redeliver(self, request: Request) -> Response:
        """Deliver once more, under the same guid."""
        attempt = self._attempt(request)
        address = attempt.address
        if address.target_type == "integration":
            address = self._courier.app_address()
        self._courier.post(attempt.event, attempt.payload, address, guid=attempt.guid)
        return JSONResponse({}, 202)

    def _attempts(self, request: Request) -> list[Attempt]:
        hook = request.path_params.get("hook_id")
        if hook is None:
            owner = self._check_jwt(request).id
        else:
            self._api.project(request, least="admin")
            owner = int(hook)
        found = [it for it in self._courier.attempts if it.address.hook_id == owner]
        return found[::-1]

    def _attempt(self, request: Request) -> Attempt:
        wanted = int(request.path_params["delivery_id"])
        found = next((it for it in self._attempts(request) if it.id == wanted), None)
        if found is None:
            raise Refusal(404, "Not Found")
        return found

    def _check_jwt(self, request: Request) -> FakeApp:
        """The App, if the request shows a JWT that its key signed and that GitHub would take."""
        app, token = self._world.app, self._api.token(request)
        if app is None or not app.private_key or token is None:
            raise Refusal(401, "A JSON web token could not be decoded")
        try:
            claims = jwt.decode(token, RSAKey.import_key(app.private_key), ["RS256"]).claims
        except (JoseError, ValueError) as error:
            raise Refusal(401, "A JSON web token could not be decoded") from error
        now = self._world.clock.now().timestamp()
        good = now - 60 <= claims["exp"] <= now + MOST_JWT.total_seconds() + 5
        if str(claims["iss"]) not in (str(app.id), app.client_id) or not good:
            raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future")
        return app

    def _app(self, app: FakeApp) -> dict[str, Any]:
        maker = self._world.owner(self._world.signed_in or "ada")
        return shapes.integration(self._base, app, maker, at=self._world.clock.now())


def _summary(attempt: Attempt) -> dict[str, Any]:
    repository = attempt.payload.get("repository") or {}
    installation = attempt.payload.get("installation") or {}
    return {
        "id": attempt.id,
        "guid": attempt.guid,
        "delivered_at": attempt.delivered_at,
        "redelivery": attempt.redelivery,
        "duration": 0.05,
        "status": attempt.status,
        "status_code": attempt.status_code,
        "event": attempt.event,
        "action": attempt.payload.get("action"),
        "installation_id": installation.get("id"),
        "repository_id": repository.get("id"),
        "throttled_at": None,
    }
