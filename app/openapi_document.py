"""The OpenAPI document of all routes, written without a database: ``python -m app.openapi_document openapi.json``.

The map page's types of what the service answers are made from it (``npm run types`` in ``app/web``).
"""

import json
import sys
from pathlib import Path

from app.main import create_app
from app.ogc.all_routes import describe_routes
from app.settings import Settings


def write_document(path: Path) -> None:
    """Write the document as ``/openapi.json`` answers it, with sorted names so that equal documents are equal files."""
    document = describe_routes(create_app(Settings()))
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_document(Path(sys.argv[1]))
