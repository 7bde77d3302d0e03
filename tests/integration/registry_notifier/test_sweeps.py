"""What a real registry forgot to tell is found by the sweep."""

from tests.integration.registry_notifier.quay import A, B, Quay, until

APP = "team/app"


async def test_what_the_registry_forgot_with_its_queue_is_found_at_the_start(quay: Quay) -> None:
    await quay.notifier.stop()
    await quay.registry.push(APP, "v1", A)
    await quay.registry.kill()
    await quay.registry.start()
    await quay.notifier.start()
    assert await quay.told(APP, "v1", times=1) == [(1, A.digest, "reconcile")]
    assert quay.notifier.gate.ids("v1") == []


async def test_a_registry_that_comes_back_is_swept_at_once(quay: Quay) -> None:
    quay.notifier.gate.refuse = True
    await quay.registry.push(APP, "v1", A)
    await quay.registry.push(APP, "v2", B)
    await quay.registry.kill()

    async def missed() -> bool:
        return not quay.notifier.metric("boatyard_registry_reachable")

    await until(missed)
    await quay.registry.start()
    assert await quay.told(APP, "v1", times=1) == [(1, A.digest, "reconcile")]
    assert await quay.told(APP, "v2", times=1) == [(1, B.digest, "reconcile")]


async def test_a_new_process_of_the_registry_is_swept_when_it_says_its_first_word(
    quay: Quay,
) -> None:
    await quay.registry.push(APP, "before", A)
    await quay.told(APP, "before", times=1)
    quay.notifier.gate.refuse = True
    await quay.registry.push(APP, "lost", A)
    await quay.registry.kill()
    await quay.registry.start()
    quay.notifier.gate.refuse = False
    await quay.registry.push(APP, "after", A)
    assert await quay.told(APP, "after", times=1) == [(1, A.digest, "push")]
    assert await quay.told(APP, "lost", times=1) == [(1, A.digest, "reconcile")]


async def test_an_administrator_has_the_registry_swept(quay: Quay) -> None:
    quay.notifier.gate.refuse = True
    await quay.registry.push(APP, "v1", A)
    answer = await quay.notifier.ask_for_sweep()
    assert answer.status_code == 202, answer.text
    assert await quay.told(APP, "v1", times=1) == [(1, A.digest, "reconcile")]
    quay.notifier.gate.refuse = False
    await quay.registry.push(APP, "v2", B)
    await quay.told(APP, "v2", times=1)
    assert await quay.notifier.story(APP, "v1") == [(1, A.digest, "reconcile")]


async def test_a_sweep_of_what_is_known_makes_the_registry_tell_nothing(quay: Quay) -> None:
    for tag in ("v1", "v2"):
        await quay.registry.push(APP, tag, A)
        await quay.told(APP, tag, times=1)
    before = len(quay.notifier.gate.seen)
    assert (await quay.notifier.ask_for_sweep()).status_code == 202
    await quay.rested()
    await quay.registry.push(APP, "last", B)
    await quay.told(APP, "last", times=1)
    assert {one["action"] for one in quay.notifier.gate.seen[before:]} == {"push"}


async def test_a_tag_that_went_while_nobody_listened_is_found(quay: Quay) -> None:
    await quay.registry.push(APP, "v1", A)
    await quay.registry.push(APP, "v2", B)
    await quay.told(APP, "v2", times=1)
    quay.notifier.gate.refuse = True
    await quay.registry.delete(APP, A)
    await quay.registry.kill()
    await quay.registry.start()
    assert (await quay.notifier.ask_for_sweep()).status_code == 202
    assert await quay.told(APP, "v1", times=2) == [(1, A.digest, "push"), (2, None, "reconcile")]
    assert await quay.notifier.story(APP, "v2") == [(1, B.digest, "push")]
