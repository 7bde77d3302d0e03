"""The pages that people visit: they authorize, install and make Apps there, and are sent back at once."""

from __future__ import annotations

import json
import secrets
from functools import cache
from urllib.parse import urlencode

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from boatyard.shared.testing.github.world import FakeApp, FakeInstallation, World


@cache
def private_key() -> str:
    """A key for an App, as GitHub hands it over; one for all, since making one takes a while."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()


class Pages:
    """The pages of the fake GitHub. Whoever `world.signed_in` names is taken to click "yes" everywhere."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/login/oauth/authorize", self.authorize, methods=["GET"]),
            Route("/login/oauth/access_token", self.access_token, methods=["POST"]),
            Route("/apps/{slug}/installations/new", self.install, methods=["GET"]),
            Route("/settings/apps/new", self.new_app, methods=["POST"]),
            Route("/organizations/{org}/settings/apps/new", self.new_app, methods=["POST"]),
        ]

    async def authorize(self, request: Request) -> Response:
        """The user says yes."""
        app, login = self._world.app, self._world.signed_in
        if app is None or login is None or request.query_params.get("client_id") != app.client_id:
            return JSONResponse({"message": "Not Found"}, status_code=404)
        back = {"code": self._world.code_for(login), "state": request.query_params["state"]}
        return _redirect(request.query_params["redirect_uri"], back)

    async def access_token(self, request: Request) -> Response:
        """A code, or a refresh token, becomes a token."""
        form, app = await request.form(), self._world.app
        if app is None or (form.get("client_id"), form.get("client_secret")) != (
            app.client_id,
            app.client_secret,
        ):
            return JSONResponse({"error": "incorrect_client_credentials"})
        if form.get("grant_type") == "refresh_token":
            login = self._world.refresh_tokens.pop(str(form.get("refresh_token")), None)
            fault = "bad_refresh_token"
        else:
            login = self._world.codes.pop(str(form.get("code")), None)
            fault = "bad_verification_code"
        if login is None:
            return JSONResponse({"error": fault, "error_description": "It was used or is expired."})
        return JSONResponse(self._tokens(login, app))

    async def install(self, request: Request) -> Response:
        """The user chooses all projects of their account."""
        app, login = self._world.app, self._world.signed_in
        if app is None or login is None:
            return JSONResponse({"message": "Not Found"}, status_code=404)
        installation = self.installed(login)
        back = {"installation_id": str(installation.id), "setup_action": "install"}
        state = request.query_params.get("state")
        return _redirect(app.setup_url, {**back, **({"state": state} if state else {})})

    def installed(self, login: str, projects: set[int] | None = None) -> FakeInstallation:
        """The App's installation in an account, made if need be."""
        found = (i for i in self._world.installations.values() if i.account.login == login)
        installation = next(found, None)
        if installation is None:
            account = self._world.owner(login)
            installation = FakeInstallation(self._world.next_id(), account, projects)
            self._world.installations[installation.id] = installation
        return installation

    async def new_app(self, request: Request) -> Response:
        """The administrator makes an App from a manifest."""
        form = await request.form()
        manifest = json.loads(str(form["manifest"]))
        code = secrets.token_hex(10)
        slug = str(manifest["name"]).lower().replace(" ", "-")
        self._world.manifests[code] = FakeApp(
            id=self._world.next_id(),
            slug=slug,
            name=manifest["name"],
            client_id=f"Iv1.{secrets.token_hex(8)}",
            client_secret=secrets.token_hex(20),
            private_key=private_key(),
            webhook_url=manifest["hook_attributes"]["url"],
            webhook_secret=secrets.token_hex(20),
            setup_url=manifest.get("setup_url", ""),
            permissions=dict(manifest["default_permissions"]),
            events=tuple(manifest["default_events"]),
        )
        back = {"code": code, "state": request.query_params.get("state", "")}
        return _redirect(manifest["redirect_url"], back)

    def _tokens(self, login: str, app: FakeApp) -> dict[str, object]:
        if not (self._world.is_github_app and app.expiring_tokens):
            token = self._world.user_token(login)
            return {"access_token": token, "token_type": "bearer", "scope": "repo"}
        return {
            "access_token": self._world.user_token(login, expires_in=28_800),
            "expires_in": 28_800,
            "refresh_token": self._world.refresh_token(login),
            "refresh_token_expires_in": 15_897_600,
            "token_type": "bearer",
            "scope": "",
        }


def _redirect(target: str, query: dict[str, str]) -> Response:
    return RedirectResponse(f"{target}{'&' if '?' in target else '?'}{urlencode(query)}", 302)
