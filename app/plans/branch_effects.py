"""What a branch changes, in numbers: areas by class and line, patches, and the parcels under them."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy.orm import Session

from app.db.models import LayerKind
from app.layers import repository as layers
from app.plans.branch_repository import BranchPatch
from app.plans.patch_rows import StoredPatch
from app.plans.reading import read_near_features
from gis.area_plane import from_area_plane
from gis.crs import AREA_PLANE
from gis.overlay import measure_overlaps
from gis.plans.comparison import ConflictClass
from gis.slivers import OverlapClass

LISTED_PARCELS = 1000
_PLACES = 2

Patch = BranchPatch | StoredPatch


def describe_delta(
    before: dict[str, Any],
    after: dict[str, Any],
    gone: Sequence[BranchPatch],
    come: Sequence[StoredPatch],
    parcels: list[dict[str, Any]],
) -> dict[str, Any]:
    """Return what a branch changes as JSON values.

    Parameters
    ----------
    before, after : dict
        Summaries of the comparison.
    gone, come : sequence
        Patches that it takes away and adds.
    parcels : list of dict
        As :func:`affected_parcels` gives them.
    """
    return {
        "compared_area_m2": _change(before["compared_area"]["area_m2"], after["compared_area"]["area_m2"]),
        "classes": [
            {"class": old["class"], "name_zh": old["name_zh"], "name_en": old["name_en"]}
            | {"area_m2": _change(old["area_m2"], new["area_m2"])}
            | {"patches": _change(sum(old["patches"].values()), sum(new["patches"].values()))}
            for old, new in zip(before["classes"], after["classes"], strict=True)
        ],
        "lines": _lines(before["lines"], after["lines"]),
        "patches": {"gone": _count(gone), "come": _count(come)},
        "parcels": {
            "count": len(parcels),
            "conflict_area_m2": _change(
                sum(parcel["conflict_before_m2"] for parcel in parcels),
                sum(parcel["conflict_after_m2"] for parcel in parcels),
            ),
            "listed": parcels[:LISTED_PARCELS],
        },
        "computed": "touched cells" if "recomputed" in after else "everything",
        "computed_again": after.get("computed_again"),
    }


def affected_parcels(
    session: Session, gone: Sequence[Patch], come: Sequence[Patch], *, as_of: date
) -> list[dict[str, Any]]:
    """Return the parcels in force whose area in conflict is another, those that change most first.

    Only real differences count.
    """
    grouped = gpd.GeoDataFrame(
        {"side": ["before"] * len(_in_conflict(gone)) + ["after"] * len(_in_conflict(come))},
        geometry=[patch.geometry for patch in (*_in_conflict(gone), *_in_conflict(come))],
        crs=AREA_PLANE,
    )
    if grouped.empty:
        return []
    boxes = shapely.bounds(from_area_plane(shapely.envelope(grouped.geometry.to_numpy())))
    found: list[dict[str, Any]] = []
    for layer in layers.list_layers(session, kind=LayerKind.PARCEL):
        version = layers.version_in_force(session, layer.id, as_of=as_of)
        if version is not None:
            parcels = read_near_features(session, layer, version, boxes)
            found += _changed(layer.slug, measure_overlaps(parcels, grouped, group="side"))
    return sorted(found, key=lambda parcel: -abs(parcel["conflict_after_m2"] - parcel["conflict_before_m2"]))


def _in_conflict(patches: Sequence[Patch]) -> list[Patch]:
    return [
        patch
        for patch in patches
        if patch.conflict_class == ConflictClass.CONFLICT and patch.overlap_class == OverlapClass.REAL
    ]


def _changed(layer: str, overlaps: pd.DataFrame) -> list[dict[str, Any]]:
    known = overlaps[overlaps["error"].isna()]
    table = known.pivot_table(
        index="target_id", columns="constraint_group", values="overlap_area_m2", aggfunc="sum", fill_value=0.0
    ).reindex(columns=["before", "after"], fill_value=0.0)
    table = table.round(_PLACES)
    table = table[(table["after"] - table["before"]).abs() >= 10.0**-_PLACES]
    return [
        {"layer": layer, "parcel": name, "conflict_before_m2": before, "conflict_after_m2": after}
        for name, before, after in zip(table.index, table["before"].tolist(), table["after"].tolist(), strict=True)
    ]


def _lines(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    latter = {line["line"]: line for line in after}
    measures = ("touched", "construction_in_a_plan", "conflict")
    return [
        {"line": line["line"], "name_zh": line["name_zh"], "name_en": line["name_en"]}
        | {f"{name}_m2": _change(line[name]["area_m2"], latter[line["line"]][name]["area_m2"]) for name in measures}
        for line in before
        if line["line"] in latter
    ]


def _count(patches: Sequence[Patch]) -> dict[str, Any]:
    counts = Counter(patch.conflict_class for patch in patches)
    return {
        name: {
            "count": counts[name],
            "area_m2": round(sum(patch.area_m2 for patch in patches if patch.conflict_class == name), _PLACES),
        }
        for name in sorted(counts)
    }


def _change(before: float, after: float) -> dict[str, float]:
    return {"before": before, "after": after, "change": round(after - before, _PLACES)}
