"""The map page at ``/map`` and its files, as ``make web`` builds them into ``app/web/dist``."""

import re
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from app.deps import AppSettings
from app.negotiation import accepts_encoding
from app.settings import Settings

router: Final = APIRouter(include_in_schema=False)

#: Media types by file suffix. They are fixed here because the system's table may know ``.mjs`` as something else, and a
#: browser runs no module that is not sent as JavaScript.
MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
}

#: The build compresses each file once, as well as can be; the better one first. To do it for every reader would take a tenth of a second of each wait.
COMPRESSED: Final = {"br": ".br", "gzip": ".gz"}

#: Unless a base map is set, the page loads nothing from any other origin: no script, style, tile, font or image. MapLibre needs ``data:`` and
#: ``blob:`` images for its controls and decoded pictures; its worker is a file of its own.
CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

_SECURITY_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def security_headers(settings: Settings) -> dict[str, str]:
    """Return the headers of the page; the host of a base map may be asked for pictures, and for nothing else.

    That host is told from which service it is asked, without path or query: Tianditu's keys may be bound to a site, and
    OpenStreetMap's servers answer nobody who says nothing.
    """
    origin = settings.base_map_origin
    if origin is None:
        return _SECURITY_HEADERS
    return {
        **_SECURITY_HEADERS,
        "Content-Security-Policy": CONTENT_SECURITY_POLICY.replace("img-src 'self'", f"img-src 'self' {origin}"),
        "Referrer-Policy": "strict-origin-when-cross-origin",
    }


#: File names carry a hash of their content, so a name never means anything else later.
_FOR_GOOD: Final = "public, max-age=31536000, immutable"
_ASSET_NAME: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")

_NOT_BUILT: Final = """<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><title>503 · 多规 Duogui</title></head>
<body>
<h1>地图页面尚未构建</h1>
<p>请在源代码目录中运行 <code>make web</code>，然后刷新本页。服务的其他接口不受影响。</p>
<h1 lang="en">The map page has not been built</h1>
<p lang="en">Run <code>make web</code> in the source folder and load this page again. The rest of the service works.</p>
</body>
</html>
"""


def built_page_folder() -> Path:
    """Return the folder that ``make web`` fills: ``index.html`` and ``assets/``."""
    return Path(__file__).resolve().parent / "web" / "dist"


BuiltPageFolder = Annotated[Path, Depends(built_page_folder)]


@router.api_route("/map", methods=["GET", "HEAD"])
def map_page(folder: BuiltPageFolder, settings: AppSettings) -> Response:
    """Serve the map page, or a 503 page that says how to build it."""
    page = folder / "index.html"
    headers = {**security_headers(settings), "Cache-Control": "no-cache"}
    if not page.is_file():
        return HTMLResponse(_NOT_BUILT, status_code=503, headers={**headers, "Cache-Control": "no-store"})
    return FileResponse(page, media_type=MEDIA_TYPES[".html"], headers=headers)


@router.api_route("/map/", methods=["GET", "HEAD"])
def map_page_without_slash() -> Response:
    """Lead to ``/map``: the page names its files relative to that address."""
    return RedirectResponse("../map", status_code=308)


@router.get("/map/settings")
def map_page_settings(settings: AppSettings) -> dict[str, Any]:
    """Tell the page what the operator chose for it: the base map, or that there is none."""
    template = settings.base_map_url
    base_map = None if template is None else {"template": template, "attribution": settings.base_map_attribution}
    return {"base_map": base_map}


@router.api_route("/map/assets/{name}", methods=["GET", "HEAD"])
def map_page_asset(request: Request, name: str, folder: BuiltPageFolder, settings: AppSettings) -> Response:
    """Serve one of the page's files, compressed where the build has it so and the reader understands it.

    Raises
    ------
    HTTPException
        404 when the build has no such file. A name is one path segment of plain characters, so that it cannot lead out
        of the folder.
    """
    asset = folder / "assets" / name
    media_type = MEDIA_TYPES.get(asset.suffix)
    if media_type is None or not _ASSET_NAME.fullmatch(name) or not asset.is_file():
        raise HTTPException(404, f"The map page has no file {name!r}.")
    # The worker script has a policy of its own: a worker does not inherit the page's.
    headers = {**security_headers(settings), "Cache-Control": _FOR_GOOD}
    accepted = request.headers.getlist("Accept-Encoding")
    for encoding, ending in COMPRESSED.items():
        compressed = asset.with_name(name + ending)
        if accepts_encoding(accepted, encoding) and compressed.is_file():
            headers |= {"Content-Encoding": encoding, "Vary": "Accept-Encoding"}
            return FileResponse(compressed, media_type=media_type, headers=headers)
    return FileResponse(asset, media_type=media_type, headers=headers)
