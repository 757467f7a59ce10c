"""The summary of a comparison: sums that close, in the units people use."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from gis.measurement import SQUARE_METRES_PER_MU
from gis.plans.comparison import ConflictClass, PlanCodes, PlanComparison, conflict_numbers
from gis.plans.lines import line_names
from gis.plans.patches import Patches
from gis.plans.sentences import CLASS_NAMES, STATUS_NAMES
from gis.plans.statuses import PlanStatus, is_code_known
from gis.plans.summary import class_areas, close_table, plan_areas, status_matrix
from gis.rules.parameters import ParameterRow
from gis.slivers import OverlapClass

# Square metres in a unit, in the order of the rows that fix decimal places (gis.rules.sentences.display_rows).
UNITS = {"m2": 1.0, "ha": 10_000.0, "mu": float(SQUARE_METRES_PER_MU)}
EXAMPLES_KEPT = 20


def summarise(comparison: PlanComparison, patches: Patches, places: tuple[ParameterRow, ...]) -> dict[str, Any]:
    """Return the sums of a comparison as JSON values.

    Parameters
    ----------
    comparison : PlanComparison
    patches : Patches
        Of the comparison.
    places : tuple of ParameterRow
        As :func:`gis.rules.sentences.display_rows` gives them.
    """
    total = pd.DataFrame([[comparison.areas_m2.sum()]])
    artefacts = patches.overlap_classes == OverlapClass.ARTEFACT
    return {
        "cell_count": len(comparison.cells),
        "compared_area": write_areas(total, places)[0][0],
        "classes": _classes(comparison, patches, places),
        "plan_areas": _plan_areas(comparison, places),
        "matrices": [_matrix(comparison, first, second, places) for first, second in combinations(comparison.plans, 2)],
        "lines": _lines(comparison, places),
        "artefacts": {
            "count": int(artefacts.sum()),
            "area_m2": round(float(patches.areas_m2[artefacts].sum()), 6),
        },
    }


def unknown_codes(plan: str, said: PlanCodes) -> list[dict[str, Any]]:
    """List the codes of a plan that its code table does not have, the most frequent first: their zones are no data."""
    pairs = Counter(zip(said.codes, said.code_versions, strict=True))
    return [
        {"plan": plan, "code": code, "code_version": version, "zones": count}
        for (code, version), count in pairs.most_common()
        if not is_code_known(code, version, said.local)
    ]


def _classes(comparison: PlanComparison, patches: Patches, places: tuple[ParameterRow, ...]) -> list[dict[str, Any]]:
    table = class_areas(comparison).reindex(columns=[name.value for name in ConflictClass], fill_value=0.0)
    numbers = write_areas(table, places)[0]
    of_patch = conflict_numbers(comparison.statuses[patches.first_cells])
    counts = {
        kind: np.bincount(of_patch[patches.overlap_classes == kind], minlength=len(ConflictClass)).tolist()
        for kind in OverlapClass
    }
    return [
        {
            "class": name.value,
            "name_zh": CLASS_NAMES[name].zh,
            "name_en": CLASS_NAMES[name].en,
            **area,
            "patches": {kind.value: counts[kind][number] for kind in OverlapClass},
        }
        for number, (name, area) in enumerate(zip(ConflictClass, numbers, strict=True))
    ]


def _plan_areas(comparison: PlanComparison, places: tuple[ParameterRow, ...]) -> list[dict[str, Any]]:
    """Return what each plan has of each status; each plan by itself sums to the compared area."""
    table = plan_areas(comparison)
    return [
        {
            "plan": plan,
            "statuses": [
                {"status": name, "name_zh": STATUS_NAMES[status].zh, "name_en": STATUS_NAMES[status].en, **area}
                for (status, name), area in zip(
                    ((each, each.name.lower()) for each in PlanStatus),
                    write_areas(table.loc[[plan]], places)[0],
                    strict=True,
                )
            ],
        }
        for plan in comparison.plans
    ]


def _matrix(comparison: PlanComparison, first: str, second: str, places: tuple[ParameterRow, ...]) -> dict[str, Any]:
    table = status_matrix(comparison, first, second)
    return {
        "rows": first,
        "columns": second,
        "statuses": [status.name.lower() for status in PlanStatus],
        "areas": write_areas(table, places),
    }


def _lines(comparison: PlanComparison, places: tuple[ParameterRow, ...]) -> list[dict[str, Any]]:
    """Return what of the compared area lies in each line, and of this what a plan builds and what is in conflict."""
    builds = (comparison.statuses == PlanStatus.CONSTRUCTION).any(axis=1)
    differs = conflict_numbers(comparison.statuses) == [*ConflictClass].index(ConflictClass.CONFLICT)
    total = float(comparison.areas_m2.sum())
    found = []
    for line in comparison.lines:
        touched = comparison.touches(line)
        areas = [float(comparison.areas_m2[each].sum()) for each in (touched, touched & builds, touched & differs)]
        found.append(_line(line, areas, total, places))
    return found


def _line(line: str, areas: Sequence[float], total: float, places: tuple[ParameterRow, ...]) -> dict[str, Any]:
    name_zh, name_en = line_names(line)
    names = ("touched", "construction_in_a_plan", "conflict")
    numbers = [
        write_areas(pd.DataFrame([[area]]), places)[0][0] | {"share": round(area / total, 6) if total > 0 else 0.0}
        for area in areas
    ]
    return {"line": line, "name_zh": name_zh, "name_en": name_en} | dict(zip(names, numbers, strict=True))


def write_areas(table: pd.DataFrame, places: Sequence[ParameterRow]) -> list[list[dict[str, float]]]:
    """Write every cell of a table in all units and as a share; each of them sums to its total."""
    total = float(table.to_numpy().sum())
    units = {
        unit: close_table(table, square_metres_per_unit=size, places=row.integer)
        for (unit, size), row in zip(UNITS.items(), places[: len(UNITS)], strict=True)
    }
    shares = table.to_numpy(dtype=np.float64) / total if total > 0 else np.zeros(table.shape)
    return [
        [
            {f"area_{unit}": float(numbers[row][column]) for unit, numbers in units.items()}
            | {"share": round(float(shares[row, column]), 6)}
            for column in range(table.shape[1])
        ]
        for row in range(table.shape[0])
    ]
