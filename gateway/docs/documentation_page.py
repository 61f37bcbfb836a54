"""The documentation as one HTML page that loads no script, font or picture."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape
from typing import Any

import orjson

Json = dict[str, Any]

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b2733; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #d5dde5; }
h3 { margin-bottom: .2rem; font-family: ui-monospace, monospace; }
b { color: #0b6e4f; }
pre { background: #f3f6f9; padding: .8rem; overflow: auto; font-size: 13px; }
summary { cursor: pointer; }
td { padding-right: 1rem; vertical-align: top; }
"""


STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
"""The SHA-256 of the style of the page in Base64, for its content security policy."""


def html(described: Json) -> str:
    """Return the HTML page of an OpenAPI description."""
    title = escape(f"{described['info']['title']} {described['info']['version']}")
    parts = "".join(_operations(described["paths"]))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"<h1>{title}</h1><p>{_prose(described['info']['description'])}</p>"
        f'<p>The same as <a href="openapi.json">OpenAPI</a>, with the schema of each message.</p>{parts}</html>'
    )


def _operations(paths: Json) -> Iterator[str]:
    heading = ""
    for path, methods in paths.items():
        for method, operation in methods.items():
            if operation["tags"][0] != heading:
                heading = operation["tags"][0]
                yield f"<h2>{escape(heading)}</h2>"
            yield f"<h3><b>{method.upper()}</b> {escape(path)}</h3><p>{_prose(operation['summary'])}</p>"
            yield from _parameters(operation)
            yield from _examples(method, path, operation)
            yield from _files(operation)
            yield _answers(operation)


def _parameters(operation: Json) -> Iterator[str]:
    for parameter in operation.get("parameters", ()):
        name, place, example = parameter["name"], parameter["in"], parameter["example"]
        yield f"<p>{escape(place)} <code>{escape(name)}</code>, for example <code>{escape(example)}</code></p>"


def _examples(method: str, path: str, operation: Json) -> Iterator[str]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    for name, example in content.get("examples", {}).items():
        body = orjson.dumps(example["value"], option=orjson.OPT_INDENT_2).decode()
        command = f"curl -X {method.upper()} $SERVICE{path} -H 'Content-Type: application/json' \\\n"
        command += '  -H "Authorization: Bearer $TOKEN" \\\n' if "security" in operation else ""
        quoted = body.replace("'", "'\\''")
        text = escape(f"{command}  -d '{quoted}'")
        yield f"<details><summary>{escape(name)}</summary><pre>{text}</pre></details>"


def _files(operation: Json) -> Iterator[str]:
    """Give the examples that are not JSON as HTML: for each, the command that sends it and its parts."""
    contents = operation.get("requestBody", {}).get("content", {})
    for content in (each for media_type, each in contents.items() if media_type != "application/json"):
        for example in content.get("examples", {}).values():
            value = example["value"]
            parts = value.values() if isinstance(value, dict) else (value,)
            text = "".join(f"<pre>{escape(part)}</pre>" for part in (example["description"], *parts))
            yield f"<details><summary>{escape(example['summary'])}</summary>{text}</details>"


def _answers(operation: Json) -> str:
    rows = (
        f"<tr><td>{escape(status)}</td><td>{_prose(answer['description'])}</td></tr>"
        for status, answer in operation["responses"].items()
    )
    return f"<table>{''.join(rows)}</table>"


def _prose(text: str) -> str:
    pieces = escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if index % 2 else piece for index, piece in enumerate(pieces))
