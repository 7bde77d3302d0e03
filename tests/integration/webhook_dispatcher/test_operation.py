"""What an operator sees: readiness and numbers."""

from __future__ import annotations

from pathlib import Path

from boatyard.shared.clock import SetClock
from boatyard.shared.testing.receiver import Receiver, Reply
from boatyard.webhook_dispatcher.scheduler import Lane
from tests.integration.webhook_dispatcher.kit import Dispatcher, dispatching, eventually

NUMBERS = (
    'boatyard_webhook_attempts_total{outcome="ok",trigger="automatic"} 1.0',
    'boatyard_webhook_attempts_total{outcome="http_error",trigger="automatic"} 1.0',
    "boatyard_webhook_deliveries_total 1.0",
    "boatyard_webhook_possible_duplicates_total 0.0",
    'boatyard_webhook_breakers{state="open"} 0.0',
    *(f'boatyard_webhook_requests_under_way{{lane="{lane}"}} 0.0' for lane in Lane),
    'boatyard_webhook_oldest_due_seconds{lane="held"} 0.0',
)


async def shows(dispatcher: Dispatcher, lines: tuple[str, ...]) -> bool:
    """Whether the metrics have all these lines; the gauges of lanes follow a moment later."""
    text = (await dispatcher.http.get("/metrics")).text
    return all(line in text for line in lines)


async def test_readiness_fails_when_healthy_deliveries_are_overdue(tmp_path: Path) -> None:
    url, clock = f"sqlite+aiosqlite:///{tmp_path}/test.db", SetClock()
    async with (
        Receiver() as endpoint,
        dispatching(
            url,
            tmp_path,
            clock=clock,
            overdue_seconds=0.5,
            concurrency=4,
            deadline_seconds=100,
            lease_seconds=300,
        ) as dispatcher,
    ):
        assert (await dispatcher.http.get("/readyz")).status_code == 200
        endpoint.always(Reply(after=90))
        await dispatcher.hook(f"{endpoint.url}/hook", max_in_flight=1)
        await dispatcher.push()
        await dispatcher.push()
        await endpoint.wait_for(1)
        clock.advance(seconds=1)

        async def overdue() -> str | None:
            answer = await dispatcher.http.get("/readyz")
            return answer.json()["problems"].get("webhook deliveries") if answer.is_error else None

        assert (await eventually(overdue)).startswith("overdue by")
        await dispatcher.crash()


async def test_the_numbers_tell_of_attempts_lanes_and_breakers(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/test.db"
    async with Receiver() as endpoint, dispatching(url, tmp_path) as dispatcher:
        endpoint.then(Reply(500))
        hook = await dispatcher.hook(f"{endpoint.url}/hook")
        await dispatcher.push()
        await dispatcher.delivered(hook, ["succeeded"])
        await eventually(lambda: shows(dispatcher, NUMBERS))
