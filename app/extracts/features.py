"""A sheet as GeoJSON: the site as a polygon with the statement, and its boundary points."""

from itertools import groupby
from typing import Any

from app.db.models import PlanningSheet
from app.extracts.service import sheet_json


def site_polygon(statement: dict[str, Any]) -> dict[str, Any]:
    """Return the site of a statement as a GeoJSON geometry, made of its boundary points."""
    points = statement["boundary"]["points"]
    parts = []
    for _, of_part in groupby(points, key=lambda point: point["part"]):
        rings = []
        for _, of_ring in groupby(of_part, key=lambda point: point["ring"]):
            ring = [[point["lon"], point["lat"]] for point in of_ring]
            rings.append([*ring, ring[0]])
        parts.append(rings)
    return {"type": "MultiPolygon", "coordinates": parts}


def sheet_geojson(sheet: PlanningSheet) -> dict[str, Any]:
    """Return a FeatureCollection in longitude and latitude (RFC 7946): the site first, then its boundary points."""
    document = sheet_json(sheet)
    statement = document.pop("statement")
    without_points = statement | {
        "boundary": {name: value for name, value in statement["boundary"].items() if name != "points"}
    }
    site = {
        "type": "Feature",
        "id": statement["subject"]["feature_id"],
        "geometry": site_polygon(statement),
        "properties": {**document, **without_points},
    }
    points = [
        {
            "type": "Feature",
            "id": f"J{point['number']}",
            "geometry": {"type": "Point", "coordinates": [point["lon"], point["lat"]]},
            "properties": {name: point[name] for name in ("number", "part", "ring", "x_m", "y_m", "side_m")},
        }
        for point in statement["boundary"]["points"]
    ]
    return {"type": "FeatureCollection", "features": [site, *points]}
