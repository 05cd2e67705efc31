"""The OpenAPI 3.1 document, made from the views' own signatures, and the page that shows it without a network."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, get_args, get_origin

from flask import Blueprint, Flask, Response, current_app, send_from_directory
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from .. import __version__
from .api import Described, json_answer, typed
from .guard import View, opens_by_token, public
from .paging import Listing
from .ranges import asked_but

PART = re.compile(r"<(?:([a-z]+)(?:\([^)]*\))?:)?(\w+)>")
ERROR = {
    "type": "object",
    "required": ["error", "code"],
    "additionalProperties": False,
    "properties": {
        "error": {"type": "string", "description": "a sentence for people"},
        "code": {"type": "string", "description": "a stable fact"},
        "fields": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
PAGE = {"content": {"text/html": {"schema": {"type": "string"}}}}
FAILURE = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
UNCHANGED = {"304": {"description": "Not changed"}}  # since the ETag in `If-None-Match`
# What any operation may answer besides its own.
REFUSED = {"4XX": {"description": "Refused", **FAILURE}, "503": {"description": "Try again later", **FAILURE}}
OF_SCOPES = (
    "`read` reads; `write` changes things too; only `admin` carries the rights of an administrator, but for what asks "
    "who one is."
)
ABOUT = (
    "A refusal says why in `error`, for people, and in `code`, for programs; 429, 503 and 507 say in `Retry-After` how "
    "many seconds to wait. A read may carry `If-None-Match` with the `ETag` that was read: 304 where nothing has "
    "changed. A change of a person, a file or the policies may carry `If-Match` with it: 412 where somebody else was "
    "faster. Moments are in UTC, sizes of files in bytes."
)

docs = Blueprint("docs", __name__)


def documented(**parts: Any) -> Callable[[View], View]:
    """Say of a view what its signature can't: parts of its operation in the document."""

    def mark(view: View) -> View:
        view.documented = parts  # type: ignore[attr-defined]
        return view

    return mark


def document(app: Flask) -> dict[str, Any]:
    """The whole document."""
    views = [(rule, app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules()]
    operations = [(rule, view, view.described) for rule, view in views if hasattr(view, "described")]
    kinds = dict.fromkeys(kind for _, _, described in operations for kind in _kinds(described))
    found, definitions = TypeAdapter.json_schemas(
        [(kind, mode, TypeAdapter(kind)) for kind, mode in kinds], ref_template="#/components/schemas/{model}"
    )
    paths: dict[str, Any] = {}
    for rule, view, described in operations:
        path = PART.sub(r"{\2}", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            paths.setdefault(path, {})[method.lower()] = _operation(rule, view, described, found)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Clubroom", "version": __version__, "description": ABOUT},
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"] | {"Error": ERROR},
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": app.config["SESSION_COOKIE_NAME"]},
                "token": {"type": "http", "scheme": "bearer", "description": OF_SCOPES},
            },
        },
        "security": [{"session": []}],
    }


def _kinds(described: Described) -> list[tuple[Any, JsonSchemaMode]]:
    kinds: list[tuple[Any, JsonSchemaMode]] = []
    if described.body:
        kinds.append((described.body, "validation"))
    answers = described.answer, *(answer for answer, _ in described.others.values())
    kinds += [(_item(one), "serialization") for one in answers if one not in (type(None), Response)]
    return kinds


def _item(answer: Any) -> Any:
    """What a list holds, or the answer itself."""
    return get_args(answer)[0] if get_origin(answer) in (list, Listing) else answer


def _operation(rule: Any, view: Any, described: Described, found: dict[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": rule.endpoint.replace(".", "_"),
        "tags": [rule.endpoint.split(".")[0]],
        "summary": (view.__doc__ or "").strip().split("\n")[0].rstrip("."),
        "parameters": [
            {
                "name": name,
                "in": "path",
                "required": True,
                "schema": {"type": "integer" if kind == "int" else "string"},
            }
            for kind, name in PART.findall(rule.rule)
        ],
        "responses": _responses(described, found),
    }
    if described.query:
        operation["parameters"] += _query_parameters(described.query)
    if described.body:
        schema = found[described.body, "validation"]
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    said = getattr(view, "documented", {})
    unchanged = UNCHANGED if "GET" in rule.methods else {}
    operation |= said | {"responses": operation["responses"] | said.get("responses", {}) | unchanged | REFUSED}
    if getattr(view, "is_public", False):
        operation["security"] = []
    elif opens_by_token(view):
        operation["security"] = [{"session": []}, {"token": []}]
    return operation


def _responses(described: Described, found: dict[Any, Any]) -> dict[str, Any]:
    status = 204 if described.answer is type(None) else described.status
    answers = {status: (described.answer, "Done")} | described.others
    return {str(one): _response(answer, meaning, found) for one, (answer, meaning) in answers.items()}


def _response(answer: Any, meaning: str, found: dict[Any, Any]) -> dict[str, Any]:
    if answer in (type(None), Response):
        return {"description": meaning}
    schema = found[_item(answer), "serialization"]
    if get_origin(answer) in (list, Listing):
        schema = {"type": "array", "items": schema}
    return {"description": meaning, "content": {"application/json": {"schema": schema}}}


def _query_parameters(query: type[BaseModel]) -> list[dict[str, Any]]:
    schema = query.model_json_schema()
    return [
        {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": one}
        for name, one in schema["properties"].items()
    ]


@docs.get("/api/openapi.json")
@public
@documented(
    responses={"200": {"description": "OpenAPI 3.1", "content": {"application/json": {"schema": {"type": "object"}}}}}
)
@typed
def openapi() -> Response:
    """This document."""
    if "openapi" not in current_app.extensions:
        current_app.extensions["openapi"] = document(current_app)
    return json_answer(current_app.extensions["openapi"])


# Swagger UI styles its own elements; nothing else of the page's policy is loosened, and only here.
DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@docs.get("/docs")
@public
@documented(responses={"200": {"description": "The page", **PAGE}})
@typed
def show_docs() -> Response:
    """This document as a page to read and try."""
    page = DOCS_PAGE.replace("{{static}}", current_app.extensions["shell"]["static"])
    return Response(page, mimetype="text/html", headers={"Content-Security-Policy": DOCS_POLICY})


@docs.get("/docs/start.js")
@public
def start_docs() -> Response:
    return Response(DOCS_START, mimetype="text/javascript")


@docs.get("/docs/<path:name>")
@public
def docs_file(name: str) -> Response:
    """Swagger UI's own files, as the package brings them."""
    import flask_swagger_ui

    found = send_from_directory(f"{flask_swagger_ui.__path__[0]}/dist", name, conditional=False)
    return found.make_conditional(asked_but())  # type: ignore[return-value]


DOCS_PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>API · Clubroom</title>
    <link rel="icon" href="{{static}}/icon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
    <link rel="stylesheet" href="{{static}}/styles/docs.css" />
  </head>
  <body>
    <a class="home" href="/"><img src="{{static}}/icon.svg" width="28" height="28" alt="" />Back to the club</a>
    <main id="docs"></main>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
"""
DOCS_START = """SwaggerUIBundle({
  url: "/api/openapi.json",
  domNode: document.getElementById("docs"),
  deepLinking: true,
});
"""
