"""What webhook-dispatcher can be told."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from boatyard.shared.egress import EgressPolicy
from boatyard.shared.settings import ServiceSettings


class WebhookDispatcherSettings(ServiceSettings):
    """Settings of webhook-dispatcher, `BOATYARD_WEBHOOK_DISPATCHER_…`."""

    service: ClassVar[str] = "webhook-dispatcher"

    allow_networks: str = Field(
        default="",
        description="Ranges such as 10.1.0.0/16, separated by commas, that webhooks may reach although they "
        "are private. Nothing private can be reached otherwise.",
    )
    secrets_key: SecretStr = Field(
        default=SecretStr(""),
        description="32 bytes in base64 that encrypt the webhooks' secrets in the database; the same for "
        "every process. Empty: a key file in the data folder, made at the first start.",
    )
    concurrency: int = Field(
        default=256, ge=4, le=4096, description="Requests under way at once in one process."
    )
    deadline_seconds: float = Field(
        default=15,
        gt=0,
        le=120,
        description="How long one attempt may take, from the DNS to the last byte.",
    )
    connect_seconds: float = Field(
        default=5, gt=0, le=60, description="How long DNS, connection and TLS may take of that."
    )
    lease_seconds: float = Field(
        default=60,
        gt=0,
        le=600,
        description="When a delivery is taken from a process that was killed, and sent again by another.",
    )
    poll_seconds: float = Field(
        default=0.5,
        gt=0,
        le=60,
        description="How often the database is asked for deliveries that other processes entered.",
    )
    ladder_scale: float = Field(
        default=1,
        gt=0,
        le=100,
        description="The pauses between attempts are multiplied by this; small values are for tests.",
    )
    retention_days: float = Field(
        default=30,
        gt=0,
        le=3650,
        description="How long deliveries that came to an end, and events, are kept.",
    )
    disable_after_days: float = Field(
        default=5,
        gt=0,
        le=365,
        description="Days of nothing but failure after which a webhook is disabled.",
    )
    overdue_seconds: float = Field(
        default=60,
        gt=0,
        le=86_400,
        description="Readiness fails when a delivery to a healthy endpoint has been due for longer.",
    )
    max_webhooks: int = Field(
        default=50, ge=1, le=10_000, description="How many webhooks a repository may have."
    )

    @field_validator("allow_networks")
    @classmethod
    def _ranges(cls, text: str) -> str:
        EgressPolicy.parse(text)
        return text

    @model_validator(mode="after")
    def _lease_outlasts_an_attempt(self) -> Self:
        if self.lease_seconds < 2 * self.deadline_seconds:
            raise ValueError("lease_seconds must be at least twice deadline_seconds")
        return self

    @property
    def egress(self) -> EgressPolicy:
        """Where webhooks may go."""
        return EgressPolicy.parse(self.allow_networks)
