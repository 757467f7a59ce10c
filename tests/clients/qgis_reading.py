"""Load every collection into QGIS as its users do, read it, draw it, and say what was seen. Runs in the Python of QGIS.

Arguments: a file with the questions as JSON (the service's address, the collections, a box), and a folder for the answers and pictures.
"""

import json
import sys
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeatureRequest,
    QgsMapLayer,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsVectorDataProvider,
    QgsVectorLayer,
    QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

WEB_MERCATOR = QgsCoordinateReferenceSystem("EPSG:3857")
LONGITUDE_LATITUDE = QgsCoordinateReferenceSystem("OGC:CRS84")
CAN_WRITE = (
    QgsVectorDataProvider.AddFeatures
    | QgsVectorDataProvider.DeleteFeatures
    | QgsVectorDataProvider.ChangeAttributeValues
    | QgsVectorDataProvider.ChangeGeometries
)


def open_collection(url: str, collection: str) -> QgsVectorLayer:
    """Add a layer as the dialogue "WFS / OGC API - Features" does, with small pages."""
    source = f"url='{url}/' typename='{collection}' pagingEnabled='true' pageSize='10' restrictToRequestBBOX='1'"
    layer = QgsVectorLayer(source, collection, "OAPIF")
    if not layer.isValid():
        raise SystemExit(f"{collection}: {layer.error().message()} {layer.dataProvider().error().message()}")
    return layer


def read(layer: QgsVectorLayer, box: list[float], condition: str | None) -> dict[str, Any]:
    """Read a layer whole, then within a box, then by an expression on attributes."""
    names = [field.name() for field in layer.fields()]
    features = list(layer.getFeatures())
    boxed = layer.getFeatures(QgsFeatureRequest().setFilterRect(QgsRectangle(*box)))
    answer = {
        "fields": names,
        "crs": layer.crs().authid(),
        "ids": [str(feature["id"]) for feature in features],
        "drawn": sum(feature.hasGeometry() for feature in features),
        "first": {name: str(features[0][name]) for name in names},
        "boxed": sorted(str(feature["id"]) for feature in boxed),
        "can_write": bool(layer.dataProvider().capabilities() & CAN_WRITE),
    }
    if condition is not None:
        chosen = layer.getFeatures(QgsFeatureRequest().setFilterExpression(condition))
        answer["chosen"] = sorted(str(feature["id"]) for feature in chosen)
    return answer


def open_by_wfs(url: str, collection: str) -> QgsVectorLayer:
    """Add a layer as the same dialogue does where WFS 2.0 is chosen."""
    source = f"url='{url}/wfs' typename='ms:{collection}' version='2.0.0' srsname='EPSG:4490' pagingEnabled='true'"
    layer = QgsVectorLayer(f"{source} restrictToRequestBBOX='1'", collection, "WFS")
    if not layer.isValid():
        raise SystemExit(f"{collection} by WFS: {layer.error().message()} {layer.dataProvider().error().message()}")
    return layer


def read_by_wfs(layer: QgsVectorLayer, box: list[float]) -> dict[str, Any]:
    """Read a layer whole, and identify what lies in a box."""
    # One after the other: this provider drops what it was asked for last.
    ids = [str(feature["feature_id"]) for feature in layer.getFeatures() if feature.hasGeometry()]
    boxed = layer.getFeatures(QgsFeatureRequest().setFilterRect(QgsRectangle(*box)))
    return {
        "crs": layer.crs().authid(),
        "ids": ids,
        "boxed": sorted(str(feature["feature_id"]) for feature in boxed),
    }


def open_tiles(url: str, collection: str) -> QgsVectorTileLayer:
    """Add vector tiles as the dialogue "New vector tiles connection" does, with the service's own style."""
    tiles = f"{url}/collections/{collection}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}"
    style = f"{url}/styles/{collection}"
    layer = QgsVectorTileLayer(f"type=xyz&url={tiles}&zmin=0&zmax=18&styleUrl={style}", collection)
    if not layer.isValid():
        raise SystemExit(f"tiles of {collection}: {layer.error().message()}")
    _, is_styled = layer.loadDefaultStyle()
    if not is_styled:
        raise SystemExit(f"tiles of {collection}: QGIS cannot use the style")
    return layer


def draw(layer: QgsMapLayer, box: list[float], path: Path) -> dict[str, Any]:
    """Draw a layer on white and count the pixels that are not, and their colours."""
    to_map = QgsCoordinateTransform(LONGITUDE_LATITUDE, WEB_MERCATOR, QgsProject.instance())
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(WEB_MERCATOR)
    settings.setExtent(to_map.transformBoundingBox(QgsRectangle(*box)))
    settings.setOutputSize(QSize(200, 200))
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    image.save(str(path))
    colours = [image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())]
    inked = [colour for colour in colours if colour != "#ffffff"]
    return {"inked": len(inked) / len(colours), "colours": len(set(inked)), "errors": [e.message for e in job.errors()]}


def answer(asked: dict[str, Any], folder: Path) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for collection in asked["collections"]:
        layer = open_collection(asked["url"], collection)
        answers[collection] = read(layer, asked["box"], asked["conditions"].get(collection))
    by_wfs = asked["by_wfs"]
    answers["wfs"] = {name: read_by_wfs(open_by_wfs(asked["url"], name), asked["box"]) for name in by_wfs}
    drawn = asked["drawn"]
    answers["tiles"] = draw(open_tiles(asked["url"], drawn), asked["view"], folder / "tiles.png")
    answers["features"] = draw(open_collection(asked["url"], drawn), asked["view"], folder / "features.png")
    return answers


def main(questions: Path, folder: Path) -> None:
    application = QgsApplication([], False)
    application.initQgis()
    # No layer may outlive the application.
    answers = answer(json.loads(questions.read_text(encoding="utf-8")), folder)
    (folder / "answers.json").write_text(json.dumps(answers, ensure_ascii=False), encoding="utf-8")
    application.exitQgis()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
