"""BuildKit's progress and its session's messages, decoded and encoded; and what an engine's words mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boatyard.builder.engines.failures import of_build, of_push
from boatyard.builder.engines.protobuf import Malformed, field, fields, strings
from boatyard.builder.engines.session import AuthService, NotServed
from boatyard.builder.engines.trace import Narrator, decode
from boatyard.builder.reasons import Reason


@given(st.lists(st.tuples(st.integers(1, 1000), st.integers(0, 2**63) | st.binary(max_size=300))))
def test_what_is_encoded_is_decoded(values: list[tuple[int, int | bytes]]) -> None:
    encoded = b"".join(field(number, value) for number, value in values)
    assert list(fields(encoded)) == values


@given(st.binary(max_size=200))
def test_whatever_comes_it_is_read_or_refused(data: bytes) -> None:
    try:
        decode(data)
    except Malformed:
        pass
    except OverflowError:
        pytest.fail("a moment beyond the calendar is only a number here")


class Told:
    def __init__(self) -> None:
        self.events: list[tuple[object, ...]] = []

    def step(self, number: int, title: str) -> None:
        self.events.append(("step", number, title))

    def text(self, number: int, text: str) -> None:
        self.events.append(("text", number, text))

    def done(self, number: int, *, cached: bool, seconds: float | None, error: str = "") -> None:
        self.events.append(("done", number, cached, seconds, error))

    def say(self, line: str) -> None:
        self.events.append(("say", line))


def vertex(digest: str, name: str, *, end: int = 0, cached: bool = False, error: str = "") -> bytes:
    encoded = field(1, digest) + field(3, name) + field(5, field(1, 100))
    encoded += field(4, 1) if cached else b""
    encoded += field(6, field(1, end) + field(2, 500_000_000)) if end else b""
    return field(1, encoded + (field(7, error) if error else b""))


def test_progress_is_told_step_by_step() -> None:
    told = Told()
    narrator = Narrator(told)
    narrator.take(vertex("a", "[1/2] FROM x") + vertex("b", "[2/2] RUN y"))
    narrator.take(field(3, field(1, "b") + field(3, 1) + field(4, b"hello\xff\n")))
    narrator.take(vertex("a", "[1/2] FROM x", end=100, cached=True))
    narrator.take(vertex("b", "[2/2] RUN y", end=102, error="exit code: 7"))
    narrator.take(vertex("b", "[2/2] RUN y", end=102, error="exit code: 7"))
    assert told.events == [
        ("step", 1, "[1/2] FROM x"),
        ("step", 2, "[2/2] RUN y"),
        ("text", 2, "hello\ufffd\n"),
        ("done", 1, True, 0.5, ""),
        ("done", 2, False, 2.5, "exit code: 7"),
    ]
    assert narrator.failed_step == "[2/2] RUN y"


class OneToken:
    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    async def pull_token(self, host: str, repositories: tuple[str, ...]) -> str | None:
        self.asked.append(repositories)
        return "the-token"


async def test_a_session_gives_tokens_for_our_registry_only() -> None:
    tokens = OneToken()
    service = AuthService(tokens, registries=("r:5000",))
    fetch = "/moby.filesync.v1.Auth/FetchToken"
    scopes = field(5, "repository:team/base:pull") + field(5, "registry:catalog:*")
    answer = await service.answer(fetch, field(1, "x") + field(2, "r:5000") + scopes)
    assert strings(answer)[1] == ["the-token"]
    assert tokens.asked == [("team/base",)]
    for method in ("FetchToken", "GetTokenAuthority", "VerifyTokenAuthority"):
        with pytest.raises(NotServed):
            await service.answer(f"/moby.filesync.v1.Auth/{method}", field(1, "docker.io"))
    with pytest.raises(NotServed):
        await service.answer("/moby.buildkit.secrets.v1.Secrets/GetSecret", b"")


async def test_two_builds_have_two_token_authorities() -> None:
    asked = field(1, "r:5000") + field(2, b"salt")
    method = "/moby.filesync.v1.Auth/GetTokenAuthority"
    keys = [
        await AuthService(OneToken(), registries=("r:5000",)).answer(method, asked) for _ in "ab"
    ]
    assert keys[0] != keys[1]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("failed to solve: dockerfile parse error line 1: unknown instruction: FORM", "dockerfile-invalid"),
        ("dockerfile parse error on line 3: unknown flag: --x", "dockerfile-invalid"),
        ("executor failed running [/bin/sh -c false]: exit code: 1", "step-failed"),
        ("process \"/bin/sh -c x\" did not complete successfully: exit code: 137", "out-of-memory"),
        ("pull access denied for a/b, repository does not exist or may require 'docker login'", "base-denied"),
        ("r/a:1: failed to authorize: rpc error: code = Unknown desc = no active sessions", "base-denied"),
        ("failed to load metadata for r/a:1: r/a:1: not found", "base-missing"),
        ("manifest for r/a:1 not found: manifest unknown: manifest unknown", "base-missing"),
        ("failed to do request: Head \"https://x/v2/\": dial tcp: lookup x: no such host", "base-unreachable"),
        ("failed to do request: Head \"http://x:40451/v2/\": dial tcp: connection refused", "base-unreachable"),
        ("Get \"https://x/v2/\": net/http: TLS handshake timeout", "base-unreachable"),
        ("failed to compute cache key: \"/x\" not found: not found", "copy-source-missing"),
        ("COPY failed: file not found in build context or excluded by .dockerignore", "copy-source-missing"),
        ("write /a: no space left on device", "disk-full"),
        ("something else", "build-failed"),
    ],
)  # fmt: skip
def test_what_an_engine_says_of_a_build_has_a_reason(message: str, reason: str) -> None:
    assert of_build(message).reason == reason


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("denied: requested access to the resource is denied", Reason.PUSH_REFUSED),
        ("unauthorized: authentication required", Reason.PUSH_REFUSED),
        ("Get \"http://r/v2/\": dial tcp: connect: connection refused", Reason.REGISTRY_UNREACHABLE),
        ("received unexpected HTTP status: 503 Service Unavailable", Reason.REGISTRY_UNREACHABLE),
        ("unsupported: The operation is unsupported.", Reason.REGISTRY_UNREACHABLE),
        ("manifest invalid: manifest invalid", Reason.PUSH_REFUSED),
    ],
)  # fmt: skip
def test_what_an_engine_says_of_a_push_has_a_reason(message: str, reason: Reason) -> None:
    assert of_push(message).reason is reason
