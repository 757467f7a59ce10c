"""What a reader downloads before the first map: little enough for a slow line."""

import gzip
import re

from app.map_page import built_page_folder

#: In bytes as sent, compressed. Charts come when a view asks for them.
BUDGET = 600_000
STATIC_IMPORT = re.compile(rb'(?:from|import)\s*["\']\./([\w.-]+\.js)["\']')


def first_files() -> dict[str, bytes]:
    """Return the files that the page asks for by itself: what its markup names, and what those import at once."""
    folder = built_page_folder() / "assets"
    names = re.findall(r"assets/([\w.-]+\.(?:js|css))", (built_page_folder() / "index.html").read_text("utf-8"))
    found: dict[str, bytes] = {}
    while names:
        name = names.pop()
        if name in found:
            continue
        found[name] = (folder / name).read_bytes()
        names += [match.decode() for match in STATIC_IMPORT.findall(found[name])]
    return found


def test_the_first_files_stay_within_their_budget() -> None:
    files = first_files()
    worker = next((built_page_folder() / "assets").glob("maplibre-gl-worker-*.js"))
    sent = sum(len(gzip.compress(content)) for content in [*files.values(), worker.read_bytes()])
    assert len(files) >= 2
    assert sent < BUDGET


def test_charts_are_not_among_the_first_files() -> None:
    assert not any(b"zrender" in content for content in first_files().values())
