"""What GitHub is told while the database is away."""

from __future__ import annotations

from pathlib import Path

from boatyard.shared.testing.github import FakeGithub
from boatyard.shared.testing.postgres import Postgres
from tests.integration.github_gateway.harness import Gateway, Sender, connect


async def test_a_delivery_that_cant_be_stored_is_refused_in_words(
    github: FakeGithub, tmp_path: Path
) -> None:
    server = Postgres()
    server.start()
    gateway = Gateway(github, tmp_path / "gateway", url=server.new_database())
    await gateway.start()
    await connect(gateway)
    sender = Sender(gateway)
    gateway.state.app.forget()
    server.kill()
    answer = await sender({"ref": "refs/heads/main"})
    assert answer.status_code == 503
    assert answer.json()["type"].endswith(":not-stored")
    await sender.http.aclose()
    await gateway.stop()
    server.remove()
