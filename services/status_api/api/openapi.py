"""The OpenAPI 3.1 document, from the table of routes, and a plain page that shows it."""

import functools
import re
from html import escape
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from services.status_api.api.problems import Problem
from services.status_api.api.route import Route
from services.status_api.api.table import ROUTES
from shared import __version__

_REF = "#/components/schemas/{model}"


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _REF.format(model=name)}


def _names() -> tuple[dict[type[BaseModel], str], dict[type[BaseModel], str], dict[str, Any]]:
    """(schema name by answer model, by body model, all schemas)."""
    answers = {r.answer for r in ROUTES if r.answer} | {Problem}
    bodies = {r.body for r in ROUTES if r.body}
    pairs = [(m, "serialization") for m in sorted(answers, key=lambda m: m.__name__)] + [
        (m, "validation") for m in sorted(bodies, key=lambda m: m.__name__)
    ]
    refs, schema = models_json_schema(pairs, ref_template=_REF)  # type: ignore[arg-type]
    named = {(m, mode): ref["$ref"].rsplit("/", 1)[1] for (m, mode), ref in refs.items()}
    return (
        {m: n for (m, mode), n in named.items() if mode == "serialization"},  # type: ignore[misc]
        {m: n for (m, mode), n in named.items() if mode == "validation"},  # type: ignore[misc]
        schema["$defs"],
    )


def _parameters(route: Route) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "maxLength": 64}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    if route.query is not None:
        schema = route.query.model_json_schema(ref_template=_REF)
        defs = schema.get("$defs", {})
        for name, field in schema["properties"].items():
            described = {k: v for k, v in field.items() if k not in ("title", "description")}
            parameter = {"name": name, "in": "query", "required": False, "schema": _inline(described, defs)}
            if "description" in field:
                parameter["description"] = field["description"]
            found.append(parameter)
    if route.idempotent:
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "A second request with the same key gets the first one's answer.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 64},
            }
        )
    return found


def _inline(schema: Any, defs: dict[str, Any]) -> Any:
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _inline(defs[schema["$ref"].rsplit("/", 1)[1]], defs)
        return {k: _inline(v, defs) for k, v in schema.items()}
    return [_inline(v, defs) for v in schema] if isinstance(schema, list) else schema


def _operation(route: Route, answers: dict[type[BaseModel], str], bodies: dict[type[BaseModel], str]) -> dict[str, Any]:
    content: dict[str, Any] = {route.gives: {"schema": _ref(answers[route.answer]) if route.answer else {}}}
    shown = {"description": "As asked.", "content": content}
    problem = {"description": "What is wrong.", "content": {"application/problem+json": {"schema": _ref("Problem")}}}
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()}_{re.sub(r'[^a-z]+', '_', route.path.removeprefix('/api/')).strip('_')}",
        "summary": route.summary,
        "tags": [route.path.split("/")[2]],
        "description": f"Needs the role {route.role.name.lower()}.",
        "parameters": _parameters(route),
        "responses": {str(status): shown for status in (route.status, *route.also)} | {"default": problem},
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": {route.takes: {"schema": _ref(bodies[route.body])}}}
    elif route.takes != "application/json":
        operation["requestBody"] = {"required": True, "content": {route.takes: {"schema": {"type": "string"}}}}
    return operation


@functools.cache
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    answers, bodies, schemas = _names()
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, answers, bodies)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "printsweep",
            "version": __version__,
            "description": "What is running, what is waiting, what failed and why. Lists are paged by `cursor`; errors "
            "are application/problem+json; every POST takes an Idempotency-Key.",
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _cell(text: object) -> str:
    return f"<td>{escape(str(text))}</td>"


@functools.cache
def page() -> str:
    """The document as a plain page: no script, nothing from elsewhere."""
    parts = []
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            rows = "".join(
                "<tr>"
                + "".join(_cell(v) for v in (p["name"], p["in"], _type(p["schema"]), p.get("description", "")))
                + "</tr>"
                for p in operation["parameters"]
            )
            body = operation.get("requestBody", {}).get("content", {})
            takes = "".join(f"<p>Takes {escape(t)}: {_schema_link(c['schema'])}</p>" for t, c in body.items())
            gives = "".join(
                f"<li>{escape(status)}: {escape(kind)} {_schema_link(content['schema'])}</li>"
                for status, answer in operation["responses"].items()
                for kind, content in answer["content"].items()
            )
            head = "<tr><th>Parameter</th><th>In</th><th>Type</th><th></th></tr>" if rows else ""
            parts.append(
                f"<section><h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(operation['summary'])}. "
                f"{escape(operation['description'])}</p><table>{head}{rows}</table>{takes}<ul>{gives}</ul></section>"
            )
    for name, schema in sorted(document()["components"]["schemas"].items()):
        rows = "".join(
            f"<tr>{_cell(field)}{_cell(_type(s))}{_cell(s.get('description', ''))}</tr>"
            for field, s in schema.get("properties", {}).items()
        )
        parts.append(
            f'<section id="{escape(name)}"><h3>{escape(name)}</h3><p>{escape(schema.get("description", ""))}</p>'
            f"<table>{rows}</table></section>"
        )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>printsweep: the API</title>"
        '<meta name=viewport content="width=device-width"><h1>printsweep: the API</h1>'
        f"<p>{escape(document()['info']['description'])} "
        '<a href="/api/openapi.json">OpenAPI document</a> · <a href="/">Pages</a></p>' + "".join(parts) + "</html>"
    )


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[1]
    if "anyOf" in schema:
        return " | ".join(_type(s) for s in schema["anyOf"])
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    if "enum" in schema:
        return " | ".join(str(v) for v in schema["enum"])
    return str(schema.get("const", schema.get("type", "any")))


def _schema_link(schema: dict[str, Any]) -> str:
    name = _type(schema)
    return f'<a href="#{escape(name)}">{escape(name)}</a>' if "$ref" in schema else escape(name)
