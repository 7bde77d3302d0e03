"""What an embedded installation can be told."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from boatyard.shared.settings import ServiceSettings


class StandaloneSettings(ServiceSettings):
    """Settings of the embedded installation, `BOATYARD_…`, where every service runs in one process."""

    service: ClassVar[str] = "standalone"

    registry_port: int = Field(
        default=5000, ge=1, le=65535, description="The port of the registry that Boatyard runs."
    )
    log_format: str = Field(default="text", description="`json` for machines, `text` for people.")
    log_level: str = Field(default="warning", description="debug, info, warning or error.")
