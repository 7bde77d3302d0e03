"""Holds answers against the JSON schemas that GitHub publishes (openapi.json, see trim_openapi.py)."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonschema_rs

from boatyard.shared.testing.github.rest import Answered

HERE = Path(__file__).parent
UNPUBLISHED = {401, 403, 404, 422, 429, 500, 502, 503}
"""Any operation can be answered so, though GitHub does not list it everywhere."""


@functools.cache
def _published() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((HERE / "openapi.json").read_text())
    return read


@functools.cache
def _validator(operation: str, status: str) -> jsonschema_rs.Draft202012Validator | None:
    published = _published()
    schema = published["answers"][operation][status]
    if schema is None:
        return None
    whole = {**schema, "components": published["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def check_answers(answers: Iterable[Answered]) -> None:
    """Raise AssertionError for an answer that GitHub would not give."""
    for answer in answers:
        described = _published()["answers"][answer.operation]
        status = str(answer.status)
        if status not in described:
            assert answer.status in UNPUBLISHED, f"{answer.operation} never answers {status}"
            continue
        validator = _validator(answer.operation, status)
        if validator is not None:
            faults = [
                f"{fault.instance_path}: {fault.message}"
                for fault in validator.iter_errors(answer.body)
            ]
            assert not faults, f"{answer.operation} {status}: {faults[:5]}"
