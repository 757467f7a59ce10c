"""Which rows of a table a request reads."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, cast, exists, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from app.collections.boxes import Box
from app.collections.catalog import Collection
from app.collections.filters import Filter
from app.collections.schema import CollectionKind
from app.db.models import (
    CheckRunLayer,
    ClearanceRun,
    IdleScan,
    LandScan,
    Layer,
    LayerVersion,
    OverlayRun,
    PlanComparison,
    PlanFaultRun,
    PlanPatch,
)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a collection: its scope (delivery, run, scan), as known at a moment, in boxes and under filters.

    ``known_at`` None is the present.
    """

    collection: Collection
    scope_ids: tuple[int, ...]
    known_at: datetime | None = None
    boxes: tuple[Box, ...] = ()
    filters: tuple[Filter, ...] = ()
    search: ColumnElement[bool] | None = field(default=None, compare=False)

    @property
    def is_whole(self) -> bool:
        """Whether nothing narrows the scope."""
        return not self.boxes and not self.filters and self.search is None

    def narrowed(
        self, boxes: tuple[Box, ...], filters: tuple[Filter, ...], search: ColumnElement[bool] | None = None
    ) -> "Rows":
        """Return the rows that meet the boxes, the filters and the condition."""
        return replace(self, boxes=boxes, filters=filters, search=search)

    def condition(self, srid: int) -> ColumnElement[bool]:
        """Return the SQL condition; geometry is in the storage CRS, whose SRID is given."""
        schema = self.collection.schema
        # One id alone lets the index on (scope, row_id) give the rows in the order of paging.
        scope = schema.scope == self.scope_ids[0] if len(self.scope_ids) == 1 else schema.scope.in_(self.scope_ids)
        condition = scope & self._recorded()
        for item, value in self.filters:
            # Any whole number may be asked for, also one that the column's type has no room for.
            wanted = literal(value, BigInteger) if isinstance(value, int) and not isinstance(value, bool) else value
            condition &= self.collection.expression(item) == wanted
        if self.search is not None:
            condition &= self.search
        if self.boxes:
            condition &= or_(*(_meets(schema.model.geom, box, srid) for box in self.boxes))
        return condition

    def _recorded(self) -> ColumnElement[bool]:
        if self.collection.schema.kind is CollectionKind.PLAN_PATCH:
            # A comparison that was brought up to date keeps the patches that hold no more.
            return PlanPatch.until_revision.is_(None)
        if not self.collection.schema.has_history:
            return self.collection.schema.scope.is_not(None)
        model: Any = self.collection.schema.model
        if self.known_at is None:
            return and_(model.superseded_at.is_(None))
        still_true = or_(model.superseded_at.is_(None), model.superseded_at > self.known_at)
        return and_(model.recorded_at <= self.known_at, still_true)


def _meets(geom: InstrumentedAttribute[Any], box: Box, srid: int) -> ColumnElement[bool]:
    """Return whether a geometry meets a box; one whose own box lies inside needs no exact test."""
    around = envelope(box, srid)
    if box.outline is not None:
        return and_(geom.op("&&")(around), func.ST_Intersects(geom, func.ST_GeomFromWKB(box.outline, srid)))
    return and_(geom.op("&&")(around), or_(geom.op("@")(around), func.ST_Intersects(geom, around)))


def envelope(box: Box, srid: int) -> ColumnElement[Any]:
    """Return a box in the storage CRS (CRS84 is the null transformation away).

    A box without width or height is a point or a line: as a polygon it would be invalid and meet nothing.
    """
    corners = ((box.west, box.south), (box.east, box.north))
    if box.west < box.east and box.south < box.north:
        return func.ST_MakeEnvelope(*corners[0], *corners[1], srid)
    points = [func.ST_MakePoint(*corner) for corner in corners]
    shape = points[0] if corners[0] == corners[1] else func.ST_MakeLine(*points)
    return func.ST_SetSRID(shape, srid)


def current_scope(session: Session, collection: Collection) -> tuple[int, ...]:
    """Return the scope that a collection shows by itself: the version in force, the latest checks, scan or comparisons."""
    match collection.schema.kind:
        case CollectionKind.FINDING:
            query = select(CheckRunLayer.id).where(CheckRunLayer.is_current)
        case CollectionKind.IDLE_CASE:
            query = select(IdleScan.id).where(IdleScan.is_current)
        case CollectionKind.LAND_FINDING:
            # Each evaluated year has a current scan; a map shows the last year.
            later = aliased(LandScan)
            is_past = exists().where(later.topic == LandScan.topic, later.is_current, later.period > LandScan.period)
            query = select(LandScan.id).where(LandScan.is_current, ~is_past)
        case CollectionKind.PLAN_PATCH:
            query = select(PlanComparison.id).where(PlanComparison.is_current)
        case CollectionKind.PLAN_CELL:
            query = select(PlanComparison.id).where(PlanComparison.is_current, PlanComparison.shows_cells)
        case CollectionKind.PLAN_FAULT:
            query = select(PlanFaultRun.id).where(PlanFaultRun.is_current)
        case CollectionKind.CLEARANCE_ITEM:
            query = select(ClearanceRun.id).where(ClearanceRun.is_current)
        case CollectionKind.OVERLAY_PAIR:
            query = select(OverlayRun.id).where(OverlayRun.is_current)
        case _:
            return () if collection.version is None else (collection.version.id,)
    return tuple(session.scalars(query.order_by(query.selected_columns[0])))


def scope_of_run(session: Session, collection: Collection, run_id: int) -> tuple[int, ...]:
    """Return the scope of one check run, scan or comparison; nothing where there is no such."""
    match collection.schema.kind:
        case CollectionKind.FINDING:
            query = select(CheckRunLayer.id).where(CheckRunLayer.check_run_id == run_id)
        case CollectionKind.LAND_FINDING:
            query = select(LandScan.id).where(LandScan.id == run_id)
        case CollectionKind.PLAN_PATCH | CollectionKind.PLAN_CELL:
            query = select(PlanComparison.id).where(PlanComparison.id == run_id)
        case CollectionKind.PLAN_FAULT:
            query = select(PlanFaultRun.id).where(PlanFaultRun.id == run_id)
        case CollectionKind.CLEARANCE_ITEM:
            query = select(ClearanceRun.id).where(ClearanceRun.id == run_id)
        case CollectionKind.OVERLAY_PAIR:
            query = select(OverlayRun.id).where(OverlayRun.id == run_id)
        case _:
            query = select(IdleScan.id).where(IdleScan.id == run_id)
    return tuple(session.scalars(query.order_by(query.selected_columns[0])))


def known_scope(session: Session, collection: Collection, scope_ids: Sequence[int]) -> tuple[int, ...]:
    """Return those ids of a page token that belong to the collection and may be read."""
    match collection.schema.kind:
        case CollectionKind.FINDING:
            query = select(CheckRunLayer.id).where(CheckRunLayer.id.in_(scope_ids))
        case CollectionKind.IDLE_CASE:
            query = select(IdleScan.id).where(IdleScan.id.in_(scope_ids))
        case CollectionKind.LAND_FINDING:
            query = select(LandScan.id).where(LandScan.id.in_(scope_ids))
        case CollectionKind.PLAN_PATCH | CollectionKind.PLAN_CELL:
            query = select(PlanComparison.id).where(PlanComparison.id.in_(scope_ids))
        case CollectionKind.PLAN_FAULT:
            query = select(PlanFaultRun.id).where(PlanFaultRun.id.in_(scope_ids))
        case CollectionKind.CLEARANCE_ITEM:
            query = select(ClearanceRun.id).where(ClearanceRun.id.in_(scope_ids))
        case CollectionKind.OVERLAY_PAIR:
            query = select(OverlayRun.id).where(OverlayRun.id.in_(scope_ids))
        case _:
            query = (
                select(LayerVersion.id)
                .join(Layer, Layer.id == LayerVersion.layer_id)
                .where(Layer.slug == collection.id, LayerVersion.published_at.is_not(None))
                .where(cast(LayerVersion.id, BigInteger).in_(scope_ids))
            )
    return tuple(session.scalars(query.order_by(query.selected_columns[0])))


def selected_run(collection: Collection, filters: Sequence[Filter]) -> int | None:
    """Return the run that a filter names; None where none does."""
    for item, value in filters:
        if item.name == collection.schema.run_filter and isinstance(value, int):
            return value
    return None


def selected_scope(session: Session, collection: Collection, filters: Sequence[Filter]) -> tuple[int, ...]:
    """Return the scope that a request reads: the current one, or the run that a filter names."""
    run = selected_run(collection, filters)
    return current_scope(session, collection) if run is None else scope_of_run(session, collection, run)
