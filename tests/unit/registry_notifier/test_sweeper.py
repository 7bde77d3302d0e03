import asyncio
import datetime as dt
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from boatyard.registry_notifier.sweep import Findings
from boatyard.registry_notifier.sweeper import RegistryEmpty
from boatyard.shared.registry import (
    ManifestUnreadable,
    RegistryDenied,
    RegistryError,
    RegistryUnavailable,
    Resolved,
)
from tests.unit.registry_notifier.kit import (
    REPOSITORY,
    A,
    B,
    Notifier,
    OddRegistry,
    delete_digest,
    event,
    image,
    placeholder,
    push,
)


@pytest.fixture
def registry(notifier: Notifier) -> OddRegistry:
    return notifier.registry


async def test_a_tag_that_the_registry_forgot_to_tell_of_is_found(
    notifier: Notifier, registry: OddRegistry
) -> None:
    registry.add_manifest(REPOSITORY, A, tag="v1")
    assert await notifier.sweep() == Findings(repositories=1, tags=1, changes=1)
    assert await notifier.story() == [(1, A.digest, "reconcile")]
    assert await notifier.sweep() == Findings(repositories=1, tags=1)
    assert len(await notifier.outbox()) == 1


async def test_a_tag_that_moved_and_one_that_went_are_found(
    notifier: Notifier, registry: OddRegistry
) -> None:
    await notifier.tell(push("v1", A), push("v2", A))
    registry.add_manifest(REPOSITORY, B, tag="v1")
    assert (await notifier.sweep()).changes == 2
    assert await notifier.story("v1") == [(1, A.digest, "push"), (2, B.digest, "reconcile")]
    assert await notifier.story("v2") == [(1, A.digest, "push"), (2, None, "reconcile")]


async def test_a_repository_that_the_registry_does_not_list_any_more_loses_its_tags(
    notifier: Notifier, registry: OddRegistry
) -> None:
    await notifier.tell(push("v1", A))
    registry.add_manifest("team/other", A, tag="v1")
    await notifier.sweep()
    assert await notifier.story() == [(1, A.digest, "push"), (2, None, "reconcile")]


async def test_news_of_a_change_that_the_sweep_found_first_are_no_second_event(
    notifier: Notifier, registry: OddRegistry
) -> None:
    registry.add_manifest(REPOSITORY, A, tag="v1")
    pushed = push("v1", A, at=notifier.now)
    notifier.clock.advance(seconds=1)
    await notifier.sweep()
    await notifier.tell(pushed)
    assert await notifier.story() == [(1, A.digest, "reconcile")]


async def test_a_tag_that_is_where_it_is_known_to_be_is_not_read(
    notifier: Notifier, registry: OddRegistry
) -> None:
    registry.add_manifest(REPOSITORY, A, tag="v1")
    await notifier.tell(push("v1", A))
    await notifier.sweep()
    assert registry.reads == [("v1", Resolved(A.digest, A.media_type))]


async def test_a_change_while_the_registry_is_read_is_left_to_its_notification(
    notifier: Notifier, registry: OddRegistry
) -> None:
    registry.add_manifest(REPOSITORY, A, tag="v1")
    registry.meanwhile = lambda: registry.add_manifest(REPOSITORY, B, tag="v1")
    assert (await notifier.sweep()).changes == 0
    assert await notifier.outbox() == []


async def test_a_difference_that_news_explain_while_the_sweep_waits_is_told_by_them(
    notifier: Notifier, registry: OddRegistry
) -> None:
    registry.add_manifest(REPOSITORY, A, tag="v1")
    parts = notifier.sweeper(quiet=2).sweep()
    sweeping = asyncio.create_task(anext(parts))
    assert (await sweeping).tags == 1
    waiting = asyncio.create_task(anext(parts))
    await asyncio.sleep(0)
    await notifier.tell(push("v1", A))
    assert not waiting.done(), "the notification was older than what it would explain"
    notifier.clock.advance(seconds=2)
    assert (await waiting).changes == 0
    assert await notifier.story() == [(1, A.digest, "push")]


async def test_names_that_have_no_place_here_are_passed_over(
    notifier: Notifier, registry: OddRegistry
) -> None:
    registry.add_manifest("library", A, tag="v1")
    registry.add_manifest("team/deep/er", A, tag="v1")
    registry.add_manifest(REPOSITORY, A, tag="v1")
    assert await notifier.sweep() == Findings(repositories=1, tags=1, changes=1)


async def test_a_repository_that_can_not_be_read_is_skipped_and_left_as_it_is_known(
    notifier: Notifier, registry: OddRegistry
) -> None:
    await notifier.tell(push("v1", A))
    registry.add_manifest("team/other", B, tag="v1")
    registry.faults[REPOSITORY] = RegistryUnavailable("answered 500")
    with capture_logs() as logs:
        assert await notifier.sweep() == Findings(repositories=2, tags=1, changes=1, skipped=1)
    assert await notifier.story() == [(1, A.digest, "push")]
    assert [log["what"] for log in logs if log["event"] == "sweep_skips"] == [REPOSITORY]


@pytest.mark.parametrize(
    "fault", [RegistryUnavailable("answered 500"), RegistryDenied("401"), ManifestUnreadable("odd")]
)
async def test_a_tag_that_can_not_be_read_is_skipped_and_left_as_it_is_known(
    notifier: Notifier, registry: OddRegistry, fault: RegistryError
) -> None:
    await notifier.tell(push("broken", A))
    registry.add_manifest(REPOSITORY, B, tag="broken")
    registry.add_manifest(REPOSITORY, B, tag="v1")
    registry.faults["broken"] = fault
    assert await notifier.sweep() == Findings(repositories=1, tags=2, changes=1, skipped=1)
    assert (await notifier.position("broken")).digest == A.digest


async def test_a_difference_that_can_not_be_read_again_is_skipped(
    notifier: Notifier, registry: OddRegistry
) -> None:
    registry.add_manifest(REPOSITORY, A, tag="v1")
    registry.meanwhile = lambda: registry.faults.update(v1=RegistryUnavailable("answered 500"))
    assert await notifier.sweep() == Findings(repositories=1, tags=1, skipped=1)


async def test_a_digest_that_is_none_is_skipped(notifier: Notifier, registry: OddRegistry) -> None:
    registry.add_manifest(REPOSITORY, replace(A, digest="sha256:nonsense"), tag="v1")
    assert await notifier.sweep() == Findings(repositories=1, tags=1, skipped=1)


async def test_a_registry_that_is_away_ends_the_sweep_and_loses_no_tag(
    notifier: Notifier, registry: OddRegistry
) -> None:
    await notifier.tell(push("v1", A))
    registry.away = True
    with pytest.raises(RegistryUnavailable):
        await notifier.sweep()
    assert (await notifier.position()).digest == A.digest


async def test_a_registry_that_goes_away_ends_the_sweep_and_loses_no_tag(
    notifier: Notifier, registry: OddRegistry
) -> None:
    await notifier.tell(push("v1", A), push("v2", A))
    registry.add_manifest(REPOSITORY, B, tag="v1")
    registry.meanwhile = lambda: setattr(registry, "away", True)
    with pytest.raises(RegistryUnavailable):
        await notifier.sweep()
    assert len(await notifier.outbox()) == 2


async def test_an_empty_registry_is_taken_for_one_without_its_storage(
    notifier: Notifier, registry: OddRegistry
) -> None:
    await notifier.tell(push("v1", A))
    with pytest.raises(RegistryEmpty, match="is its storage in its place"):
        await notifier.sweep()
    assert len(await notifier.outbox()) == 1


async def test_a_registry_that_was_always_empty_is_well(
    notifier: Notifier, registry: OddRegistry
) -> None:
    assert await notifier.sweep() == Findings()


async def test_a_removal_that_was_begun_is_finished(
    notifier: Notifier, registry: OddRegistry
) -> None:
    await notifier.tell(push("v1", A))
    blank = placeholder()
    registry.add_manifest(REPOSITORY, A)
    registry.add_manifest(REPOSITORY, blank, tag="v1")
    assert (await notifier.sweep()).changes == 1
    assert await notifier.story() == [(1, A.digest, "push"), (2, None, "reconcile")]
    assert await registry.tags(REPOSITORY) == []
    assert await registry.manifest(REPOSITORY, A.digest) is not None
    await notifier.tell(delete_digest(blank))
    assert len(await notifier.outbox()) == 2


async def test_a_removal_that_was_begun_and_overtaken_by_a_push_is_forgotten(
    notifier: Notifier, registry: OddRegistry
) -> None:
    blank = placeholder()
    await notifier.tell(push("v1", A), push("v1", blank, actor={"name": "boatyard:sweeper"}))
    registry.add_manifest(REPOSITORY, A, tag="v1")  # and nobody told of it
    assert (await notifier.sweep()).changes == 0
    assert (await notifier.position()).placeholder is None


async def test_many_repositories_and_tags_are_all_found(
    notifier: Notifier, registry: OddRegistry
) -> None:
    for number in range(60):
        registry.add_manifest(f"team/app{number % 20}", image(str(number)), tag=f"v{number}")
    assert await notifier.sweep() == Findings(repositories=20, tags=60, changes=60)


async def test_a_doubt_about_a_tag_that_is_gone_is_settled(
    notifier: Notifier, registry: OddRegistry
) -> None:
    registry.add_manifest(REPOSITORY, A)
    await notifier.observe("v1", None, sequence=0)
    await notifier.tell(push("v1", A, at=notifier.now - dt.timedelta(seconds=1)))
    assert await notifier.outbox() == []


async def test_a_doubt_waits_until_the_registry_answers(
    notifier: Notifier, registry: OddRegistry
) -> None:
    await notifier.observe("v1", A, sequence=0)
    registry.add_manifest(REPOSITORY, B, tag="v1")
    registry.away = True
    assert (
        await notifier.post(push("v1", B, at=notifier.now - dt.timedelta(seconds=1)))
    ).status_code == 202
    with pytest.raises(RegistryUnavailable):
        await notifier.state.doubts.settle()
    registry.away = False
    await notifier.state.doubts.settle()
    assert [digest for _, digest, _ in await notifier.story()] == [A.digest, B.digest]


async def test_a_doubt_that_can_not_be_settled_does_not_hold_up_the_others(
    notifier: Notifier, registry: OddRegistry
) -> None:
    old = notifier.now - dt.timedelta(seconds=1)
    for tag in ("broken", "v1"):
        await notifier.observe(tag, A, sequence=0)
        registry.add_manifest(REPOSITORY, B, tag=tag)
    registry.faults["broken"] = ManifestUnreadable("odd")
    await notifier.tell(push("broken", B, at=old), push("v1", B, at=old))
    assert (await notifier.position("v1")).digest == B.digest


async def test_pulls_are_no_news_of_a_tag(notifier: Notifier, registry: OddRegistry) -> None:
    pulled = event("pull_tag")
    registry.add_manifest(REPOSITORY, A, tag="v1")
    await notifier.tell(pulled)
    assert (await notifier.sweep()).changes == 1
