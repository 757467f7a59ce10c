"""All SQL of the comparisons."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.checks.repository import for_storage
from app.db.models import Layer, LayerKind, PlanComparison
from app.db.sessions import WriteSession
from app.layers.repository import version_in_force
from app.layers.staging import copy_rows, to_ewkb
from gis.plans.lines import LINE_KINDS

# Any number will do, as long as it is used for nothing else.
STORE_LOCK = 4490_2003
LISTED = 100

PATCH_COLUMNS = (
    "feature_id",
    "plan_comparison_id",
    "plan_set",
    "conflict_class",
    "plan_statuses",
    "plan_codes",
    "hard_lines",
    "overlap_class",
    "cell_count",
    "area_m2",
    "mean_width_m",
    "text_zh",
    "text_en",
    "geom",
)


@dataclass(frozen=True, slots=True)
class StoredPatch:
    """A difference patch as it is stored; the geometry is in the area plane."""

    conflict_class: str
    plan_statuses: list[str]
    plan_codes: list[str]
    hard_lines: list[str]
    overlap_class: str
    cell_count: int
    area_m2: float
    mean_width_m: float
    text_zh: str
    text_en: str
    geometry: shapely.Geometry


def line_layers(session: Session, as_of: date) -> Sequence[Layer]:
    """Return the layers of control areas in force that a comparison looks at, in the order of their kinds."""
    layers = session.scalars(
        select(Layer).where(Layer.kind == LayerKind.CONTROL_AREA, Layer.control_kind.in_(LINE_KINDS)).order_by(Layer.id)
    ).all()
    in_force = [layer for layer in layers if version_in_force(session, layer.id, as_of=as_of) is not None]
    return sorted(in_force, key=lambda layer: [kind.value for kind in LINE_KINDS].index(layer.control_kind or ""))


def find_comparison(session: Session, input_digest: str) -> PlanComparison | None:
    """Return the comparison of the same inputs, if it is the current one of its plans."""
    return session.scalar(
        select(PlanComparison).where(PlanComparison.input_digest == input_digest, PlanComparison.is_current)
    )


def list_comparisons(session: Session) -> Sequence[PlanComparison]:
    """Return the latest comparisons, the newest first."""
    return session.scalars(select(PlanComparison).order_by(PlanComparison.id.desc()).limit(LISTED)).all()


def take_turn(session: WriteSession, plan_set: str) -> None:
    """Let comparisons of the same plans be stored one after the other, until this transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(STORE_LOCK, func.hashtext(plan_set))))


def store_comparison(session: WriteSession, row: PlanComparison, patches: Iterable[StoredPatch], *, srid: int) -> None:
    """Store a comparison with its patches and make it the current one of its plans."""
    session.execute(
        update(PlanComparison)
        .where(PlanComparison.plan_set == row.plan_set, PlanComparison.is_current)
        .values(is_current=False)
    )
    session.add(row)
    session.flush()
    stored = list(patches)
    plane = np.array([patch.geometry for patch in stored], dtype=object)
    geometries = to_ewkb(for_storage(plane), srid)
    copy_rows(
        session,
        "plan_patch",
        PATCH_COLUMNS,
        (
            (
                f"{row.id}-{number}",
                row.id,
                row.plan_set,
                patch.conflict_class,
                patch.plan_statuses,
                patch.plan_codes,
                patch.hard_lines,
                patch.overlap_class,
                patch.cell_count,
                patch.area_m2,
                patch.mean_width_m,
                patch.text_zh,
                patch.text_en,
                geometry,
            )
            for number, (patch, geometry) in enumerate(zip(stored, geometries, strict=True), start=1)
        ),
    )
