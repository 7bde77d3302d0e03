"""A consumer for tests: collects what it is handed, and can be told to fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from boatyard.shared.bus import Bus, Delivery, Subscription
from boatyard.shared.events import Message


class Collector:
    """Collects deliveries by message id; `act` decides what is done with each."""

    def __init__(self) -> None:
        self.attempts: dict[str, list[int]] = {}
        self.act: Callable[[Delivery, str], object] | None = None
        self._changed = asyncio.Condition()

    async def handle(self, deliveries: Sequence[Delivery]) -> None:
        """The subscription's handler."""
        for delivery in deliveries:
            message_id = str(Message.decode(delivery.data).id)
            self.attempts.setdefault(message_id, []).append(delivery.attempt)
            answer = self.act(delivery, message_id) if self.act else None
            if asyncio.iscoroutine(answer):
                await answer
            else:
                await delivery.ack()
        async with self._changed:
            self._changed.notify_all()

    @property
    def total(self) -> int:
        """How many deliveries there were in all."""
        return sum(len(attempts) for attempts in self.attempts.values())

    async def wait_for(self, condition: Callable[[], bool], *, seconds: float = 20) -> None:
        """Wait until the condition holds after a delivery; TimeoutError if it does not."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)


@asynccontextmanager
async def consuming(
    bus: Bus, collector: Collector, *messages: type[Message], name: str = "collector"
) -> AsyncIterator[None]:
    """Run a consumer for the length of a block."""
    stop = asyncio.Event()
    subscription = Subscription(name=name, messages=messages, handle=collector.handle)
    task = asyncio.create_task(bus.consume(subscription, stop=stop))
    try:
        yield
    finally:
        stop.set()
        await task
