"""All SQL of the site checks: what lies near the sites, and the stored answers.

Of large control areas only the pieces near a site are read; within the site their union is the area itself.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, cast
from uuid import UUID

import geopandas as gpd
import numpy as np
import psycopg
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.checks.controls import ControlData, ControlLayer
from app.db.models import Layer, LayerKind, LayerVersion, SiteCheck
from gis.area_plane import from_area_plane, to_area_plane
from gis.arrays import FloatArray
from gis.crs import AREA_PLANE
from gis.landuse.objects import ObjectFacts, read_object_facts

Values = Mapping[str, Any]

# A moment after which nothing is recorded: what is stored now, whatever the clocks of service and database say.
STORED_NOW: Final = datetime.max.replace(tzinfo=UTC)
KNOWN: Final = "recorded_at <= %(known_at)s and (superseded_at is null or superseded_at > %(known_at)s)"
BOXES: Final = "unnest(%(x0)s::float8[], %(y0)s::float8[], %(x1)s::float8[], %(y1)s::float8[]) as box(x0, y0, x1, y1)"
PIECES: Final = f"""
select a.row_id, ST_AsBinary(p.geom)
  from (select distinct n.piece_id from {BOXES}
          join control_piece n on n.geom && ST_MakeEnvelope(box.x0, box.y0, box.x1, box.y1)) as near
  join control_piece p using (piece_id) join control_area a on a.row_id = p.control_row_id
 where a.layer_version_id = any(%(versions)s) and {KNOWN} order by p.piece_id
"""  # noqa: S608  the parts are constants of this module
ROWS: Final = """
select row_id, layer_version_id, feature_id, control_code, control_name, control_zone, attributes::text
  from control_area where row_id = any(%(rows)s) order by row_id
"""
ZONES: Final = f"""
select z.row_id, z.layer_version_id, z.feature_id, z.zone_code, z.zone_name, z.code_version, z.floor_area_ratio_max,
       z.building_height_max_m, z.building_density_max, z.green_ratio_min, ST_AsBinary(z.geom)
  from (select distinct n.row_id from {BOXES}
          join plan_zone n on n.geom && ST_MakeEnvelope(box.x0, box.y0, box.x1, box.y1, %(srid)s)) as near
  join plan_zone z using (row_id)
 where z.layer_version_id = any(%(versions)s) and {KNOWN} order by z.row_id
"""  # noqa: S608  as above
SURVEY: Final = f"""
select s.row_id, s.layer_version_id, s.feature_code, s.code_version, ST_AsBinary(s.geom)
  from (select distinct n.row_id from {BOXES}
          join reference_feature n on n.geom && ST_MakeEnvelope(box.x0, box.y0, box.x1, box.y1, %(srid)s)) as near
  join reference_feature s using (row_id)
 where s.layer_version_id = any(%(versions)s) and {KNOWN} order by s.row_id
"""  # noqa: S608  as above
COVERAGES: Final = "select id, ST_AsBinary(coverage) from layer_version where id = any(%(versions)s)"
PARCELS: Final = f"""
select p.row_id, l.slug, p.feature_id, p.parcel_code, v.source_crs, ST_AsBinary(p.geom)
  from parcel p join layer_version v on v.id = p.layer_version_id join layer l on l.id = v.layer_id
 where p.parcel_code = any(%(codes)s) and p.layer_version_id = any(%(versions)s) and {KNOWN.replace("recorded_at", "p.recorded_at")}
 order by p.row_id
"""  # noqa: S608  as above
ZONE_COLUMNS: Final = (
    "layer_version_id",
    "feature_id",
    "zone_code",
    "zone_name",
    "code_version",
    "floor_area_ratio_max",
    "building_height_max_m",
    "building_density_max",
    "green_ratio_min",
)


def read_controls_near(
    session: Session, layers: Sequence[tuple[Layer, LayerVersion]], boxes: FloatArray, known_at: datetime
) -> list[ControlLayer]:
    """Read what of some versions of control layers lies near places; an overlay with the places is that of the whole layers.

    Parameters
    ----------
    boxes : ndarray of float64, shape (n, 4)
        Bounds in the area plane.

    Returns
    -------
    list of ControlLayer
        In the order of ``layers``. Beside their usual columns the areas have ``control_code``, ``control_name`` and ``facts``.
    """
    versions = [version.id for _, version in layers]
    values = {"versions": versions, "known_at": known_at, **_box_values(boxes)}
    pieces: dict[int, list[shapely.Geometry]] = defaultdict(list)
    for row_id, wkb in fetch(session, PIECES, values):
        pieces[row_id].append(shapely.from_wkb(wkb))
    rows: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in fetch(session, ROWS, {"rows": list(pieces)}):
        rows[row[1]].append(row)
    coverages = read_coverages(session, versions)
    return [
        ControlLayer(layer, _control_data(version, rows[version.id], pieces, coverages[version.id]))
        for layer, version in layers
    ]


def _control_data(
    version: LayerVersion,
    rows: Sequence[tuple[Any, ...]],
    pieces: Mapping[int, list[shapely.Geometry]],
    coverage: shapely.Geometry | None,
) -> ControlData:
    ids = [row[0] for row in rows]
    facts = np.array([read_object_facts(json.loads(row[6])) for row in rows] + [None], dtype=object)[:-1]
    shapes = [pieces[row_id][0] if len(pieces[row_id]) == 1 else shapely.union_all(pieces[row_id]) for row_id in ids]
    columns = {
        "feature_id": [row[2] for row in rows],
        "name": [row[3] or row[4] or row[2] for row in rows],
        "control_name": np.array([row[4] for row in rows], dtype=object),
        "control_zone": [row[5] or "" for row in rows],
        "facts": facts,
    }
    areas = gpd.GeoDataFrame(columns, geometry=np.array(shapes, dtype=object), index=ids, crs=AREA_PLANE)
    cut = [(row_id, piece) for row_id in ids for piece in pieces[row_id]]
    frame = gpd.GeoDataFrame(
        {"constraint_id": [row_id for row_id, _ in cut]},
        geometry=np.array([piece for _, piece in cut], dtype=object),
        crs=AREA_PLANE,
    )
    return ControlData(version, areas, frame, coverage)


def facts_of(areas: gpd.GeoDataFrame) -> list[ObjectFacts]:
    """Return what is known of each object."""
    return list(areas["facts"])


def read_coverages(session: Session, versions: Sequence[int]) -> dict[int, shapely.Geometry | None]:
    """Return where versions are known, in the area plane; None where one does not say."""
    found = fetch(session, COVERAGES, {"versions": list(versions)})
    return {key: None if wkb is None else to_area_plane([shapely.from_wkb(wkb)])[0] for key, wkb in found}


def read_zones_near(
    session: Session, versions: Sequence[int], boxes: FloatArray, srid: int, known_at: datetime
) -> gpd.GeoDataFrame:
    """Read the zones of plans near places into the area plane; the index is the row id."""
    return _features_near(session, ZONES, ZONE_COLUMNS, versions, boxes, srid, known_at)


def read_survey_near(
    session: Session, versions: Sequence[int], boxes: FloatArray, srid: int, known_at: datetime
) -> gpd.GeoDataFrame:
    """Read the patches of land surveys near places into the area plane; the index is the row id."""
    columns = ("layer_version_id", "feature_code", "code_version")
    return _features_near(session, SURVEY, columns, versions, boxes, srid, known_at)


def _features_near(
    session: Session,
    statement: str,
    names: Sequence[str],
    versions: Sequence[int],
    boxes: FloatArray,
    srid: int,
    known_at: datetime,
) -> gpd.GeoDataFrame:
    corners = from_area_plane(shapely.box(*boxes.T))
    values = {"versions": list(versions), "known_at": known_at, "srid": srid, **_box_values(shapely.bounds(corners))}
    rows = fetch(session, statement, values)
    columns = {
        name: np.array([row[position] for row in rows], dtype=object) for position, name in enumerate(names, start=1)
    }
    shapes = shapely.from_wkb(np.array([row[-1] for row in rows], dtype=object))
    return gpd.GeoDataFrame(columns, geometry=to_area_plane(shapes), index=[row[0] for row in rows], crs=AREA_PLANE)


def find_parcels(
    session: Session, codes: Sequence[str], versions: Sequence[int], known_at: datetime
) -> dict[str, list[tuple[str, str, str, bytes]]]:
    """Return the parcels of codes: layer, feature id, reference system of the source and geometry."""
    found: dict[str, list[tuple[str, str, str, bytes]]] = {code: [] for code in codes}
    values = {"codes": list(codes), "versions": list(versions), "known_at": known_at}
    for _, slug, feature_id, code, crs, wkb in fetch(session, PARCELS, values):
        found[code].append((slug, feature_id, crs, wkb))
    return found


def layers_of_kind(session: Session, *kinds: LayerKind) -> Sequence[Layer]:
    """Return the layers of some kinds, in the order they were made."""
    return session.scalars(select(Layer).where(Layer.kind.in_(kinds)).order_by(Layer.id)).all()


def find_check(session: Session, check_id: UUID) -> SiteCheck | None:
    """Return a stored check."""
    return session.get(SiteCheck, check_id)


def _box_values(boxes: FloatArray) -> dict[str, list[float]]:
    return dict(zip(("x0", "y0", "x1", "y1"), boxes.T.tolist(), strict=True))


def fetch(session: Session, statement: str, values: Values) -> list[tuple[Any, ...]]:
    """Return the rows of a statement, read in binary form."""
    connection = session.connection().connection.driver_connection
    with cast("psycopg.Connection[tuple[Any, ...]]", connection).cursor(binary=True) as cursor:
        return cursor.execute(statement.encode(), values).fetchall()
