"""The cells of a comparison as a map layer: written when somebody asks for them, and kept as the comparison is from then on."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Engine, delete, select

from app.checks.repository import for_storage
from app.db.models import PlanCell, PlanComparison
from app.db.schema import storage_srid
from app.db.sessions import WriteSession, write_session
from app.layers.binary_copy import (
    Cells,
    copy_columns,
    float_cells,
    geometry_cells,
    long_cells,
    text_array_cells,
    text_cells,
)
from app.layers.staging import driver_connection
from app.plans.errors import ComparisonCancelledError
from app.plans.opening import OpenComparison, open_comparison
from app.plans.register_repository import require_comparison
from app.plans.repository import take_turn
from app.plans.states import read_cells
from app.progress import Progress, unheard
from gis.arrays import IntArray
from gis.partition import PartitionLayer
from gis.plans.statuses import PlanStatus

CHUNK = 20_000
_LISTS = ("plan_statuses", "plan_codes", "zone_ids", "hard_lines", "patch_ids")
Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class _Cell:
    """What a row holds of a cell beside its geometry; ``place`` is its position in the partition."""

    place: int
    feature_id: str
    conflict_class: str
    plan_statuses: list[str]
    plan_codes: list[str]
    zone_ids: list[str]
    hard_lines: list[str]
    hard_line_mask: int
    patch_ids: list[str]
    area_m2: float

    @property
    def digest(self) -> int:
        said = (self.conflict_class, self.hard_line_mask, *(getattr(self, name) for name in _LISTS))
        return int.from_bytes(hashlib.blake2b(repr(said).encode(), digest_size=8).digest(), "big", signed=True)


def show_cells(
    engine: Engine,
    comparison_id: int,
    *,
    actor: str,
    progress: Progress = unheard,
    cancelled: Cancelled | None = None,
) -> dict[str, Any]:
    """Make the cells of a comparison a layer of the map, which follows every change of the comparison.

    Returns
    -------
    dict
        ``plan_comparison_id`` and how many ``cells`` there are.

    Raises
    ------
    ComparisonNotFoundError, PlansNotComparableError, ComparisonCancelledError
    """
    with write_session(engine, actor=actor) as session:
        row = require_comparison(session, comparison_id)
        take_turn(session, row.plan_set)
        session.refresh(row)
        count = _write(session, row, progress, cancelled)
        row.shows_cells = True
    return {"plan_comparison_id": comparison_id, "cells": count}


def hide_cells(engine: Engine, comparison_id: int, *, actor: str) -> None:
    """Take the cells of a comparison off the map.

    Raises
    ------
    ComparisonNotFoundError
    """
    with write_session(engine, actor=actor) as session:
        row = require_comparison(session, comparison_id)
        take_turn(session, row.plan_set)
        row.shows_cells = False
        session.execute(delete(PlanCell).where(PlanCell.plan_comparison_id == comparison_id))


def follow_cells(
    session: WriteSession, row: PlanComparison, *, progress: Progress = unheard, cancelled: Cancelled | None = None
) -> None:
    """Bring the rows of a comparison whose cells are shown up to what is stored of it."""
    if row.shows_cells:
        _write(session, row, progress, cancelled)


def forget_cells(session: WriteSession, plan_set: str, but: int) -> None:
    """Take the cells of all comparisons of some plans but one off the map."""
    former = select(PlanComparison.id).where(PlanComparison.plan_set == plan_set, PlanComparison.id != but)
    session.execute(delete(PlanCell).where(PlanCell.plan_comparison_id.in_(former)))


def _write(session: WriteSession, row: PlanComparison, progress: Progress, cancelled: Cancelled | None) -> int:
    """Write the cells that are new or say something else than before, and delete those that are no more."""
    session.flush()
    opened = open_comparison(session, row)
    query = select(PlanCell.feature_id, PlanCell.digest).where(PlanCell.plan_comparison_id == row.id)
    standing = {row.feature_id: row.digest for row in session.execute(query)}
    new: list[_Cell] = []
    for cell in _describe(opened):
        if standing.get(cell.feature_id) == cell.digest:
            del standing[cell.feature_id]
        else:
            new.append(cell)
    gone = list(standing)
    for first in range(0, len(gone), CHUNK):
        chosen = PlanCell.feature_id.in_(gone[first : first + CHUNK])
        session.execute(delete(PlanCell).where(PlanCell.plan_comparison_id == row.id, chosen))
    for first in range(0, len(new), CHUNK):
        if cancelled is not None and cancelled():
            raise ComparisonCancelledError
        _store(session, opened, new[first : first + CHUNK])
        progress(min(first + CHUNK, len(new)), len(new))
    return len(opened.cells.cells)


def _describe(opened: OpenComparison) -> Iterator[_Cell]:
    compared, state = opened.cells, opened.state
    vectors = state.partition.vectors[compared.cells]
    layers = {layer.name: (number, layer) for number, layer in enumerate(state.partition.layers)}
    zones = [(vectors[:, layers[plan][0]], _zone_ids(layers[plan][1])) for plan in compared.plans]
    patches = _patch_ids(opened)
    segments, starts = state.places.segments.tolist(), state.places.starts.tolist()
    names = {status.value: status.name.lower() for status in PlanStatus}
    for position, place in enumerate(compared.cells.tolist()):
        mask = int(compared.masks[position])
        pieces = [(int(column[position]), ids) for column, ids in zones]
        yield _Cell(
            place=place,
            feature_id=f"{opened.row.id}-{segments[place]}-{starts[place]}",
            conflict_class=str(compared.classes[position]),
            plan_statuses=[names[status] for status in compared.statuses[position].tolist()],
            plan_codes=compared.codes[position].tolist(),
            zone_ids=[zone for piece, ids in pieces if piece >= 0 for zone in ids[piece]],
            hard_lines=[line for bit, line in enumerate(compared.lines) if mask >> bit & 1],
            hard_line_mask=mask,
            patch_ids=patches.get(place, []),
            area_m2=float(compared.areas_m2[position]),
        )


def _zone_ids(layer: PartitionLayer) -> list[list[str]]:
    """Name the zones of each piece of a plan."""
    return [[f"{layer.name}:{layer.ids[zone]}" for zone in members.tolist()] for members in layer.flat.members()]


def _patch_ids(opened: OpenComparison) -> dict[int, list[str]]:
    members = opened.state.patches.members
    result: dict[int, list[str]] = {}
    for patch, place in zip(members.patches.tolist(), members.cells.tolist(), strict=True):
        result.setdefault(place, []).append(f"{opened.row.id}-{patch}")
    return result


def _store(session: WriteSession, opened: OpenComparison, cells: list[_Cell]) -> None:
    places: IntArray = np.array([cell.place for cell in cells], dtype=np.int64)
    row = opened.row
    drawn = for_storage(read_cells(session, row.id, opened.state.places[places]))
    texts = ("feature_id", "conflict_class")
    columns: dict[str, Cells] = {
        "plan_comparison_id": long_cells([row.id]) * len(cells),
        "plan_set": text_cells([row.plan_set]) * len(cells),
        **{name: text_cells(getattr(cell, name) for cell in cells) for name in texts},
        **{name: text_array_cells(getattr(cell, name) for cell in cells) for name in _LISTS},
        "hard_line_mask": long_cells(cell.hard_line_mask for cell in cells),
        "area_m2": float_cells([cell.area_m2 for cell in cells]),
        "digest": long_cells(cell.digest for cell in cells),
        "geom": geometry_cells(drawn, storage_srid(session.connection()) or 0),
    }
    copy_columns(driver_connection(session), "plan_cell", columns)
