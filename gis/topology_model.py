"""What a topology fault is: its kinds, the tolerances, and the table of faults."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.area_plane import AREA_PLANE
from gis.arrays import FloatArray, GeometryArray
from gis.sagitta import NUMERICAL_NOISE_M
from gis.shapes import measure_shapes
from gis.topology_widths import largest_width

__all__ = ["TOPOLOGY_COLUMNS", "FaultRows", "TopologyFaultKind", "TopologyTolerances", "fault_frame"]

TOPOLOGY_COLUMNS: Final = ("kind", "ids", "area_m2", "width_m", "max_width_m", "x", "y", "error", "geometry")


class TopologyFaultKind(StrEnum):
    """The kinds of topology fault."""

    GAP = "gap"
    OVERLAP = "overlap"
    MISSING_VERTEX = "missing_vertex"
    NEAR_VERTEX = "near_vertex"
    OUTSIDE_SCOPE = "outside_scope"
    NOT_EXAMINED = "not_examined"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopologyTolerances:
    """What counts as a fault. Rule data: the caller takes the limits from the parameter table. Widths are those on the ground.

    Attributes
    ----------
    gap_width_m : float
        Uncovered land that is nowhere wider than this is a gap. With 0 there are none of this sort.
    gap_area_m2 : float
        Enclosed uncovered land of at most this area is a gap, however wide. Everything else that is enclosed is an island, and no fault.
    vertex_m : float
        A vertex this near to a neighbour's edge or vertex was meant to lie on it.
    inlet_angle_deg : float
        Boundaries that part at less than this angle leave a gap that is open to the outside; at a larger one they are a corner.
    least_width_m, least_area_m2 : float
        Gaps, overlaps and parts outside the scope that are nowhere wider than the first, or not larger than the second, are no faults. 0: all are that
        are more than rounding.
    """

    gap_width_m: float
    gap_area_m2: float
    vertex_m: float
    inlet_angle_deg: float
    least_width_m: float = 0.0
    least_area_m2: float = 0.0

    def __post_init__(self) -> None:
        """Refuse limits that cannot be meant."""
        limits = (self.gap_width_m, self.gap_area_m2, self.vertex_m, self.least_width_m, self.least_area_m2)
        if not (np.isfinite(limits).all() and min(limits) >= 0 and 0 < self.inlet_angle_deg < 180):
            message = f"Tolerances are finite and not negative, and the angle is between 0 and 180 degrees, got {self}."
            raise ValueError(message)

    @property
    def widest_gap_m(self) -> float:
        """The width of gaps, with the rounding of computed widths."""
        return self.gap_width_m + NUMERICAL_NOISE_M if self.gap_width_m > 0 else 0.0


@dataclass(frozen=True, slots=True)
class FaultRows:
    """Faults of one layer.

    Attributes
    ----------
    kinds : ndarray of str, shape (n,)
    members : sequence of n tuples
        Positions of the polygons concerned.
    geometries : ndarray of geometry or None, shape (n,)
    area_m2, width_m, max_width_m : ndarray of float64, shape (n,)
    errors : ndarray of str or None, shape (n,)
    """

    kinds: GeometryArray
    members: Sequence[tuple[int, ...]]
    geometries: GeometryArray
    area_m2: FloatArray
    width_m: FloatArray
    max_width_m: FloatArray
    errors: GeometryArray

    @classmethod
    def of_polygons(
        cls,
        kind: TopologyFaultKind,
        members: Sequence[tuple[int, ...]],
        polygons: GeometryArray,
        tolerances: TopologyTolerances,
    ) -> "FaultRows":
        """Measure polygons, and keep those that are larger and wider than the least fault."""
        shapes = measure_shapes(polygons)
        area, widest = shapes.area_m2, largest_width(polygons, shapes)
        rows = cls(
            kinds=np.full(len(polygons), str(kind), dtype=object),
            members=members,
            geometries=polygons,
            area_m2=area,
            width_m=shapes.mean_width_m,
            max_width_m=widest,
            errors=np.full(len(polygons), None, dtype=object),
        )
        noise = NUMERICAL_NOISE_M if tolerances.least_width_m > 0 else 0.0
        return rows.chosen((area > tolerances.least_area_m2) & (widest > tolerances.least_width_m + noise))

    @classmethod
    def of_points(
        cls, kinds: GeometryArray, members: Sequence[tuple[int, ...]], points: GeometryArray, distance_m: FloatArray
    ) -> "FaultRows":
        """Make rows of vertices; their width is how far they are from where they should be."""
        unknown = np.full(len(points), np.nan)
        return cls(kinds, members, points, unknown, distance_m, distance_m, np.full(len(points), None, dtype=object))

    @classmethod
    def of_failures(
        cls, members: Sequence[tuple[int, ...]], errors: Sequence[str], geometries: GeometryArray
    ) -> "FaultRows":
        """Make rows of what could not be examined."""
        unknown = np.full(len(members), np.nan)
        kinds = np.full(len(members), str(TopologyFaultKind.NOT_EXAMINED), dtype=object)
        return cls(kinds, members, geometries, unknown, unknown, unknown, np.array([*errors, None], dtype=object)[:-1])

    @classmethod
    def joined(cls, several: Sequence["FaultRows"]) -> "FaultRows":
        """Put rows together."""
        return cls(
            kinds=np.concatenate([np.empty(0, dtype=object), *(rows.kinds for rows in several)]),
            members=[members for rows in several for members in rows.members],
            geometries=np.concatenate([np.empty(0, dtype=object), *(rows.geometries for rows in several)]),
            area_m2=np.concatenate([np.empty(0), *(rows.area_m2 for rows in several)]),
            width_m=np.concatenate([np.empty(0), *(rows.width_m for rows in several)]),
            max_width_m=np.concatenate([np.empty(0), *(rows.max_width_m for rows in several)]),
            errors=np.concatenate([np.empty(0, dtype=object), *(rows.errors for rows in several)]),
        )

    def chosen(self, which: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> "FaultRows":
        """Return some of the rows."""
        places = np.arange(len(self.members))[which]
        return FaultRows(
            self.kinds[places],
            [self.members[place] for place in places.tolist()],
            self.geometries[places],
            self.area_m2[places],
            self.width_m[places],
            self.max_width_m[places],
            self.errors[places],
        )

    def renumbered(self, positions: npt.NDArray[np.int64]) -> "FaultRows":
        """Return the rows of polygons that stand at these positions of a larger layer."""
        members = [tuple(positions[list(each)].tolist()) for each in self.members]
        return FaultRows(
            self.kinds, members, self.geometries, self.area_m2, self.width_m, self.max_width_m, self.errors
        )


def fault_frame(rows: FaultRows, ids: GeometryArray) -> gpd.GeoDataFrame:
    """Return faults as a table, ordered by kind, by the polygons concerned and by place."""
    places = shapely.point_on_surface(rows.geometries)
    x, y = shapely.get_x(places), shapely.get_y(places)
    rank = {str(kind): number for number, kind in enumerate(TopologyFaultKind)}
    keys = list(zip((rank[kind] for kind in rows.kinds), rows.members, x.tolist(), y.tolist(), strict=True))
    order = np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)
    named = np.empty(len(order), dtype=object)
    named[:] = [tuple(ids[list(rows.members[place])].tolist()) for place in order.tolist()]
    return gpd.GeoDataFrame(
        {
            "kind": pd.Series(rows.kinds[order], dtype=object),
            "ids": pd.Series(named, dtype=object),
            "area_m2": rows.area_m2[order],
            "width_m": rows.width_m[order],
            "max_width_m": rows.max_width_m[order],
            "x": x[order],
            "y": y[order],
            "error": pd.Series(rows.errors[order], dtype=object),
        },
        geometry=rows.geometries[order],
        crs=AREA_PLANE,
    )
