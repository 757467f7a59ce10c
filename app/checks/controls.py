"""A control layer as a check sees it on one day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, Self, TypeAlias

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from app.db.models import Layer, LayerVersion
from gis.arrays import BoolArray, GeometryArray, IntArray
from gis.crs import AREA_PLANE
from gis.landuse.control_kinds import ControlKind
from gis.sagitta import LayerSource


@dataclass(frozen=True, slots=True)
class _Copied:
    """Columns of a row, for whoever asks for them a thousand times: an attribute of a row of the ORM takes ten times as long."""

    @classmethod
    def of(cls, row: object) -> Self:
        """Copy the columns of a row that have the names of the fields."""
        return cls(**{field.name: getattr(row, field.name) for field in fields(cls)})


@dataclass(frozen=True, slots=True)
class LayerFacts(_Copied):
    """What a check asks of a layer."""

    id: int
    slug: str
    kind: str
    control_kind: str | None
    title_zh: str
    title_en: str
    mandatory: bool
    stale_after_days: int | None
    accuracy_m: float | None


@dataclass(frozen=True, slots=True)
class VersionFacts(_Copied):
    """What a check asks of a version."""

    id: int
    number: int
    sha256: str
    source_crs: str
    valid_from: date
    valid_to: date | None
    approval_no: str | None
    coverage_revision: int


#: A layer and a version as a check takes them: as the database holds them, or their facts.
AnyLayer: TypeAlias = Layer | LayerFacts
AnyVersion: TypeAlias = LayerVersion | VersionFacts


@dataclass(frozen=True)
class AreaTable:
    """Areas of a layer as columns. Frames of them are made when somebody asks: one of a few rows costs as much as the question of a site.

    Attributes
    ----------
    ids : ndarray of int64, shape (n,)
        Row ids.
    columns : mapping of str to ndarray of object, shape (n,)
        ``feature_id``, ``name`` and ``control_zone`` ("" where the source names none) among them.
    shapes : ndarray of Polygon or MultiPolygon, shape (n,)
        In the area plane.
    piece_owners : ndarray of int64, shape (m,)
        Row ids.
    piece_shapes : ndarray of Polygon, shape (m,)
        The areas cut small, in the area plane.
    """

    ids: IntArray
    columns: Mapping[str, GeometryArray]
    shapes: GeometryArray
    piece_owners: IntArray
    piece_shapes: GeometryArray

    @cached_property
    def areas(self) -> gpd.GeoDataFrame:
        """The areas; the index is the row id."""
        return gpd.GeoDataFrame(dict(self.columns), geometry=self.shapes, index=self.ids, crs=AREA_PLANE)

    @cached_property
    def pieces(self) -> gpd.GeoDataFrame:
        """The pieces, with a column ``constraint_id``."""
        return gpd.GeoDataFrame({"constraint_id": self.piece_owners}, geometry=self.piece_shapes, crs=AREA_PLANE)

    @cached_property
    def _position(self) -> dict[int, int]:
        return {row_id: position for position, row_id in enumerate(self.ids.tolist())}

    def values(self, name: str, row_ids: Iterable[int]) -> list[Any]:
        """Return a column's values of some areas."""
        column = self.columns[name]
        return [column[self._position[row_id]] for row_id in row_ids]

    def row(self, row_id: int) -> dict[str, Any]:
        """Return the values of one area."""
        at = self._position[row_id]
        return {name: values[at] for name, values in self.columns.items()}

    def take(self, chosen: BoolArray) -> "AreaTable":
        """Return some of the areas with their pieces."""
        columns = {name: values[chosen] for name, values in self.columns.items()}
        kept = np.isin(self.piece_owners, self.ids[chosen])
        return AreaTable(
            self.ids[chosen], columns, self.shapes[chosen], self.piece_owners[kept], self.piece_shapes[kept]
        )


def column(values: Iterable[Any]) -> GeometryArray:
    """Return a column of an :class:`AreaTable`."""
    listed = list(values)
    filled: GeometryArray = np.empty(len(listed), dtype=object)
    filled[:] = listed
    return filled


@dataclass(frozen=True, slots=True)
class ControlData:
    """The areas of one version of a control layer.

    Attributes
    ----------
    coverage : geometry or None
        Where the layer is known, in the area plane; None when it does not say.
    """

    version: AnyVersion
    table: AreaTable
    coverage: shapely.Geometry | None

    @property
    def areas(self) -> gpd.GeoDataFrame:
        """See :class:`AreaTable`."""
        return self.table.areas

    @property
    def pieces(self) -> gpd.GeoDataFrame:
        """See :class:`AreaTable`."""
        return self.table.pieces


@dataclass(frozen=True, slots=True)
class ControlLayer:
    """A control layer, and its data where it has a version in force on the day."""

    layer: AnyLayer
    data: ControlData | None

    @property
    def kind(self) -> ControlKind:
        """What the layer restricts."""
        return ControlKind(self.layer.control_kind or "")


def layer_source(version: AnyVersion) -> LayerSource:
    """Say what a layer was drawn in, which is what tells an artefact of the way coordinates are stored."""
    return _source(version.source_crs)


@lru_cache(maxsize=256)
def _source(crs: str) -> LayerSource:
    return LayerSource(crs=pyproj.CRS.from_user_input(crs))
