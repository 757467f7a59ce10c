"""Styles of layers and of the whole map: for browsers, and as files that QGIS loads."""

import json
import subprocess
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.clients.test_qgis_files import SYSTEM_PYTHON, qgis_environment, require_qgis

from .city import COLLECTIONS

LOADS = """
import json, sys
from qgis.core import QgsApplication, QgsVectorLayer
application = QgsApplication([], False)
application.initQgis()
layer = QgsVectorLayer("Polygon?crs=EPSG:4490&field=land_use_code:string", "parcels", "memory")
loaded = {}
for path in sys.argv[1:]:
    message, done = layer.loadNamedStyle(path) if path.endswith("qml") else layer.loadSldStyle(path)
    renderer = layer.renderer()
    if renderer.type() == "categorizedSymbol":
        colours = {category.value(): category.symbol().color().name() for category in renderer.categories()}
    else:
        rules = renderer.rootRule().children()
        colours = {rule.filterExpression(): rule.symbol().color().name() for rule in rules}
    loaded[path[-3:]] = {"done": done, "message": message, "colours": colours}
print(json.dumps(loaded))
application.exitQgis()
"""


def test_styles_lists_the_map_and_every_collection(client: TestClient):
    styles = client.get("/styles").json()["styles"]
    assert [style["id"] for style in styles] == ["map", *COLLECTIONS]
    for style in styles[:3]:
        for link in style["links"]:
            assert link["rel"] == "stylesheet"
            answer = client.get(link["href"])
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith(link["type"].split(";")[0])


def test_the_map_draws_every_collection_from_its_own_tiles(client: TestClient):
    style = client.get("/styles/map").json()
    assert style["version"] == 8
    assert set(style["sources"]) == set(COLLECTIONS)
    drawn = [layer for layer in style["layers"] if layer["type"] != "background"]
    assert {layer["source"] for layer in drawn} == {layer["source-layer"] for layer in drawn} == set(COLLECTIONS)
    assert len({layer["id"] for layer in drawn}) == len(drawn)
    tilejson = client.get(style["sources"]["parcels"]["url"]).json()
    assert tilejson["vector_layers"][0]["id"] == "parcels"


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_style_has_the_colours_of_the_legend(client: TestClient, collection: str):
    legend = client.get(f"/collections/{collection}/legend").json()
    fill = client.get(f"/styles/{collection}").json()["layers"][1]["paint"]["fill-color"]
    if isinstance(fill, str):
        assert fill == legend["default"]["fill"]
    else:
        assert fill[1] == ["to-string", ["get", legend["property"]]]
        colours = dict(zip(fill[2:-1:2], fill[3:-1:2], strict=True))
        assert colours == {entry["value"]: entry["fill"] for entry in legend["entries"]}
        assert fill[-1] == legend["default"]["fill"]
    sld = client.get(f"/styles/{collection}", params={"f": "sld"}).text
    entries = len(legend["entries"]) if legend["property"] is not None else 0
    assert sld.count("<se:Rule>") == entries + 1


def test_qgis_loads_the_colours_of_both_files(client: TestClient, tmp_path: Path):
    require_qgis()
    paths = []
    for encoding in ("qml", "sld"):
        answer = client.get("/styles/parcels", params={"f": encoding})
        assert answer.headers["content-disposition"] == f'attachment; filename="parcels.{encoding}"'
        (tmp_path / f"parcels.{encoding}").write_bytes(answer.content)
        paths.append(str(tmp_path / f"parcels.{encoding}"))
    done = subprocess.run(
        [SYSTEM_PYTHON, "-c", LOADS, *paths],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env=qgis_environment(),
    )
    loaded = json.loads(done.stdout.splitlines()[-1])
    entries = client.get("/collections/parcels/legend").json()["entries"]
    assert loaded["qml"]["done"], loaded["qml"]["message"]
    assert {entry["value"]: entry["fill"] for entry in entries}.items() <= loaded["qml"]["colours"].items()
    assert loaded["sld"]["done"], loaded["sld"]["message"]
    assert {entry["fill"] for entry in entries} <= set(loaded["sld"]["colours"].values())


@pytest.mark.parametrize(
    ("path", "status"),
    [("/styles/nothing", 404), ("/styles/map?f=sld", 400), ("/styles/parcels?f=css", 400), ("/styles?x=1", 400)],
)
def test_what_there_is_not_is_refused(client: TestClient, path: str, status: int):
    assert client.get(path).status_code == status
