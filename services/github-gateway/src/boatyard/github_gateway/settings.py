"""What github-gateway can be told."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr, field_validator

from boatyard.github_gateway.github.addresses import PUBLIC
from boatyard.shared.settings import ServiceSettings


class GithubGatewaySettings(ServiceSettings):
    """Settings of github-gateway, `BOATYARD_GITHUB_GATEWAY_…`."""

    service: ClassVar[str] = "github-gateway"

    github_url: str = Field(
        default=PUBLIC,
        description="The GitHub that repositories are built from, as people visit it; of an Enterprise "
        "Server its own address.",
    )
    github_api_url: str = Field(
        default="",
        description="Where that GitHub's API is. Empty: where GitHub has it, `/api/v3` of an Enterprise "
        "Server.",
    )
    github_ca_file: Path | None = Field(
        default=None,
        description="A file of certificates to believe an Enterprise Server by. Empty: the machine's own.",
    )
    webhook_url: str = Field(
        default="",
        description="Where GitHub delivers its events, if that is not `/github/events` at the public URL.",
    )
    secrets_key: SecretStr = Field(
        default=SecretStr(""),
        description="32 bytes in base64 that seal GitHub's credentials in the database; the same for every "
        "process. Empty: a key file in the keys folder.",
    )
    keys_dir: Path | None = Field(
        default=None,
        description="Where the key file is. Empty: `keys` in the data folder.",
    )
    reconcile_seconds: int = Field(
        default=300,
        ge=10,
        le=86_400,
        description="How often the branches and tags of a project are compared with what was built, for "
        "pushes of which GitHub did not tell.",
    )
    catch_up_seconds: int = Field(
        default=300,
        ge=10,
        le=86_400,
        description="How often GitHub is asked for deliveries that failed.",
    )
    disable_rule_after: int = Field(
        default=50,
        ge=0,
        le=1000,
        description="After how many failed builds in a row a rule is switched off; only failures that its "
        "project can mend count. 0: never.",
    )
    keep_deliveries_days: int = Field(
        default=30,
        ge=4,
        le=365,
        description="How long received deliveries and the ledger of pushes are kept.",
    )

    @field_validator("github_url", "github_api_url", "webhook_url")
    @classmethod
    def _is_a_url(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("must begin with https:// or http://")
        return value.rstrip("/")

    @property
    def events_url(self) -> str:
        """Where GitHub delivers its events."""
        return self.webhook_url or f"{self.public_url.rstrip('/')}/github/events"
