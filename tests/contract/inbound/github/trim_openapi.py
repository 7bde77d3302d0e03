"""Cut GitHub's OpenAPI description down to the answers that Boatyard reads.

    npm install @octokit/openapi
    python tests/contract/inbound/github/trim_openapi.py node_modules/@octokit/openapi

writes `openapi.json` beside this file: for each operation the JSON schema of each answer. What is only for
people (descriptions, examples) is left out, and OpenAPI's `nullable` is written as JSON Schema has it. The
description is GitHub's, published by Octokit under the MIT licence, which is in LICENSE-octokit.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

OPERATIONS = (
    "POST /app-manifests/{code}/conversions",
    "GET /app",
    "PATCH /app/hook/config",
    "GET /app/hook/deliveries",
    "GET /app/hook/deliveries/{delivery_id}",
    "POST /app/hook/deliveries/{delivery_id}/attempts",
    "DELETE /app/installations/{installation_id}",
    "POST /app/installations/{installation_id}/access_tokens",
    "DELETE /applications/{client_id}/grant",
    "GET /repos/{owner}/{repo}",
    "POST /repos/{owner}/{repo}/check-runs",
    "PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}",
    "GET /repos/{owner}/{repo}/commits/{ref}",
    "GET /repos/{owner}/{repo}/commits/{ref}/check-runs",
    "GET /repos/{owner}/{repo}/compare/{basehead}",
    "GET /repos/{owner}/{repo}/git/trees/{tree_sha}",
    "POST /repos/{owner}/{repo}/hooks",
    "DELETE /repos/{owner}/{repo}/hooks/{hook_id}",
    "GET /repos/{owner}/{repo}/hooks/{hook_id}/deliveries",
    "GET /repos/{owner}/{repo}/hooks/{hook_id}/deliveries/{delivery_id}",
    "POST /repos/{owner}/{repo}/hooks/{hook_id}/deliveries/{delivery_id}/attempts",
    "GET /repos/{owner}/{repo}/installation",
    "POST /repos/{owner}/{repo}/statuses/{sha}",
    "GET /user",
    "GET /user/installations",
    "GET /user/installations/{installation_id}/repositories",
    "GET /user/repos",
)
KEPT = frozenset(
    {"type", "required", "enum", "format", "pattern", "minItems", "maxItems", "minLength"}
    | {"maxLength", "minimum", "maximum", "$ref"}
)
HERE = Path(__file__).parent


def main() -> None:
    whole = json.loads((Path(sys.argv[1]) / "generated/api.github.com.json").read_text())
    answers: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        method, path = operation.split()
        described = whole["paths"][path][method.lower()]["responses"]
        answers[operation] = {status: _schema(whole, it) for status, it in described.items()}
    needed: dict[str, Any] = {}
    _collect(whole, answers, needed)
    trimmed = {
        "version": whole["info"]["version"],
        "answers": answers,
        "components": {"schemas": dict(sorted(needed.items()))},
    }
    text = json.dumps(trimmed, indent=1, sort_keys=True, ensure_ascii=False)
    (HERE / "openapi.json").write_text(text + "\n")


def _schema(whole: Any, answer: Any) -> Any:
    """The schema of an answer's JSON body; None where it has no body."""
    if "$ref" in answer:
        answer = whole["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
    content = answer.get("content", {})
    media = content.get("application/json") or next(iter(content.values()), None)
    return _kept(media["schema"]) if media else None


def _kept(schema: Any) -> Any:
    """A schema without what is for people, and with null where the value may be null."""
    if not isinstance(schema, dict):
        return schema
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties":
            kept[key] = {name: _kept(inner) for name, inner in value.items()}
        elif key in ("anyOf", "oneOf", "allOf"):
            kept[key] = [_kept(inner) for inner in value]
        elif key in ("items", "additionalProperties", "not"):
            kept[key] = _kept(value)
        elif key in KEPT:
            kept[key] = value
    return {"anyOf": [{"type": "null"}, kept]} if schema.get("nullable") else kept


def _collect(whole: Any, schema: Any, needed: dict[str, Any]) -> None:
    """Add every component that a schema refers to."""
    if isinstance(schema, list):
        for inner in schema:
            _collect(whole, inner, needed)
    elif isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            name = reference.rsplit("/", 1)[1]
            if name not in needed:
                needed[name] = _kept(whole["components"]["schemas"][name])
                _collect(whole, needed[name], needed)
        for inner in schema.values():
            _collect(whole, inner, needed)


if __name__ == "__main__":
    main()
