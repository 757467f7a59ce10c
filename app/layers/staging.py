"""Fast loading of prepared rows by COPY, inside the session's transaction."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

import numpy as np
import psycopg
import shapely

from app.db.sessions import WriteSession
from app.layers.kinds import FeatureKind
from app.layers.preparing import PreparedRow, RejectedRow, RepairedRow
from gis.subdivide import subdivide

FEATURE_COLUMNS = (
    "layer_version_id",
    "recorded_by",
    "feature_id",
    "geom",
    "attributes",
    "area_ellipsoid_m2",
    "area_planar_m2",
)


def copy_features(
    session: WriteSession, kind: FeatureKind, version_id: int, srid: int, rows: Sequence[PreparedRow]
) -> None:
    """Store features with their geometry in the storage CRS."""
    geometries = to_ewkb([row.geometry for row in rows], srid)
    names = list(kind.fields)
    copy_rows(
        session,
        kind.table,
        (*FEATURE_COLUMNS, *names),
        (
            (
                version_id,
                session.actor,
                row.feature_id,
                geometry,
                row.attributes,
                row.area_ellipsoid_m2,
                row.area_planar_m2,
                *(row.fields[name] for name in names),
            )
            for row, geometry in zip(rows, geometries, strict=True)
        ),
    )


def copy_pieces(session: WriteSession, version_id: int, rows: Sequence[PreparedRow]) -> None:
    """Store the subdivided geometry of control areas in the area plane; the areas must have been stored before."""
    pieces, owner = subdivide(np.array([row.plane_geometry for row in rows], dtype=object))
    row_ids = dict(
        driver_connection(session)
        .execute(
            "select feature_id, row_id from control_area where layer_version_id = %s and superseded_at is null",
            (version_id,),
        )
        .fetchall()
    )
    geometries = to_ewkb(pieces, 0)
    copy_rows(
        session,
        "control_piece",
        ("control_row_id", "geom"),
        ((row_ids[rows[position].feature_id], geometry) for position, geometry in zip(owner, geometries, strict=True)),
    )


def copy_repairs(session: WriteSession, version_id: int, repaired: Sequence[RepairedRow]) -> None:
    """Store what was repaired."""
    copy_rows(
        session,
        "repair",
        ("layer_version_id", "feature_id", "source_row", "reason", "raw_wkb", "area_before_m2", "area_after_m2"),
        (
            (version_id, row.feature_id, row.source_row, row.reason, row.raw_wkb, row.area_before_m2, row.area_after_m2)
            for row in repaired
        ),
    )


def copy_rejected(session: WriteSession, version_id: int, rejected: Sequence[RejectedRow]) -> None:
    """Store what was refused, whole."""
    copy_rows(
        session,
        "rejected_feature",
        ("layer_version_id", "source_row", "reason", "raw_wkb", "attributes"),
        ((version_id, row.source_row, row.reason, row.raw_wkb, row.attributes) for row in rejected),
    )


def copy_rows(session: WriteSession, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Load rows by COPY in the session's own transaction."""
    statement = psycopg.sql.SQL("copy {} ({}) from stdin").format(
        psycopg.sql.Identifier(table), psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, columns))
    )
    with driver_connection(session).cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def to_ewkb(geometries: Sequence[shapely.Geometry] | np.ndarray[Any, Any], srid: int) -> Iterator[str]:
    """Write geometries as hexadecimal EWKB, which COPY reads."""
    array = np.asarray(geometries, dtype=object)
    yield from shapely.to_wkb(shapely.set_srid(array, srid), hex=True, include_srid=srid != 0).tolist()


def driver_connection(session: WriteSession) -> psycopg.Connection[Any]:
    """Return the psycopg connection behind a session."""
    return cast("psycopg.Connection[Any]", session.connection().connection.driver_connection)
