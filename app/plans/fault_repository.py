"""All SQL of the faults of plans and lines."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.db.models import PlanFaultRow, PlanFaultRun
from app.db.schema import storage_srid
from app.db.sessions import WriteSession
from app.layers.staging import copy_rows, to_ewkb

# Any number will do, as long as it is used for nothing else.
FAULT_LOCK = 4490_2005
LISTED = 100

COLUMNS = (
    "feature_id",
    "plan_fault_run_id",
    "fault_kind",
    "layers",
    "feature_ids",
    "overlap_class",
    "area_m2",
    "width_m",
    "max_width_m",
    "text_zh",
    "text_en",
    "error",
    "geom",
)


@dataclass(frozen=True, slots=True)
class StoredFault:
    """A fault as it is stored; the geometry is in degrees, None where there is no place."""

    fault_kind: str
    layers: list[str]
    feature_ids: list[str]
    overlap_class: str | None
    area_m2: float | None
    width_m: float | None
    max_width_m: float | None
    text_zh: str
    text_en: str
    error: str | None
    geometry: shapely.Geometry | None


def store_faults(session: WriteSession, run: PlanFaultRun, faults: Sequence[StoredFault]) -> None:
    """Store a search with its faults and make it the current one of its kind and layers."""
    session.execute(select(func.pg_advisory_xact_lock(FAULT_LOCK, func.hashtext(run.layer_set))))
    session.execute(
        update(PlanFaultRun)
        .where(PlanFaultRun.kind == run.kind, PlanFaultRun.layer_set == run.layer_set, PlanFaultRun.is_current)
        .values(is_current=False)
    )
    session.add(run)
    session.flush()
    places = np.array([fault.geometry for fault in faults], dtype=object)
    geometries = to_ewkb(places, storage_srid(session.connection()) or 0)
    copy_rows(
        session,
        PlanFaultRow.__tablename__,
        COLUMNS,
        (
            (
                f"{run.id}-{number}",
                run.id,
                *(getattr(fault, name) for name in COLUMNS[2:-1]),
                geometry,
            )
            for number, (fault, geometry) in enumerate(zip(faults, geometries, strict=True), start=1)
        ),
    )


def list_runs(session: Session) -> Sequence[PlanFaultRun]:
    """Return the latest searches, the newest first."""
    return session.scalars(select(PlanFaultRun).order_by(PlanFaultRun.id.desc()).limit(LISTED)).all()
