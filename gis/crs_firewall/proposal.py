"""What the reference system of a delivery most likely is, with the reason, and how it is applied once somebody has accepted it."""

from dataclasses import dataclass
from typing import Any

import pyproj
import shapely

from gis.arrays import FloatArray, GeometryArray, GeometryInput, as_geometry_array

__all__ = ["CRSProposal", "apply_proposal"]


@dataclass(frozen=True, slots=True)
class CRSProposal:
    """A likely reference system; nothing applies it but a person.

    Attributes
    ----------
    epsg : int
    swap_axes : bool
        Whether the file writes (northing, easting) or (lat, lon).
    reason_zh, reason_en : str
        What it was concluded from, a sentence.
    """

    epsg: int
    swap_axes: bool
    reason_zh: str
    reason_en: str

    @property
    def crs(self) -> pyproj.CRS:
        """The proposed reference system."""
        return pyproj.CRS.from_epsg(self.epsg)

    def as_json(self) -> dict[str, Any]:
        """Return the proposal as a report and a layer version record it."""
        return {
            "epsg": self.epsg,
            "name": self.crs.name,
            "swap_axes": self.swap_axes,
            "reason_zh": self.reason_zh,
            "reason_en": self.reason_en,
        }


def apply_proposal(geometries: GeometryInput, proposal: CRSProposal) -> GeometryArray:
    """Return geometries as the proposed reference system writes them: (easting, northing) or (lon, lat).

    Parameters
    ----------
    geometries : array_like of geometry or None, shape (n,)
        As the file has them. Z and M are kept.
    proposal : CRSProposal

    Returns
    -------
    ndarray of geometry, shape (n,)
        To be read in ``proposal.crs``.

    Examples
    --------
    >>> import shapely
    >>> from gis.crs_firewall import CRSProposal, apply_proposal
    >>> proposal = CRSProposal(4490, swap_axes=True, reason_zh="", reason_en="")
    >>> apply_proposal([shapely.Point(28.24, 113.08)], proposal)[0].wkt
    'POINT (113.08 28.24)'
    """
    array = as_geometry_array(geometries)
    if not proposal.swap_axes:
        return array
    has_z = shapely.has_z(array)
    array[~has_z] = shapely.transform(array[~has_z], _swap)
    array[has_z] = shapely.transform(array[has_z], _swap, include_z=True)
    return array


def _swap(coordinates: FloatArray) -> FloatArray:
    order = [1, 0, *range(2, coordinates.shape[1])]
    return coordinates[:, order]
