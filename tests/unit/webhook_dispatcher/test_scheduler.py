"""Which delivery is sent next, step by step; the model is in test_scheduler_model.py."""

from __future__ import annotations

import datetime as dt
from uuid import UUID, uuid4

from boatyard.webhook_dispatcher.models import BreakerState, Trigger
from boatyard.webhook_dispatcher.scheduler import KEPT_READY, Facts, Lane, Pick, Ready, Scheduler

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def hook(number: int, owner: str = "team", **facts: object) -> Facts:
    return Facts(id=UUID(int=number), owner=owner, **facts)  # type: ignore[arg-type]


def due(facts: Facts, count: int = 1, trigger: Trigger = Trigger.AUTOMATIC) -> list[Ready]:
    return [Ready(uuid4(), facts.id, trigger) for _ in range(count)]


def offered(scheduler: Scheduler, facts: Facts, count: int = 1) -> None:
    scheduler.update(facts)
    for ready in due(facts, count):
        scheduler.offer(ready)


def hooks_of(picks: list[Pick]) -> list[int]:
    return [pick.ready.webhook_id.int for pick in picks]


def test_a_webhook_has_only_so_many_under_way() -> None:
    scheduler = Scheduler(100)
    offered(scheduler, hook(1, cap=3), 10)
    picks = scheduler.take(NOW, 50)
    assert len(picks) == 3
    scheduler.finished(picks[0].ready, success=True)
    assert len(scheduler.take(NOW, 50)) == 1


def test_owners_take_turns_however_many_webhooks_they_have() -> None:
    scheduler = Scheduler(100)
    for number in range(1, 9):
        offered(scheduler, hook(number, owner="many"), 4)
    offered(scheduler, hook(9, owner="few"), 4)
    assert hooks_of(scheduler.take(NOW, 8)).count(9) == 4


def test_webhooks_of_one_owner_take_turns() -> None:
    scheduler = Scheduler(100)
    for number in (1, 2, 3):
        offered(scheduler, hook(number), 2)
    assert hooks_of(scheduler.take(NOW, 6)) == [1, 2, 3, 1, 2, 3]


def test_failing_webhooks_have_a_quarter_of_the_slots_and_one_each() -> None:
    scheduler = Scheduler(16)
    for number in range(1, 11):
        offered(scheduler, hook(number, fail_streak=3), 4)
    for number in range(11, 21):
        offered(scheduler, hook(number), 4)
    picks = scheduler.take(NOW, 100)
    failing = [number for number in hooks_of(picks) if number <= 10]
    assert len(failing) == len(set(failing)) == 4
    assert len(picks) == 16


def test_an_endpoint_that_hangs_gives_its_slots_back() -> None:
    scheduler = Scheduler(4)
    offered(scheduler, hook(1, cap=3), 3)
    assert len(scheduler.take(NOW, 10)) == 3
    offered(scheduler, hook(2), 1)
    assert scheduler.take(NOW, 10) == []
    scheduler.tick(NOW + 2 * SECOND)
    assert hooks_of(scheduler.take(NOW + 2 * SECOND, 10)) == [2]
    assert scheduler.used(Lane.FAILING) == 3


def test_an_open_breaker_holds_everything_until_its_time() -> None:
    scheduler = Scheduler(16)
    until = NOW + 30 * SECOND
    offered(scheduler, hook(1, breaker=BreakerState.OPEN, breaker_until=until), 4)
    assert scheduler.take(NOW, 10) == []
    scheduler.tick(until)
    assert len(scheduler.take(until, 10)) == 1


def test_after_an_outage_deliveries_go_one_then_two_then_four_at_a_time() -> None:
    scheduler = Scheduler(64)
    broken = hook(1, cap=8, fail_streak=12, breaker=BreakerState.OPEN, breaker_until=NOW)
    offered(scheduler, broken, 40)
    under_way = scheduler.take(NOW, 64)
    assert len(under_way) == 1
    scheduler.update(hook(1, cap=8))
    widths = []
    for _ in range(3):
        scheduler.finished(under_way.pop().ready, success=True)
        under_way += scheduler.take(NOW, 64)
        widths.append(len(under_way))
    assert widths == [2, 4, 8]


def test_a_person_who_waits_goes_before_the_others_and_past_the_breaker() -> None:
    scheduler = Scheduler(16)
    until = NOW + 30 * SECOND
    facts = hook(1, breaker=BreakerState.OPEN, breaker_until=until)
    offered(scheduler, facts, 3)
    (test,) = due(facts, trigger=Trigger.TEST)
    scheduler.offer(test)
    assert [pick.ready for pick in scheduler.take(NOW, 10)] == [test]


def test_an_ordered_webhook_is_asked_for_in_the_table() -> None:
    scheduler = Scheduler(16)
    facts = hook(1, ordered=True)
    offered(scheduler, facts, 3)
    assert scheduler.take(NOW, 10) == []
    assert scheduler.hungry(NOW) == [facts.id]
    scheduler.load(facts.id, due(facts), more=True)
    assert len(scheduler.take(NOW, 10)) == 1
    assert scheduler.hungry(NOW) == []


def test_what_does_not_fit_into_memory_is_fetched_later() -> None:
    scheduler = Scheduler(16)
    facts = hook(1)
    offered(scheduler, facts, KEPT_READY + 10)
    line = scheduler.line(facts.id)
    assert line is not None
    assert len(line.ready) == KEPT_READY
    assert scheduler.wants_more
    assert scheduler.hungry(NOW) == []


def test_a_delivery_that_is_known_is_not_taken_in_twice() -> None:
    scheduler = Scheduler(16)
    facts = hook(1)
    scheduler.update(facts)
    (ready,) = due(facts)
    scheduler.offer(ready)
    scheduler.load(facts.id, [ready], more=False)
    picks = scheduler.take(NOW, 10)
    scheduler.load(facts.id, [ready], more=False)
    assert len(picks) == 1
    assert scheduler.take(NOW, 10) == []


def test_what_could_not_be_claimed_for_now_goes_back_to_its_place() -> None:
    scheduler = Scheduler(16)
    facts = hook(1, cap=1)
    offered(scheduler, facts, 2)
    (pick,) = scheduler.take(NOW, 10)
    scheduler.put_back(pick)
    assert scheduler.take(NOW, 10) == [pick]


def test_a_paused_webhook_gets_tests_and_nothing_else() -> None:
    scheduler = Scheduler(16)
    facts = hook(1, sendable=False)
    offered(scheduler, facts, 2)
    (test,) = due(facts, trigger=Trigger.TEST)
    scheduler.offer(test)
    assert [pick.ready for pick in scheduler.take(NOW, 10)] == [test]


def test_a_line_with_nothing_left_is_forgotten() -> None:
    scheduler = Scheduler(16)
    facts = hook(1)
    offered(scheduler, facts)
    (pick,) = scheduler.take(NOW, 10)
    scheduler.tick(NOW)
    assert scheduler.knows(facts.id)
    scheduler.finished(pick.ready, success=True)
    scheduler.tick(NOW)
    assert not scheduler.knows(facts.id)
