"""What registry-notifier can be told."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, SecretStr

from boatyard.shared.settings import ServiceSettings


class RegistryNotifierSettings(ServiceSettings):
    """Settings of registry-notifier, `BOATYARD_REGISTRY_NOTIFIER_…`."""

    service: ClassVar[str] = "registry-notifier"

    notification_secret: SecretStr = Field(
        min_length=16,
        description="What the registry shows with every notification: the bearer token in the headers of "
        "its notification endpoint.",
    )
    sweep_seconds: float = Field(
        default=600,
        ge=10,
        le=86_400,
        description="Seconds from one sweep of the registry to the next, give or take a tenth.",
    )
    registry_poll_seconds: float = Field(
        default=1,
        ge=0.05,
        le=60,
        description="How often the registry is asked whether it is there; after a gap it is swept.",
    )
    quiet_seconds: float = Field(
        default=2,
        ge=0,
        le=60,
        description="How long the sweep leaves a difference to a notification that may be on its way.",
    )
