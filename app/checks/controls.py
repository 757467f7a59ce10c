"""A control layer as a check sees it on one day."""

from dataclasses import dataclass
from functools import lru_cache

import geopandas as gpd
import pyproj
import shapely

from app.db.models import Layer, LayerVersion
from gis.landuse.control_kinds import ControlKind
from gis.sagitta import LayerSource


@dataclass(frozen=True, slots=True)
class ControlData:
    """The areas of one version of a control layer.

    Attributes
    ----------
    areas : GeoDataFrame
        In the area plane; the index is the row id, columns ``feature_id``, ``name`` and ``control_zone`` ("" where the
        source names none).
    pieces : GeoDataFrame
        The areas cut small, in the area plane, with a column ``constraint_id``.
    coverage : geometry or None
        Where the layer is known, in the area plane; None when it does not say.
    """

    version: LayerVersion
    areas: gpd.GeoDataFrame
    pieces: gpd.GeoDataFrame
    coverage: shapely.Geometry | None


@dataclass(frozen=True, slots=True)
class ControlLayer:
    """A control layer, and its data where it has a version in force on the day."""

    layer: Layer
    data: ControlData | None

    @property
    def kind(self) -> ControlKind:
        """What the layer restricts."""
        return ControlKind(self.layer.control_kind or "")


def layer_source(version: LayerVersion) -> LayerSource:
    """Say what a layer was drawn in, which is what tells an artefact of the way coordinates are stored."""
    return _source(version.source_crs)


@lru_cache(maxsize=256)
def _source(crs: str) -> LayerSource:
    return LayerSource(crs=pyproj.CRS.from_user_input(crs))
