"""What a real registry (distribution 2.8.2) tells becomes the events that really happened."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from boatyard.shared.events import ImageParts, ManifestPulled, TagDeleted, TagPushed
from boatyard.shared.testing.clients import Skopeo, output_of
from boatyard.shared.testing.images import write_index
from boatyard.shared.testing.pusher import digest_of
from tests.integration.registry_notifier.quay import CONFIG, LAYER, A, B, C, Quay, until

APP = "team/app"


async def everything_told(quay: Quay) -> None:
    """The registry tells in order: push a last thing, and wait for it."""
    await quay.registry.push("team/last", "word", C)
    await quay.told("team/last", "word", times=1)


async def test_a_push_of_a_tag_becomes_one_event(quay: Quay) -> None:
    await quay.registry.push(APP, "v1", A)
    await everything_told(quay)
    first, _ = await quay.notifier.outbox()
    assert isinstance(first, TagPushed)
    assert (first.repository, first.tag, first.digest) == (APP, "v1", A.digest)
    assert (first.media_type, first.sequence, first.origin) == (A.media_type, 1, "push")
    assert first.image == ImageParts(
        config=digest_of(CONFIG), config_size=len(CONFIG), size=len(CONFIG) + len(LAYER)
    )


async def test_a_push_of_the_same_image_again_becomes_none(quay: Quay) -> None:
    for _ in range(3):
        await quay.registry.push(APP, "v1", A)
    await everything_told(quay)
    assert len(quay.notifier.gate.ids("v1")) == 3, "the registry does tell of each"
    assert await quay.notifier.story(APP, "v1") == [(1, A.digest, "push")]


async def test_an_image_of_several_platforms_becomes_one_event(
    quay: Quay, skopeo_of: Callable[[str], Skopeo], tmp_path: Path
) -> None:
    index = await asyncio.to_thread(write_index, tmp_path / "index")
    target = f"docker://127.0.0.1:{quay.registry.port}/{APP}:v1"
    output_of(await asyncio.to_thread(skopeo_of("anna").copy, index.source, target))
    await everything_told(quay)
    pushed = [m for m in await quay.notifier.outbox() if isinstance(m, TagPushed)]
    assert [(m.tag, m.digest) for m in pushed] == [("v1", index.digest), ("word", C.digest)]


async def test_a_deletion_by_digest_becomes_one_event_for_each_tag(quay: Quay) -> None:
    await quay.registry.push(APP, "v1", A)
    await quay.registry.push(APP, "v2", A)
    await quay.registry.push(APP, "other", B)
    await quay.registry.delete(APP, A)
    await everything_told(quay)
    gone = [m for m in await quay.notifier.outbox() if isinstance(m, TagDeleted)]
    assert {(m.tag, m.digest, m.sequence) for m in gone} == {
        ("v1", A.digest, 2),
        ("v2", A.digest, 2),
    }
    assert len(gone) == 2


async def test_a_pull_becomes_an_event_and_a_look_does_not(quay: Quay) -> None:
    await quay.registry.push(APP, "v1", A)
    await quay.registry.look(APP, "v1")
    await quay.registry.pull(APP, "v1")
    await everything_told(quay)
    pulls = [m for m in await quay.notifier.outbox() if isinstance(m, ManifestPulled)]
    assert [(m.repository, m.tag, m.digest) for m in pulls] == [(APP, "v1", A.digest)]


async def test_a_client_with_an_endless_name_does_not_stop_the_news(quay: Quay) -> None:
    await quay.registry.push(APP, "v1", A)
    await quay.registry.pull(APP, "v1", **{"User-Agent": "<" * 500_000})
    await quay.registry.push(APP, "v2", B)
    assert await quay.told(APP, "v2", times=1) == [(1, B.digest, "push")]


async def test_a_repository_without_a_place_here_does_not_stop_the_news(quay: Quay) -> None:
    await quay.registry.push("library", "v1", A)
    await quay.registry.push("team/deep/er", "v1", A)
    await everything_told(quay)
    assert len(await quay.notifier.outbox()) == 1


async def test_what_is_refused_comes_again_under_the_same_id(quay: Quay) -> None:
    quay.notifier.gate.refuse = True
    await quay.registry.push(APP, "v1", A)
    await seen(quay, "v1", times=2)
    assert await quay.notifier.outbox() == []
    quay.notifier.gate.refuse = False
    assert await quay.told(APP, "v1", times=1) == [(1, A.digest, "push")]
    assert len(set(quay.notifier.gate.ids("v1"))) == 1


async def test_an_answer_that_is_lost_makes_no_second_event(quay: Quay) -> None:
    quay.notifier.gate.swallow = True
    await quay.registry.push(APP, "v1", A)
    await seen(quay, "v1", times=2)
    quay.notifier.gate.swallow = False
    await everything_told(quay)
    assert await quay.notifier.story(APP, "v1") == [(1, A.digest, "push")]
    assert len(set(quay.notifier.gate.ids("v1"))) == 1


async def test_what_happens_while_the_notifier_is_down_is_told_when_it_is_back(quay: Quay) -> None:
    await quay.notifier.stop()
    await quay.registry.push(APP, "v1", A)
    await quay.registry.push(APP, "v1", B)
    await quay.notifier.start()

    async def both() -> bool:
        story = await quay.notifier.story(APP, "v1")
        return [digest for _, digest, _ in story[-1:]] == [B.digest]

    await until(both)


async def seen(quay: Quay, tag: str, *, times: int) -> None:
    async def condition() -> bool:
        return len(quay.notifier.gate.ids(tag)) >= times

    await until(condition)
