"""How time and memory grow with the number of parcels and with the vertices of a red line."""

from typing import Any, ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.contestants import Contestant, geometries_of
from benchmarks.model import Case, Goal
from benchmarks.overlaps import overlap_answer
from gis.arrays import GeometryArray
from gis.crs import AREA_PLANE
from gis.overlay import measure_overlaps
from gis.subdivide import subdivide

__all__ = ["CASES"]

_SAMPLE = 500
_GB = 1e9


class _Growth(Contestant):
    """Measures parcels against red lines that were cut when they were imported, and checks a sample of the answer by itself."""

    parcel_layer: ClassVar[str]
    red_line_layer: ClassVar[str]
    parcels: gpd.GeoDataFrame
    red_lines: gpd.GeoDataFrame
    pieces: gpd.GeoDataFrame | None = None

    def prepare(self) -> None:
        self.parcels, self.red_lines = self.inputs.frame(self.parcel_layer), self.inputs.frame(self.red_line_layer)
        measure_overlaps(self.parcels.iloc[:100], self.red_lines, with_geometry=True)

    def run(self) -> pd.DataFrame:
        return measure_overlaps(self.parcels, self.red_lines, pieces=self.pieces)

    def answer(self, result: pd.DataFrame) -> pd.DataFrame:
        assert result["error"].isna().all()
        found = result[result["target_share"] < 1]
        found = found.sample(min(_SAMPLE, len(found)), random_state=0)
        parcels = geometries_of(self.parcels, found["target_id"])
        red_lines = geometries_of(self.red_lines, found["constraint_group"])
        apart = np.abs(shapely.area(shapely.intersection(parcels, red_lines)) - found["overlap_area_m2"].to_numpy())
        assert len(found)
        assert (apart <= 1e-9 * shapely.area(parcels)).all()
        return overlap_answer(result["target_id"], result["constraint_group"], result["overlap_area_m2"])


class _Parcels(_Growth):
    def prepare(self) -> None:
        super().prepare()
        pieces, source = subdivide(self.red_lines.geometry.to_numpy())
        constraint_id = self.red_lines.index.to_numpy()[source]
        self.pieces = gpd.GeoDataFrame({"constraint_id": constraint_id}, geometry=pieces, crs=AREA_PLANE)

    def facts(self) -> dict[str, float]:
        return {"parcels": len(self.parcels)}


class _Vertices(_Growth):
    parcel_layer = "parcel"

    def facts(self) -> dict[str, float]:
        red_line = self.red_lines.geometry.to_numpy()
        return {
            "vertices": float(shapely.get_num_coordinates(red_line).sum()),
            "border_pairs": float(_border_pairs(self.parcels.geometry.to_numpy(), red_line)),
        }


def _border_pairs(parcels: GeometryArray, red_lines: GeometryArray) -> int:
    return len(shapely.STRtree(parcels).query(shapely.boundary(red_lines), predicate="intersects")[0])


def _contestant(base: type[_Growth], name: str, **body: Any) -> type[_Growth]:  # noqa: ANN401 - attributes
    return type(base.__name__[1:], (base,), {"name": name, **body})


def _per(one: str, other: str, fact: str) -> Any:  # noqa: ANN401 - a goal's number
    def number(medians: Any, ratio: Any) -> float:  # noqa: ANN401
        share: float = medians[other].facts[fact] / medians[one].facts[fact]
        return float(ratio(one, other)) * share

    return number


_QUARTER, _WHOLE, _FOURFOLD = "a quarter of the city", "the city", "a city four times as large"
_SIZES = (
    _contestant(_Parcels, _WHOLE, parcel_layer="parcel", red_line_layer="red_line"),
    _contestant(_Parcels, _QUARTER, parcel_layer="parcel_quarter", red_line_layer="red_line_quarter"),
    _contestant(_Parcels, _FOURFOLD, parcel_layer="parcel_fourfold", red_line_layer="red_line_fourfold"),
)
_LINES = tuple(
    _contestant(_Vertices, f"a red line of {vertices:,} vertices", red_line_layer=f"red_line_{vertices}")
    for vertices in (1_000, 10_000, 100_000)
)

CASES = (
    Case(
        key="growth-parcels",
        title="Growth with the number of parcels",
        note="A larger city has more ground, with as many parcels and red lines on each square kilometre. The red lines were cut beforehand, as at import.",
        layers=tuple(layer for size in _SIZES for layer in (size.parcel_layer, size.red_line_layer)),
        contestants=_SIZES,
        goals=(
            Goal(
                "growth: time per parcel of 800,000 against 50,000",
                (_FOURFOLD, _QUARTER),
                _per(_FOURFOLD, _QUARTER, "parcels"),
                1.3,
                at_most=True,
            ),
            Goal(
                "growth: memory of the whole process for 800,000 parcels",
                (_FOURFOLD,),
                lambda medians, _: medians[_FOURFOLD].peak_bytes / _GB,
                1.5,
                at_most=True,
                unit="GB",
            ),
        ),
    ),
    Case(
        key="growth-vertices",
        title="Growth with the vertices of a red line",
        note="One red line of the same shape, drawn ever finer, against all parcels; cutting it is counted.",
        layers=("parcel", *(line.red_line_layer for line in _LINES)),
        contestants=_LINES,
        goals=(
            Goal(
                "growth: time per border pair of a red line of 100,000 vertices against 10,000",
                (_LINES[2].name, _LINES[1].name),
                _per(_LINES[2].name, _LINES[1].name, "border_pairs"),
                2,
                at_most=True,
            ),
        ),
    ),
)
