"""A comparison by administrative unit closes on the compared area."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from app.plans.errors import ComparisonCancelledError, PlansNotComparableError
from app.plans.service import compare
from app.plans.units import sum_by_unit

AS_OF = date(2026, 6, 30)


@pytest.fixture
def comparison(differing_plans: Engine, import_squares: Any) -> int:
    """Compare the plans; two townships, of which the second begins in the middle of a square and overlaps the first."""
    columns = {"control_name": ["甲镇", "乙镇"], "control_code": ["A", "B"]}
    import_squares("towns", "jurisdiction", [(0.5, 0), (1, 0)], columns, date(2015, 1, 1))
    number: int = compare(differing_plans, plans=["city", "land"], as_of=AS_OF, actor="test")["plan_comparison_id"]
    return number


def test_every_unit_has_its_classes_and_all_rows_close_on_the_compared_area(differing_plans: Engine, comparison: int):
    result = sum_by_unit(differing_plans, comparison, "towns")
    total = result["compared_area"]["area_m2"]
    shares = {row["name"] or row["unit"]: row["area"]["area_m2"] / total for row in result["rows"]}
    # Six squares: half of (0, 0) is the first township's, half of (1, 0) claimed by both, the other half the second's.
    assert shares["甲镇"] == pytest.approx(1 / 12, abs=1e-4)
    assert shares["乙镇"] == pytest.approx(1 / 12, abs=1e-4)
    assert shares[None] == pytest.approx(9 / 12, abs=1e-4)
    (claimed,) = [row for row in result["rows"] if "+" in (row["unit"] or "")]
    assert claimed["area"]["area_m2"] / total == pytest.approx(1 / 12, abs=1e-4)
    for unit in ("area_m2", "area_ha", "area_mu"):
        assert sum(row["area"][unit] for row in result["rows"]) == pytest.approx(
            result["compared_area"][unit], abs=1e-6
        )
        cells = [item[unit] for row in result["rows"] for item in row["classes"]]
        assert sum(cells) == pytest.approx(result["compared_area"][unit], abs=1e-6)
    first = next(row for row in result["rows"] if row["name"] == "甲镇")
    assert {item["class"] for item in first["classes"] if item["area_m2"] > 0} == {"agreed_construction"}


def test_a_plan_that_was_published_anew_for_that_day_is_compared_first(
    differing_plans: Engine, comparison: int, import_squares: Any
):
    places = [(0, 0), (1, 0), (2, 0), (3, 0), (1, 1)]
    codes = {"zone_code": ["2110", "2110", "2110", "1100", "1200"]}
    import_squares("land", "plan", places, codes, date(2024, 1, 1), "TD/T 1027-2010")
    with pytest.raises(PlansNotComparableError, match=r"Version 2 of land .* compare again"):
        sum_by_unit(differing_plans, comparison, "towns")


def test_a_cancelled_sum_is_no_sum(differing_plans: Engine, comparison: int):
    with pytest.raises(ComparisonCancelledError):
        sum_by_unit(differing_plans, comparison, "towns", cancelled=lambda: True)
