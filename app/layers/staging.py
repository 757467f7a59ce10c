"""Fast loading of prepared rows by COPY, inside the session's transaction."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

import numpy as np
import psycopg
import shapely

from app.db.sessions import WriteSession
from app.layers.binary_copy import (
    Cells,
    EncodedRows,
    bytes_cells,
    copy_columns,
    encode_rows,
    float_cells,
    geometry_cells,
    integer_cells,
    jsonb_cells,
    long_cells,
    send_rows,
    text_cells,
    wkb_cells,
)
from app.layers.kinds import FeatureKind, to_number
from app.layers.preparing import PreparedFeatures, RejectedRow, RepairedRow
from gis.subdivide import subdivide
from gis.validation import Fault


def encode_features(
    kind: FeatureKind,
    version_id: int,
    srid: int,
    features: PreparedFeatures,
    *,
    actor: str,
    row_ids: Sequence[int] | None = None,
) -> EncodedRows:
    """Make the rows of features with their geometry in the storage CRS; the database is not asked, and numbers them unless ``row_ids`` does."""
    columns: dict[str, Cells] = {
        **({} if row_ids is None else {"row_id": long_cells(row_ids)}),
        **_same_for_all(version_id, len(features)),
        "recorded_by": text_cells([actor]) * len(features),
        "feature_id": text_cells(features.feature_ids),
        "geom": _geometry_cells(features, srid),
        "attributes": jsonb_cells(features.attributes),
        "area_ellipsoid_m2": float_cells(features.area_ellipsoid_m2),
        "area_planar_m2": float_cells(features.area_planar_m2),
    }
    for name, convert in kind.fields.items():
        values = features.fields[name]
        if values.count(None) == len(values):
            # It is null where it is not sent.
            continue
        columns[name] = float_cells(values) if convert is to_number else text_cells(values)
    return encode_rows(kind.table, columns)


def _geometry_cells(features: PreparedFeatures, srid: int) -> Cells:
    if features.wkb is not None:
        return wkb_cells(features.wkb.tolist(), srid)
    assert features.geometries is not None  # noqa: S101 - there is one or the other
    return geometry_cells(features.geometries, srid)


def copy_features(
    session: WriteSession, kind: FeatureKind, version_id: int, srid: int, features: PreparedFeatures
) -> None:
    """Store features; see :func:`encode_features`."""
    send_rows(driver_connection(session), encode_features(kind, version_id, srid, features, actor=session.actor))


def copy_pieces(session: WriteSession, version_id: int, features: PreparedFeatures) -> None:
    """Store the subdivided geometry of control areas in the area plane; the areas must have been stored before."""
    if not len(features):
        return
    assert features.plane is not None  # noqa: S101 - of control areas it is there
    pieces, owner = subdivide(features.plane)
    row_ids = dict(
        driver_connection(session)
        .execute(
            "select feature_id, row_id from control_area "
            "where layer_version_id = %s and superseded_at is null and feature_id = any(%s)",
            (version_id, features.feature_ids),
        )
        .fetchall()
    )
    columns = {
        "control_row_id": long_cells(row_ids[features.feature_ids[position]] for position in owner.tolist()),
        "geom": geometry_cells(pieces, 0),
    }
    copy_columns(driver_connection(session), "control_piece", columns)


def copy_repairs(session: WriteSession, version_id: int, repaired: Sequence[RepairedRow]) -> None:
    """Store what was repaired."""
    if not repaired:
        return
    columns = {
        **_same_for_all(version_id, len(repaired)),
        "feature_id": text_cells(row.feature_id for row in repaired),
        "source_row": integer_cells(row.source_row for row in repaired),
        "reason": text_cells(row.reason for row in repaired),
        "raw_wkb": bytes_cells(row.raw_wkb for row in repaired),
        "area_before_m2": float_cells([row.area_before_m2 for row in repaired]),
        "area_after_m2": float_cells([row.area_after_m2 for row in repaired]),
    }
    copy_columns(driver_connection(session), "repair", columns)


def copy_rejected(session: WriteSession, version_id: int, rejected: Sequence[RejectedRow]) -> None:
    """Store what was refused, whole."""
    if not rejected:
        return
    columns = {
        **_same_for_all(version_id, len(rejected)),
        "source_row": integer_cells(row.source_row for row in rejected),
        "source_id": text_cells(row.source_id for row in rejected),
        "reason": text_cells(row.reason for row in rejected),
        "raw_wkb": bytes_cells(row.raw_wkb for row in rejected),
        "attributes": jsonb_cells(row.attributes for row in rejected),
    }
    copy_columns(driver_connection(session), "rejected_feature", columns)


def copy_faults(session: WriteSession, version_id: int, srid: int, faults: Sequence[Fault]) -> None:
    """Store what a validation found."""
    if not faults:
        return
    places = np.empty(len(faults), dtype=object)
    places[:] = [fault.geometry for fault in faults]
    texts = ("kind", "feature_id", "field", "found", "expected", "text_zh", "text_en")
    columns = {
        **_same_for_all(version_id, len(faults)),
        "severity": text_cells(fault.severity.value for fault in faults),
        "source_row": integer_cells(fault.source_row for fault in faults),
        **{name: text_cells(getattr(fault, name) for fault in faults) for name in texts},
        "width_m": float_cells([fault.width_m for fault in faults]),
        "area_m2": float_cells([fault.area_m2 for fault in faults]),
        "geom": geometry_cells(places, srid),
    }
    copy_columns(driver_connection(session), "intake_fault", columns)


def _same_for_all(version_id: int, count: int) -> dict[str, Cells]:
    return {"layer_version_id": integer_cells([version_id]) * count}


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
