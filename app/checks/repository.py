"""All SQL of the checks."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import shapely
from sqlalchemy import Connection, Select, exists, func, select, update
from sqlalchemy.orm import Session

from app.checks.controls import AreaTable, ControlData, ControlLayer, column
from app.checks.measuring import LayerOutcome
from app.db.models import CheckRun, CheckRunLayer, Layer, LayerKind, LayerVersion
from app.db.sessions import WriteSession
from app.layers.binary_copy import (
    Cells,
    copy_columns,
    float_cells,
    geometry_cells,
    long_cells,
    text_array_cells,
    text_cells,
)
from app.layers.repository import version_in_force
from app.layers.staging import driver_connection
from gis.area_plane import from_area_plane, to_area_plane
from gis.crs import AREA_PLANE
from gis.polygonal import polygonal_part

# Any number will do, as long as it is used for nothing else.
STORE_LOCK = 4490_2001

TARGETS = """
select row_id, feature_id, parcel_code, ST_AsBinary(geom) from parcel
 where layer_version_id = %s and superseded_at is null order by row_id
"""
CONTROLS = """
select row_id, feature_id, control_code, control_name, control_zone, ST_AsBinary(geom) from control_area
 where layer_version_id = %s and superseded_at is null order by row_id
"""
PIECES = """
select control_row_id, ST_AsBinary(control_piece.geom) from control_piece
  join control_area on row_id = control_row_id
 where layer_version_id = %s and superseded_at is null order by piece_id
"""
# Columns of a finding that are taken as they are.
TEXTS = (
    "feature_id",
    "target_id",
    "parcel_code",
    "control_zone",
    "rule_id",
    "relation",
    "overlap_class",
    "certainty",
    "text_zh",
    "text_en",
    "article",
    "remedy_zh",
    "remedy_en",
)
NUMBERS = ("overlap_area_m2", "target_area_m2", "target_share", "mean_width_m")


def read_targets(session: Session, version: LayerVersion) -> gpd.GeoDataFrame:
    """Read the parcels of a version into the area plane; the index is the row id."""
    rows = _fetch(session.connection(), TARGETS, (version.id,))
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    plane = to_area_plane(shapely.from_wkb(np.array(columns[3], dtype=object)))
    # As objects: a column of strings would turn a missing code into NaN.
    codes = pd.Series(columns[2], index=list(columns[0]), dtype=object)
    return gpd.GeoDataFrame(
        {"feature_id": columns[1], "parcel_code": codes}, geometry=plane, index=list(columns[0]), crs=AREA_PLANE
    )


def read_control_layer(session: Session, layer: Layer, as_of: date) -> ControlLayer:
    """Read a control layer as of a day: its areas and their pieces in the area plane, and where it is known."""
    version = version_in_force(session, layer.id, as_of=as_of)
    if version is None:
        return ControlLayer(layer, None)
    rows = _fetch(session.connection(), CONTROLS, (version.id,))
    piece_rows = _fetch(session.connection(), PIECES, (version.id,))
    return ControlLayer(layer, _control_data(session, version, rows, piece_rows))


def _control_data(
    session: Session, version: LayerVersion, rows: list[tuple[Any, ...]], piece_rows: list[tuple[Any, ...]]
) -> ControlData:
    names = {
        "feature_id": column(row[1] for row in rows),
        "name": column(code or name or feature_id for _, feature_id, code, name, _, _ in rows),
        "control_zone": column(row[4] or "" for row in rows),
    }
    table = AreaTable(
        np.array([row[0] for row in rows], dtype=np.int64),
        names,
        to_area_plane(shapely.from_wkb(column(row[5] for row in rows))),
        np.array([row_id for row_id, _ in piece_rows], dtype=np.int64),
        np.asarray(shapely.from_wkb(column(wkb for _, wkb in piece_rows)), dtype=object),
    )
    return ControlData(version, table, read_coverage(session, version))


def read_coverage(session: Session, version: LayerVersion) -> shapely.Geometry | None:
    """Return where a version is known, in the area plane; None when it does not say."""
    wkb = _fetch(session.connection(), "select ST_AsBinary(coverage) from layer_version where id = %s", (version.id,))
    return None if wkb[0][0] is None else to_area_plane([shapely.from_wkb(wkb[0][0])])[0]


def _fetch(connection: Connection, statement: str, values: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    driver = cast("psycopg.Connection[tuple[Any, ...]]", connection.connection.driver_connection)
    with driver.cursor(binary=True) as cursor:
        return cursor.execute(statement.encode(), values).fetchall()


def control_layers(session: Session, kinds: Sequence[str]) -> Sequence[Layer]:
    """Return the control layers of some kinds, in the order they were made."""
    return session.scalars(
        select(Layer).where(Layer.kind == LayerKind.CONTROL_AREA, Layer.control_kind.in_(kinds)).order_by(Layer.id)
    ).all()


def find_run(session: Session, input_digest: str) -> CheckRun | None:
    """Return the latest run of the same inputs, if everything it says is still the current answer."""
    replaced = exists().where(CheckRunLayer.check_run_id == CheckRun.id, CheckRunLayer.is_current.is_(False))
    return session.scalar(
        select(CheckRun).where(CheckRun.input_digest == input_digest, ~replaced).order_by(CheckRun.id.desc()).limit(1)
    )


def take_turn(session: WriteSession, target: Layer) -> None:
    """Let runs of one layer be stored one after the other, until this transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(STORE_LOCK, target.id)))


def run_layers(run_id: int) -> Select[CheckRunLayer, str]:
    """Select what a run says of each control layer, with the layer's slug."""
    return (
        select(CheckRunLayer, Layer.slug)
        .join(Layer, Layer.id == CheckRunLayer.control_layer_id)
        .where(CheckRunLayer.check_run_id == run_id)
        .order_by(CheckRunLayer.id)
    )


def store_outcome(
    session: WriteSession, run: CheckRun, target: Layer, outcome: LayerOutcome, srid: int
) -> CheckRunLayer:
    """Store what a run says of one control layer and make it the current answer for this pair of layers."""
    session.execute(
        update(CheckRunLayer)
        .where(
            CheckRunLayer.target_layer_id == target.id,
            CheckRunLayer.control_layer_id == outcome.control.layer.id,
            CheckRunLayer.is_current,
        )
        .values(is_current=False)
    )
    data = outcome.control.data
    row = CheckRunLayer(
        check_run_id=run.id,
        target_layer_id=target.id,
        control_layer_id=outcome.control.layer.id,
        control_version_id=None if data is None else data.version.id,
        status=outcome.status,
        verdict=outcome.verdict,
        covered_share=outcome.covered_share,
        uncovered_target_count=outcome.uncovered_target_count,
        audit=outcome.audit,
        is_current=True,
    )
    session.add(row)
    session.flush()
    copy_columns(driver_connection(session), "finding", _columns(run, row, target, outcome, srid))
    return row


def _columns(run: CheckRun, row: CheckRunLayer, target: Layer, outcome: LayerOutcome, srid: int) -> dict[str, Cells]:
    """Encode the findings of an outcome, column by column."""
    findings = outcome.findings
    count = len(findings)
    geometries = np.array([finding.geometry for finding in findings], dtype=object)
    layer = outcome.control.layer

    def texts(name: str) -> Cells:
        return text_cells(getattr(finding, name) for finding in findings)

    def numbers(name: str) -> Cells:
        return float_cells([getattr(finding, name) for finding in findings])

    return {
        "check_run_id": long_cells([run.id] * count),
        "check_run_layer_id": long_cells([row.id] * count),
        "target_row_id": long_cells(finding.target_row_id for finding in findings),
        "target_layer": text_cells([target.slug] * count),
        "control_layer": text_cells([layer.slug] * count),
        "control_kind": text_cells([layer.control_kind] * count),
        "constraint_ids": text_array_cells(finding.constraint_ids for finding in findings),
        "verdict": text_cells(finding.verdict.value for finding in findings),
        **{name: texts(name) for name in TEXTS},
        **{name: numbers(name) for name in NUMBERS},
        "geom": geometry_cells(for_storage(geometries), srid),
    }


def for_storage(plane: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Take geometries of results back to degrees.

    The way back may bend a hair-thin part onto itself, which the database would refuse; the measured area is that of
    the plane geometry and does not change.
    """
    geographic = from_area_plane(plane)
    broken = ~shapely.is_valid(geographic)
    geographic[broken] = shapely.make_valid(geographic[broken])
    result: np.ndarray[Any, Any] = polygonal_part(geographic)
    return result
