"""The API description as a plain HTML page."""

from collections.abc import Iterator
from html import escape
from typing import Any

STYLE = """
body { font: 15px/1.5 system-ui, "Noto Sans CJK SC", "Noto Sans SC", sans-serif; margin: 2rem auto; max-width: 70rem;
       padding: 0 1rem; color: #1d2733; background: #fff }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #d5dbe1 }
summary { cursor: pointer; padding: .3rem 0 }
code { background: #f2f4f6; padding: .1rem .3rem; border-radius: 3px; overflow-wrap: anywhere }
table { border-collapse: collapse; margin: .5rem 0 1rem 1.2rem }
td, th { border: 1px solid #d5dbe1; padding: .2rem .6rem; text-align: left; vertical-align: top }
a { color: #0b5cad }
@media (prefers-color-scheme: dark) {
  body { color: #dde3ea; background: #14191f } code { background: #232b34 } a { color: #7db7f0 }
  td, th, h2 { border-color: #39434f }
}
"""

METHODS = ("get", "post", "put", "patch", "delete")


def render_page(document: dict[str, Any]) -> str:
    """Render an OpenAPI document: a section for each tag, an entry for each operation."""
    info = document["info"]
    sections = "".join(_section(document, tag) for tag in document["tags"])
    return (
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{escape(info["title"])} API</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f"<h1>{escape(info['title'])} API {escape(info['version'])}</h1><p>{escape(info['description'])}</p>"
        f'<p><a href="api">OpenAPI 3.0</a> · <a href="openapi.json">OpenAPI 3.1</a> · <a href="map">地图 / Map</a></p>'
        f"{sections}</body></html>"
    )


def _section(document: dict[str, Any], tag: dict[str, Any]) -> str:
    operations = [
        _operation(document, method, path, item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item and tag["name"] in item[method]["tags"]
    ]
    return f"<h2>{escape(tag['description'])}</h2>{''.join(operations)}"


def _operation(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> str:
    rows = "".join(_parameter(parameter) for parameter in _resolved(document, operation["parameters"]))
    shown = f"<code>{escape(path)}</code>"
    # A page of a service behind a proxy may stand under a prefix, so links are relative.
    link = shown if "{" in path or method != "get" else f'<a href=".{escape(path, quote=True)}">{shown}</a>'
    head = "<tr><th>parameter</th><th>in</th><th>type</th><th></th></tr>"
    summary = f"{method.upper()} {link} {escape(operation['summary'])}"
    return f"<details><summary>{summary}</summary><table>{head}{rows}</table></details>"


def _resolved(document: dict[str, Any], parameters: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for parameter in parameters:
        name = parameter.get("$ref", "").rsplit("/", 1)[-1]
        yield document["components"]["parameters"][name] if name else parameter


def _parameter(parameter: dict[str, Any]) -> str:
    schema = parameter["schema"]
    type_ = " ".join(filter(None, (schema["type"], schema.get("format"), *schema.get("enum", ()))))
    cells = (f"<code>{escape(parameter['name'])}</code>", parameter["in"], escape(type_))
    return (
        f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}<td>{escape(parameter.get('description', ''))}</td></tr>"
    )
