"""What an embedded installation can be told."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from boatyard.shared.settings import ServiceSettings


class StandaloneSettings(ServiceSettings):
    """Settings of the embedded installation, `BOATYARD_…`, where every service runs in one process."""

    service: ClassVar[str] = "standalone"

    public_url: str = Field(
        default="",
        description="Where people and the registry reach Boatyard's API, without a trailing slash. "
        "Empty: `http://localhost` with the port.",
    )
    registry_host: str = Field(
        default="",
        description="The registry as people write it in image names: `host` or `host:port`. "
        "Empty: `localhost` with the registry's port.",
    )
    registry_port: int = Field(
        default=5000, ge=1, le=65535, description="The port of the registry that Boatyard runs."
    )
    console_dir: Path | None = Field(
        default=None,
        description="The folder of the built console. Empty: `console/dist` of the checkout.",
    )
    collect_at: str = Field(
        default="",
        pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$",
        description="When images that nothing refers to any more are removed, every day: `HH:MM` in UTC. "
        "Pushes are refused for as long as that takes. Empty: only when you type `boatyard gc`.",
    )
    log_format: str = Field(default="text", description="`json` for machines, `text` for people.")
    log_level: str = Field(default="warning", description="debug, info, warning or error.")

    @property
    def api_url(self) -> str:
        """The public URL, with the default filled in."""
        return self.public_url or f"http://localhost:{self.port}"

    @property
    def registry_name(self) -> str:
        """The registry as people write it, with the default filled in."""
        return self.registry_host or f"localhost:{self.registry_port}"
