"""docs/reference/openapi.json: the public API of all services together, as an OpenAPI document.

A running Boatyard serves the same document at `/api/openapi.json`.
"""

from __future__ import annotations

import json

from boatyard.shared.process import application
from boatyard.standalone.services import SERVICES


def render() -> str:
    """The document as JSON, in an order that does not change by itself."""
    return json.dumps(application(SERVICES).openapi(), indent=2, ensure_ascii=False) + "\n"
