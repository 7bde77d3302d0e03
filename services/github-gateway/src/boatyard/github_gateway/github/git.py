"""The refs of a project, asked of its Git server in one request (gitprotocol-v2, "ls-refs").

The API would need a request for every hundred refs, and counts each against the rate limit.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

from boatyard.github_gateway.github import GithubUnavailable
from boatyard.github_gateway.github.transport import USER_AGENT, Transport
from boatyard.github_gateway.refs import Ref, RefKind, is_sha

_DELIMITER, _FLUSH = b"0001", b"0000"


async def list_refs(transport: Transport, clone_url: str, token: str | None) -> dict[Ref, str]:
    """Every branch and tag, and the commit that it leads to."""
    lines = [b"peel\n", *(f"ref-prefix {kind.prefix}\n".encode() for kind in RefKind)]
    body = b"".join(
        (
            _line(b"command=ls-refs\n"),
            _line(f"agent={USER_AGENT}\n".encode()),
            _line(b"object-format=sha1\n"),
            _DELIMITER,
            *map(_line, lines),
            _FLUSH,
        )
    )
    headers = {
        "Accept": "application/x-git-upload-pack-result",
        "Content-Type": "application/x-git-upload-pack-request",
        "Git-Protocol": "version=2",
    }
    if token:
        basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        headers["Authorization"] = f"Basic {basic}"
    answer = await transport.ask(
        "POST", f"{clone_url}/git-upload-pack", repeatable=True, headers=headers, content=body
    )
    return dict(_refs(answer.body))


def _refs(body: bytes) -> Iterator[tuple[Ref, str]]:
    for line in _lines(body):
        sha, name, *attributes = line.rstrip("\n").split(" ")
        ref = Ref.parse(name)
        peeled = next(
            (a.removeprefix("peeled:") for a in attributes if a.startswith("peeled:")), sha
        )
        if ref is not None and is_sha(peeled):
            yield ref, peeled


def _line(content: bytes) -> bytes:
    return f"{len(content) + 4:04x}".encode() + content


def _lines(body: bytes) -> Iterator[str]:
    """The lines of a pkt-line stream up to its flush; GithubUnavailable if it is none."""
    at = 0
    while True:
        try:
            length = int(body[at : at + 4], 16)
        except ValueError:
            raise GithubUnavailable("the Git server did not answer in protocol version 2") from None
        if length == 0:
            return
        line = body[at + 4 : at + length]
        if length < 4 or len(line) != length - 4 or line.startswith(b"ERR ") or b" " not in line:
            raise GithubUnavailable("the Git server's list of refs is broken")
        yield line.decode(errors="replace")
        at += length
