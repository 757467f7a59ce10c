"""Decisions on patches of which a new comparison makes others: carried over to the same ground, or opened again with what was decided in the history."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

import numpy as np
import shapely

from app.db.models import PlanComparison, PlanPatch
from app.db.models.plan_register import ResolutionColumns
from app.db.sessions import WriteSession
from app.plans import register_repository as repository
from app.plans.deciding import LISTS, written
from gis.area_plane import to_area_plane
from gis.arrays import GeometryArray
from gis.plans.register import PatchState
from gis.plans.succession import find_successors
from gis.rules.sentences import Phrase

# Of a patch that is opened again, what stays true of the same ground whatever the plans say: who looks after it, and the facts about it.
OF_THE_GROUND = (
    "owner",
    "approval",
    "approved_on",
    "key_project",
    "quota_source",
    "has_existing_right",
    "is_built_lawfully",
    "is_inside_scale_boundary",
    "built_share",
)
FIELDS = tuple(name for name in ResolutionColumns.__annotations__ if name != "decision_count")

CARRIED = Phrase(
    "重新比对后地块和各规内容未变，协调结果沿用。",
    "Compared again, ground and plans are the same: what was decided stays.",
)
OTHER_GROUND = Phrase(
    "重新比对后图斑范围改变，须重新协调。", "Compared again, the patch has other ground: to be decided anew."
)
OTHER_PLANS = Phrase(
    "重新比对后规划在此的内容改变，须重新协调。",
    "Compared again, the plans say something else there: to be decided anew.",
)
OTHER_LINES = Phrase(
    "重新比对后涉及的底线改变，须重新协调。", "Compared again, other hard lines are touched: to be decided anew."
)
NO_DIFFERENCE = Phrase(
    "重新比对后此处已无差异，协调记录保留。",
    "Compared again, there is no difference any more; what was decided is kept here.",
)

Said = tuple[Mapping[int, tuple[str, str, str | None]], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Standing:
    """A comparison as it was: the layers of its plans in its order, and their code tables."""

    layer_ids: Sequence[int]
    code_versions: Sequence[str | None]

    @classmethod
    def of(cls, session: WriteSession, comparison: PlanComparison) -> "Standing":
        """Read what a comparison is of, before it is of something else."""
        return cls([plan["layer_id"] for plan in comparison.plans], repository.code_versions(session, comparison))

    def said(self, statuses: Sequence[str], codes: Sequence[str], lines: Iterable[str]) -> Said:
        """Return what the plans say of a patch, whatever their order, and the lines that it touches."""
        plans = zip(self.layer_ids, statuses, codes, self.code_versions, strict=True)
        return {layer: (status, code, table) for layer, status, code, table in plans}, frozenset(lines)


class DrawnPatch(Protocol):
    """A patch as far as it matters where it lies."""

    @property
    def number(self) -> int:
        """Its number in the comparison."""

    @property
    def geometry(self) -> shapely.Geometry:
        """Its ground, in the area plane."""


@dataclass(frozen=True, slots=True)
class PatchGround:
    """Where a patch lies; the geometry is in the area plane."""

    number: int
    geometry: shapely.Geometry


@dataclass(slots=True)
class _Carrying:
    session: WriteSession
    row: PlanComparison
    before: Standing
    now: Standing
    history: list[dict[str, Any]]
    counts: Counter[str]

    def carry(self, former: PlanPatch, patch: PlanPatch) -> None:
        """Let a new patch be what a former one was."""
        for name in FIELDS:
            setattr(patch, name, getattr(former, name))
        patch.decision_count = former.decision_count + 1
        self._note("carried", former, patch, former.state, {}, CARRIED)

    def reopen(self, former: PlanPatch, patch: PlanPatch, reason: Phrase, kept: Sequence[str]) -> None:
        """Open a new patch again, with what was decided of a former one in its history."""
        for name in kept:
            setattr(patch, name, getattr(former, name))
        patch.decision_count += 1
        changes = {
            name: {"before": written(value), "after": written(value) if name in kept else [] if name in LISTS else None}
            for name in FIELDS
            if name != "state" and (value := getattr(former, name)) not in (None, [])
        }
        changes["state"] = {"before": former.state, "after": PatchState.OPEN.value}
        self._note("reopened", former, patch, PatchState.OPEN.value, changes, reason)

    def end(self, former: PlanPatch) -> None:
        """Note that a former patch is no difference any more."""
        self._note("ended", former, former, former.state, {}, NO_DIFFERENCE)

    def _note(
        self, action: str, former: PlanPatch, patch: PlanPatch, state: str, changes: dict[str, Any], note: Phrase
    ) -> None:
        self.counts[action] += 1
        if patch is not former:
            changes[repository.FORMER_PATCH] = {"before": former.feature_id, "after": patch.feature_id}
        self.history.append(
            {
                "patch_row_id": patch.row_id,
                "plan_comparison_id": self.row.id,
                "action": action,
                "from_state": former.state,
                "to_state": state,
                "changes": changes,
                "note": f"{note.zh}{note.en}",
            }
        )


def carry_decisions(
    session: WriteSession,
    row: PlanComparison,
    ended: Sequence[PlanPatch],
    come: Sequence[DrawnPatch],
    *,
    before: Standing,
    tolerance_m: float,
) -> dict[str, dict[str, int]]:
    """Carry decisions over to the patches that were stored instead of others.

    Parameters
    ----------
    row : PlanComparison
        With the patches that came already stored.
    ended : sequence of PlanPatch
        Patches that hold no more and of which something was decided or noted.
    come : sequence of DrawnPatch
        At least those that lie where one of ``ended`` lay.
    before : Standing
        What the comparison of ``ended`` was of.
    tolerance_m : float
        Patches whose ground differs by strips nowhere wider are the same.

    Returns
    -------
    dict
        Under ``decisions`` how many were ``carried`` over, how often a patch was ``reopened``, and of how many patches no difference is left
        (``ended``). Empty where nothing was decided.
    """
    if not ended:
        return {}
    stored = repository.patch_geometries(session, [patch.row_id for patch in ended])
    wkb = np.array([stored[patch.row_id] for patch in ended], dtype=object)
    drawn: GeometryArray = np.array([patch.geometry for patch in come], dtype=object)
    found = find_successors(to_area_plane(shapely.from_wkb(wkb)), drawn, tolerance_m=tolerance_m)
    names = {position: f"{row.id}-{come[position].number}" for position in np.unique(found.successor).tolist()}
    chosen = PlanPatch.feature_id.in_(names.values())
    query = repository.holding_patches(row.id).where(chosen).execution_options(populate_existing=True)
    patches = {patch.feature_id: patch for patch in session.scalars(query)}
    work = _Carrying(session, row, before, Standing.of(session, row), [], Counter(carried=0, reopened=0, ended=0))
    pairs: dict[int, list[tuple[PlanPatch, bool]]] = {}
    for one, other, is_same in zip(found.former.tolist(), found.successor.tolist(), found.is_same_ground, strict=True):
        pairs.setdefault(one, []).append((patches[names[other]], bool(is_same)))
    for position, former in enumerate(ended):
        _follow(work, former, pairs.get(position, []))
    session.flush()
    batch = uuid4()
    repository.add_history(session, [entry | {"batch": batch} for entry in work.history])
    return {"decisions": dict(work.counts)}


def patches_at(session: WriteSession, row: PlanComparison, ended: Sequence[PlanPatch]) -> list[PatchGround]:
    """Return the patches of a comparison, all of which are stored, that may lie where some former patches lay."""
    found = repository.geometries_at(session, row.id, [patch.row_id for patch in ended]) if ended else []
    drawn = to_area_plane(shapely.from_wkb(np.array([wkb for _, wkb in found], dtype=object)))
    numbers = [int(name.rpartition("-")[2]) for name, _ in found]
    return [PatchGround(number, geometry) for number, geometry in zip(numbers, drawn, strict=True)]


def decided_patches(session: WriteSession, comparison_id: int) -> Sequence[PlanPatch]:
    """Return the patches of a comparison that hold, of which something was decided or noted."""
    query = repository.holding_patches(comparison_id).where(PlanPatch.decision_count > 0)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def patches_of_rows(session: WriteSession, comparison_id: int, row_ids: Sequence[int]) -> Sequence[PlanPatch]:
    """Return patches of a comparison by their row ids, whether they hold or not."""
    if not row_ids:
        return []
    query = repository.patches_of(comparison_id).where(PlanPatch.row_id.in_(row_ids))
    return session.scalars(query.execution_options(populate_existing=True)).all()


def _follow(work: _Carrying, former: PlanPatch, successors: Sequence[tuple[PlanPatch, bool]]) -> None:
    if not successors:
        work.end(former)
    same = [patch for patch, is_same in successors if is_same]
    if not same:
        for patch, _ in successors:
            work.reopen(former, patch, OTHER_GROUND, ())
        return
    was = work.before.said(former.plan_statuses, former.plan_codes, former.hard_lines)
    for patch in same:
        is_now = work.now.said(patch.plan_statuses, patch.plan_codes, patch.hard_lines)
        if is_now == was:
            work.carry(former, patch)
        else:
            work.reopen(former, patch, OTHER_LINES if is_now[0] == was[0] else OTHER_PLANS, OF_THE_GROUND)
