"""What is made of news and of readings. Each test takes just a notifier, so that it also runs on PostgreSQL."""

import asyncio
import datetime as dt

import sqlalchemy as sa

from boatyard.registry_notifier import actions, store
from boatyard.registry_notifier.actions import Seen
from boatyard.registry_notifier.models import Instance, Sweep
from boatyard.registry_notifier.schemas import SweepReport
from boatyard.registry_notifier.tasks import Forgetting
from boatyard.shared.events import ManifestPulled, TagDeleted, TagPushed
from tests.unit.registry_notifier.kit import (
    OTHER_INSTANCE,
    REPOSITORY,
    A,
    B,
    C,
    Notifier,
    delete_digest,
    delete_tag,
    event,
    placeholder,
    push,
)

LEASE = dt.timedelta(seconds=15)


async def test_a_push_becomes_one_event(notifier: Notifier) -> None:
    await notifier.tell(push("v1", A, at=notifier.now))
    (told,) = await notifier.outbox()
    assert isinstance(told, TagPushed)
    assert (told.repository, told.tag, told.digest) == (REPOSITORY, "v1", A.digest)
    assert (told.pushed_by, told.occurred_at) == ("anna", notifier.now)


async def test_a_push_of_the_same_image_again_is_no_event(notifier: Notifier) -> None:
    await notifier.tell(push("v1", A), push("v1", A))
    assert await notifier.story() == [(1, A.digest, "push")]


async def test_a_notification_that_comes_again_is_no_event(notifier: Notifier) -> None:
    first = push("v1", A, id="one")
    await notifier.tell(first, push("v1", B), first)
    assert await notifier.story() == [(1, A.digest, "push"), (2, B.digest, "push")]


async def test_a_notification_twice_in_one_envelope_counts_once(notifier: Notifier) -> None:
    pull = event("pull_tag")
    assert (await notifier.post(pull, pull)).status_code == 202
    assert len(await notifier.outbox()) == 1


async def test_a_tag_that_moves_and_comes_back_is_three_events(notifier: Notifier) -> None:
    await notifier.tell(push("v1", A), push("v1", B), push("v1", A))
    assert [digest for _, digest, _ in await notifier.story()] == [A.digest, B.digest, A.digest]


async def test_an_image_of_several_platforms_is_one_event(notifier: Notifier) -> None:
    await notifier.tell(event("push_config"), event("push_layer"), event("push_child"))
    assert await notifier.outbox() == []
    await notifier.tell(event("push_tag"))
    assert len(await notifier.outbox()) == 1


async def test_a_deletion_by_digest_is_one_event_for_each_tag_of_it(notifier: Notifier) -> None:
    await notifier.tell(push("v1", A), push("v2", A), push("other", B))
    await notifier.tell(delete_digest(A), delete_tag("v1"), delete_tag("v2"))
    for tag in ("v1", "v2"):
        assert await notifier.story(tag) == [(1, A.digest, "push"), (2, None, "push")]
    assert await notifier.story("other") == [(1, B.digest, "push")]
    deleted = [m for m in await notifier.outbox() if isinstance(m, TagDeleted)]
    assert {(m.tag, m.digest, m.deleted_by) for m in deleted} == {
        ("v1", A.digest, "anna"),
        ("v2", A.digest, "anna"),
    }


async def test_a_deletion_by_tag_leaves_the_others_of_the_digest_alone(notifier: Notifier) -> None:
    await notifier.tell(push("v1", A), push("v2", A), delete_tag("v1"))
    assert (await notifier.position("v1")).digest is None
    assert (await notifier.position("v2")).digest == A.digest


async def test_the_deletion_of_a_blob_or_of_an_unknown_tag_is_no_event(notifier: Notifier) -> None:
    await notifier.tell(event("delete_layer"), delete_tag("never-seen"), delete_digest(C))
    assert await notifier.outbox() == []


async def test_the_same_digest_elsewhere_is_left_alone(notifier: Notifier) -> None:
    await notifier.tell(push("v1", A))
    elsewhere = delete_digest(A)
    elsewhere["target"]["repository"] = "team/other"
    await notifier.tell(elsewhere)
    assert (await notifier.position()).digest == A.digest


async def test_a_tag_that_boatyard_removes_for_somebody_goes_in_one_event(
    notifier: Notifier,
) -> None:
    blank, ours = placeholder(), {"name": "boatyard:sweeper"}
    await notifier.tell(push("v1", A), push("v2", A))
    await notifier.tell(
        push("v1", blank, actor=ours),
        delete_digest(blank, actor=ours),
        delete_tag("v1", actor=ours),
    )
    assert await notifier.story("v1") == [(1, A.digest, "push"), (2, None, "push")]
    assert await notifier.story("v2") == [(1, A.digest, "push")]
    gone = (await notifier.outbox())[-1]
    assert isinstance(gone, TagDeleted)
    assert (gone.digest, gone.deleted_by) == (A.digest, None)


async def test_a_push_that_comes_while_its_tag_is_removed_stays(notifier: Notifier) -> None:
    blank, ours = placeholder(), {"name": "boatyard:sweeper"}
    await notifier.tell(push("v1", A), push("v1", blank, actor=ours))
    await notifier.tell(push("v1", B), delete_digest(blank, actor=ours))
    assert await notifier.story() == [(1, A.digest, "push"), (2, B.digest, "push")]


async def test_a_pull_becomes_an_event_with_the_tag_if_it_was_by_tag(notifier: Notifier) -> None:
    await notifier.tell(event("pull_tag"), event("pull_child"), event("head_tag"))
    by_tag, by_digest = await notifier.outbox()
    assert isinstance(by_tag, ManifestPulled)
    assert isinstance(by_digest, ManifestPulled)
    assert (by_tag.tag, by_digest.tag) == ("v1", None)
    assert by_tag.pulled_by == "anna"


async def test_old_news_do_not_set_back_what_the_sweep_saw(notifier: Notifier) -> None:
    before = notifier.now - dt.timedelta(seconds=5)
    notifier.registry.add_manifest(REPOSITORY, B, tag="v1")
    assert await notifier.observe("v1", B, sequence=0) is Seen.CHANGED
    await notifier.tell(push("v1", A, at=before), push("v1", B, at=before))
    assert await notifier.story() == [(1, B.digest, "reconcile")]
    assert notifier.metric("boatyard_registry_notifications_doubtful_total") == 1


async def test_doubtful_news_that_the_registry_confirms_are_told_as_they_were_notified(
    notifier: Notifier,
) -> None:
    await notifier.observe("v1", A, sequence=0)
    notifier.registry.add_manifest(REPOSITORY, B, tag="v1")  # by a registry whose clock is behind
    await notifier.tell(push("v1", B, at=notifier.now - dt.timedelta(seconds=5)))
    told = (await notifier.outbox())[-1]
    assert isinstance(told, TagPushed)
    assert (told.digest, told.pushed_by, told.origin) == (B.digest, "anna", "push")
    assert notifier.metric("boatyard_registry_tag_changes_total", origin="doubt") == 1


async def test_what_was_read_counts_no_more_when_news_came_meanwhile(notifier: Notifier) -> None:
    await notifier.tell(push("v1", B))
    assert await notifier.observe("v1", A, sequence=0) is Seen.OVERTAKEN
    assert await notifier.story() == [(1, B.digest, "push")]


async def test_what_was_read_of_a_tag_is_told_with_its_origin(notifier: Notifier) -> None:
    assert await notifier.observe("v1", A, sequence=0) is Seen.CHANGED
    assert await notifier.observe("v1", A, sequence=1) is Seen.UNCHANGED
    assert await notifier.observe("v1", None, sequence=1) is Seen.CHANGED
    assert await notifier.story() == [(1, A.digest, "reconcile"), (2, None, "reconcile")]
    assert [m.occurred_at for m in await notifier.outbox()] == [notifier.now] * 2


async def test_two_who_find_the_same_at_once_tell_it_once(notifier: Notifier) -> None:
    seen = await asyncio.gather(*(notifier.observe("v1", A, sequence=0) for _ in range(4)))
    assert sorted(one.name for one in seen) == ["CHANGED", "OVERTAKEN", "OVERTAKEN", "OVERTAKEN"]
    assert await notifier.story() == [(1, A.digest, "reconcile")]


async def test_the_same_notification_at_once_from_two_sides_counts_once(notifier: Notifier) -> None:
    one = push("v1", A)
    answers = await asyncio.gather(*(notifier.post(one) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {202}
    assert await notifier.story() == [(1, A.digest, "push")]


async def test_pushes_of_many_tags_at_once_are_all_told(notifier: Notifier) -> None:
    await asyncio.gather(*(notifier.post(push(f"v{number}", A)) for number in range(20)))
    assert {m.tag for m in await notifier.outbox() if isinstance(m, TagPushed)} == {
        f"v{number}" for number in range(20)
    }


async def test_a_process_of_the_registry_that_is_new_leads_to_a_sweep(notifier: Notifier) -> None:
    await notifier.tell(push("v1", A))
    first = await requests(notifier)
    await notifier.tell(push("v1", B))
    assert await requests(notifier) == first
    await notifier.tell(push("v1", C, source={"instanceID": OTHER_INSTANCE}))
    assert await requests(notifier) == first + 1
    assert notifier.state.wake.is_set()


async def test_a_process_of_the_registry_that_another_one_of_ours_knows_is_not_new(
    notifier: Notifier,
) -> None:
    await notifier.tell(push("v1", A))
    first = await requests(notifier)
    notifier.state.heard_of.clear()
    await notifier.tell(push("v1", B))
    assert await requests(notifier) == first
    assert len(notifier.state.heard_of) == 1


async def test_an_event_that_can_not_be_read_leads_to_a_sweep(notifier: Notifier) -> None:
    await notifier.tell(push("v1", A))
    first = await requests(notifier)
    await notifier.tell({"id": "x", "action": "push"})
    assert await requests(notifier) == first + 1


async def requests(notifier: Notifier) -> int:
    async with notifier.database.reading() as session:
        row = await store.sweep_row(session)
    return row.requests if row else 0


async def claim(notifier: Notifier) -> Sweep | None:
    async with notifier.database.unit_of_work() as uow:
        return await store.claim_sweep(uow.session, now=notifier.now, lease=LEASE)


async def ask(notifier: Notifier) -> None:
    async with notifier.database.unit_of_work() as uow:
        await store.request_sweep(uow.session, now=notifier.now)


async def finish(notifier: Notifier, claimed: Sweep) -> bool:
    next_due = notifier.now + dt.timedelta(minutes=10)
    async with notifier.database.unit_of_work() as uow:
        return await store.finish_sweep(uow.session, claimed, next_due=next_due, values={"tags": 7})


async def test_a_sweep_is_taken_by_one_and_by_another_when_its_holder_is_gone(
    notifier: Notifier,
) -> None:
    assert await claim(notifier) is None
    await ask(notifier)
    first = await claim(notifier)
    assert first is not None
    assert await claim(notifier) is None
    notifier.clock.advance(seconds=16)
    second = await claim(notifier)
    assert second is not None
    assert not await finish(notifier, first)
    assert await finish(notifier, second)
    assert await claim(notifier) is None
    notifier.clock.advance(minutes=10)
    assert await claim(notifier) is not None


async def test_a_sweep_that_is_asked_for_during_a_sweep_follows_it(notifier: Notifier) -> None:
    await ask(notifier)
    first = await claim(notifier)
    assert first is not None
    await ask(notifier)
    assert await finish(notifier, first)
    assert await claim(notifier) is not None


async def test_the_report_tells_of_the_last_sweep_and_whether_one_runs(notifier: Notifier) -> None:
    async def report() -> SweepReport:
        async with notifier.database.reading() as session:
            return await actions.sweep_report(session, now=notifier.now)

    assert await report() == SweepReport(running=False)
    await ask(notifier)
    claimed = await claim(notifier)
    assert claimed is not None
    assert (await report()).running
    await finish(notifier, claimed)
    next_at = notifier.now + dt.timedelta(minutes=10)
    assert await report() == SweepReport(running=False, next_at=next_at, tags=7)
    await ask(notifier)
    await claim(notifier)
    notifier.clock.advance(seconds=16)
    assert not (await report()).running, "its holder is gone"


async def test_what_is_old_is_forgotten(notifier: Notifier) -> None:
    pull = event("pull_tag")
    await notifier.tell(push("v1", A), pull)
    forgetting = Forgetting(database=notifier.database, clock=notifier.clock)
    notifier.clock.advance(days=1)
    await forgetting.forget()
    await notifier.tell(pull)
    assert len(await notifier.outbox()) == 2, "it was still known"
    notifier.clock.advance(days=59, hours=1)
    await forgetting.forget()
    async with notifier.database.reading() as session:
        assert await store.latest_receipt(session) is None
        assert (await session.execute(sa.select(Instance))).first() is None
    assert (await notifier.position()).digest == A.digest
