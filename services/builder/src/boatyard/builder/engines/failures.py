"""What an engine's message about a failure means. Pure; the texts are those of Docker 20.10 to 28."""

from __future__ import annotations

import re

from boatyard.builder.reasons import BuildError, Reason

MAX_MESSAGE = 400

_DISK = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)
_SYNTAX = re.compile(
    r"dockerfile parse error|parse error on line|unknown instruction|Unknown flag|unknown flag|"
    r"requires (?:at least|exactly)|must have (?:at least )?\w+ arguments?|"
    r"no build stage in current context|Syntax error|cannot be empty|"
    r"invalid (?:from flag|field|reference format)|file with no instructions|"
    r"circular dependency|from flag value|bad input near",
    re.IGNORECASE,
)
_DOCKERFILE = re.compile(
    r"failed to read dockerfile|cannot locate specified dockerfile", re.IGNORECASE
)
_COPY = re.compile(
    r"failed to (?:calculate checksum|compute cache key|walk)|copy failed|add failed|"
    r"forbidden path outside|lstat .*no such file",
    re.IGNORECASE,
)
_ADD = re.compile(r"ADD failed: (?:failed to GET|.*https?://)")
_DENIED = re.compile(
    r"denied|unauthori[sz]ed|authorization failed|authentication required|insufficient_scope|"
    r"no basic auth|\b401\b|\b403\b|no active session",
    re.IGNORECASE,
)
_MISSING = re.compile(
    r"not found|manifest unknown|name unknown|does not exist|\b404\b", re.IGNORECASE
)
_UNREACHABLE = re.compile(
    r"dial tcp|connection refused|no such host|i/o timeout|timeout exceeded|TLS handshake|EOF|"
    r"network is unreachable|no route to host|server misbehaving|deadline exceeded|"
    r"server gave HTTP response|\b5\d\d\b|unexpected status|operation is unsupported",
    re.IGNORECASE,
)
"""The last is what a registry says that can only be read, as while its garbage is collected."""
_BASE = re.compile(
    r"load metadata for|pull access denied|failed to (?:resolve|load|fetch)|"
    r"manifest (?:for|unknown)|Get \"https?://|repository does not exist|failed to do request|"
    r"docker-image://|error getting credentials|failed to authorize|failed to fetch \w+ token",
    re.IGNORECASE,
)
_EXIT = re.compile(r"(?:exit code:? |non-zero code: |exit status )(\d+)")
_KILLED = frozenset({"137", "9"})


def tidy(message: str) -> str:
    """One line of a message, without BuildKit's wrapping."""
    text = " ".join(message.split())
    text = re.sub(r"^(?:failed to solve(?: with frontend \S+)?: )+", "", text)
    text = re.sub(r"^failed to (?:build LLB|create LLB definition): ", "", text)
    return text[:MAX_MESSAGE].rstrip(".")


def of_build(
    message: str, *, step: str = "", code: int | None = None, said: str = ""
) -> BuildError:
    """Why a build failed.

    `message` is the engine's; `step` is the one that failed, `code` its exit code if that is known, and `said`
    what it printed last.
    """
    detail = tidy(message)
    exit_code = str(code) if code else _first(_EXIT, message)
    if _DISK.search(message) or (exit_code and _DISK.search(said)):
        return BuildError(Reason.DISK_FULL, detail=f"`{step}`" if step else detail)
    if exit_code is not None:
        where = f"`{step}` ended with exit code {exit_code}" if step else detail
        reason = Reason.OUT_OF_MEMORY if exit_code in _KILLED else Reason.STEP_FAILED
        return BuildError(reason, detail=where[:MAX_MESSAGE])
    if _ADD.search(message) or step.startswith(("http://", "https://")):
        return BuildError(Reason.ADD_FAILED, detail=f"{step} {detail}".strip()[:MAX_MESSAGE])
    if _DOCKERFILE.search(message):
        return BuildError(Reason.DOCKERFILE_INVALID, detail=detail)
    if _is_about_base(message, step):
        return BuildError(_of_base(message), detail=detail)
    if _SYNTAX.search(message):
        return BuildError(Reason.DOCKERFILE_INVALID, detail=detail)
    if _COPY.search(message):
        return BuildError(Reason.COPY_SOURCE_MISSING, detail=detail)
    return BuildError(Reason.BUILD_FAILED, detail=detail)


def _is_about_base(message: str, step: str) -> bool:
    if step.startswith("[internal] load metadata for"):
        return True
    return bool(_BASE.search(message)) and not _COPY.search(message)


def _of_base(message: str) -> Reason:
    # Docker says "access denied" also of what does not exist, so that nobody can find out: so do we.
    if _DENIED.search(message):
        return Reason.BASE_DENIED
    if _MISSING.search(message):
        return Reason.BASE_MISSING
    return Reason.BASE_UNREACHABLE if _UNREACHABLE.search(message) else Reason.BASE_MISSING


def of_push(message: str) -> BuildError:
    """Why a push failed, from what the engine said."""
    detail = tidy(message)
    if _DISK.search(message):
        return BuildError(Reason.DISK_FULL, detail=detail)
    if "No such image" in message:
        return BuildError(Reason.ENGINE_LOST, detail=detail)
    if _DENIED.search(message):
        return BuildError(Reason.PUSH_REFUSED, detail=detail)
    if _UNREACHABLE.search(message):
        return BuildError(Reason.REGISTRY_UNREACHABLE, detail=detail)
    return BuildError(Reason.PUSH_REFUSED, detail=detail)


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[1] if found else None
