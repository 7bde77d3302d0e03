from boatyard.webhook_dispatcher.dummy_sender import DummySender, Reply
from boatyard.webhook_dispatcher.outcome import Answered, ErrorClass, Failed, Request

URL = "https://hook.example/a"


async def outcomes(sender: DummySender, times: int) -> list[int | ErrorClass]:
    seen: list[int | ErrorClass] = []
    for _ in range(times):
        match await sender.send(Request(URL, {}, b"{}")):
            case Answered(status=status):
                seen.append(status)
            case Failed(error_class=error_class):
                seen.append(error_class)
    return seen


async def test_a_script_is_played_step_by_step_and_its_last_step_stays() -> None:
    sender = DummySender()
    sender.script(URL, Reply(500), ErrorClass.CONNECTION_RESET, Reply(204))
    assert await outcomes(sender, 4) == [500, ErrorClass.CONNECTION_RESET, 204, 204]
    assert len(sender.sent) == 4


async def test_where_no_script_is_nobody_listens() -> None:
    sender = DummySender()
    assert await outcomes(sender, 1) == [ErrorClass.CONNECTION_REFUSED]
    assert sender.sent == []


async def test_a_new_script_takes_the_place_of_the_old_one() -> None:
    sender = DummySender()
    sender.script(URL, Reply(500), Reply(500))
    sender.script(URL, Reply(200))
    assert await outcomes(sender, 2) == [200, 200]
