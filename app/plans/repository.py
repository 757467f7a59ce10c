"""All SQL of the comparisons."""

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.checks.repository import for_storage
from app.db.models import Layer, LayerKind, LayerVersion, PlanComparison
from app.db.sessions import WriteSession
from app.layers.binary_copy import (
    Cells,
    copy_columns,
    float_cells,
    geometry_cells,
    integer_cells,
    long_cells,
    text_array_cells,
    text_cells,
)
from app.layers.repository import version_in_force
from app.layers.staging import driver_connection
from app.plans.patch_rows import StoredPatch
from gis.plans.lines import LINE_KINDS

# Any number will do, as long as it is used for nothing else.
STORE_LOCK = 4490_2003
LISTED = 100


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


def find_current(session: Session, plan_set: str) -> PlanComparison | None:
    """Return the latest comparison of some plans."""
    return session.scalar(select(PlanComparison).where(PlanComparison.plan_set == plan_set, PlanComparison.is_current))


def make_current(session: WriteSession, row: PlanComparison) -> None:
    """Make a comparison the current one of its plans."""
    session.execute(
        update(PlanComparison)
        .where(PlanComparison.plan_set == row.plan_set, PlanComparison.is_current)
        .values(is_current=False)
    )
    row.is_current = True
    session.flush()


def newest_of_a_delivered_plan(session: Session, layer_id: int) -> LayerVersion | None:
    """Return the newest version of a layer of which no version was drawn as a blueprint; None of one that is empty or holds blueprints."""
    versions = select(LayerVersion).where(LayerVersion.layer_id == layer_id)
    drawn = versions.where(LayerVersion.report["options"]["blueprint"].is_not(None))
    if session.scalar(drawn.limit(1)) is not None:
        return None
    return session.scalar(versions.order_by(LayerVersion.number.desc()).limit(1))


def store_patches(session: WriteSession, row: PlanComparison, patches: Iterable[StoredPatch], *, srid: int) -> None:
    """Store patches that hold from the comparison's present revision on."""
    copy_patches(session, encode_patches(row.id, row.plan_set, row.revision, list(patches), srid=srid))


def encode_patches(
    comparison_id: int, plan_set: str, revision: int, stored: Sequence[StoredPatch], *, srid: int
) -> dict[str, Cells]:
    """Write patches as the columns of their table, without a database: this can go on while the database does something else."""
    plane = np.array([patch.geometry for patch in stored], dtype=object)
    lists = ("plan_statuses", "plan_codes", "hard_lines")
    texts = ("conflict_class", "overlap_class", "text_zh", "text_en")
    return {
        "feature_id": text_cells(f"{comparison_id}-{patch.number}" for patch in stored),
        "plan_comparison_id": long_cells([comparison_id]) * len(stored),
        "plan_set": text_cells([plan_set]) * len(stored),
        "since_revision": integer_cells([revision]) * len(stored),
        **{name: text_array_cells(getattr(patch, name) for patch in stored) for name in lists},
        **{name: text_cells(getattr(patch, name) for patch in stored) for name in texts},
        "cell_count": integer_cells(patch.cell_count for patch in stored),
        "area_m2": float_cells([patch.area_m2 for patch in stored]),
        "mean_width_m": float_cells([patch.mean_width_m for patch in stored]),
        "geom": geometry_cells(for_storage(plane), srid),
    }


def copy_patches(session: WriteSession, columns: dict[str, Cells]) -> None:
    """Store patches that were encoded."""
    copy_columns(driver_connection(session), "plan_patch", columns)


def end_patches(session: WriteSession, row: PlanComparison, numbers: Iterable[int], *, revision: int) -> list[int]:
    """Let patches hold no more from a revision on; return the row ids of those of which something was decided or noted."""
    ids = [f"{row.id}-{number}" for number in numbers]
    ended = session.scalars(
        text(
            "with ended as (update plan_patch set until_revision = :revision "
            "where plan_comparison_id = :comparison and feature_id = any(:ids) returning row_id, decision_count) "
            "select row_id from ended where decision_count > 0"
        ),
        {"revision": revision, "comparison": row.id, "ids": ids},
    )
    return list(ended)
