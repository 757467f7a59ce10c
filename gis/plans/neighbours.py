"""Class 3 industry that plans put beside housing (三类工业用地毗邻居住用地), within a plan and between plans."""

import json
from collections.abc import Mapping
from enum import IntEnum
from functools import cache
from importlib import resources
from itertools import product
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from pydantic import BaseModel, ConfigDict, TypeAdapter

from gis.area_plane import to_local_metres, true_scale
from gis.arrays import FloatArray, GeometryArray, IntArray
from gis.crs import require_area_plane
from gis.landuse.codes import CodeVersion, code_table, nearest_code
from gis.plans.comparison import PlanCodes
from gis.plans.plan_faults import PlanFault, PlanFaultKind
from gis.rules.sources import SourceStatus

__all__ = ["NeighbourUse", "find_industry_beside_housing", "neighbour_uses"]


class NeighbourUse(IntEnum):
    """What the code of a zone says of the question whether it may lie beside others."""

    OTHER = 0
    NOT_TOLD = 1  # no code, an unknown one, a table without these classes, or industry whose class is left open
    INDUSTRY = 2  # 三类工业用地
    HOUSING = 3  # 居住用地


class _Pair(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    code_version: CodeVersion
    industry: str
    housing: str
    document: str
    status: SourceStatus


@cache
def _pairs() -> Mapping[CodeVersion, _Pair]:
    text = (resources.files("gis.plans") / "incompatible_neighbours.json").read_text(encoding="utf-8")
    return {pair.code_version: pair for pair in TypeAdapter(list[_Pair]).validate_python(json.loads(text))}


def neighbour_uses(codes: PlanCodes) -> IntArray:
    """Tell which zones of a plan are class 3 industry and which are housing.

    Parameters
    ----------
    codes : PlanCodes
        Of n zones.

    Returns
    -------
    ndarray of int64, shape (n,)
        :class:`NeighbourUse`. Codes of local tables tell no class of industry.

    References
    ----------
    .. [1] GB 50137-2011《城市用地分类与规划建设用地标准》: M3, R.
    .. [2] 自然资发〔2023〕234号: 100103, 07.

    Examples
    --------
    >>> from gis.plans.comparison import PlanCodes
    >>> neighbour_uses(PlanCodes(["M3", "R21", "M1", "M", None, "2110"], ["GB 50137-2011"] * 5 + ["TD/T 1027-2010"])).tolist()
    [2, 3, 0, 1, 1, 1]
    """
    known = {pair: _use(*pair) for pair in set(zip(codes.codes, codes.code_versions, strict=True))}
    return np.array([known[pair] for pair in zip(codes.codes, codes.code_versions, strict=True)], dtype=np.int64)


def _use(code: str | None, code_version: str | None) -> NeighbourUse:
    if not isinstance(code, str) or not isinstance(code_version, str):
        return NeighbourUse.NOT_TOLD
    try:
        pair = _pairs().get(CodeVersion(code_version))
    except ValueError:
        # A local table.
        return NeighbourUse.NOT_TOLD
    found = None if pair is None else nearest_code(code, code_version)
    if pair is None or found is None:
        return NeighbourUse.NOT_TOLD
    above = _with_those_above(found.code, pair.code_version)
    if pair.industry in above:
        return NeighbourUse.INDUSTRY
    if pair.housing in above:
        return NeighbourUse.HOUSING
    return (
        NeighbourUse.NOT_TOLD
        if found.code in _with_those_above(pair.industry, pair.code_version)
        else NeighbourUse.OTHER
    )


def _with_those_above(code: str, code_version: CodeVersion) -> list[str]:
    table, above = code_table(code_version), [code]
    while (parent := table[above[-1]].parent) is not None:
        above.append(parent)
    return above


# Zones whose common border is drawn with a rounding between them lie beside each other.
_ROUNDING_M: Final = 1e-3


def find_industry_beside_housing(
    plans: Mapping[str, tuple[gpd.GeoDataFrame, IntArray]], *, within_m: float = 0.0
) -> list[PlanFault]:
    """Find zones of class 3 industry beside zones of housing, of one plan or of two.

    Parameters
    ----------
    plans : mapping of str to GeoDataFrame and ndarray of int64
        Zones in the area plane with an index of different ids, and the :class:`NeighbourUse` of each.
    within_m : float
        So far apart, in metres on the ground, they still are beside each other. Default: where they touch or overlap, to a millimetre.

    Returns
    -------
    list of PlanFault
        One for each two zones: where they overlap, else their common border or points, else the shortest line between them. ``area_m2`` is that
        of the overlap, NaN where there is none; ``apart_m`` is their distance.

    Raises
    ------
    CRSMismatchError
    """
    faults: list[PlanFault] = []
    for first, second in product(plans, plans):
        industry, housing = _of_use(plans[first], NeighbourUse.INDUSTRY), _of_use(plans[second], NeighbourUse.HOUSING)
        one, other = _pairs_near(industry.geometry.to_numpy(), housing.geometry.to_numpy(), within_m + _ROUNDING_M)
        here, there = industry.geometry.to_numpy()[one], housing.geometry.to_numpy()[other]
        apart = _ground_distances(here, there)
        near = apart <= within_m + _ROUNDING_M
        places = _places(here[near], there[near])
        ids = zip(industry.index[one[near]], housing.index[other[near]], strict=True)
        faults += [
            PlanFault(
                kind=PlanFaultKind.INDUSTRY_BESIDE_HOUSING,
                layers=(first, second),
                ids=((zone,), (neighbour,)),
                area_m2=place.area if place.area > 0 else np.nan,
                width_m=np.nan,
                overlap_class=None,
                geometry=place,
                error=None,
                apart_m=distance,
            )
            for (zone, neighbour), distance, place in zip(ids, apart[near].tolist(), places, strict=True)
        ]
    return faults


def _of_use(plan: tuple[gpd.GeoDataFrame, IntArray], use: NeighbourUse) -> gpd.GeoDataFrame:
    zones, uses = plan
    require_area_plane(zones)
    chosen: gpd.GeoDataFrame = zones[uses == use]
    return chosen


def _pairs_near(ones: GeometryArray, others: GeometryArray, distance_m: float) -> tuple[IntArray, IntArray]:
    """Return the pairs that lie within a distance on the ground, and a few more."""
    if len(ones) == 0 or len(others) == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    # The plane stretches distances, at most as it does in the place nearest to a pole.
    stretched = distance_m / true_scale(shapely.bounds(np.concatenate([ones, others]))[:, [1, 3]]).min()
    one, other = shapely.STRtree(others).query(ones, predicate="dwithin", distance=stretched)
    order = np.lexsort((other, one))
    return one[order], other[order]


def _ground_distances(ones: GeometryArray, others: GeometryArray) -> FloatArray:
    pairs = to_local_metres(shapely.geometrycollections(np.column_stack([ones, others])))
    distances: FloatArray = shapely.distance(shapely.get_geometry(pairs, 0), shapely.get_geometry(pairs, 1))
    return distances


def _places(ones: GeometryArray, others: GeometryArray) -> GeometryArray:
    """Return where polygons meet, of its parts those of most dimensions; where they do not, the shortest line between them."""
    met = shapely.intersection(ones, others)
    places = np.where(shapely.is_empty(met), shapely.shortest_line(ones, others), met)
    mixed = np.flatnonzero(shapely.get_type_id(places) == shapely.GeometryType.GEOMETRYCOLLECTION)
    places[mixed] = [_largest_parts(shapely.get_parts(place)) for place in places[mixed]]
    lines = shapely.get_dimensions(places) == 1
    places[lines] = shapely.line_merge(places[lines])
    return places


def _largest_parts(parts: GeometryArray) -> shapely.Geometry:
    dimensions = shapely.get_dimensions(parts)
    return shapely.union_all(parts[dimensions == dimensions.max()])
