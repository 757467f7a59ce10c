"""Low-efficiency land (城镇低效用地): the gate, the indicators, their limits by zone and industry, and the verdict."""

from gis.efficiency.indicators import UseIndicator, measure_indicators
from gis.efficiency.judging import LowEfficiencyKind, LowEfficiencyResult, judge_land, judge_lands
from gis.efficiency.limits import IndicatorLimit, find_limit
from gis.efficiency.model import LandInUse, Storey
from gis.efficiency.testing import IndicatorTest, TestOutcome, run_indicator_tests

__all__ = [
    "IndicatorLimit",
    "IndicatorTest",
    "LandInUse",
    "LowEfficiencyKind",
    "LowEfficiencyResult",
    "Storey",
    "TestOutcome",
    "UseIndicator",
    "find_limit",
    "judge_land",
    "judge_lands",
    "measure_indicators",
    "run_indicator_tests",
]
