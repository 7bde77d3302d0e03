"""The names of an image registry as values: repository, tag, digest, media type.

Grammar: github.com/distribution/reference `regexp.go`; OCI distribution specification 1.1,
"Pulling manifests".
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

MIN_NAME_LENGTH = 2
MAX_NAME_LENGTH = 64
MAX_TAG_LENGTH = 128
MAX_SIZE = 2**50
"""Bytes of an image that are believed: whoever pushes it may write down anything of its parts."""

_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*")
_SEPARATORS = "-_."
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_REFERRER_TAG = re.compile(r"(?:sha256-[0-9a-f]{64}|sha512-[0-9a-f]{128})(?:\..+)?")


class NameFault(ValueError):
    """Why a name can't be used; its text is meant for the person who typed the name."""


def check_name(name: str) -> str:
    """Return `name` if it can be one component of an image name, else raise NameFault naming the fault.

    The rule is R2: 2 to 64 of `a-z 0-9 . _ -`, not beginning with a separator, and pushable.
    """
    if not MIN_NAME_LENGTH <= len(name) <= MAX_NAME_LENGTH:
        raise NameFault(
            f"must have {MIN_NAME_LENGTH} to {MAX_NAME_LENGTH} characters, has {len(name)}"
        )
    for position, character in enumerate(name, start=1):
        if not (character.isascii() and (character.islower() or character.isdigit())) and (
            character not in _SEPARATORS
        ):
            raise NameFault(_illegal_character(character, position))
    if name[0] in _SEPARATORS:
        raise NameFault(f"must not begin with a separator: {name[0]!r}")
    if name[-1] in _SEPARATORS:
        raise NameFault(f"must not end with a separator: {name[-1]!r}")
    if not _COMPONENT.fullmatch(name):
        raise NameFault(_bad_run(name))
    return name


def _illegal_character(character: str, position: int) -> str:
    hint = "; write it in lower case" if character.isascii() and character.isupper() else ""
    return (
        f"character {position}, {character!r}, is not allowed: "
        f"use a-z, 0-9 and the separators - _ .{hint}"
    )


def _bad_run(name: str) -> str:
    for run in re.finditer(r"[-_.]{2,}", name):
        if not re.fullmatch(r"__|-+", run[0]):
            return (
                f"characters {run.start() + 1} to {run.end()}, {run[0]!r}, can't stand together: "
                "between letters write one of . _ __ or any number of -"
            )
    return "is not a legal part of an image name"


def check_repository(name: str) -> str:
    """Return `namespace/name` if both parts are legal, else raise NameFault."""
    namespace, slash, rest = name.partition("/")
    if not slash:
        raise NameFault("must be written as namespace/name")
    check_name(namespace)
    check_name(rest)
    return name


def check_tag(tag: str) -> str:
    """Return `tag` if the registry takes it, else raise NameFault."""
    if not _TAG.fullmatch(tag):
        raise NameFault(
            "must be 1 to 128 letters, digits, underscores, dots and hyphens, "
            "and must not begin with a dot or a hyphen"
        )
    return tag


def check_digest(digest: str) -> str:
    """Return `digest` if it is a sha256 or sha512 digest as registries write them, else raise NameFault."""
    if not _DIGEST.fullmatch(digest):
        raise NameFault("must be sha256: followed by 64 hexadecimal digits in lower case")
    return digest


def is_referrer_tag(tag: str) -> bool:
    """Whether a tag only attaches something (a signature, an SBOM) to a digest and is no version.

    OCI distribution specification 1.1, "Referrers tag schema"; cosign adds a suffix such as `.sig`.
    """
    return bool(_REFERRER_TAG.fullmatch(tag))


Name = Annotated[str, StringConstraints(max_length=256), AfterValidator(check_name)]
"""One component of an image name: a namespace or the name of a repository in it."""
RepositoryName = Annotated[str, StringConstraints(max_length=256), AfterValidator(check_repository)]
"""A repository as the registry knows it: `namespace/name`."""
Tag = Annotated[str, StringConstraints(max_length=256), AfterValidator(check_tag)]
Digest = Annotated[str, StringConstraints(max_length=256), AfterValidator(check_digest)]


class MediaType(StrEnum):
    """The manifest media types that Boatyard reads."""

    OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
    OCI_INDEX = "application/vnd.oci.image.index.v1+json"
    DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
    DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"


IMAGE_TYPES = frozenset({MediaType.OCI_MANIFEST, MediaType.DOCKER_MANIFEST})
"""The types of a manifest that is one image."""
INDEX_TYPES = frozenset({MediaType.OCI_INDEX, MediaType.DOCKER_LIST})
"""The types of a manifest that lists others, one per platform."""
