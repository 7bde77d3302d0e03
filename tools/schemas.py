"""The JSON schemas of what travels, as a reader of another language would want them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

Schema = dict[str, Any]
REFERENCE = "#/components/schemas/{model}"


def schemas_of(models: Iterable[type[BaseModel]]) -> dict[str, Schema]:
    """Every schema that the models need, by name, in order of the name."""
    _, whole = models_json_schema(
        [(model, "validation") for model in models], ref_template=REFERENCE
    )
    definitions: dict[str, Schema] = whole["$defs"]
    return {name: _tidy(schema) for name, schema in sorted(definitions.items())}


def _tidy(value: Any) -> Any:
    """Without pydantic's titles, which repeat the names, and without a ban on fields that a reader ignores."""
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    if not isinstance(value, dict):
        return value
    tidied = {
        key: _tidy(item)
        for key, item in value.items()
        if key != "properties"
        and not (key == "title" and isinstance(item, str))
        and not (key == "additionalProperties" and item is False)
    }
    if "properties" in value:
        tidied["properties"] = {name: _tidy(item) for name, item in value["properties"].items()}
    return tidied


def type_in_words(schema: Schema) -> str:
    """A field's type for a table: `string (uuid)`, `list of Tag`, `string or null`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(type_in_words(option) for option in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {type_in_words(schema.get('items', {}))}"
    if schema.get("type") == "object":
        values = schema.get("additionalProperties")
        return f"map to {type_in_words(values)}" if isinstance(values, dict) else "object"
    known_as = schema.get("format")
    kind = str(schema.get("type", "anything"))
    return f"{kind} ({known_as})" if known_as else kind
