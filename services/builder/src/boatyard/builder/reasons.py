"""Why a build did not succeed: a stable code, whose matter it is, and the sentence for people. Pure.

A user's error is one that the project's owner can mend: in the Dockerfile, the rule, the account at GitHub.
Everything else is the operator's, is tried again where that can help, and never counts against a rule.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """The codes. They never change their meaning."""

    SOURCE_DENIED = "source-denied"
    SOURCE_UNREACHABLE = "source-unreachable"
    PART_AWAY = "part-away"
    SOURCE_REFUSED = "source-refused"
    COMMIT_MISSING = "commit-missing"
    SUBMODULE_FAILED = "submodule-failed"
    LFS_FAILED = "lfs-failed"
    SOURCE_TOO_LARGE = "source-too-large"
    DOCKERFILE_MISSING = "dockerfile-missing"
    DOCKERFILE_INVALID = "dockerfile-invalid"
    CONTEXT_MISSING = "context-missing"
    CONTEXT_TOO_LARGE = "context-too-large"
    PATH_REFUSED = "path-refused"
    DOCKERIGNORE_INVALID = "dockerignore-invalid"
    SYNTAX_REFUSED = "syntax-refused"
    ARGUMENT_REFUSED = "argument-refused"
    STEP_FAILED = "step-failed"
    COPY_SOURCE_MISSING = "copy-source-missing"
    ADD_FAILED = "add-failed"
    BASE_MISSING = "base-missing"
    BASE_DENIED = "base-denied"
    BASE_UNREACHABLE = "base-unreachable"
    OUT_OF_MEMORY = "out-of-memory"
    BUILD_FAILED = "build-failed"
    TIMED_OUT = "timed-out"
    SILENT = "silent"
    PUSH_REFUSED = "push-refused"
    PUSH_TIMED_OUT = "push-timed-out"
    REGISTRY_UNREACHABLE = "registry-unreachable"
    ENGINE_LOST = "engine-lost"
    DISK_FULL = "disk-full"
    WORKER_LOST = "worker-lost"
    INTERNAL = "internal-error"
    CANCELED = "canceled"
    REF_GONE = "ref-gone"
    REPOSITORY_GONE = "repository-gone"
    NEWER_PUSH = "newer-push"
    OVERTAKEN = "overtaken"


SENTENCES: dict[Reason, str] = {
    Reason.SOURCE_DENIED: "The source can't be read: access to {project} was denied. Link the account again, "
    "or let the app see this project.",
    Reason.SOURCE_UNREACHABLE: "The source can't be reached now: {detail}.",
    Reason.PART_AWAY: "Nobody gives a credential for the {kind} now: {service} does not answer.",
    Reason.SOURCE_REFUSED: "The source is not fetched from there: {detail}.",
    Reason.COMMIT_MISSING: "The commit {commit} is not in {project} any more.",
    Reason.SUBMODULE_FAILED: "The submodule {path} can't be fetched: {detail}.",
    Reason.LFS_FAILED: "The files of Git LFS can't be fetched: {detail}.",
    Reason.SOURCE_TOO_LARGE: "The source has more than {limit}: leave out what is not built.",
    Reason.DOCKERFILE_MISSING: "There is no {path} in this commit: correct the rule, or add the file.",
    Reason.DOCKERFILE_INVALID: "The Dockerfile has a mistake: {detail}.",
    Reason.CONTEXT_MISSING: "There is no folder {path} in this commit: correct the rule's build context.",
    Reason.CONTEXT_TOO_LARGE: "The build context has more than {limit}: exclude what the image does not "
    "need in .dockerignore.",
    Reason.PATH_REFUSED: "{path} is refused: {detail}.",
    Reason.DOCKERIGNORE_INVALID: "{path} can't be used: {detail}.",
    Reason.SYNTAX_REFUSED: "The Dockerfile asks for the foreign frontend {detail}, which is not run here: "
    "remove its `# syntax=` line.",
    Reason.ARGUMENT_REFUSED: "The build argument {detail} can't be set here: remove it from the rule.",
    Reason.STEP_FAILED: "A step failed: {detail}.",
    Reason.COPY_SOURCE_MISSING: "A file to be copied is not in the build context: {detail}.",
    Reason.ADD_FAILED: "What an ADD instruction names can't be fetched: {detail}.",
    Reason.BASE_MISSING: "A base image does not exist: {detail}.",
    Reason.BASE_DENIED: "A base image may not be pulled: {detail}.",
    Reason.BASE_UNREACHABLE: "A base image can't be reached: {detail}.",
    Reason.OUT_OF_MEMORY: "A step was killed, most likely since it needs more memory than builds have: "
    "{detail}.",
    Reason.BUILD_FAILED: "The image can't be built: {detail}.",
    Reason.TIMED_OUT: "It was stopped after {limit}, the time that its rule gives it.",
    Reason.SILENT: "It was stopped: it had printed nothing for {limit}.",
    Reason.PUSH_REFUSED: "The registry refused the push: {detail}.",
    Reason.PUSH_TIMED_OUT: "The push was given up after {limit}.",
    Reason.REGISTRY_UNREACHABLE: "The registry can't be reached: {detail}.",
    Reason.ENGINE_LOST: "The build engine failed: {detail}.",
    Reason.DISK_FULL: "The builds' disk is full: {detail}.",
    Reason.WORKER_LOST: "Its worker vanished {attempts} times.",
    Reason.INTERNAL: "Something went wrong on our side: {detail}.",
    Reason.CANCELED: "Canceled by {by}.",
    Reason.REF_GONE: "Canceled: {detail}.",
    Reason.REPOSITORY_GONE: "Canceled: the repository was deleted.",
    Reason.NEWER_PUSH: "Superseded by a newer push.",
    Reason.OVERTAKEN: "Nothing was pushed: {tags} {verb} from a newer commit already.",
}

USERS = frozenset(
    {
        Reason.SOURCE_DENIED,
        Reason.SOURCE_REFUSED,
        Reason.COMMIT_MISSING,
        Reason.SUBMODULE_FAILED,
        Reason.LFS_FAILED,
        Reason.SOURCE_TOO_LARGE,
        Reason.DOCKERFILE_MISSING,
        Reason.DOCKERFILE_INVALID,
        Reason.CONTEXT_MISSING,
        Reason.CONTEXT_TOO_LARGE,
        Reason.PATH_REFUSED,
        Reason.DOCKERIGNORE_INVALID,
        Reason.SYNTAX_REFUSED,
        Reason.ARGUMENT_REFUSED,
        Reason.STEP_FAILED,
        Reason.COPY_SOURCE_MISSING,
        Reason.ADD_FAILED,
        Reason.BASE_MISSING,
        Reason.BASE_DENIED,
        Reason.BUILD_FAILED,
        Reason.OUT_OF_MEMORY,
        Reason.TIMED_OUT,
        Reason.SILENT,
    }
)
"""What the project's owner can mend."""

PASSING = frozenset(
    {
        Reason.SOURCE_UNREACHABLE,
        Reason.PART_AWAY,
        Reason.BASE_UNREACHABLE,
        Reason.REGISTRY_UNREACHABLE,
        Reason.ENGINE_LOST,
        Reason.PUSH_TIMED_OUT,
    }
)
"""What may be over in a moment, so that the build is tried again."""

PARTS_AWAY = frozenset({Reason.PART_AWAY, Reason.REGISTRY_UNREACHABLE})
"""Of these, that a part of Boatyard is away: no fault of the build, which waits for it."""

MAX_DETAIL = 1000


def sentence(reason: Reason, **values: str) -> str:
    """What people read, in one line."""
    filled = SENTENCES[reason].format(**values)
    return " ".join(filled.split())[:MAX_DETAIL]


class BuildError(Exception):
    """A build can't go on; whoever raises it says why in words that hold no secret."""

    def __init__(self, reason: Reason, **values: str) -> None:
        self.reason = reason
        self.detail = sentence(reason, **values)
        super().__init__(self.detail)

    @property
    def user_error(self) -> bool:
        """Whether the project's owner can mend it."""
        return self.reason in USERS

    @property
    def passing(self) -> bool:
        """Whether it may be over in a moment."""
        return self.reason in PASSING
