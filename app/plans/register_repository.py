"""All SQL of the register of difference patches."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session, aliased, defer

from app.clock import today
from app.db.models import (
    ControlArea,
    Layer,
    LayerKind,
    LayerVersion,
    Parcel,
    PatchDecision,
    PlanComparison,
    PlanPatch,
    PlanZone,
    ReferenceFeature,
)
from app.db.schema import storage_srid
from app.db.sessions import WriteSession
from app.layers.repository import require_layer, version_in_force
from app.plans.errors import PlansNotComparableError
from app.plans.patch_search import patch_condition
from app.plans.register_errors import (
    ComparisonNotFoundError,
    ComparisonSupersededError,
    FilterRefusedError,
    PatchNotFoundError,
)
from app.plans.register_schemas import PatchFilter, Unit

# What the history calls the patch that another came after.
FORMER_PATCH = "former_patch"
FEATURES = {
    LayerKind.PARCEL: Parcel,
    LayerKind.PLAN: PlanZone,
    LayerKind.CONTROL_AREA: ControlArea,
    LayerKind.REFERENCE: ReferenceFeature,
}


def require_comparison(session: Session, comparison_id: int) -> PlanComparison:
    """Return a comparison.

    Raises
    ------
    ComparisonNotFoundError
    """
    row = session.get(PlanComparison, comparison_id)
    if row is None:
        raise ComparisonNotFoundError(comparison_id)
    return row


def require_current(session: WriteSession, comparison_id: int) -> PlanComparison:
    """Return a comparison that is the latest of its plans, and keep it so until this transaction ends.

    Raises
    ------
    ComparisonNotFoundError, ComparisonSupersededError
    """
    row = session.get(PlanComparison, comparison_id, with_for_update={"read": True}, populate_existing=True)
    if row is None:
        raise ComparisonNotFoundError(comparison_id)
    if not row.is_current:
        query = select(PlanComparison.id).where(PlanComparison.plan_set == row.plan_set, PlanComparison.is_current)
        raise ComparisonSupersededError(comparison_id, session.scalar(query))
    return row


def plan_slugs(session: Session, comparison: PlanComparison) -> list[str]:
    """Return the plans of a comparison, in its order."""
    ids = [plan["layer_id"] for plan in comparison.plans]
    slugs = {row.id: row.slug for row in session.execute(select(Layer.id, Layer.slug).where(Layer.id.in_(ids)))}
    return [slugs[layer_id] for layer_id in ids]


def plan_versions(session: Session, comparison: PlanComparison) -> list[LayerVersion]:
    """Return the versions that were compared, in the order of the plans."""
    ids = [plan["layer_version_id"] for plan in comparison.plans]
    found = {row.id: row for row in session.scalars(select(LayerVersion).where(LayerVersion.id.in_(ids)))}
    return [found[version_id] for version_id in ids]


def code_versions(session: Session, comparison: PlanComparison) -> list[str | None]:
    """Return the one code table of each plan; None where a plan mixes tables or names none."""
    result: list[str | None] = []
    for plan in comparison.plans:
        model: Any = FEATURES[LayerKind(session.get_one(Layer, plan["layer_id"]).kind)]
        present = (model.layer_version_id == plan["layer_version_id"], model.superseded_at.is_(None))
        named = select(model.code_version).where(*present, model.code_version.is_not(None)).distinct().limit(2)
        found = session.scalars(named).all()
        result.append(found[0] if len(found) == 1 else None)
    return result


def polygon_model(layer: Layer) -> Any:  # noqa: ANN401  one of several models
    """Return the model of the features of a layer, all of which are polygons.

    Raises
    ------
    PlansNotComparableError
        They may be anything.
    """
    if layer.kind not in FEATURES:
        raise PlansNotComparableError.no_polygons(layer.slug, layer.kind)
    return FEATURES[LayerKind(layer.kind)]


def holding_patches(comparison_id: int) -> Select[PlanPatch]:
    """Select the patches of a comparison that hold, in their order and without their geometry."""
    return patches_of(comparison_id).where(PlanPatch.until_revision.is_(None))


def patches_of(comparison_id: int) -> Select[PlanPatch]:
    """Select all patches that a comparison ever had, as :func:`holding_patches`."""
    return (
        select(PlanPatch)
        .options(defer(PlanPatch.geom, raiseload=True))
        .where(PlanPatch.plan_comparison_id == comparison_id)
        .order_by(PlanPatch.row_id)
    )


def find_patch(session: Session, comparison_id: int, feature_id: str, *, lock: bool = False) -> PlanPatch:
    """Return one patch.

    Raises
    ------
    PatchNotFoundError
    """
    # PostgreSQL's text holds no NUL.
    query = holding_patches(comparison_id).where(PlanPatch.feature_id == feature_id.replace("\x00", ""))
    row = session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if row is None:
        raise PatchNotFoundError(comparison_id, feature_id)
    return row


def select_patches(
    session: Session,
    comparison: PlanComparison,
    chosen: PatchFilter,
    *,
    lock: bool = False,
    after: int = 0,
    limit: int | None = None,
) -> Sequence[PlanPatch]:
    """Return the patches that meet a filter, from a row on; locked, they wait for other decisions to end first.

    Raises
    ------
    FilterRefusedError, LayerNotFoundError
    """
    query = holding_patches(comparison.id).where(PlanPatch.row_id > after, *_conditions(session, comparison, chosen))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    try:
        return session.scalars(query.limit(limit)).all()
    except DataError as error:
        # Only what a condition computes can leave the range of numbers.
        if chosen.cql2 is None:
            raise
        raise FilterRefusedError("cql2", chosen.cql2, f"a condition that can be computed ({error.orig})") from error


def _conditions(session: Session, comparison: PlanComparison, chosen: PatchFilter) -> list[ColumnElement[bool]]:
    equal = {
        PlanPatch.conflict_class: chosen.conflict_class,
        PlanPatch.overlap_class: chosen.overlap_class,
        PlanPatch.reason_code: chosen.reason_code,
        PlanPatch.owner: chosen.owner,
    }
    conditions: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
    if chosen.patches is not None:
        conditions.append(PlanPatch.feature_id.in_(chosen.patches))
    if chosen.states is not None:
        conditions.append(PlanPatch.state.in_([state.value for state in chosen.states]))
    if chosen.min_area_m2 is not None:
        conditions.append(PlanPatch.area_m2 >= chosen.min_area_m2)
    if chosen.max_area_m2 is not None:
        conditions.append(PlanPatch.area_m2 <= chosen.max_area_m2)
    if chosen.line is not None:
        conditions.append(_touches(chosen.line))
    if chosen.plan is not None:
        conditions += _plan_says(plan_slugs(session, comparison), chosen)
    if chosen.bbox is not None:
        box = func.ST_MakeEnvelope(*chosen.bbox, storage_srid(session.connection()))
        conditions.append(func.ST_Intersects(PlanPatch.geom, box))
    if chosen.unit is not None:
        conditions.append(_lies_in(session, chosen.unit))
    if chosen.cql2 is not None:
        conditions.append(patch_condition(session, chosen.cql2))
    return conditions


def _touches(line: str) -> ColumnElement[bool]:
    lines = func.unnest(PlanPatch.hard_lines).table_valued("line").render_derived()
    of_kind = or_(lines.c.line == line, lines.c.line.startswith(f"{line}.", autoescape=True))
    return select(1).select_from(lines).where(of_kind).correlate(PlanPatch).exists()


def _plan_says(plans: Sequence[str], chosen: PatchFilter) -> list[ColumnElement[bool]]:
    if chosen.plan not in plans:
        raise FilterRefusedError("plan", chosen.plan, f"one of the plans compared: {', '.join(plans)}")
    # Arrays of SQL begin at 1.
    place = plans.index(chosen.plan) + 1
    said = {PlanPatch.plan_statuses: chosen.plan_status, PlanPatch.plan_codes: chosen.plan_code}
    return [column[place] == value for column, value in said.items() if value is not None]


def _lies_in(session: Session, unit: Unit) -> ColumnElement[bool]:
    layer = require_layer(session, unit.layer)
    version = version_in_force(session, layer.id, as_of=today())
    model: Any = aliased(polygon_model(layer))
    found = (
        select(model.geom)
        .where(
            model.layer_version_id == (None if version is None else version.id),
            model.feature_id == unit.feature_id,
            model.superseded_at.is_(None),
        )
        .limit(1)
    )
    if session.scalar(select(found.exists())) is not True:
        raise FilterRefusedError("unit", unit.feature_id, f"the id of a feature of layer {unit.layer} in force today")
    return func.ST_Covers(found.scalar_subquery(), func.ST_PointOnSurface(PlanPatch.geom))


def patch_geometries(session: Session, row_ids: Sequence[int]) -> dict[int, bytes]:
    """Return the geometries of patches as WKB, in degrees."""
    query = select(PlanPatch.row_id, func.ST_AsBinary(PlanPatch.geom)).where(PlanPatch.row_id.in_(row_ids))
    return {row_id: bytes(wkb) for row_id, wkb in session.execute(query)}


def geometries_at(session: Session, comparison_id: int, row_ids: Sequence[int]) -> list[tuple[str, bytes]]:
    """Return the names and geometries, as WKB in degrees, of the patches of a comparison whose boxes meet those of some patches."""
    former = aliased(PlanPatch)
    query = (
        select(PlanPatch.feature_id, func.ST_AsBinary(PlanPatch.geom))
        .join(former, PlanPatch.geom.op("&&")(former.geom))
        .where(PlanPatch.plan_comparison_id == comparison_id, former.row_id.in_(row_ids))
        .distinct()
    )
    return [(name, bytes(wkb)) for name, wkb in session.execute(query)]


def add_history(session: WriteSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add decisions to the history."""
    session.add_all(PatchDecision(**row, recorded_by=session.actor) for row in rows)
    session.flush()


def list_history(
    session: Session, comparison_id: int, *, after: int = 0, limit: int | None = None
) -> Sequence[tuple[PatchDecision, str]]:
    """Return decisions with the ids of their patches, in the order in which they were made."""
    chosen = _history().where(PatchDecision.plan_comparison_id == comparison_id, PatchDecision.id > after)
    return [(row[0], row[1]) for row in session.execute(chosen.limit(limit))]


def list_patch_history(session: Session, patch: PlanPatch) -> Sequence[tuple[PatchDecision, str]]:
    """Return the decisions on a patch and on those that it came after when plans were compared again, the oldest first."""
    found: dict[int, tuple[PatchDecision, str]] = {}
    asked, wanted = set[int](), {patch.row_id}
    while wanted:
        rows = [(row[0], row[1]) for row in session.execute(_history().where(PatchDecision.patch_row_id.in_(wanted)))]
        found |= {decision.id: (decision, feature_id) for decision, feature_id in rows}
        asked |= wanted
        links = [decision.changes[FORMER_PATCH]["before"] for decision, _ in rows if FORMER_PATCH in decision.changes]
        former = select(PlanPatch.row_id).where(
            PlanPatch.plan_comparison_id.in_({int(link.partition("-")[0]) for link in links}),
            PlanPatch.feature_id.in_(links),
        )
        wanted = set(session.scalars(former)) - asked if links else set()
    return [found[number] for number in sorted(found)]


def _history() -> Select[*tuple[Any, ...]]:
    return (
        select(PatchDecision, PlanPatch.feature_id)
        .join(PlanPatch, PlanPatch.row_id == PatchDecision.patch_row_id)
        .order_by(PatchDecision.id)
    )
