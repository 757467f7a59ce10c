"""The faults of geometry of a settled batch, with their places."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely

from gis.faults import FaultKind, inspect_geometries
from gis.validation.model import Fault, Outcome, describe_fault
from gis.validation.settling import DUPLICATE, OUT_OF_PLACE, SettledBatch, reason_kinds
from gis.validation.severity import Severity

__all__ = ["find_geometry_faults"]

#: Kinds whose sentence tells the detail.
_TOLD: Final = frozenset({FaultKind.NOT_POLYGONAL.value, FaultKind.OTHER.value})
#: What GEOS says of a ring that goes back on itself, beside the spike.
_SEEN_AT_SPIKES: Final = frozenset({FaultKind.RING_SELF_INTERSECTION.value, FaultKind.SELF_INTERSECTION.value})
_SAME_PLACE_DEG: Final = 1e-9
_Place = tuple[float, float, str]


def find_geometry_faults(settled: SettledBatch, first_row: int, names: Sequence[str | None]) -> list[Fault]:
    """Describe why features were repaired or rejected.

    Parameters
    ----------
    settled : SettledBatch
    first_row : int
        Row of the first feature.
    names : sequence of str or None, length n

    Returns
    -------
    list of Fault
        One for each feature and kind; those of rejected features are errors, those of repaired ones warnings. In the order of the rows.
    """
    faulty = np.flatnonzero(settled.reason != "")
    if len(faulty) == 0:
        return []
    places = _places(settled, faulty)
    return [
        _describe(settled, position, kind, places[position], first_row, names[position])
        for position in faulty.tolist()
        for kind in _kinds(settled, position, places[position])
    ]


def _places(settled: SettledBatch, faulty: np.ndarray[tuple[int], np.dtype[np.int64]]) -> dict[int, dict[str, _Place]]:
    """Look up where in each faulty geometry the faults are, as the repair saw them."""
    inspected = inspect_geometries(settled.geographic[faulty])
    places: dict[int, dict[str, _Place]] = defaultdict(dict)
    for row, kind, x, y, detail in inspected[["row", "kind", "x", "y", "detail"]].itertuples(index=False):
        places[int(faulty[row])].setdefault(kind, (x, y, detail))
    return places


def _kinds(settled: SettledBatch, position: int, places: dict[str, _Place]) -> list[str]:
    kinds = [*reason_kinds(settled.reason[position])]
    spike = FaultKind.SPIKE.value
    if spike not in kinds:
        return kinds
    explained = _SEEN_AT_SPIKES & set(kinds)
    geometry = settled.geographic[position]
    return [kind for kind in kinds if kind not in explained or not _is_on_spike(geometry, places[spike], places[kind])]


def _is_on_spike(geometry: shapely.Geometry, tip: _Place, place: _Place) -> bool:
    """Tell whether a place is on the edges of a spike, where the ring touches or crosses itself because of the spike alone."""
    coordinates = shapely.get_coordinates(geometry)
    at_tip = np.flatnonzero((np.abs(coordinates - tip[:2]) <= _SAME_PLACE_DEG).all(axis=1))
    beside = np.concatenate([at_tip - 1, at_tip + 1])
    beside = beside[(beside >= 0) & (beside < len(coordinates))]
    edges = shapely.linestrings([[tip[:2], coordinates[row]] for row in beside])
    return bool((shapely.distance(edges, shapely.Point(place[:2])) <= _SAME_PLACE_DEG).any())


def _describe(
    settled: SettledBatch,
    position: int,
    kind: str,
    places: dict[str, _Place],
    first_row: int,
    name: str | None,
) -> Fault:
    outcome = Outcome(settled.outcome[position])
    x, y, detail = places.get(kind, (np.nan, np.nan, ""))
    reason = str(settled.reason[position])
    found: str | None = None
    expected: str | None = None
    if kind == DUPLICATE:
        expected = reason.rpartition(" ")[2]
    elif kind == OUT_OF_PLACE:
        found = reason.partition(": ")[2]
    elif kind in _TOLD:
        found = detail
    elif outcome is Outcome.REPAIRED:
        before, after = settled.area_before_m2[position], settled.area_ellipsoid_m2[position]
        found = f"{before:.2f} m² → {after:.2f} m²"
    return describe_fault(
        kind,
        severity=Severity.ERROR if outcome is Outcome.REJECTED else Severity.WARNING,
        source_row=first_row + position,
        feature_id=name,
        found=found,
        expected=expected,
        geometry=_point(settled, position, x, y),
    )


def _point(settled: SettledBatch, position: int, x: float, y: float) -> shapely.Geometry | None:
    if np.isfinite([x, y]).all():
        return shapely.Point(x, y)
    geometry = (
        settled.geometries[position] if settled.geometries[position] is not None else settled.geographic[position]
    )
    coordinates = shapely.get_coordinates(geometry)
    if len(coordinates) == 0 or not np.isfinite(coordinates).all():
        return None
    return shapely.Point(coordinates[0])
