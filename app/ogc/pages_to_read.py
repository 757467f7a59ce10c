"""The documents of the API as plain pages: linked, readable, without a script and with nothing from elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse

from app.links import request_origin
from app.negotiation import HTML, JSON, choose_type
from app.ogc.api_page import STYLE
from app.ogc.responses import CACHE_HEADERS

__all__ = ["html_answer", "wants_html"]

# The page is one text: no script, nothing from elsewhere.
_HEADERS: Final = {
    **CACHE_HEADERS,
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
}
_MAX_COLUMNS: Final = 12


def wants_html(request: Request, encoding: str | None, otherwise: str = JSON) -> bool:
    """Whether a request is for a page to read: by ``f``, else where the Accept header wants that more than the media type of the document.

    Raises
    ------
    NotAcceptableError
    """
    if encoding is not None:
        return encoding == "html"
    return choose_type(request, (otherwise, HTML)) == HTML


def html_answer(request: Request, title: str, document: Mapping[str, Any]) -> HTMLResponse:
    """Return a document as a page."""
    base = request_origin(request).base_url
    body = "".join(_body(document))
    page = (
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f"<nav>{_trail(request, base)}</nav><h1>{escape(title)}</h1>{body}</body></html>"
    )
    return HTMLResponse(page, headers=_HEADERS)


def _trail(request: Request, base: str) -> str:
    """Link to every resource above this one, and to the same as JSON."""
    parts = [part for part in request.url.path.split("/") if part]
    steps = [f'<a href="{escape(base)}/?f=html">Duogui 多规</a>']
    steps += [
        f'<a href="{escape(base)}/{escape("/".join(parts[: at + 1]), quote=True)}?f=html">{escape(part)}</a>'
        for at, part in enumerate(parts)
    ]
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "f"]
    json = escape("?" + urlencode([*kept, ("f", "json")]), quote=True)
    return " / ".join(steps) + f' · <a href="{json}">JSON</a>'


def _body(document: Mapping[str, Any]) -> Iterator[str]:
    if "description" in document:
        yield f"<p>{escape(str(document['description']))}</p>"
    match document:
        case {"type": "FeatureCollection", "features": list(features)}:
            yield _features(document, features)
        case {"type": "Feature", "properties": dict(properties)}:
            yield _table(("", ""), [(name, _value(value)) for name, value in properties.items()])
            yield f"<details><summary>geometry</summary><code>{escape(str(document.get('geometry')))[:20_000]}</code></details>"
        case {"collections": list(collections)}:
            yield _table(("id", "title", "items"), [_collection(one) for one in collections])
        case _:
            plain = {name: value for name, value in document.items() if name not in {"links", "description", "title"}}
            if plain:
                yield _table(("", ""), [(name, _value(value)) for name, value in plain.items()])
    yield _links(document.get("links", ()))


def _features(document: Mapping[str, Any], features: Sequence[Mapping[str, Any]]) -> str:
    own = next((one["href"] for one in document["links"] if one["rel"] == "collection"), "")
    names = list(features[0]["properties"])[:_MAX_COLUMNS] if features else []
    rows = [
        (
            _anchor(f"{own}/items/{one['id']}?f=html", str(one["id"])),
            *(_value(one["properties"].get(name)) for name in names),
        )
        for one in features
    ]
    counted = f"{document['numberReturned']} / {document.get('numberMatched', '?')}"
    return f"<p>{counted}</p>" + _table(("id", *names), rows)


def _collection(one: Mapping[str, Any]) -> tuple[str, str, str]:
    links = {item["rel"]: item["href"] for item in one["links"]}
    items = links.get("items")
    shown = (
        "" if items is None else _anchor(f"{items}?f=html", str(one.get("duogui", {}).get("feature_count", "items")))
    )
    return _anchor(f"{links['self']}?f=html", one["id"]), escape(one["title"]), shown


def _links(links: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (
            escape(one["rel"].rsplit("/", 1)[-1]),
            _anchor(_readable(one), one.get("title") or one["href"]),
            escape(one.get("type", "")),
        )
        for one in links
    ]
    return f"<h2>Links</h2>{_table(('rel', '', 'type'), rows)}" if rows else ""


def _readable(one: Mapping[str, Any]) -> str:
    """Lead from page to page where the other end has a page as well."""
    href: str = one["href"]
    has_page = one["rel"] in {"next", "data", "conformance", "collection", "items", "self"}
    if not has_page or "f=" in href:
        return href
    return f"{href}{'&' if '?' in href else '?'}f=html"


def _value(value: object) -> str:
    match value:
        case None:
            return ""
        case str() if value.startswith(("http://", "https://")):
            return _anchor(value, value)
        case list() if value and all(isinstance(one, str) for one in value):
            return "<br>".join(_value(one) for one in value)
        case _:
            return escape(str(value))


def _anchor(href: str, text: str) -> str:
    return f'<a href="{escape(href, quote=True)}">{escape(text)}</a>'


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    titles = "".join(f"<th>{escape(name)}</th>" for name in head)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{titles}</tr>{lines}</table>"
