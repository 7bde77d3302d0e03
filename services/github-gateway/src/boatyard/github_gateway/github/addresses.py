"""Where a GitHub is: the pages that people visit, the API, and the Git server. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

PUBLIC = "https://github.com"


@dataclass(frozen=True)
class Addresses:
    """The addresses of one GitHub; none ends with a slash."""

    web: str
    api: str

    @classmethod
    def of(cls, web: str, api: str = "") -> Addresses:
        """From the address that people visit, which tells where the API is."""
        web, api = web.rstrip("/"), api.rstrip("/")
        return cls(web, api or _api_of(web))

    @property
    def host(self) -> str:
        """The host that people visit, as it is written in names."""
        return urlsplit(self.web).netloc

    def clone_url(self, project: str) -> str:
        """From where a project is fetched, without a credential."""
        return f"{self.web}/{project}.git"

    def authorize(self, *, client_id: str, state: str, redirect: str, scope: str) -> str:
        """The page that asks a user whether we may act for them."""
        asked = {"client_id": client_id, "state": state, "redirect_uri": redirect, "scope": scope}
        given = {key: value for key, value in asked.items() if value}
        return f"{self.web}/login/oauth/authorize?{urlencode(given)}"

    def install(self, slug: str, *, state: str = "") -> str:
        """The page on which a user chooses the repositories that the App may see."""
        page = f"{self.web}/apps/{quote(slug, safe='')}/installations/new"
        return f"{page}?{urlencode({'state': state})}" if state else page

    def new_app(self, *, organization: str | None, state: str) -> str:
        """The page that takes an App's manifest, for a user or an organization."""
        owner = f"organizations/{quote(organization, safe='')}/" if organization else ""
        return f"{self.web}/{owner}settings/apps/new?{urlencode({'state': state})}"

    def grants(self, client_id: str) -> str:
        """The page where a user sees, and can take back, what they allowed."""
        return f"{self.web}/settings/connections/applications/{quote(client_id, safe='')}"


def _api_of(web: str) -> str:
    parts = urlsplit(web)
    if web == PUBLIC:
        return "https://api.github.com"
    if parts.netloc.endswith(".ghe.com"):
        return f"{parts.scheme}://api.{parts.netloc}"
    return f"{web}/api/v3"
