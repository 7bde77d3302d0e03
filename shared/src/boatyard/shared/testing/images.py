"""Small images for tests, made on the spot: a build context, and a multi-platform image as an OCI layout."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boatyard.shared.oci import MediaType

_CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
_LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"


@dataclass(frozen=True)
class Index:
    """A multi-platform image in an OCI layout: where it is, and the digests that a registry will show."""

    folder: Path
    tag: str
    digest: str
    manifests: Mapping[str, str]
    """Platform, such as `linux/arm64`, to the digest of its manifest."""

    @property
    def source(self) -> str:
        """How skopeo and buildah name it."""
        return f"oci:{self.folder}:{self.tag}"


def tar_of(files: Mapping[str, bytes], *, executable: bool = False) -> bytes:
    """An archive of files, the same bytes for the same files."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o755 if executable else 0o644
            archive.addfile(member, io.BytesIO(content))
    return written.getvalue()


def write_index(
    folder: Path,
    *,
    text: str = "hello",
    tag: str = "latest",
    platforms: Sequence[str] = ("linux/amd64", "linux/arm64"),
) -> Index:
    """Write an image for several platforms, each with one small layer, as an OCI layout (image-spec 1.1)."""
    layout = _Layout(folder)
    manifests = [layout.manifest(platform, text) for platform in platforms]
    index = {"schemaVersion": 2, "mediaType": MediaType.OCI_INDEX, "manifests": manifests}
    written = layout.put(json.dumps(index).encode(), MediaType.OCI_INDEX)
    named = {**written, "annotations": {"org.opencontainers.image.ref.name": tag}}
    folder.joinpath("oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    folder.joinpath("index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [named]}))
    digests = {
        platform: str(manifest["digest"])
        for platform, manifest in zip(platforms, manifests, strict=True)
    }
    return Index(folder, tag, str(written["digest"]), digests)


class _Layout:
    def __init__(self, folder: Path) -> None:
        self._blobs = folder / "blobs" / "sha256"
        self._blobs.mkdir(parents=True, exist_ok=True)

    def put(self, content: bytes, media_type: str) -> dict[str, Any]:
        digest = hashlib.sha256(content).hexdigest()
        self._blobs.joinpath(digest).write_bytes(content)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    def manifest(self, platform: str, text: str) -> dict[str, Any]:
        system, architecture = platform.split("/")
        archive = tar_of({"hello.txt": f"{text} for {platform}\n".encode()})
        config = {
            "os": system,
            "architecture": architecture,
            "config": {"Labels": {"text": text}},
            "rootfs": {
                "type": "layers",
                "diff_ids": [f"sha256:{hashlib.sha256(archive).hexdigest()}"],
            },
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": MediaType.OCI_MANIFEST,
            "config": self.put(json.dumps(config).encode(), _CONFIG_TYPE),
            "layers": [self.put(gzip.compress(archive, mtime=0), _LAYER_TYPE)],
        }
        written = self.put(json.dumps(manifest).encode(), MediaType.OCI_MANIFEST)
        return {**written, "platform": {"os": system, "architecture": architecture}}
