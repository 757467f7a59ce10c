"""Difference patches as they are stored: what each plan says there, in a sentence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import shapely

from app.db.models import Layer
from gis.plans.comparison import PlanCodes, PlanComparison
from gis.plans.patches import Patches
from gis.plans.sentences import PlanSays, describe_patch
from gis.plans.statuses import PlanStatus
from gis.rules.parameters import ParameterRow
from gis.slivers import OverlapClass


@dataclass(frozen=True, slots=True)
class StoredPatch:
    """A difference patch as it is stored; the geometry is in the area plane."""

    number: int
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


def iter_stored_patches(
    plans: Sequence[Layer],
    codes: Sequence[PlanCodes],
    compared: PlanComparison,
    patches: Patches,
    places: tuple[ParameterRow, ...],
    *,
    first_number: int = 1,
) -> Iterator[StoredPatch]:
    """Describe patches, which are numbered from ``first_number`` on."""
    versions = [_code_version(said) for said in codes]

    @cache
    def says_of(statuses: tuple[int, ...], said_codes: tuple[str, ...]) -> list[PlanSays]:
        return [
            PlanSays(plan.title_zh, plan.title_en, PlanStatus(status), code, version)
            for plan, status, code, version in zip(plans, statuses, said_codes, versions, strict=True)
        ]

    @cache
    def lines_of(mask: int) -> list[str]:
        return [line for bit, line in enumerate(compared.lines) if mask >> bit & 1]

    rows = zip(
        compared.statuses[patches.first_cells].tolist(),
        compared.codes[patches.first_cells].tolist(),
        compared.masks[patches.first_cells].tolist(),
        compared.classes[patches.first_cells].tolist(),
        strict=True,
    )
    for position, (statuses, said_codes, mask, conflict_class) in enumerate(rows):
        says, lines = says_of(tuple(statuses), tuple(said_codes)), lines_of(mask)
        overlap_class = OverlapClass(patches.overlap_classes[position])
        area = float(patches.areas_m2[position])
        text = describe_patch(conflict_class, says, lines, area, overlap_class, places)
        yield StoredPatch(
            number=first_number + position,
            conflict_class=conflict_class.value,
            plan_statuses=[said.status.name.lower() for said in says],
            plan_codes=said_codes,
            hard_lines=lines,
            overlap_class=overlap_class.value,
            cell_count=int(patches.cell_counts[position]),
            area_m2=area,
            mean_width_m=float(patches.mean_widths_m[position]),
            text_zh=text.zh,
            text_en=text.en,
            geometry=patches.geometries[position],
        )


def _code_version(said: PlanCodes) -> str | None:
    """Return the code table of a plan for its sentences; one that mixes tables has its codes told bare."""
    versions = {version for version in said.code_versions if version is not None}
    return versions.pop() if len(versions) == 1 else None
