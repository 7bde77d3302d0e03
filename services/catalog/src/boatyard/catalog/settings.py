"""What catalog can be told."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from boatyard.shared.settings import ServiceSettings


class CatalogSettings(ServiceSettings):
    """Settings of catalog, `BOATYARD_CATALOG_…`."""

    service: ClassVar[str] = "catalog"

    keys_dir: Path | None = Field(
        default=None,
        description="Where the keys that sign the registry's tokens are. Empty: `keys` in the data folder.",
    )
    sign_up: bool = Field(
        default=True,
        description="Whether people can make accounts themselves. The first account can always be made.",
    )
    create_on_push: bool = Field(
        default=True,
        description="Whether a push to a repository that does not exist creates it, private.",
    )
    registry_service: str = Field(
        default="boatyard", description="The registry's name in its tokens (`auth.token.service`)."
    )
    registry_issuer: str = Field(
        default="boatyard", description="Who issues the tokens (`auth.token.issuer`)."
    )
    registry_token_seconds: int = Field(
        default=300, ge=60, le=3600, description="How long a token for the registry is good."
    )
    news_wait_seconds: float = Field(
        default=5,
        ge=0,
        le=60,
        description="How long a request that changes the registry waits to see the change, before it answers "
        "202.",
    )
    session_days: int = Field(
        default=14, ge=1, le=365, description="How long a session lasts unused."
    )
    quota_gib: float = Field(
        default=0,
        ge=0,
        le=1_000_000,
        description="How many GiB of images a namespace may keep; beyond that nothing can be pushed into it. "
        "0: as many as it likes. Administrators can set it for single namespaces.",
    )
    audit_days: int = Field(
        default=365, ge=1, le=36_500, description="For how many days the audit log is kept."
    )
    password_rounds: int = Field(
        default=3, ge=1, le=100, description="argon2's passes over its memory for a new password."
    )
    password_memory_kib: int = Field(
        default=65_536,
        ge=32,
        le=4_194_304,
        description="argon2's memory for a new password, in KiB; two are checked at a time.",
    )
    secure_cookies: bool | None = Field(
        default=None,
        description="Whether cookies travel over https only. Empty: if the public URL is https.",
    )
