"""Configuration: one frozen class per service, filled from the environment and checked as a whole.

A field `nats_url` of the service `catalog` is read from `BOATYARD_CATALOG_NATS_URL`, else from
`BOATYARD_NATS_URL`, so that what is common is said once. A secret may be a file of that name in the folder
`BOATYARD_SECRETS_DIR`. A name that begins with `BOATYARD_` and that no class knows is an error, since it is
most likely a misspelt one.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from boatyard.shared.mendable import MendableError

PREFIX = "BOATYARD_"
OF_THE_COMMAND_LINE = frozenset({"BOATYARD_SERVER", "BOATYARD_TOKEN", "BOATYARD_TOKEN_FILE"})
"""What boatyard-cli reads. Whoever starts a server where these are set has misspelt nothing."""


class SettingsError(MendableError):
    """The configuration is wrong; the text tells the operator which variable and why."""


class ServiceSettings(BaseSettings):
    """What every service can be told. A subclass adds its own and names its prefix."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix=PREFIX)

    service: ClassVar[str] = ""

    data_dir: Path = Field(
        default=Path("var"), description="Where files are kept: databases and keys."
    )
    secrets_dir: Path | None = Field(
        default=None,
        description="A folder of files that are named as these variables are and hold their values: the way in "
        "which Docker and Kubernetes hand out secrets. A variable wins over its file.",
    )
    database_url: str = Field(
        default="",
        description="SQLAlchemy URL of this service's own database, `sqlite+aiosqlite:///…` or "
        "`postgresql+asyncpg://…`. Empty: an SQLite file named after the service in the data folder.",
    )
    nats_url: str = Field(
        default="nats://127.0.0.1:4222", description="NATS servers, separated by commas."
    )
    nats_replicas: int = Field(
        default=1, ge=1, le=5, description="Copies of each stream in a NATS cluster."
    )
    public_url: str = Field(
        default="http://localhost:8080",
        description="Where people and the registry reach Boatyard's API, without a trailing slash.",
    )
    registry_url: str = Field(
        default="http://127.0.0.1:5000", description="Where the services reach the registry."
    )
    registry_host: str = Field(
        default="localhost:5000",
        description="The registry as people write it in image names: `host` or `host:port`.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=1, le=65535, description="Port to listen on.")
    trusted_proxies: str = Field(
        default="",
        description="Addresses or ranges, separated by commas, whose X-Forwarded-* headers are believed.",
    )
    log_level: str = Field(default="info", description="debug, info, warning or error.")
    log_format: str = Field(default="json", description="`json` for machines, `text` for people.")

    otlp_endpoint: str = Field(
        default="",
        description="Where traces are sent: the base URL of an OpenTelemetry collector (OTLP over HTTP), "
        "such as `http://localhost:4318`. Empty: nowhere. OpenTelemetry's own variables `OTEL_…` say the rest.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What the caller gives, then the service's own variables and files, then the common ones."""
        prefixes = (own_prefix(cls.service), PREFIX)
        variables = [EnvSettingsSource(settings_cls, env_prefix=prefix) for prefix in prefixes]
        folders = (source().get("secrets_dir") for source in variables)
        if not (folder := next(filter(None, folders), None)):
            return (init_settings, *variables)
        files = [
            SecretsSettingsSource(settings_cls, secrets_dir=folder, env_prefix=prefix)
            for prefix in prefixes
        ]
        pairs = zip(variables, files, strict=True)
        return (init_settings, *(source for pair in pairs for source in pair))

    @classmethod
    def load(cls, **given: Any) -> Self:
        """Read the environment; SettingsError names each variable that is wrong."""
        try:
            return cls(**given)
        except ValidationError as error:
            raise SettingsError(_explain(cls, error)) from error

    @property
    def url_of_database(self) -> str:
        """The database's URL, with the default filled in."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / self.service}.db"

    def secret(self, name: str) -> str:
        """The text of a secret field that must be set; SettingsError says which variable to set."""
        value = getattr(self, name)
        text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        if not text:
            raise SettingsError(f"set {variable_name(self.service, name)}: it is needed and empty")
        return text


def own_prefix(service: str) -> str:
    """The prefix of a service's variables: `webhook-dispatcher` -> `BOATYARD_WEBHOOK_DISPATCHER_`."""
    return PREFIX + (service.replace("-", "_").upper() + "_" if service else "")


def variable_name(service: str, field: str) -> str:
    """The variable that sets a field of one service."""
    return own_prefix(service) + field.upper()


def known_variables(classes: Iterable[type[ServiceSettings]]) -> set[str]:
    """Every variable that one of the classes reads, or the command line."""
    names = set(OF_THE_COMMAND_LINE)
    for settings in classes:
        for field in settings.model_fields:
            names |= {variable_name(settings.service, field), PREFIX + field.upper()}
    return names


def check_environment(
    classes: Iterable[type[ServiceSettings]], environment: Mapping[str, str] | None = None
) -> None:
    """Refuse `BOATYARD_` variables and files that nothing reads; SettingsError suggests the likeliest meant."""
    given = os.environ if environment is None else environment  # noqa: TID251 - the one reader
    known = known_variables(classes)
    folders = {given[name] for name in known if name.endswith("SECRETS_DIR") and given.get(name)}
    files = {path.name: path for folder in folders for path in Path(folder).glob(f"{PREFIX}*")}
    for name in sorted({*given, *files}):
        if name.startswith(PREFIX) and name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f": did you mean {close[0]}?" if close else ": unset it"
            what = f"file {files[name]}" if name in files else f"variable {name}"
            raise SettingsError(f"nothing reads the {what}{hint}")


def _given_variable(service: str, field: str) -> str:
    """The variable that a field was read from: the service's own, unless only the common one is set."""
    own, common = variable_name(service, field), PREFIX + field.upper()
    environment = os.environ  # noqa: TID251 - only the names are looked at
    return common if common in environment and own not in environment else own


def _explain(settings: type[ServiceSettings], error: ValidationError) -> str:
    lines = [
        f"{_given_variable(settings.service, str(fault['loc'][0]))}: {fault['msg']}"
        for fault in error.errors(include_url=False, include_input=False)
        if fault["loc"]
    ]
    return "; ".join(lines) or str(error)
