"""A first look at a file: the bounds of every feature and some of the geometries, without its attributes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from gis.arrays import FloatArray, GeometryArray

__all__ = ["CoordinateScan", "scan_coordinates"]

_SAMPLE: Final = 2_000


@dataclass(frozen=True, slots=True)
class CoordinateScan:
    """Bounds of every feature, shape (n, 4), NaN where there is no geometry; and the first geometries, as the file has them."""

    bounds: FloatArray
    sample: GeometryArray


def scan_coordinates(batches: Iterable[GeometryArray]) -> CoordinateScan:
    """Gather what :func:`gis.crs_firewall.examine_crs` looks at.

    Parameters
    ----------
    batches : iterable of ndarray of geometry or None
        All geometries of a file, in the order of its rows.

    Returns
    -------
    CoordinateScan

    Examples
    --------
    >>> import numpy as np, shapely
    >>> from gis.crs_firewall.scanning import scan_coordinates
    >>> scan_coordinates([np.array([shapely.box(0, 1, 2, 3), None])]).bounds.tolist()
    [[0.0, 1.0, 2.0, 3.0], [nan, nan, nan, nan]]
    """
    bounds, sample, kept = [], [], 0
    for geometries in batches:
        with np.errstate(invalid="ignore"):
            found = shapely.bounds(geometries)
        # A coordinate that is not finite says nothing of how the others are written; the feature is rejected where it stands.
        found[~np.isfinite(found).all(axis=1)] = np.nan
        bounds.append(found)
        if kept < _SAMPLE:
            sample.append(geometries[: _SAMPLE - kept])
            kept += len(sample[-1])
    if not bounds:
        return CoordinateScan(np.empty((0, 4)), np.empty(0, dtype=object))
    return CoordinateScan(np.concatenate(bounds), np.concatenate(sample))
