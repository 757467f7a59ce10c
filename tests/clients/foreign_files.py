"""Three parcels as other programs write them, and what has to be read of them."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from app.validation.service import ValidationRequest, validate_delivery
from gis.crs import project_geometries
from gis.crs_firewall import recognise_epsg
from gis.formats.reading import iter_features, open_source
from gis.formats.writing.projecting import output_crs
from gis.validation import DeliveryReport

TODAY = date(2026, 6, 30)
HOLE = shapely.box(409_240.25, 3_125_020.5, 409_260.75, 3_125_040.5)
GROUND = [
    shapely.box(409_000.123, 3_125_000.456, 409_120.123, 3_125_080.456),
    shapely.box(409_200, 3_125_000, 409_320, 3_125_080).difference(HOLE),
    shapely.Polygon([(409_400, 3_125_000), (409_520.5, 3_125_010), (409_500, 3_125_090.75)]),
]
PARCELS: list[dict[str, Any]] = [
    {"ZDDM": f"430121001001GB0000{number}", "ZL": place, "WKT": ground.wkt}
    for number, (place, ground) in enumerate(zip(["长沙县榔梨街道1号", "星沙镇二组", "黄花镇"], GROUND, strict=True), 1)
]
# A millimetre is what every format has to keep; KML and GeoJSON write degrees.
KEPT_M = 0.001


def validate(path: Path, **named: Any) -> DeliveryReport:
    return validate_delivery(ValidationRequest(path, "parcel", TODAY, **named))


def require_the_parcels(path: Path, *, crs: str | None = None, texts: bool = True, **named: Any) -> None:
    """Require that a file is read as the three parcels: where they lie, with their hole, their codes and their Chinese."""
    with open_source(path, layer=named.get("source_layer"), encoding=named.get("encoding")) as source:
        features = [
            (attributes, geometry)
            for batch in iter_features(source)
            for attributes, geometry in zip(batch.attributes, batch.geometries, strict=True)
        ]
        declared = source.crs if crs is None else output_crs(crs)
    assert declared is not None
    if texts:
        features.sort(key=lambda feature: str(feature[0]["ZDDM"]))
        read = [(attributes["ZDDM"], attributes["ZL"]) for attributes, _ in features]
        assert read == [(parcel["ZDDM"], parcel["ZL"]) for parcel in PARCELS]
    else:
        features.sort(key=lambda feature: float(shapely.bounds(feature[1])[0]))
    drawn = np.array([geometry for _, geometry in features], dtype=object)
    if recognise_epsg(declared) != 4547:
        drawn = project_geometries(drawn, output_crs("EPSG:4547"))
    assert len(drawn) == len(GROUND)
    for found, expected in zip(drawn, GROUND, strict=True):
        assert shapely.hausdorff_distance(found, expected) < KEPT_M
        assert abs(found.area - expected.area) < 0.5
    report = validate(path, crs=crs, **named)
    assert (report.read, report.accepted, report.repaired, report.rejected) == (3, 3, 0, 0)
    assert [fault.kind for fault in report.faults if fault.kind.startswith("crs_")] == []
