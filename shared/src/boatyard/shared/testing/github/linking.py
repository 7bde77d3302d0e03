"""Goes through GitHub's pages as a person's browser does: Boatyard's App is made, an account is linked."""

from __future__ import annotations

import json

from boatyard.shared.testing.installation import Person


def make_app(administrator: Person) -> None:
    """Have GitHub make the App that Boatyard is there."""
    form = administrator.post("/github/app/manifest", return_to="/")
    manifest = {"manifest": json.dumps(form["manifest"])}
    administrator.api.post(form["action"], data=manifest, follow_redirects=True)


def link(person: Person) -> None:
    """Link a person with whoever is signed in at GitHub, and let the App see all of their projects."""
    page = person.post("/github/link", return_to="/")["authorize_url"]
    person.api.get(page, follow_redirects=True)
