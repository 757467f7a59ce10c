"""The administrative unit of each cell of a comparison."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gis.partition_model import Partition
from gis.plans.comparison import PlanComparison

__all__ = ["OUTSIDE", "cell_units"]

#: What lies in no unit.
OUTSIDE = ""
#: Between the names of units that claim the same ground.
CLAIMED_BY_SEVERAL = "+"


def cell_units(
    partition: Partition, comparison: PlanComparison, layer: str, names: Sequence[str]
) -> npt.NDArray[np.object_]:
    """Tell in which unit each cell of a comparison lies.

    Parameters
    ----------
    partition : Partition
        Of the plans and of the layer of units.
    comparison : PlanComparison
        Of the partition, with m cells.
    layer : str
        The layer of units.
    names : sequence of str
        Of its polygons, in their order.

    Returns
    -------
    ndarray of object, shape (m,)
        ``OUTSIDE`` where there is no unit; where units overlap, all their names joined by a plus sign: no area is counted for two units.

    Raises
    ------
    ValueError
        When the partition has no such layer, or names are not as many as its polygons.

    Examples
    --------
    >>> import geopandas, shapely
    >>> from gis.crs import AREA_PLANE
    >>> from gis.partition import partition_layers
    >>> from gis.plans.comparison import PlanCodes, compare_plans
    >>> def layer(*boxes):
    ...     return geopandas.GeoDataFrame(geometry=[shapely.box(*box) for box in boxes], crs=AREA_PLANE)
    >>> partition = partition_layers({"plan": layer((0, 0, 30, 10)), "towns": layer((0, 0, 10, 10), (10, 0, 20, 10))})
    >>> compared = compare_plans(partition, {"plan": PlanCodes(["R2"], ["GB 50137-2011"])})
    >>> units = cell_units(partition, compared, "towns", ["A", "B"])
    >>> {unit: float(compared.areas_m2[units == unit].sum()) for unit in sorted(set(units))}
    {'': 100.0, 'A': 100.0, 'B': 100.0}
    """
    found = [(position, each) for position, each in enumerate(partition.layers) if each.name == layer]
    if not found or len(found[0][1].polygons) != len(names):
        message = f"Expected a layer {layer!r} of {len(names)} polygons in the partition."
        raise ValueError(message)
    position, units = found[0]
    claims: list[list[str]] = [[] for _ in range(len(units.flat.pieces))]
    for piece, polygon in units.flat.memberships.tolist():
        claims[piece].append(names[polygon])
    said = np.array([CLAIMED_BY_SEVERAL.join(sorted(set(claim))) for claim in claims] + [OUTSIDE], dtype=object)
    pieces = partition.vectors[comparison.cells, position]
    result: npt.NDArray[np.object_] = said[np.where(pieces >= 0, pieces, len(claims))]
    return result
