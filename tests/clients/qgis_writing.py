"""Write three parcels as QGIS saves layers, in every format it offers that a delivery may have. Runs in the Python of QGIS.

Argument: folder to write to.
"""

import json
import sys
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsGeometry,
    QgsProject,
    QgsVectorFileWriter,
    QgsVectorLayer,
)

# Name of the file: driver, encoding, reference system, options of the layer.
FILES = {
    "gbk.shp": ("ESRI Shapefile", "GBK", 4547, []),
    "utf8.shp": ("ESRI Shapefile", "UTF-8", 4547, []),
    "parcels.gpkg": ("GPKG", "UTF-8", 4547, []),
    "parcels.fgb": ("FlatGeobuf", "UTF-8", 4547, []),
    "parcels.kml": ("KML", "UTF-8", 4326, []),
    "parcels.dxf": ("DXF", "UTF-8", 4547, []),
    "degrees.geojson": ("GeoJSON", "UTF-8", 4326, []),
    "metres.geojson": ("GeoJSON", "UTF-8", 4547, []),
    "lines.geojsonl.json": ("GeoJSONSeq", "UTF-8", 4326, ["COORDINATE_PRECISION=12"]),
    "wkt.csv": ("CSV", "UTF-8", 4547, ["GEOMETRY=AS_WKT"]),
    "wkt.xlsx": ("XLSX", "UTF-8", 4547, []),
}


def make_layer(parcels: list[dict[str, str]]) -> QgsVectorLayer:
    fields = "field=ZDDM:string(19)&field=ZL:string(40)&field=WKT:string(2000)"
    layer = QgsVectorLayer(f"Polygon?crs=EPSG:4547&{fields}", "宗地", "memory")
    features = []
    for parcel in parcels:
        feature = QgsFeature(layer.fields())
        feature.setAttributes([parcel["ZDDM"], parcel["ZL"], parcel["WKT"]])
        feature.setGeometry(QgsGeometry.fromWkt(parcel["WKT"]))
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    layer.updateExtents()
    return layer


def write(layer: QgsVectorLayer, folder: str, name: str) -> None:
    driver, encoding, epsg, layer_options = FILES[name]
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.fileEncoding, options.layerOptions = driver, encoding, layer_options
    options.layerName = "parcels"
    context = QgsProject.instance().transformContext()
    if epsg != 4547:
        target = QgsCoordinateReferenceSystem(f"EPSG:{epsg}")
        options.ct = QgsCoordinateTransform(layer.crs(), target, context)
    if driver == "DXF":
        options.skipAttributeCreation = True
    elif driver != "XLSX":
        # The text of the geometry is for the spreadsheet, which has no other.
        options.attributes = [0, 1]
    code, message, *_ = QgsVectorFileWriter.writeAsVectorFormatV3(layer, f"{folder}/{name}", context, options)
    if code != QgsVectorFileWriter.NoError:
        raise SystemExit(f"{name}: {message}")


def main(folder: str) -> None:
    parcels = json.loads((Path(folder) / "parcels.json").read_text(encoding="utf-8"))
    application = QgsApplication([], False)
    application.initQgis()
    layer = make_layer(parcels)
    for name in FILES:
        write(layer, folder, name)
    application.exitQgis()


if __name__ == "__main__":
    main(sys.argv[1])
