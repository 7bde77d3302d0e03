"""What builder can be told."""

from __future__ import annotations

from typing import ClassVar

from boatyard.shared.settings import ServiceSettings


class BuilderSettings(ServiceSettings):
    """Settings of builder, `BOATYARD_BUILDER_…`."""

    service: ClassVar[str] = "builder"
