"""The robots of Feishu, DingTalk and WeCom: their signatures, and how they say no."""

import base64
import datetime as dt
import hashlib
import hmac
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from boatyard.webhook_dispatcher.formats import (
    Accepted,
    Format,
    Prepared,
    Refused,
    Secrets,
    Throttled,
    Verdict,
    prepare,
    verdict,
)
from tests.unit.webhook_dispatcher.formats.cases import KEY, LINKS, SENT, announcement

ROBOTS = (Format.FEISHU, Format.DINGTALK, Format.WECOM)
OTHERS = tuple(format for format in Format if format not in ROBOTS)


def sent(
    format: Format,
    *,
    robot: str | None = "SECabc",
    url: str = "https://robot.example/send?access_token=t",
    at: dt.datetime = SENT,
) -> Prepared:
    secrets = Secrets((KEY,), robot)
    return prepare(format, announcement(), url=url, at=at, secrets=secrets, links=LINKS)


def test_feishu_finds_its_signature_in_the_body() -> None:
    body = json.loads(sent(Format.FEISHU).body)
    key = f"{body['timestamp']}\nSECabc".encode()
    expected = base64.b64encode(hmac.new(key, digestmod=hashlib.sha256).digest()).decode()
    assert (body["timestamp"], body["sign"]) == (str(int(SENT.timestamp())), expected)


def test_dingtalk_finds_its_signature_in_the_query() -> None:
    query = parse_qs(urlsplit(sent(Format.DINGTALK).url).query)
    [timestamp] = query["timestamp"]
    signed = hmac.new(b"SECabc", f"{timestamp}\nSECabc".encode(), hashlib.sha256).digest()
    assert timestamp == str(int(SENT.timestamp() * 1000))
    assert query["sign"] == [base64.b64encode(signed).decode()]
    assert query["access_token"] == ["t"]


@pytest.mark.parametrize(
    ("url", "beginning"),
    [
        ("https://robot.example/send", "https://robot.example/send?timestamp="),
        ("https://robot.example/send?a=%2F", "https://robot.example/send?a=%2F&timestamp="),
    ],
)
def test_the_address_of_a_robot_is_kept_as_it_was_entered(url: str, beginning: str) -> None:
    assert sent(Format.DINGTALK, url=url).url.startswith(beginning)


def test_a_fragment_stays_at_the_end_of_the_address() -> None:
    made = sent(Format.DINGTALK, url="https://robot.example/send?a=b#part")
    assert made.url.endswith("#part")
    assert "timestamp" in urlsplit(made.url).query


@pytest.mark.parametrize("format", [Format.FEISHU, Format.DINGTALK])
def test_each_attempt_is_signed_at_its_own_time(format: Format) -> None:
    first, second = sent(format), sent(format, at=SENT + dt.timedelta(hours=2))
    assert (first.url, first.body) != (second.url, second.body)


@pytest.mark.parametrize("format", ROBOTS)
def test_a_robot_without_a_secret_gets_no_signature(format: Format) -> None:
    made = sent(format, robot=None)
    assert made.url == "https://robot.example/send?access_token=t"
    assert {"timestamp", "sign"}.isdisjoint(json.loads(made.body))


@pytest.mark.parametrize(
    ("format", "body"),
    [
        (Format.FEISHU, b'{"StatusCode":0,"StatusMessage":"success","code":0,"data":{}}'),
        (Format.FEISHU, b'{"StatusCode":0}'),
        (Format.DINGTALK, b'{"errcode":0,"errmsg":"ok"}'),
        (Format.WECOM, b'{"errcode":0,"errmsg":"ok"}'),
        (Format.WECOM, b'{"errcode":"0"}'),
    ],
)
def test_a_robot_that_says_yes_has_the_message(format: Format, body: bytes) -> None:
    assert verdict(format, 200, body) == Accepted()


@pytest.mark.parametrize(
    ("format", "body", "expected"),
    [
        (
            Format.FEISHU,
            b'{"code":19021,"msg":"sign match fail or timestamp is not within one hour"}',
            Refused(
                "the robot answered with the error 19021: "
                "sign match fail or timestamp is not within one hour"
            ),
        ),
        (
            Format.FEISHU,
            b'{"code":11232,"msg":"frequency limited"}',
            Throttled("the robot answered with the error 11232: frequency limited"),
        ),
        (
            Format.DINGTALK,
            b'{"errcode":310000,"errmsg":"keywords not in content"}',
            Refused("the robot answered with the error 310000: keywords not in content"),
        ),
        (
            Format.DINGTALK,
            b'{"errcode":130101,"errmsg":"send too fast"}',
            Throttled("the robot answered with the error 130101: send too fast"),
        ),
        (
            Format.WECOM,
            b'{"errcode":93000,"errmsg":"invalid webhook url"}',
            Refused("the robot answered with the error 93000: invalid webhook url"),
        ),
        (
            Format.WECOM,
            b'{"errcode":45009}',
            Throttled("the robot answered with the error 45009"),
        ),
    ],
)
def test_a_robot_that_says_no_with_status_200_is_heard(
    format: Format, body: bytes, expected: Verdict
) -> None:
    assert verdict(format, 200, body) == expected


@pytest.mark.parametrize("format", ROBOTS)
@pytest.mark.parametrize(
    "body",
    [b"", b"ok", b"<html>", b"[1]", b"null", b'{"errco', b"\xff\xfe", b"{}", b"[" * 16000],
)
def test_an_answer_without_a_code_is_no_refusal(format: Format, body: bytes) -> None:
    assert verdict(format, 200, body) == Accepted()


def test_the_words_of_a_robot_become_one_short_line() -> None:
    words = json.dumps({"errcode": 1, "errmsg": "a\x00b\nc" + "x" * 1000})
    refused = verdict(Format.WECOM, 200, words.encode())
    assert isinstance(refused, Refused)
    assert refused.reason.startswith("the robot answered with the error 1: a b cxx")
    assert len(refused.reason) == 200


@pytest.mark.parametrize("format", OTHERS)
def test_elsewhere_the_body_does_not_matter(format: Format) -> None:
    assert verdict(format, 204, b'{"errcode":1,"code":1}') == Accepted()


@pytest.mark.parametrize("format", Format)
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (199, Refused("the endpoint answered 199")),
        (302, Refused("the endpoint answered 302: redirects are not followed")),
        (410, Refused("the endpoint answered 410")),
        (500, Refused("the endpoint answered 500")),
        (429, Throttled("the endpoint answered 429")),
        (503, Throttled("the endpoint answered 503")),
    ],
)
def test_a_status_that_is_not_2xx_is_a_no_for_every_format(
    format: Format, status: int, expected: Verdict
) -> None:
    assert verdict(format, status, b'{"errcode":0,"code":0}') == expected
