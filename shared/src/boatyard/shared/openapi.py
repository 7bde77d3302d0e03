"""The OpenAPI document as we publish it: what FastAPI makes of the routes, put right and put in order."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from boatyard.shared.errors import PROBLEM_MEDIA_TYPE

REFERENCE_PATH = "/api/docs"
_FILES_PATH = f"{REFERENCE_PATH}/files"
METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
Document = dict[str, Any]


class DocumentedApp(FastAPI):
    """An application whose document says of errors what they really are, and is the same at every start."""

    def openapi(self) -> Document:
        """The document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = in_order(with_problem_types(super().openapi()))
        return self.openapi_schema


def add_reference(app: FastAPI) -> None:
    """Show the document to people, with Swagger UI, served from here: some reach no other server."""
    page = get_swagger_ui_html(
        title=app.title,
        openapi_url=str(app.openapi_url),
        swagger_js_url=f"{_FILES_PATH}/swagger-ui-bundle.js",
        swagger_css_url=f"{_FILES_PATH}/swagger-ui.css",
        swagger_favicon_url="/favicon.svg",  # the console's
    )

    @app.get(REFERENCE_PATH, include_in_schema=False)
    async def reference() -> HTMLResponse:
        return page

    app.mount(_FILES_PATH, StaticFiles(packages=[("fastapi_offline", "static")]))


def with_problem_types(document: Document) -> Document:
    """Give the schema of an error to its own media type.

    FastAPI writes the schema of every extra response under `application/json`, whatever else is declared.
    """
    for path in document["paths"].values():
        for operation in path.values():
            for response in operation["responses"].values():
                content = response.get("content", {})
                if PROBLEM_MEDIA_TYPE in content:
                    content[PROBLEM_MEDIA_TYPE] = content.pop("application/json")
    return document


def in_order(document: Document) -> Document:
    """Sort paths by name, operations by method, responses by status, so that a change shows as one."""
    document["paths"] = {
        path: {
            method: {**operation, "responses": dict(sorted(operation["responses"].items()))}
            for method in METHODS
            if (operation := operations.get(method))
        }
        for path, operations in sorted(document["paths"].items())
    }
    return document
