"""The contract between the services: every event, command and question, one class and one subject each.

Nothing of Boatyard is imported here but the value objects of `oci`. `MESSAGES` is the catalogue from
which the references are generated.
"""

from boatyard.shared.events.access import (
    BUILDS,
    Access,
    AskAccess,
    AskRegistryToken,
    CredentialKind,
    RegistryActor,
    RegistryToken,
    Role,
    TokenScope,
    Verb,
)
from boatyard.shared.events.audit import AuditOutcome, RecordAction
from boatyard.shared.events.builds import (
    AskSourceToken,
    BuildCause,
    BuildFacts,
    BuildFinished,
    BuildImage,
    BuildLogChunk,
    BuildQueued,
    BuildRecipe,
    BuildSource,
    BuildStarted,
    BuildStatus,
    CancelBuilds,
    SourceToken,
)
from boatyard.shared.events.health import SERVICE_NAMES, AskHealth, ProcessHealth
from boatyard.shared.events.message import Command, Event, Message, Question, Survey, new_id
from boatyard.shared.events.repositories import (
    RepositoryCreated,
    RepositoryDeleted,
    RepositoryUpdated,
)
from boatyard.shared.events.tags import ImageParts, ManifestPulled, TagDeleted, TagOrigin, TagPushed
from boatyard.shared.events.webhooks import WebhookDisabled

MESSAGES: tuple[type[Message], ...] = (
    TagPushed,
    TagDeleted,
    ManifestPulled,
    RepositoryCreated,
    RepositoryUpdated,
    RepositoryDeleted,
    BuildImage,
    CancelBuilds,
    BuildQueued,
    BuildStarted,
    BuildFinished,
    BuildLogChunk,
    WebhookDisabled,
    RecordAction,
)
"""Every event and command, in the order of the reference."""

QUESTIONS: tuple[type[AskAccess | AskRegistryToken | AskSourceToken | AskHealth], ...] = (
    AskAccess,
    AskRegistryToken,
    AskSourceToken,
    AskHealth,
)
"""Every question that services ask each other."""

__all__ = [
    "BUILDS",
    "MESSAGES",
    "QUESTIONS",
    "SERVICE_NAMES",
    "Access",
    "AskAccess",
    "AskHealth",
    "AskRegistryToken",
    "AskSourceToken",
    "AuditOutcome",
    "BuildCause",
    "BuildFacts",
    "BuildFinished",
    "BuildImage",
    "BuildLogChunk",
    "BuildQueued",
    "BuildRecipe",
    "BuildSource",
    "BuildStarted",
    "BuildStatus",
    "CancelBuilds",
    "Command",
    "CredentialKind",
    "Event",
    "ImageParts",
    "ManifestPulled",
    "Message",
    "ProcessHealth",
    "Question",
    "RecordAction",
    "RegistryActor",
    "RegistryToken",
    "RepositoryCreated",
    "RepositoryDeleted",
    "RepositoryUpdated",
    "Role",
    "SourceToken",
    "Survey",
    "TagDeleted",
    "TagOrigin",
    "TagPushed",
    "TokenScope",
    "Verb",
    "WebhookDisabled",
    "new_id",
]
