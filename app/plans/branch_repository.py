"""All SQL of what-if branches."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.checks.repository import for_storage
from app.db.models import PlanBranch, PlanBranchPatch, PlanComparison, PlanPatch
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
from app.layers.staging import driver_connection
from app.plans.errors import BranchNotFoundError, BranchRefusedError
from app.plans.patch_rows import StoredPatch
from gis.area_plane import to_area_plane
from gis.arrays import as_geometry_array

LISTED = 100
_LISTS = ("plan_statuses", "plan_codes", "hard_lines")
_TEXTS = ("conflict_class", "overlap_class", "text_zh", "text_en")
Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class BranchPatch:
    """A stored difference patch as a branch tells of it; the geometry is in the area plane."""

    conflict_class: str
    plan_statuses: list[str]
    plan_codes: list[str]
    hard_lines: list[str]
    overlap_class: str
    area_m2: float
    text_zh: str
    text_en: str
    geometry: shapely.Geometry

    @property
    def key(self) -> Key:
        """What tells patches of two runs apart."""
        return self.key_of(self)

    @staticmethod
    def key_of(patch: "BranchPatch | StoredPatch") -> Key:
        """Return the key of a patch: what is said, how large it is, and where, to a centimetre."""
        place = tuple(round(side, 2) for side in shapely.bounds(patch.geometry).tolist())
        return (*patch.plan_codes, *patch.plan_statuses, *patch.hard_lines, round(patch.area_m2, 2), place)


def read_patches(session: Session, row: PlanComparison, numbers: Sequence[int] | None) -> list[BranchPatch]:
    """Read patches of a comparison that hold, by their numbers; None for all."""
    names = (*_LISTS, *_TEXTS, "area_m2")
    query = select(*(getattr(PlanPatch, name) for name in names), func.ST_AsBinary(PlanPatch.geom)).where(
        PlanPatch.plan_comparison_id == row.id, PlanPatch.until_revision.is_(None)
    )
    if numbers is not None:
        query = query.where(PlanPatch.feature_id.in_([f"{row.id}-{number}" for number in numbers]))
    found = session.execute(query.order_by(PlanPatch.row_id)).all()
    plane = to_area_plane(shapely.from_wkb(np.array([bytes(one[-1]) for one in found], dtype=object)))
    return [_patch(names, tuple(one), geometry) for one, geometry in zip(found, plane, strict=True)]


def store(
    session: WriteSession, branch: PlanBranch, gone: Sequence[BranchPatch], come: Sequence[StoredPatch], *, srid: int
) -> None:
    """Store a branch with the patches that it would take away and add."""
    session.add(branch)
    session.flush()
    patches: list[BranchPatch | StoredPatch] = [*gone, *come]
    if not patches:
        return
    plane = as_geometry_array([patch.geometry for patch in patches])
    columns: dict[str, Cells] = {
        "plan_branch_id": long_cells([branch.id]) * len(patches),
        "change": text_cells(["gone"] * len(gone) + ["come"] * len(come)),
        **{name: text_array_cells(getattr(patch, name) for patch in patches) for name in _LISTS},
        **{name: text_cells(getattr(patch, name) for patch in patches) for name in _TEXTS},
        "area_m2": float_cells([patch.area_m2 for patch in patches]),
        "geom": geometry_cells(for_storage(plane), srid),
    }
    copy_columns(driver_connection(session), "plan_branch_patch", columns)


def list_branches(session: Session) -> Sequence[PlanBranch]:
    """Return the latest branches, the newest first."""
    return session.scalars(select(PlanBranch).order_by(PlanBranch.id.desc()).limit(LISTED)).all()


def require(session: Session, branch_id: int) -> PlanBranch:
    """Return a branch.

    Raises
    ------
    BranchNotFoundError
    """
    branch = session.get(PlanBranch, branch_id)
    if branch is None:
        raise BranchNotFoundError(branch_id)
    return branch


def require_open(session: WriteSession, branch_id: int) -> PlanBranch:
    """Return a branch that is open, and that nobody else can close until this transaction ends.

    Raises
    ------
    BranchNotFoundError, BranchRefusedError
    """
    branch = session.scalar(select(PlanBranch).where(PlanBranch.id == branch_id).with_for_update())
    if branch is None:
        raise BranchNotFoundError(branch_id)
    if branch.status != "open":
        raise BranchRefusedError(f"Branch {branch_id} was {branch.status} by {branch.closed_by} already.")
    return branch


def open_branches_of(session: WriteSession, branch: PlanBranch) -> Sequence[PlanBranch]:
    """Return the other open branches of the same draft, the oldest first; nobody else can close them until this transaction ends."""
    same = (PlanBranch.layer_id == branch.layer_id, PlanBranch.version_number == branch.version_number)
    query = select(PlanBranch).where(*same, PlanBranch.status == "open", PlanBranch.id != branch.id)
    return session.scalars(query.order_by(PlanBranch.id).with_for_update()).all()


def delete_patches(session: WriteSession, branch: PlanBranch) -> None:
    """Delete the patches of a branch; its delta stays."""
    session.execute(delete(PlanBranchPatch).where(PlanBranchPatch.plan_branch_id == branch.id))


def features_of(session: Session, branch: PlanBranch, *, limit: int, after: int) -> list[dict[str, Any]]:
    """Return patches of a branch as GeoJSON features, in (lon, lat); their ids ascend."""
    names = ("change", *_LISTS, *_TEXTS, "area_m2")
    query = (
        select(
            PlanBranchPatch.id, func.ST_AsGeoJSON(PlanBranchPatch.geom), *(getattr(PlanBranchPatch, n) for n in names)
        )
        .where(PlanBranchPatch.plan_branch_id == branch.id, PlanBranchPatch.id > after)
        .order_by(PlanBranchPatch.id)
        .limit(limit)
    )
    return [
        {
            "type": "Feature",
            "id": row[0],
            "geometry": json.loads(row[1]),
            "properties": dict(zip(names, row[2:], strict=True)),
        }
        for row in session.execute(query)
    ]


def _patch(names: Sequence[str], row: Sequence[Any], geometry: shapely.Geometry) -> BranchPatch:
    return BranchPatch(**dict(zip(names, row[:-1], strict=True)), geometry=geometry)
