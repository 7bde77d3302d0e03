"""What is true of every route of every service."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from boatyard.standalone.services import SERVICES


def test_no_request_takes_a_thread() -> None:
    called = {
        call
        for service in SERVICES
        for router in service.routers
        for route in router.routes
        if isinstance(route, APIRoute)
        for call in _calls(route.dependant)
    }
    plain = sorted(f"{it.__module__}.{it.__qualname__}" for it in called if not _is_async(it))
    assert not plain, f"FastAPI starts a thread for a function that is not `async def`: {plain}"


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    if dependant.call is not None:
        yield dependant.call
    for needed in dependant.dependencies:
        yield from _calls(needed)


def _is_async(call: Callable[..., Any]) -> bool:
    function = call if inspect.isroutine(call) else type(call).__call__
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
