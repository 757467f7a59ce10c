"""Certainty of every overlap from the survey accuracy of the red lines, against the plain verdict."""

import geopandas as gpd
import pandas as pd

from benchmarks.contestants import Contestant
from benchmarks.model import Case, ratio_of
from benchmarks.overlaps import PairwiseOracle, overlap_answer
from gis.certainty import judge_certainty
from gis.overlay import measure_overlaps

__all__ = ["CASE"]

_ACCURACY_M = 2.0
_LIMIT_M2 = 1.0


class PlainVerdict(Contestant):
    name = "duogui, plain verdict"
    parcels: gpd.GeoDataFrame
    red_lines: gpd.GeoDataFrame

    def prepare(self) -> None:
        parcels, self.red_lines = self.inputs.frame("parcel"), self.inputs.frame("red_line")
        self.parcels = parcels.iloc[:100]
        self.run()
        self.parcels = parcels

    def run(self) -> pd.DataFrame:
        return measure_overlaps(self.parcels, self.red_lines)

    def answer(self, result: pd.DataFrame) -> pd.DataFrame:
        assert result["error"].isna().all()
        return overlap_answer(result["target_id"], result["constraint_group"], result["overlap_area_m2"])


class WithCertainty(PlainVerdict):
    name = "duogui, verdict and certainty"
    judged: pd.DataFrame

    def run(self) -> pd.DataFrame:
        overlaps = super().run()
        self.judged = judge_certainty(
            overlaps, self.parcels, self.red_lines, accuracy_m=_ACCURACY_M, area_limit_m2=_LIMIT_M2
        )
        return self.judged

    def facts(self) -> dict[str, float]:
        return {str(name): float(count) for name, count in self.judged["certainty"].value_counts().items()}


CASE = Case(
    key="certainty",
    title="Certainty from survey accuracy",
    note=f"Red lines surveyed to {_ACCURACY_M:g} m, overlaps over {_LIMIT_M2:g} m² count.",
    layers=("parcel", "red_line"),
    contestants=(PlainVerdict, WithCertainty),
    oracle=PairwiseOracle,
    goals=(
        ratio_of(
            "certainty: verdict and certainty against the plain verdict", WithCertainty.name, PlainVerdict.name, 2.5
        ),
    ),
)
