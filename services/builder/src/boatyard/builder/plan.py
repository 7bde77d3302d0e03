"""What a build is given besides its files: arguments, Docker Hub's variables, labels. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from boatyard.builder.engines.bases import foreign_frontend
from boatyard.builder.reasons import BuildError, Reason
from boatyard.shared.events import BuildRecipe, BuildSource

KEEP_GIT = "BUILDKIT_CONTEXT_KEEP_GIT_DIR"
_ALLOWED = frozenset({KEEP_GIT, "BUILDKIT_INLINE_CACHE"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DECLARED = re.compile(r"^\s*ARG\s+(.+)$", re.IGNORECASE | re.MULTILINE)
MESSAGE_LENGTH = 200


@dataclass(frozen=True)
class Image:
    """The image that is built, as people name it."""

    registry_host: str
    repository: str
    tags: Sequence[str]


def check_arguments(recipe: BuildRecipe) -> None:
    """Return if the rule's build arguments can be set; BuildError names the one that can't."""
    for name in recipe.arguments:
        reserved = name.upper().startswith("BUILDKIT_") and name not in _ALLOWED
        if reserved or not _NAME.fullmatch(name):
            raise BuildError(Reason.ARGUMENT_REFUSED, detail=repr(name[:100]))


def check_frontend(dockerfile: str, allowed: str) -> None:
    """Return if the Dockerfile is built by the engine's own frontend or an allowed one, else BuildError.

    A foreign frontend is a program out of an image; it would see the whole context.
    """
    frontend = foreign_frontend(dockerfile)
    patterns = [pattern.strip() for pattern in allowed.split(",") if pattern.strip()]
    if frontend is None or any(fnmatchcase(frontend, pattern) for pattern in patterns):
        return
    raise BuildError(Reason.SYNTAX_REFUSED, detail=frontend[:200])


def keeps_git(recipe: BuildRecipe) -> bool:
    """Whether the rule wants `.git` in the context. It is left out otherwise, as it defeats the cache."""
    return recipe.arguments.get(KEEP_GIT, "").lower() in ("1", "true")


def variables(source: BuildSource, recipe: BuildRecipe, image: Image) -> dict[str, str]:
    """The variables that Docker Hub's automated builds had."""
    repository = f"{image.registry_host}/{image.repository}"
    return {
        "SOURCE_BRANCH": re.sub(r"^refs/(?:heads|tags)/", "", source.ref),
        "SOURCE_COMMIT": source.commit,
        "COMMIT_MSG": source.message.strip()[:MESSAGE_LENGTH],
        "DOCKER_REPO": repository,
        "DOCKERFILE_PATH": recipe.dockerfile,
        "DOCKER_TAG": image.tags[0],
        "IMAGE_NAME": f"{repository}:{image.tags[0]}",
    }


def arguments(
    dockerfile: str, source: BuildSource, recipe: BuildRecipe, image: Image
) -> dict[str, str]:
    """The rule's build arguments, and those of Docker Hub's variables that the Dockerfile asks for."""
    declared = {
        word.partition("=")[0] for words in _DECLARED.findall(dockerfile) for word in words.split()
    }
    hub = variables(source, recipe, image)
    given = {name: value for name, value in recipe.arguments.items() if name != KEEP_GIT}
    return {name: value for name, value in hub.items() if name in declared} | given


def labels(source: BuildSource, *, created: dt.datetime) -> Mapping[str, str]:
    """Where the image came from, in the OCI's words."""
    return {
        "org.opencontainers.image.source": source.clone_url.removesuffix(".git"),
        "org.opencontainers.image.revision": source.commit,
        "org.opencontainers.image.created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
