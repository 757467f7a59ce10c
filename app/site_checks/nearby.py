"""What lies near sites, read from the database.

Of large control areas only the pieces near a site are read; within the site their union is the area itself.
"""

import json
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, cast

import geopandas as gpd
import numpy as np
import psycopg
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.checks.controls import AnyLayer, AnyVersion, AreaTable, ControlData, ControlLayer, column
from app.db.models import Layer, LayerKind
from gis.area_plane import from_area_plane, to_area_plane
from gis.arrays import FloatArray
from gis.landuse.objects import ObjectFacts, read_object_facts
from gis.subdivide import join_pieces

Values = Mapping[str, Any]
#: Where versions are known, in the area plane, by the id of the version; None where one does not say.
Coverages = Mapping[int, shapely.Geometry | None]

# A moment after which nothing is recorded: what is stored now, whatever the clocks of service and database say.
STORED_NOW: Final = datetime.max.replace(tzinfo=UTC)
KNOWN: Final = "recorded_at <= %(known_at)s and (superseded_at is null or superseded_at > %(known_at)s)"
BOXES: Final = "unnest(%(x0)s::float8[], %(y0)s::float8[], %(x1)s::float8[], %(y1)s::float8[]) as box(x0, y0, x1, y1)"
CONTROLS: Final = f"""
select distinct on (a.layer_version_id, a.row_id, p.piece_id)
       a.row_id, a.layer_version_id, a.feature_id, a.control_code, a.control_name, a.control_zone, a.attributes::text, ST_AsBinary(p.geom)
  from {BOXES} join control_piece p on p.geom && ST_MakeEnvelope(box.x0, box.y0, box.x1, box.y1)
  join control_area a on a.row_id = p.control_row_id
 where a.layer_version_id = any(%(versions)s) and {KNOWN} order by a.layer_version_id, a.row_id, p.piece_id
"""  # noqa: S608  the parts are constants of this module
ZONES: Final = f"""
select z.row_id, z.layer_version_id, z.feature_id, z.zone_code, z.zone_name, z.code_version, z.floor_area_ratio_max,
       z.building_height_max_m, z.building_density_max, z.green_ratio_min, ST_AsBinary(z.geom)
  from (select distinct n.row_id from {BOXES}
          join plan_zone n on n.geom && ST_MakeEnvelope(box.x0, box.y0, box.x1, box.y1, (select storage_srid from installation))) as near
  join plan_zone z using (row_id)
 where z.layer_version_id = any(%(versions)s) and {KNOWN} order by z.row_id
"""  # noqa: S608  as above
SURVEY: Final = f"""
select s.row_id, s.layer_version_id, s.feature_code, s.code_version, ST_AsBinary(s.geom)
  from (select distinct n.row_id from {BOXES}
          join reference_feature n on n.geom && ST_MakeEnvelope(box.x0, box.y0, box.x1, box.y1, (select storage_srid from installation))) as near
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
    session: Session,
    layers: Sequence[tuple[AnyLayer, AnyVersion]],
    boxes: FloatArray,
    known_at: datetime,
    coverages: Coverages,
) -> list[ControlLayer]:
    """Read what of some versions of control layers lies near places; an overlay with the places is that of the whole layers.

    Parameters
    ----------
    boxes : ndarray of float64, shape (n, 4)
        Bounds in the area plane.
    coverages : mapping of int to geometry or None
        Where each version is known; see :func:`read_coverages`.

    Returns
    -------
    list of ControlLayer
        In the order of ``layers``. Beside their usual columns the areas have ``control_code``, ``control_name`` and ``facts``.
    """
    values = {"versions": [version.id for _, version in layers], "known_at": known_at, **_box_values(boxes)}
    tables = _area_tables(fetch(session, CONTROLS, values), [version.id for _, version in layers])
    return [
        ControlLayer(layer, ControlData(version, table, coverages[version.id]))
        for (layer, version), table in zip(layers, tables, strict=True)
    ]


def _area_tables(rows: Sequence[tuple[Any, ...]], versions: Sequence[int]) -> Iterator[AreaTable]:
    """Yield the areas of each version, of which ``rows`` are the pieces; they are read for all at once, because most layers have few of them near a place."""
    pieces = shapely.from_wkb(column(row[-1] for row in rows))
    owners = np.array([row[0] for row in rows], dtype=np.int64)
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    bounds = [*starts.tolist(), len(rows)]
    areas = [rows[start] for start in bounds[:-1]]
    shapes = column(
        pieces[start] if end - start == 1 else join_pieces(pieces[start:end]) for start, end in pairwise(bounds)
    )
    columns = {
        "feature_id": column(area[2] for area in areas),
        "name": column(area[3] or area[4] or area[2] for area in areas),
        "control_name": column(area[4] for area in areas),
        "control_zone": column(area[5] or "" for area in areas),
        "facts": column(_facts(area[6]) for area in areas),
    }
    of_areas = [area[1] for area in areas]
    ids = owners[starts]
    for version in versions:
        start, stop = bisect_left(of_areas, version), bisect_right(of_areas, version)
        own, cut = slice(start, stop), slice(bounds[start], bounds[stop])
        of_version = {name: values[own] for name, values in columns.items()}
        yield AreaTable(ids[own], of_version, shapes[own], owners[cut], pieces[cut])


@lru_cache(maxsize=4096)
def _facts(attributes: str) -> ObjectFacts:
    """Read the attributes of an object; those of most areas say the same few things."""
    return read_object_facts(json.loads(attributes))


def facts_of(table: AreaTable) -> list[ObjectFacts]:
    """Return what is known of each object."""
    return list(table.columns["facts"])


def read_coverages(session: Session, versions: Iterable[int]) -> Coverages:
    """Return where versions are known, in the area plane; None where one does not say."""
    asked = list(versions)
    found = fetch(session, COVERAGES, {"versions": asked}) if asked else []
    return {key: None if wkb is None else _coverage(bytes(wkb)) for key, wkb in found}


@lru_cache(maxsize=512)
def _coverage(wkb: bytes) -> shapely.Geometry:
    """Take a coverage into the area plane; layers are asked far more often than their coverage is edited."""
    plane: shapely.Geometry = to_area_plane([shapely.from_wkb(wkb)])[0]
    return plane


def read_zones_near(session: Session, versions: Sequence[int], boxes: FloatArray, known_at: datetime) -> AreaTable:
    """Read the zones of plans near places into the area plane; they have the columns of a zone."""
    return _features_near(session, ZONES, ZONE_COLUMNS, versions, boxes, known_at)


def read_survey_near(
    session: Session, versions: Sequence[int], boxes: FloatArray, known_at: datetime
) -> gpd.GeoDataFrame:
    """Read the patches of land surveys near places into the area plane; the index is the row id."""
    columns = ("layer_version_id", "feature_code", "code_version")
    return _features_near(session, SURVEY, columns, versions, boxes, known_at).areas


def _features_near(
    session: Session,
    statement: str,
    names: Sequence[str],
    versions: Sequence[int],
    boxes: FloatArray,
    known_at: datetime,
) -> AreaTable:
    rows: list[tuple[Any, ...]] = []
    if versions:
        corners = from_area_plane(shapely.box(*boxes.T))
        values = {"versions": list(versions), "known_at": known_at, **_box_values(shapely.bounds(corners))}
        rows = fetch(session, statement, values)
    shapes = to_area_plane(shapely.from_wkb(column(row[-1] for row in rows)))
    return AreaTable(
        np.array([row[0] for row in rows], dtype=np.int64),
        {name: column(row[position] for row in rows) for position, name in enumerate(names, start=1)},
        shapes,
        np.empty(0, dtype=np.int64),
        column([]),
    )


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


def layers_by_kind(session: Session) -> Mapping[LayerKind, list[Layer]]:
    """Return all layers by their kind, in the order they were made."""
    by_kind: defaultdict[LayerKind, list[Layer]] = defaultdict(list)
    for layer in layers_of_kind(session, *LayerKind):
        by_kind[LayerKind(layer.kind)].append(layer)
    return by_kind


def _box_values(boxes: FloatArray) -> dict[str, list[float]]:
    return dict(zip(("x0", "y0", "x1", "y1"), boxes.T.tolist(), strict=True))


def plan_for_values(session: Session) -> None:
    """Have the statements that follow in the transaction planned for their values, as they are elsewhere; see ``known_ground``."""
    fetch(session, "select set_config('plan_cache_mode', 'force_custom_plan', true)", {})


def fetch(session: Session, statement: str, values: Values) -> list[tuple[Any, ...]]:
    """Return the rows of a statement, which is prepared, read in binary form."""
    connection = session.connection().connection.driver_connection
    with cast("psycopg.Connection[tuple[Any, ...]]", connection).cursor(binary=True) as cursor:
        return cursor.execute(statement.encode(), values, prepare=True).fetchall()
