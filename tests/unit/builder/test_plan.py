"""Arguments, Docker Hub's variables, labels, frontends and base images."""

from __future__ import annotations

import datetime as dt

import pytest

from boatyard.builder import plan
from boatyard.builder.engines.bases import base_images, foreign_frontend, repository_at
from boatyard.builder.reasons import BuildError, Reason
from boatyard.shared.events import BuildRecipe, BuildSource

SOURCE = BuildSource(
    project="octo/hello",
    clone_url="https://github.com/octo/hello.git",
    ref="refs/heads/release/1",
    commit="a" * 40,
    message="Say hello\n",
)
IMAGE = plan.Image("registry.example", "team/app", ("1.0", "latest"))


def test_docker_hubs_variables() -> None:
    assert plan.variables(SOURCE, BuildRecipe(dockerfile="docker/Dockerfile"), IMAGE) == {
        "SOURCE_BRANCH": "release/1",
        "SOURCE_COMMIT": "a" * 40,
        "COMMIT_MSG": "Say hello",
        "DOCKER_REPO": "registry.example/team/app",
        "DOCKERFILE_PATH": "docker/Dockerfile",
        "DOCKER_TAG": "1.0",
        "IMAGE_NAME": "registry.example/team/app:1.0",
    }


def test_only_declared_variables_are_given_and_the_rule_wins() -> None:
    dockerfile = "FROM scratch\nARG SOURCE_COMMIT\nARG DOCKER_TAG=dev OTHER\narg image_name\n"
    recipe = BuildRecipe(arguments={"DOCKER_TAG": "mine", "COLOUR": "green"})
    given = plan.arguments(dockerfile, SOURCE, recipe, IMAGE)
    assert given == {"SOURCE_COMMIT": "a" * 40, "DOCKER_TAG": "mine", "COLOUR": "green"}


def test_labels_say_where_the_image_came_from() -> None:
    created = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    assert plan.labels(SOURCE, created=created) == {
        "org.opencontainers.image.source": "https://github.com/octo/hello",
        "org.opencontainers.image.revision": "a" * 40,
        "org.opencontainers.image.created": "2026-01-02T03:04:05Z",
    }


@pytest.mark.parametrize("name", ["BUILDKIT_SYNTAX", "BUILDKIT_CACHE_MOUNT_NS", "a b", "", "1A"])
def test_an_argument_that_can_not_be_set_is_named(name: str) -> None:
    with pytest.raises(BuildError) as caught:
        plan.check_arguments(BuildRecipe(arguments={name: "x"}))
    assert caught.value.reason is Reason.ARGUMENT_REFUSED


@pytest.mark.parametrize(
    ("dockerfile", "frontend"),
    [
        ("FROM scratch\n", None),
        ("# syntax=docker/dockerfile:1\nFROM scratch\n", "docker/dockerfile:1"),
        ("#   SYNTAX = evil/x\nFROM scratch\n", "evil/x"),
        ("\ufeff# escape=`\n# syntax=evil/x\n", "evil/x"),
        ("#!/usr/bin/env x\n# syntax=evil/x\n", "evil/x"),
        ("// syntax=evil/x\n", "evil/x"),
        ('{"syntax": "evil/x"}', "evil/x"),
        ("FROM scratch\n# syntax=evil/x\n", None),
    ],
)
def test_a_foreign_frontend_is_found(dockerfile: str, frontend: str | None) -> None:
    assert foreign_frontend(dockerfile) == frontend


def test_an_allowed_frontend_may_be_asked_for() -> None:
    plan.check_frontend("# syntax=docker/dockerfile:1.7\n", "docker/dockerfile:*")
    with pytest.raises(BuildError):
        plan.check_frontend("# syntax=docker/dockerfile-x:1\n", "docker/dockerfile:*")
    with pytest.raises(BuildError):
        plan.check_frontend("# syntax=docker/dockerfile:1\n", "")


def test_base_images_are_read_with_their_arguments_and_without_stages() -> None:
    dockerfile = """
ARG VERSION=3.20
ARG HOST
FROM --platform=linux/amd64 ${HOST:-docker.io}/alpine:$VERSION AS build
RUN --mount=type=cache,target=/x true
COPY --from=build /a /b
COPY --from=0 /a /b
COPY --from=r:5000/team/tools:1 /a /b
FROM build
FROM scratch
"""
    images = base_images(dockerfile, {"VERSION": "3.21"})
    assert images == ["docker.io/alpine:3.21", "r:5000/team/tools:1"]


@pytest.mark.parametrize(
    ("image", "repository"),
    [
        ("r:5000/team/app:1", "team/app"),
        ("r:5000/team/app", "team/app"),
        ("r:5000/team/app@sha256:ab", "team/app"),
        ("r:5000/team/app:1@sha256:ab", "team/app"),
        ("other:5000/team/app:1", None),
        ("alpine:3", None),
    ],
)
def test_the_repository_of_an_image_at_a_registry(image: str, repository: str | None) -> None:
    assert repository_at(image, "r:5000") == repository
