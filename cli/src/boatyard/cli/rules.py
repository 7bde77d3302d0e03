"""Build rules of a repository."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from boatyard.cli.arguments import (
    MANY,
    Json,
    Limit,
    RepositoryArgument,
    changes,
    given,
    listed,
)
from boatyard.cli.connection import api
from boatyard.cli.errors import CommandError
from boatyard.cli.output import Column, note, print_item, print_json, print_list, table
from boatyard.cli.paths import Repository
from boatyard.cli.ruleoptions import (
    Arguments,
    Dockerfile,
    Enabled,
    Folder,
    Kind,
    Override,
    Paths,
    Pattern,
    PatternArgument,
    Rule,
    SupersedeRunning,
    TimeoutSeconds,
    Type,
    TypeArgument,
    Versions,
    VersionsArgument,
    WatchContext,
    pairs,
)
from boatyard.cli.values import field, moment, painted

if TYPE_CHECKING:
    from boatyard.cli.client import Api, Item

rules = typer.Typer(help="Build rules: what becomes which tag.", no_args_is_help=True)
NUMBER = Column("rule", field("number"))
TYPE = Column("type", field("type"))
PATTERN = Column("pattern", field("pattern"))
VERSIONS = Column("versions", field("versions"))
OVERRIDE = Column("override", field("override"))
DOCKERFILE = Column("dockerfile", field("dockerfile"))
CONTEXT = Column("context", field("context"))
ENABLED = Column("enabled", field("enabled"))
LAST = Column("last build", field("last_status"), painted)
LISTED = (NUMBER, TYPE, PATTERN, VERSIONS, OVERRIDE, DOCKERFILE, CONTEXT, ENABLED, LAST)
SHOWN = (
    NUMBER,
    TYPE,
    PATTERN,
    VERSIONS,
    OVERRIDE,
    DOCKERFILE,
    CONTEXT,
    Column("paths", field("paths")),
    Column("watch context", field("watch_context")),
    Column("arguments", lambda rule: [f"{name}={it}" for name, it in rule["arguments"].items()]),
    Column("timeout", lambda rule: f"{rule['timeout_seconds']} s"),
    Column("supersede running", field("supersede_running")),
    ENABLED,
    Column("because", field("disabled_reason")),
    LAST,
    Column("created", moment("created_at")),
    Column("by", field("created_by")),
    Column("changed", moment("updated_at")),
)
MATCHED = (
    Column("ref", field("name")),
    Column("commit", lambda ref: ref["commit"][:7]),
    Column("tags", field("tags")),
    Column("but", field("fault")),
)
NAMED = {Kind.BRANCH: "branches", Kind.TAG: "tags"}


@rules.command("list")
def list_rules(
    context: typer.Context,
    repository: RepositoryArgument,
    limit: Limit = MANY,
    as_json: Json = False,
) -> None:
    """List the build rules of a repository."""
    found = api(context).items(repository.path("build-rules"), limit=limit)
    print_list(found, LISTED, as_json=as_json)


@rules.command()
def create(
    context: typer.Context,
    repository: RepositoryArgument,
    type: TypeArgument,
    pattern: PatternArgument,
    versions: VersionsArgument,
    override: Override = True,
    dockerfile: Dockerfile = None,
    folder: Folder = None,
    path: Paths = None,
    watch_context: WatchContext = None,
    argument: Arguments = None,
    timeout_seconds: TimeoutSeconds = None,
    supersede_running: SupersedeRunning = None,
    enabled: Enabled = None,
    as_json: Json = False,
) -> None:
    """Create a build rule. What is there already is not built by it: `builds start` does that."""
    wish = given(
        type=type,
        pattern=pattern,
        versions=versions,
        override=override,
        dockerfile=dockerfile,
        context=folder,
        paths=listed(path),
        watch_context=watch_context,
        arguments=pairs(argument),
        timeout_seconds=timeout_seconds,
        supersede_running=supersede_running,
        enabled=enabled,
    )
    made = api(context).post(repository.path("build-rules"), wish)
    print_item(made, SHOWN, as_json=as_json)


@rules.command()
def show(
    context: typer.Context, repository: RepositoryArgument, rule: Rule, as_json: Json = False
) -> None:
    """Show a build rule."""
    print_item(_found(api(context), repository, rule), SHOWN, as_json=as_json)


@rules.command()
def edit(
    context: typer.Context,
    repository: RepositoryArgument,
    rule: Rule,
    type: Type = None,
    pattern: Pattern = None,
    versions: Versions = None,
    override: Override = None,
    dockerfile: Dockerfile = None,
    folder: Folder = None,
    path: Paths = None,
    watch_context: WatchContext = None,
    argument: Arguments = None,
    timeout_seconds: TimeoutSeconds = None,
    supersede_running: SupersedeRunning = None,
    enabled: Enabled = None,
    as_json: Json = False,
) -> None:
    """Change a build rule; what you don't name stays, and so do builds that are ordered already."""
    change = changes(
        type=type,
        pattern=pattern,
        versions=versions,
        override=override,
        dockerfile=dockerfile,
        context=folder,
        paths=listed(path),
        watch_context=watch_context,
        arguments=pairs(argument),
        timeout_seconds=timeout_seconds,
        supersede_running=supersede_running,
        enabled=enabled,
    )
    boatyard = api(context)
    changed = boatyard.patch(rule_path(boatyard, repository, rule), change)
    print_item(changed, SHOWN, as_json=as_json)


@rules.command()
def delete(context: typer.Context, repository: RepositoryArgument, rule: Rule) -> None:
    """Delete a build rule; what waits or runs of it is canceled. The images that it built stay."""
    boatyard = api(context)
    boatyard.delete(rule_path(boatyard, repository, rule))
    typer.echo(f"deleted rule {rule} of {repository}")


@rules.command()
def preview(
    context: typer.Context,
    repository: RepositoryArgument,
    type: TypeArgument,
    pattern: PatternArgument,
    versions: VersionsArgument,
    override: Override = True,
    as_json: Json = False,
) -> None:
    """Show which branches or tags a rule would match now, and as which tags they would be built."""
    wish = given(type=type, pattern=pattern, versions=versions, override=override)
    found: Item = api(context).post(repository.path("build-rules", "preview"), wish)
    if as_json:
        print_json(found)
        return
    if found["matches"]:
        typer.echo(table(found["matches"], MATCHED))
    for sentence in _remarks(found, type):
        note(sentence)


def rule_path(boatyard: Api, repository: Repository, number: int, *more: str) -> str:
    """Where a rule is, or something of it."""
    return repository.path("build-rules", _found(boatyard, repository, number)["id"], *more)


def _found(boatyard: Api, repository: Repository, number: int) -> Item:
    for rule in boatyard.items(repository.path("build-rules"), limit=MANY).items:
        if rule["number"] == number:
            return rule
    raise CommandError(
        f"{repository} has no build rule {number}: boatyard rules list {repository} shows them"
    )


def _remarks(found: Item, kind: Kind) -> Iterator[str]:
    """What there is to say about a preview."""
    shown, total = len(found["matches"]), found["total"]
    first = f"; these are the first {shown}" if shown < total else ""
    yield f"{total} of {found['of']} {NAMED[kind]} match{first}."
    for clash in found["collisions"]:
        yield f"{clash}: write what tells them apart into the versions"
    if not found["live"]:
        yield "GitHub can't be asked now: this is what was known last."
