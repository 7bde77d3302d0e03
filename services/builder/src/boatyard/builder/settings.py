"""What builder can be told."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from boatyard.shared.egress import EgressPolicy
from boatyard.shared.settings import ServiceSettings


class BuilderSettings(ServiceSettings):
    """Settings of builder, `BOATYARD_BUILDER_…`."""

    service: ClassVar[str] = "builder"

    engine: Literal["auto", "buildkit", "classic", "dummy"] = Field(
        default="auto",
        description="How images are built: by the Docker engine's BuildKit, by its classic builder, or not "
        "at all (`dummy`, for tests). `auto`: BuildKit where the engine has it.",
    )
    private_engine: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Whether builder starts a Docker engine of its own, walled off from everything else. "
        "`auto`: where that is possible, on Linux as root. `off`: the engine at `docker_host` is "
        "used, and builds are for trusted users only.",
    )
    docker_host: str = Field(
        default="unix:///var/run/docker.sock",
        description="The Docker engine to build with where builder starts none of its own; a unix socket.",
    )
    engine_walled_off: bool = Field(
        default=False,
        description="Whether whoever runs the engine at `docker_host` keeps its builds away from everything "
        "but the registry and the internet, as compose.yaml and k8s/ do. Nothing checks it.",
    )
    push_host: str = Field(
        default="",
        description="The registry as the build engine reaches it, `host` or `host:port`. "
        "Empty: `registry_host`.",
    )
    workers: int = Field(
        default=2,
        ge=0,
        le=64,
        description="How many builds run at once in this process; 0: only the API.",
    )
    per_namespace: int = Field(
        default=0,
        ge=0,
        description="How many builds of one namespace run at once; 0: no limit but `workers`.",
    )
    attempts: int = Field(
        default=3,
        ge=1,
        le=10,
        description="How often a build is begun when its worker vanishes or something on our side fails.",
    )
    lease_seconds: int = Field(
        default=20,
        ge=2,
        le=50,
        description="After how long without a sign of life a worker is taken for gone and its build for free.",
    )
    max_timeout_seconds: int = Field(
        default=14_400,
        ge=1,
        description="The longest that any build may take, whatever its rule says.",
    )
    silence_seconds: int = Field(
        default=1200, ge=1, description="A build that prints nothing for so long is stopped."
    )
    push_timeout_seconds: int = Field(
        default=270,
        ge=10,
        le=3600,
        description="How long a push may take; no longer than a token for the registry is good.",
    )
    work_dir: Path | None = Field(
        default=None,
        description="Where commits are checked out; a tmpfs is fastest. Empty: `work` in the data folder.",
    )
    logs_dir: Path | None = Field(
        default=None,
        description="Where logs are kept; several processes of builder need to share it. Empty: `logs/builds` "
        "in the data folder.",
    )
    log_limit_mib: int = Field(
        default=16,
        ge=2,
        le=1024,
        description="How much of one log is kept, in MiB: its beginning and its end, half each.",
    )
    keep_days: int = Field(
        default=90, ge=1, description="How long the records and logs of ended builds are kept."
    )
    keep_builds: int = Field(
        default=20,
        ge=1,
        description="So many of a repository's builds are kept, however old they are.",
    )
    public_records: bool = Field(
        default=False,
        description="Whether everybody who may pull an image sees its builds and their logs. Otherwise the "
        "namespace's members see the builds, and those who may push see the logs.",
    )
    source_limit_mib: int = Field(
        default=2048, ge=1, description="How large a checked out commit may be, in MiB."
    )
    context_limit_mib: int = Field(
        default=2048,
        ge=1,
        description="How large a build context may be, in MiB, before it is compressed.",
    )
    fetch_seconds: int = Field(
        default=600, ge=5, description="How long it may take to fetch a commit."
    )
    fetch_http_hosts: str = Field(
        default="",
        description="Hosts, written `host` or `host:port` and separated by commas, from which source is "
        "fetched over plain http. Everything else is fetched over https.",
    )
    fetch_allow_networks: str = Field(
        default="",
        description="Address ranges, separated by commas, from which source is fetched although they are not "
        "public: that of an Enterprise Server, for example.",
    )
    frontends: str = Field(
        default="docker/dockerfile:*,docker.io/docker/dockerfile:*",
        description="Images that a Dockerfile may name in its `# syntax=` line, separated by commas, `*` for "
        "anything. Such an image is run and sees the whole context. Empty: none may be named.",
    )
    build_allow_networks: str = Field(
        default="",
        description="Address ranges, separated by commas, that builds in the private engine may reach although "
        "they are not public: that of a package mirror, for example.",
    )
    build_network: Literal["default", "none"] = Field(
        default="default", description="What a step of a build can reach: the internet, or nothing."
    )
    cache_gib: int = Field(
        default=20, ge=0, description="How much of the engine's build cache is kept, in GiB."
    )
    memory_mib: int = Field(
        default=4096,
        ge=256,
        description="Memory for all builds of the private engine together, in MiB.",
    )
    cpus: float = Field(
        default=0,
        ge=0,
        description="Processors for all builds of the private engine; 0: all of them.",
    )
    processes: int = Field(
        default=4096, ge=64, description="Processes of all builds of the private engine together."
    )
    disk_gib: int = Field(
        default=40,
        ge=0,
        description="The size of the private engine's disk, in GiB; it takes what it holds. 0: no limit but "
        "the disk that it is on.",
    )

    @property
    def engine_registry(self) -> str:
        """The registry as the build engine reaches it."""
        return self.push_host or self.registry_host

    @property
    def work_folder(self) -> Path:
        """Where commits are checked out."""
        return self.work_dir or self.data_dir / "work"

    @property
    def logs_folder(self) -> Path:
        """Where logs are kept."""
        return self.logs_dir or self.data_dir / "logs" / "builds"

    @property
    def plain_http_hosts(self) -> frozenset[str]:
        """The hosts that source is fetched from over plain http."""
        return frozenset(host.strip() for host in self.fetch_http_hosts.split(",") if host.strip())

    @property
    def fetch_policy(self) -> EgressPolicy:
        """Which addresses source is fetched from."""
        return EgressPolicy.parse(self.fetch_allow_networks)

    @field_validator("fetch_allow_networks", "build_allow_networks")
    @classmethod
    def _check_networks(cls, ranges: str) -> str:
        EgressPolicy.parse(ranges)
        return ranges
