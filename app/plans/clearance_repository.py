"""All SQL of the clearance register."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session, defer

from app.db.models import ClearanceEntry, ClearanceItem, ClearanceRun, Layer, LayerKind
from app.db.schema import storage_srid
from app.db.sessions import WriteSession
from app.layers.repository import version_in_force
from app.layers.staging import copy_rows, to_ewkb
from app.plans.clearance_errors import ClearanceItemNotFoundError, ClearanceNotFoundError
from gis.landuse.control_kinds import ControlKind

# Any number will do, as long as it is used for nothing else.
CLEARANCE_LOCK = 4490_2006
LISTED = 100
# What persons write, and what an item takes along from search to search.
KEPT = ("legal_status", "owner", "plan_year", "method", "progress", "cleared_on", "document", "change_count")
FOUND = (
    "feature_id",
    "land_code",
    "code_version",
    "line_ids",
    "land_area_m2",
    "area_inside_m2",
    "share_inside",
    "overlap_class",
)


@dataclass(frozen=True, slots=True)
class FoundLand:
    """A piece of construction land inside the line; the geometry is the part inside, in degrees."""

    feature_id: str
    land_code: str | None
    code_version: str | None
    line_ids: list[str]
    land_area_m2: float
    area_inside_m2: float
    share_inside: float
    overlap_class: str
    geometry: shapely.Geometry


def control_line_layers(session: Session, as_of: Any) -> list[Layer]:  # noqa: ANN401  a date
    """Return the layers of ecological control lines in force."""
    layers = session.scalars(
        select(Layer)
        .where(Layer.kind == LayerKind.CONTROL_AREA, Layer.control_kind == ControlKind.ECOLOGICAL_CONTROL_LINE)
        .order_by(Layer.id)
    )
    return [layer for layer in layers if version_in_force(session, layer.id, as_of=as_of) is not None]


def store_register(session: WriteSession, run: ClearanceRun, found: Sequence[FoundLand]) -> dict[str, list[str]]:
    """Store a search as the current one; what was noted of its land before goes on.

    Returns
    -------
    dict
        Ids of what is ``new``, and of what is ``no_longer_found``.
    """
    session.execute(select(func.pg_advisory_xact_lock(CLEARANCE_LOCK, func.hashtext(run.land_layer))))
    former = current_run(session, run.land_layer, run.line_layer)
    if former is not None:
        session.execute(update(ClearanceRun).where(ClearanceRun.id == former.id).values(is_current=False))
    session.add(run)
    session.flush()
    places = np.array([land.geometry for land in found], dtype=object)
    geometries = to_ewkb(places, storage_srid(session.connection()) or 0)
    copy_rows(
        session,
        ClearanceItem.__tablename__,
        (*FOUND, "clearance_run_id", "still_found", "geom"),
        _rows(run, found, geometries),
    )
    if former is None:
        return {"new": [land.feature_id for land in found], "no_longer_found": []}
    names = {"kept": ", ".join(KEPT), "assigned": ", ".join(f"{name} = former.{name}" for name in KEPT)}
    # Both texts are made of the names of columns above.
    session.execute(
        text(
            "update clearance_item set {assigned} from clearance_item as former "  # noqa: S608  names of columns
            "where clearance_item.clearance_run_id = :run and former.clearance_run_id = :former "
            "and former.feature_id = clearance_item.feature_id".format(**names)
        ),
        {"run": run.id, "former": former.id},
    )
    gone = session.execute(
        text(
            f"insert into clearance_item ({', '.join(FOUND)}, {names['kept']}, clearance_run_id, still_found, geom) "  # noqa: S608  names of columns
            f"select {', '.join(FOUND)}, {names['kept']}, :run, false, geom from clearance_item as former "
            "where former.clearance_run_id = :former and not exists (select from clearance_item as present "
            "where present.clearance_run_id = :run and present.feature_id = former.feature_id) returning feature_id"
        ),
        {"run": run.id, "former": former.id},
    )
    no_longer = sorted(gone.scalars())
    known = set(session.scalars(select(ClearanceItem.feature_id).where(ClearanceItem.clearance_run_id == former.id)))
    return {"new": [land.feature_id for land in found if land.feature_id not in known], "no_longer_found": no_longer}


def _rows(run: ClearanceRun, found: Sequence[FoundLand], geometries: Iterator[str]) -> Iterator[tuple[Any, ...]]:
    for land, geometry in zip(found, geometries, strict=True):
        yield (*(getattr(land, name) for name in FOUND), run.id, True, geometry)


def current_run(session: Session, land_layer: str, line_layer: str) -> ClearanceRun | None:
    """Return the current search of two layers."""
    return session.scalar(
        select(ClearanceRun).where(
            ClearanceRun.land_layer == land_layer, ClearanceRun.line_layer == line_layer, ClearanceRun.is_current
        )
    )


def list_runs(session: Session) -> Sequence[ClearanceRun]:
    """Return the latest searches, the newest first."""
    return session.scalars(select(ClearanceRun).order_by(ClearanceRun.id.desc()).limit(LISTED)).all()


def require_run(session: Session, run_id: int) -> ClearanceRun:
    """Return a search.

    Raises
    ------
    ClearanceNotFoundError
    """
    run = session.get(ClearanceRun, run_id)
    if run is None:
        raise ClearanceNotFoundError(run_id)
    return run


def list_items(session: Session, run_id: int, *, after: int = 0, limit: int | None = None) -> Sequence[ClearanceItem]:
    """Return the land of a register in its order, without geometry."""
    return session.scalars(
        select(ClearanceItem)
        .options(defer(ClearanceItem.geom, raiseload=True))
        .where(ClearanceItem.clearance_run_id == run_id, ClearanceItem.row_id > after)
        .order_by(ClearanceItem.row_id)
        .limit(limit)
    ).all()


def find_item(session: Session, run_id: int, feature_id: str, *, lock: bool = False) -> ClearanceItem:
    """Return one piece of land.

    Raises
    ------
    ClearanceItemNotFoundError
    """
    query = (
        select(ClearanceItem)
        .options(defer(ClearanceItem.geom, raiseload=True))
        # PostgreSQL's text holds no NUL.
        .where(ClearanceItem.clearance_run_id == run_id, ClearanceItem.feature_id == feature_id.replace("\x00", ""))
    )
    item = session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if item is None:
        raise ClearanceItemNotFoundError(run_id, feature_id)
    return item


def list_entries(session: Session, run: ClearanceRun, feature_id: str | None = None) -> Sequence[ClearanceEntry]:
    """Return what was noted, the oldest first, over all searches of the same layers."""
    query = select(ClearanceEntry).where(
        ClearanceEntry.land_layer == run.land_layer, ClearanceEntry.line_layer == run.line_layer
    )
    if feature_id is not None:
        query = query.where(ClearanceEntry.feature_id == feature_id)
    return session.scalars(query.order_by(ClearanceEntry.id)).all()
