"""One side of an overlay, whatever it was read from."""

from dataclasses import dataclass

import geopandas as gpd
import shapely

from gis.sagitta import LayerSource


@dataclass(frozen=True, slots=True)
class OverlaySide:
    """One side, ready to be overlaid.

    Attributes
    ----------
    frame : GeoDataFrame
        In the area plane, index from 1 on, with the source's fields.
    read, repaired, rejected : int
        How many features there were, were repaired, and could not be used.
    coverage : geometry or None
        Where the side says it is known, in the area plane; None when it does not say.
    """

    name: str
    frame: gpd.GeoDataFrame
    source: LayerSource
    read: int
    repaired: int
    rejected: int
    coverage: shapely.Geometry | None
