"""Whatever is sent, the API answers as its description says, and never with an error of its own.

Schemathesis makes requests from the OpenAPI document, good ones and bad ones; the same at every run.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import httpx
import hypothesis
import pytest
import pytest_asyncio
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, CheckFunction, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.matrix import PRIVATE, rows
from tests.api.people import Scene
from tests.api.yard import URL, Yard, ok

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    # The services run beside the strategies and may take random numbers meanwhile.
    pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies"),
]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
EXAMPLES = 5
"""Requests of each kind, good and bad, for each route and caller."""
Operation = APIOperation[Any, Any, Any, Any]
LONGEST_URL = 60_000
"""A server takes none that is longer."""
quick = hypothesis.settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="session")
def schema(yard: Yard) -> Any:
    config = SchemathesisConfig.from_dict({"generation": {"with-security-parameters": False}})
    return schemathesis.openapi.from_dict(yard.app.openapi(), config=config)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def root(scene: Scene) -> httpx.AsyncClient:
    """Who may do everything, by a token: a session would be lost to the first guess at signing in or out."""
    wish = {"name": "schemathesis"}
    made = await ok(scene.callers["root"].post("/api/v1/account/tokens", json=wish))
    return scene.yard.bearer(made["secret"])


@pytest.mark.parametrize("route", rows(PRIVATE))
async def test_a_route_keeps_its_word(
    scene: Scene, root: httpx.AsyncClient, schema: Any, route: str
) -> None:
    method, path = route.split()
    operation: Operation = schema[path][method]
    nobody = Sender(scene.callers["nobody"], {})
    for sender in (nobody, Sender(root, scene.values)):
        await asyncio.to_thread(fuzz, operation, GenerationMode.POSITIVE, sender)
    await asyncio.to_thread(fuzz, operation, GenerationMode.NEGATIVE, Sender(root, scene.values))


class Sender:
    """Sends requests from another thread; in their paths it puts `values` where it has any."""

    def __init__(self, client: httpx.AsyncClient, values: dict[str, str]) -> None:
        self._client, self._values = client, values
        self._loop = asyncio.get_running_loop()

    def send(self, case: Case[Any]) -> httpx.Response:
        """Send a request, if a server would take its address at all."""
        for name in self._mended(case):
            case.path_parameters[name] = self._values[name]
        prepared = requests.Request(**case.as_transport_kwargs(base_url=URL)).prepare()
        hypothesis.assume(len(prepared.url or "") < LONGEST_URL)
        body = prepared.body
        assert body is None or isinstance(body, str | bytes)
        request = self._client.build_request(
            prepared.method or "",
            prepared.url or "",
            headers={name: as_text(value) for name, value in prepared.headers.items()},
            content=body,
        )
        sending = asyncio.run_coroutine_threadsafe(self._client.send(request), self._loop)
        return sending.result(timeout=60)

    def checks(self, case: Case[Any]) -> list[CheckFunction]:
        """What to check: who mends a path can't expect that the request is refused for it."""
        return (
            [check for check in CHECKS if check is not negative_data_rejection]
            if (self._mended(case))
            else CHECKS
        )

    def _mended(self, case: Case[Any]) -> set[str]:
        return self._values.keys() & case.path_parameters.keys()


def as_text(value: str | bytes) -> str:
    """The value of a header as httpx takes it."""
    return value if isinstance(value, str) else value.decode("latin-1")


def fuzz(operation: Operation, mode: GenerationMode, sender: Sender) -> None:
    """Send requests of one kind to one route, and check every answer."""

    @quick
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def one(case: Case[Any]) -> None:
        case.validate_response(sender.send(case), checks=sender.checks(case))

    with contextlib.suppress(
        Unsatisfiable
    ):  # a route that takes nothing can't be asked in a wrong way
        one()
