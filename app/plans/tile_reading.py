"""The layers of a comparison as the partition takes them: what is said of each feature at once, the polygons when their tile is cut."""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy.orm import Session

from app.plans.inputs import ComparisonInputs, VersionedLayer
from app.plans.reading import fetch_rows, read_coverage, said_columns, table_of
from app.plans.standing import Coverages, coverage_names
from gis.area_plane import to_area_plane
from gis.arrays import FloatArray, GeometryArray, IntArray
from gis.crs import AREA_PLANE
from gis.plans.comparison import PlanCodes
from gis.tiled_partition import TiledLayer

# The box is that of the head of a stored geometry, rounded outwards; a vertex is sixteen bytes.
FEATURES = """
select row_id, feature_id, {said}, size, ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)
  from (select row_id, feature_id, {said}, pg_column_size(geom) / 16 as size, Box2D(geom) as box from {table}
         where layer_version_id = %s and superseded_at is null) feature
 order by row_id
"""
POLYGONS = "select ST_AsBinary(geom) from {table} where row_id = any(%s) order by row_id"


@dataclass(frozen=True, slots=True)
class ComparedLayers:
    """What a comparison reads before it cuts anything.

    Attributes
    ----------
    layers : list of TiledLayer
        The plans, the lines that have areas, and where these are known.
    codes : list of PlanCodes
        Of the zones of each plan.
    zones : list of list of str or None
        Of the areas of each line.
    coverages : sequence of (Layer, geometry or None)
        Where each line is known.
    """

    layers: list[TiledLayer]
    codes: list[PlanCodes]
    zones: list[list[str | None]]
    coverages: Coverages


def read_layers(session: Session, inputs: ComparisonInputs) -> ComparedLayers:
    """Read what is said of all zones and areas, and where they are; the session must stay open as long as the layers are in use."""
    layers, codes, zones = [], [], []
    for plan in inputs.plans:
        layer, (written, versions) = _read(session, plan)
        layers.append(layer)
        codes.append(PlanCodes(written, versions, inputs.local_codes))
    for line in inputs.lines:
        layer, (named,) = _read(session, line)
        layers.append(layer)
        zones.append(named)
    coverages: Coverages = [(line.layer, read_coverage(session, line.version)) for line in inputs.lines]
    grounds: dict[str, shapely.Geometry] = {}
    for (_, coverage), name in zip(coverages, coverage_names(coverages), strict=True):
        if coverage is not None and name is not None:
            grounds.setdefault(name, coverage)
    layers += [
        TiledLayer.of(name, gpd.GeoDataFrame(geometry=[ground], crs=AREA_PLANE)) for name, ground in grounds.items()
    ]
    return ComparedLayers([layer for layer in layers if len(layer.ids)], codes, zones, coverages)


def _read(session: Session, versioned: VersionedLayer) -> tuple[TiledLayer, Sequence[list[str | None]]]:
    """Read the features of a version, and the columns in which something is said of them."""
    said, table = said_columns(versioned.layer), table_of(versioned.layer)
    rows = fetch_rows(session, FEATURES.format(said=", ".join(said), table=table), versioned.version.id)
    row_ids = np.array([row[0] for row in rows], dtype=np.int64)

    def read(wanted: IntArray) -> GeometryArray:
        found = fetch_rows(session, POLYGONS.format(table=table), row_ids[wanted].tolist())
        return to_area_plane(shapely.from_wkb(np.array([row[0] for row in found], dtype=object)))

    layer = TiledLayer(
        name=versioned.layer.slug,
        ids=np.array([row[1] for row in rows], dtype=object),
        boxes=_plane_boxes(np.array([row[-4:] for row in rows], dtype=np.float64).reshape(-1, 4)),
        sizes=np.array([row[-5] for row in rows], dtype=np.int64),
        read=read,
    )
    return layer, [[row[2 + k] for row in rows] for k in range(len(said))]


def _plane_boxes(boxes: FloatArray) -> FloatArray:
    """Take boxes in longitude and latitude into the area plane, where meridians and parallels are straight."""
    plane: FloatArray = shapely.bounds(to_area_plane(shapely.box(*boxes.T))).reshape(-1, 4)
    return plane
