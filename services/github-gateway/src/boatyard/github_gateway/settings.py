"""What github-gateway can be told."""

from __future__ import annotations

from typing import ClassVar

from boatyard.shared.settings import ServiceSettings


class GithubGatewaySettings(ServiceSettings):
    """Settings of github-gateway, `BOATYARD_GITHUB_GATEWAY_…`."""

    service: ClassVar[str] = "github-gateway"
