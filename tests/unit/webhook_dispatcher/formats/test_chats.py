"""What people read in their chats, and what can't be smuggled into it."""

import pytest

from boatyard.webhook_dispatcher.formats import Announcement, EventType, Format, supports
from tests.unit.webhook_dispatcher.formats.cases import announcement, body

CHATS = (Format.SLACK, Format.FEISHU, Format.DINGTALK, Format.WECOM)
everywhere = pytest.mark.parametrize("format", CHATS)


def shown(format: Format, about: Announcement) -> str:
    message = body(format, about)
    match format:
        case Format.SLACK:
            return str(message["text"])
        case Format.FEISHU:
            post = message["content"]["post"]["zh_cn"]
            lines = ["".join(part["text"] for part in line) for line in post["content"]]
            return "\n".join((post["title"], *lines))
        case Format.DINGTALK:
            return str(message["markdown"]["text"])
        case _:
            return str(message["markdown"]["content"])


@everywhere
@pytest.mark.parametrize("type", EventType)
def test_every_message_says_who_speaks_and_what_about(format: Format, type: EventType) -> None:
    text = shown(format, announcement(type))
    assert "Boatyard" in text, "robots can be told to take only messages with a keyword"
    assert "team/app" in text
    assert "{" not in text


@everywhere
def test_a_push_can_be_pulled_by_copying(format: Format) -> None:
    assert "docker pull registry.example:5000/team/app:v1.2" in shown(format, announcement())


@everywhere
def test_a_failed_build_says_why(format: Format) -> None:
    text = shown(format, announcement(EventType.BUILD_FAILED))
    assert "42" in text
    assert "step 3 ended with status 1" in text
    assert "main 5f3c1e9 Load the cargo" in text


@everywhere
def test_a_test_is_recognized(format: Format) -> None:
    text = shown(format, announcement(test=True))
    assert "[test]" in text or "【测试】" in text


@everywhere
def test_nobody_is_called_and_nothing_is_linked_by_the_text_of_others(format: Format) -> None:
    evil = "<!channel> <@all> @here [look](https://evil.example) **x** `y` ![i](//e) <at id=all>"
    text = shown(format, announcement(EventType.BUILD_FAILED, detail=evil))
    if format is not Format.FEISHU:  # its text pieces are plain text
        assert "<!" not in text
        assert "<@" not in text
        assert "<at" not in text
    if format in (Format.DINGTALK, Format.WECOM):
        assert "](https://evil" not in text
        assert "@here" not in text
    if format is Format.SLACK:
        assert "'y'" in text


def test_feishu_takes_the_text_of_others_as_text_alone() -> None:
    evil = '<at user_id="all">all</at>'
    post = body(Format.FEISHU, announcement(EventType.BUILD_FAILED, detail=evil))["content"]["post"]
    parts = [part for line in post["zh_cn"]["content"] for part in line]
    assert {part["tag"] for part in parts} == {"text", "a"}
    assert [part["text"] for part in parts if evil in part["text"]]


@everywhere
def test_many_lines_become_one(format: Format) -> None:
    about = announcement(EventType.BUILD_FAILED, detail="a\n# b\r\n- c")
    assert "a # b - c" in shown(format, about)


@everywhere
def test_long_texts_are_cut(format: Format) -> None:
    text = shown(format, announcement(EventType.BUILD_FAILED, detail="长" * 5000))
    assert "长" * 299 + "…" in text
    assert "长" * 300 not in text


def test_a_message_for_wecom_has_at_most_4096_bytes() -> None:
    long = {"detail": "长" * 999, "ref": "长" * 999, "tags": ["长" * 999], "pushed_by": "长" * 999}
    about = announcement(EventType.BUILD_FAILED, **long, changed=["长" * 999])
    content = body(Format.WECOM, about)["markdown"]["content"]
    assert 3000 < len(content.encode()) <= 4096
    assert content.endswith(")"), "the link stays"


@pytest.mark.parametrize(
    "key",
    [
        "tag",
        "digest",
        "build",
        "ref",
        "commit",
        "tags",
        "reason",
        "detail",
        "message",
        "changed",
        "pushed_by",
    ],
)
@everywhere
def test_a_fact_that_is_not_known_is_left_out(format: Format, key: str) -> None:
    for type in EventType:
        assert supports(format, type)
        assert "None" not in shown(format, announcement(type, **{key: None})).replace(
            "build None", ""
        ).replace("第 None 次", "")
