"""The API's description is whole: whoever reads nothing else can write a client."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from boatyard.shared.errors import PROBLEM_MEDIA_TYPE
from boatyard.shared.openapi import METHODS
from boatyard.shared.process import application
from boatyard.standalone.services import SERVICES
from tests.api.yard import Yard

Document = dict[str, Any]
OWN_ERRORS = {
    ("/registry/token", "any"): "written as the registry's clients read them",
    ("/readyz", "503"): "says which part is not well",
}
"""Errors that are no problem documents, and why not."""
NO_SCHEMA = {"/metrics", "/api/v1/repositories/{namespace}/{name}/badge.svg"}
"""What answers something that JSON Schema has no words for."""
WHOLE_LISTS = {"/api/v1/github/projects/{owner}/{repo}/dockerfiles"}
"""Lists that come in one piece: GitHub gives the tree of a project at once, or cut off."""


@pytest.fixture(scope="module")
def document() -> Document:
    return application(SERVICES).openapi()


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_every_operation_says_what_it_does(document: Document) -> None:
    mute = [
        f"{method} {path}"
        for method, path, operation in operations(document)
        if not (operation.get("summary") and operation.get("description") and operation.get("tags"))
    ]
    assert not mute


def test_every_operation_has_a_name_of_its_own(document: Document) -> None:
    counted = Counter(operation["operationId"] for _, _, operation in operations(document))
    assert not [name for name, count in counted.items() if count > 1]


def test_operations_and_responses_are_in_order(document: Document) -> None:
    assert list(document["paths"]) == sorted(document["paths"])
    for path, methods in document["paths"].items():
        assert list(methods) == [method for method in METHODS if method in methods], path
        for operation in methods.values():
            assert list(operation["responses"]) == sorted(operation["responses"]), path


def test_every_answer_has_a_schema(document: Document) -> None:
    empty = [
        f"{method} {path} {status} {media_type}"
        for method, path, operation in operations(document)
        for status, response in operation["responses"].items()
        for media_type, content in response.get("content", {}).items()
        if not content.get("schema") and path not in NO_SCHEMA
    ]
    assert not empty


def test_every_answer_that_is_a_success_has_a_body_or_says_that_it_has_none(
    document: Document,
) -> None:
    """200 and 201 carry what was asked for; 202 and 204 may carry nothing."""
    bare = [
        f"{method} {path} {status}"
        for method, path, operation in operations(document)
        for status, response in operation["responses"].items()
        if status in ("200", "201") and not response.get("content")
    ]
    assert not bare


def test_every_error_is_a_problem_document(document: Document) -> None:
    others = [
        f"{method} {path} {status}: {list(response.get('content', {}))}"
        for method, path, operation in operations(document)
        for status, response in operation["responses"].items()
        if status >= "400"
        and not {(path, status), (path, "any")} & OWN_ERRORS.keys()
        and list(response.get("content", {})) != [PROBLEM_MEDIA_TYPE]
    ]
    assert not others


def test_every_operation_tells_of_bodies_and_fields_that_are_refused(document: Document) -> None:
    for method, path, operation in operations(document):
        assert {"400", "413", "422"} <= operation["responses"].keys(), f"{method} {path}"


def test_every_operation_that_asks_who_is_calling_tells_of_refusals(document: Document) -> None:
    silent = [
        f"{method} {path}"
        for method, path, operation in operations(document)
        if operation.get("security") and "401" not in operation["responses"]
    ]
    assert not silent


def test_every_field_that_a_body_must_have_has_an_example(document: Document) -> None:
    without = []
    for method, path, operation in operations(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            if "example" in content or "examples" in content:
                continue
            schema = resolved(document, content["schema"])
            properties = schema.get("properties", {})
            without += [
                f"{method} {path}: {name}"
                for name in schema.get("required", ())
                if not is_exemplary(document, properties[name])
            ]
    assert not without


def resolved(document: Document, schema: Document) -> Document:
    if "$ref" not in schema:
        return schema
    found: Document = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def is_exemplary(document: Document, schema: Document) -> bool:
    """Whether a reader can see what a field looks like."""
    plain = resolved(document, schema)
    return bool("examples" in schema or "enum" in plain or plain.get("type") == "boolean")


def test_every_part_of_a_path_is_described(document: Document) -> None:
    for method, path, operation in operations(document):
        named = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"}
        assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}, (
            f"{method} {path}"
        )


def test_lists_are_paged_alike(document: Document) -> None:
    for method, path, operation in operations(document):
        schema = resolved(
            document,
            operation["responses"]
            .get("200", {})
            .get("content", {})
            .get("application/json", {})
            .get("schema", {}),
        )
        if "items" in schema.get("properties", {}) and path not in WHOLE_LISTS:
            assert "next_cursor" in schema["properties"], f"{method} {path}"
            asked = {p["name"] for p in operation["parameters"] if p["in"] == "query"}
            assert "limit" in asked, f"{method} {path}"
            assert asked & {"cursor", "after"}, f"{method} {path}"  # `after`: a feed to follow


@pytest.mark.asyncio(loop_scope="session")
async def test_a_running_boatyard_serves_it(yard: Yard, document: Document) -> None:
    answer = await yard.client().get("/api/openapi.json")
    assert answer.json() == document


@pytest.mark.asyncio(loop_scope="session")
async def test_people_read_it_without_reaching_any_other_server(yard: Yard) -> None:
    page = (await yard.client().get("/api/docs")).text
    needed = re.findall(r"""(?:src|<link[^>]*rel="stylesheet"[^>]*href)=["']([^"']+)""", page)
    assert [path.rpartition(".")[2] for path in needed] == ["css", "js"]
    assert "//" not in "".join(needed)
    for path in needed:
        assert (await yard.client().get(path)).status_code == 200, path
