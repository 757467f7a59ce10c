"""All SQL of the search: the parcels of a size in force, and which of them are free or idle. One statement for all of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy.orm import Session

from app.site_checks.nearby import fetch, plan_for_values
from gis.area_plane import to_area_plane
from gis.crs import AREA_PLANE

#: Vacant land (空闲地) in each table of codes.
VACANT: Final = {"GUIDE-2023": "2301", "GB/T 21010-2017": "1201", "TD/T 1055-2019": "1201"}
COLUMNS: Final = (
    "layer",
    "feature_id",
    "parcel_code",
    "name",
    "land_use_code",
    "code_version",
    "area_m2",
    "is_vacant",
    "is_held",
    "idle_kind",
)
PARCELS: Final = """
select p.row_id, l.slug, p.feature_id, p.parcel_code, p.name, p.land_use_code, p.code_version, p.area_ellipsoid_m2,
       (p.code_version, p.land_use_code) in (select * from unnest(%(tables)s::text[], %(vacant)s::text[])),
       p.holder is not null or exists (
           select from land_contract c join table_delivery d on d.id = c.delivery_id and d.is_current
            where c.parcel_code = p.parcel_code),
       (select min(i.kind) from idle_case i join idle_scan s on s.id = i.idle_scan_id and s.is_current
         where i.target_row_id = p.row_id and i.kind in ('idle_not_started', 'idle_suspended')),
       ST_AsBinary(p.geom)
  from parcel p join layer_version v on v.id = p.layer_version_id join layer l on l.id = v.layer_id
 where p.layer_version_id = any(%(versions)s) and p.recorded_at <= %(known_at)s
   and (p.superseded_at is null or p.superseded_at > %(known_at)s)
   and p.area_ellipsoid_m2 between %(least)s and %(most)s
   and (%(west)s::float8 is null or p.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, (select storage_srid from installation)))
 order by p.row_id limit %(limit)s
"""


def find_parcels_of_size(
    session: Session,
    versions: Sequence[int],
    known_at: datetime,
    *,
    least_m2: float,
    most_m2: float,
    bbox: tuple[float, float, float, float] | None,
    limit: int,
) -> gpd.GeoDataFrame:
    """Read the parcels of some versions whose ellipsoidal area lies in a range, into the area plane.

    Returns
    -------
    GeoDataFrame
        ``COLUMNS`` and the geometry; the index is the row id.
    """
    west, south, east, north = bbox or (None, None, None, None)
    values: Mapping[str, Any] = {
        "versions": list(versions),
        "known_at": known_at,
        "least": least_m2,
        "most": most_m2,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "limit": limit,
        "tables": list(VACANT),
        "vacant": list(VACANT.values()),
    }
    # With a box and without one it is another index that finds them.
    plan_for_values(session)
    rows = fetch(session, PARCELS, values)
    columns = {
        name: np.array([row[position] for row in rows], dtype=object) for position, name in enumerate(COLUMNS, start=1)
    }
    shapes = shapely.from_wkb(np.array([row[-1] for row in rows], dtype=object))
    return gpd.GeoDataFrame(columns, geometry=to_area_plane(shapes), index=[row[0] for row in rows], crs=AREA_PLANE)
