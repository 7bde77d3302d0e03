"""What manifests and image configurations say, read from their JSON. Pure.

OCI image specification 1.1: image manifest, image index, image configuration. An index may list attestations as
`unknown/unknown`: they are no platforms.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from boatyard.shared.oci import INDEX_TYPES, MAX_SIZE
from boatyard.shared.registry import (
    PLACEHOLDER_ANNOTATION,
    Image,
    Manifest,
    ManifestDetails,
    ManifestUnreadable,
    Platform,
)

MAX_PLATFORMS = 64
MAX_LABELS = 200
MAX_LABEL_LENGTH = 4096


@dataclass(frozen=True)
class Child:
    """One entry of an index."""

    digest: str
    media_type: str


def parse(manifest: Manifest) -> dict[str, Any]:
    """The manifest's JSON object; ManifestUnreadable if it is none."""
    try:
        body = json.loads(manifest.body)
    except (ValueError, RecursionError) as error:
        raise ManifestUnreadable("it is not JSON") from error
    if not isinstance(body, dict):
        raise ManifestUnreadable("it is not an object")
    return body


def is_placeholder(manifest: Manifest) -> bool:
    """Whether this is what Boatyard puts under a tag in order to remove it."""
    try:
        annotations = parse(manifest).get("annotations")
    except ManifestUnreadable:
        return False
    return isinstance(annotations, dict) and PLACEHOLDER_ANNOTATION in annotations


def is_index(manifest: Manifest) -> bool:
    """Whether the manifest lists others."""
    return manifest.media_type in INDEX_TYPES


def children(manifest: Manifest) -> list[Child]:
    """The images that an index lists, attestations left out, at most 64."""
    found = []
    for entry in _objects(parse(manifest).get("manifests")):
        platform = entry.get("platform")
        unknown = isinstance(platform, dict) and platform.get("architecture") == "unknown"
        if not unknown and isinstance(entry.get("digest"), str):
            found.append(Child(entry["digest"], str(entry.get("mediaType", ""))))
    return found[:MAX_PLATFORMS]


def image(manifest: Manifest) -> Image:
    """The parts of one platform's manifest; ManifestUnreadable if it has no configuration."""
    body = parse(manifest)
    config = body.get("config")
    if not isinstance(config, dict) or not isinstance(config.get("digest"), str):
        raise ManifestUnreadable("it has no configuration")
    config_size = _size(config)
    layers = sum(_size(layer) for layer in _objects(body.get("layers")))
    return Image(config["digest"], config_size, min(config_size + layers, MAX_SIZE))


def details(images: list[tuple[str, Image, bytes]]) -> ManifestDetails:
    """Put together what the images of one manifest say: digest, parts and configuration of each."""
    platforms: list[Platform] = []
    labels: dict[str, str] = {}
    created: dt.datetime | None = None
    for digest, parts, configuration in images:
        config = _configuration(configuration)
        platforms.append(_platform(config, digest, parts.size))
        if not labels:
            labels = _labels(config)
        created = created or _created(config)
    return ManifestDetails(
        size=sum(parts.size for _, parts, _ in images),
        platforms=tuple(platforms),
        labels=labels,
        created=created,
    )


def _configuration(data: bytes) -> dict[str, Any]:
    try:
        config = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return config if isinstance(config, dict) else {}


def _platform(config: dict[str, Any], digest: str, size: int) -> Platform:
    variant = config.get("variant")
    return Platform(
        os=_word(config.get("os")),
        architecture=_word(config.get("architecture")),
        variant=_word(variant) if variant else None,
        digest=digest,
        size=size,
    )


def _labels(config: dict[str, Any]) -> dict[str, str]:
    inner = config.get("config")
    labels = inner.get("Labels") if isinstance(inner, dict) else None
    if not isinstance(labels, dict):
        return {}
    kept = list(labels.items())[:MAX_LABELS]
    return {_clean(key)[:256]: _clean(value)[:MAX_LABEL_LENGTH] for key, value in kept}


def _created(config: dict[str, Any]) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(str(config.get("created")))
    except ValueError:
        return None
    if moment.tzinfo is None or not 1970 <= moment.year <= 9000:
        return None  # builders that make reproducible images write the year 1 or 0
    return moment.astimezone(dt.UTC)


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _size(descriptor: dict[str, Any]) -> int:
    size = descriptor.get("size")
    return size if isinstance(size, int) and 0 <= size < MAX_SIZE else 0


def _word(value: Any) -> str:
    return _clean(value)[:64] if value else "unknown"


def _clean(value: Any) -> str:
    return str(value).replace("\x00", "").encode("utf-8", "replace").decode()
