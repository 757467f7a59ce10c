"""The features of a layer version as a frame in the area plane."""

from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import shapely
from psycopg import sql
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.models import Layer, LayerKind, LayerVersion
from app.layers.kinds import KINDS
from gis.crs import AREA_PLANE, to_area_plane

QUERY = sql.SQL(
    "select {fields}, attributes, ST_AsBinary(geom) from {table} "
    "where layer_version_id = %s and superseded_at is null order by row_id"
)


def read_features(
    session: Session, layer: Layer, version: LayerVersion
) -> tuple[gpd.GeoDataFrame, shapely.Geometry | None]:
    """Read all features of a version, and where the layer says it is known.

    Returns
    -------
    frame : GeoDataFrame
        In the area plane, index from 1 on; the fields of the layer's kind, and the source's own where no field of the kind
        has that name.
    coverage : geometry or None
        In the area plane; None when the layer does not say.
    """
    kind = KINDS[LayerKind(layer.kind)]
    names = ["feature_id", *kind.fields, "area_ellipsoid_m2"]
    statement = QUERY.format(fields=sql.SQL(", ").join(map(sql.Identifier, names)), table=sql.Identifier(kind.table))
    connection = cast("psycopg.Connection[tuple[Any, ...]]", session.connection().connection.driver_connection)
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(statement, (version.id,)).fetchall()
    attributes = pd.DataFrame([row[-2] for row in rows])
    fields = pd.DataFrame([row[:-2] for row in rows], columns=names)
    own = attributes[[name for name in attributes.columns if name not in names]]
    plane = to_area_plane(shapely.from_wkb(np.array([row[-1] for row in rows], dtype=object)))
    frame = gpd.GeoDataFrame(pd.concat([fields, own], axis=1), geometry=plane, crs=AREA_PLANE)
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return frame, read_coverage(session, version)


def read_coverage(session: Session, version: LayerVersion) -> shapely.Geometry | None:
    """Read where a version says that it is known, in the area plane; None when it does not say."""
    known = session.scalar(select(func.ST_AsBinary(LayerVersion.coverage)).where(LayerVersion.id == version.id))
    return None if known is None else to_area_plane([shapely.from_wkb(bytes(known))])[0]
