"""The document of all routes, from which the map page's types are made, names nothing that it does not hold."""

import json
import re
from pathlib import Path

from app.main import create_app
from app.ogc.all_routes import describe_routes
from app.openapi_document import write_document
from app.settings import Settings


def test_every_schema_that_is_referred_to_is_in_the_document(tmp_path: Path) -> None:
    text = json.dumps(describe_routes(create_app(Settings(data_dir=tmp_path))))
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert len(named) > 100
    assert named - json.loads(text)["components"]["schemas"].keys() == set()
    assert '"$defs"' not in text


def test_the_written_document_is_the_one_of_this_application(tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    path.write_text("{}", encoding="utf-8")
    write_document(path)
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document == json.loads(json.dumps(describe_routes(create_app(Settings(data_dir=tmp_path)))))
    assert "StatusInfo" in document["components"]["schemas"]


def test_the_page_s_types_are_made_anew_whenever_they_are_checked() -> None:
    folder = Path(__file__).parents[3] / "app" / "web"
    scripts = json.loads((folder / "package.json").read_text(encoding="utf-8"))["scripts"]
    assert scripts["check"].startswith("node --run types && ")
    assert "app.openapi_document" in scripts["types"]
    ignored = (folder / ".gitignore").read_text(encoding="utf-8").split("\n")
    assert {"openapi.json", "src/api/openapi.d.ts"} <= set(ignored)
