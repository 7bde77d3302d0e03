"""A GitHub account for somebody who builds, which no test here is about."""

from __future__ import annotations

from boatyard.shared.testing.github import FakeGithub
from boatyard.shared.testing.installation import Installation, Person


def linked(boatyard: Installation, github: FakeGithub, name: str) -> Person:
    """Somebody new whose GitHub account, of the same name, is linked."""
    person = boatyard.sign_up(name)
    before, github.world.signed_in = github.world.signed_in, name
    url = person.post("/github/link", return_to="/")["authorize_url"]
    person.api.get(url, follow_redirects=True)
    github.world.signed_in = before
    assert person.get("/github/account")["linked"]
    return person
