"""Plans compared: hand-computed squares, and a plain loop for random zones."""

from collections import defaultdict
from fractions import Fraction

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.crs import AREA_PLANE
from gis.partition import partition_layers
from gis.plans.comparison import ConflictClass, HardLine, PlanCodes, classify_conflicts, compare_plans
from gis.plans.statuses import PlanStatus
from gis.plans.summary import LAND_CLASS_ROWS, class_areas, close_table, code_matrix, land_class_matrix, status_matrix

X0, Y0 = 12_579_000.0, 2_980_000.0
CITY, LAND = "GB 50137-2011", "TD/T 1027-2010"


def squares(*boxes: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    polygons = [shapely.box(x1 + X0, y1 + Y0, x2 + X0, y2 + Y0) for x1, y1, x2, y2 in boxes]
    return gpd.GeoDataFrame(index=range(len(boxes)), geometry=polygons, crs=AREA_PLANE)


def codes(version: str, *written: str | None) -> PlanCodes:
    return PlanCodes(written, [version] * len(written))


@pytest.fixture(scope="module")
def compared():
    """Compare a city plan of two zones beside each other with a land-use plan of two zones one above the other."""
    partition = partition_layers(
        {
            "city": squares((0, 0, 10, 20), (10, 0, 20, 20)),
            "land": squares((0, 0, 30, 10), (0, 10, 20, 20)),
            "redline": squares((5, 5, 15, 15), (18, 0, 30, 2)),
            "boundary": squares((0, 0, 12, 20)),
        }
    )
    plans = {"city": codes(CITY, "R2", "E2"), "land": codes(LAND, "2110", "1100")}
    lines = [
        HardLine("redline.core", "redline", np.array([True, False])),
        HardLine("redline.general", "redline", np.array([False, True])),
        HardLine("outside_boundary", "boundary", outside=True),
    ]
    return compare_plans(partition, plans, lines=lines)


def test_every_class_has_its_area(compared):
    found = class_areas(compared).loc["all"].to_dict()
    assert found == pytest.approx(
        {"agreed_construction": 100.0, "conflict": 200.0, "agreed_non_construction": 100.0, "gap": 100.0}
    )


def test_the_compared_area_is_where_a_plan_has_a_zone(compared):
    assert compared.areas_m2.sum() == pytest.approx(500.0)


def test_the_matrix_has_missing_data_as_a_row_of_its_own(compared):
    table = status_matrix(compared, "city", "land")
    assert table.loc["construction", "construction"] == pytest.approx(100.0)
    assert table.loc["construction", "non_construction"] == pytest.approx(100.0)
    assert table.loc["non_construction", "construction"] == pytest.approx(100.0)
    assert table.loc["non_construction", "non_construction"] == pytest.approx(100.0)
    assert table.loc["no_data", "construction"] == pytest.approx(100.0)
    assert table.to_numpy().sum() == pytest.approx(500.0)


def test_the_matrix_of_codes_keeps_what_the_plans_wrote(compared):
    table = code_matrix(compared, "city", "land")
    assert table.loc["R2", "1100"] == pytest.approx(100.0)
    assert table.loc["", "2110"] == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("line", "area"), [("redline.core", 100.0), ("redline.general", 24.0), ("outside_boundary", 260.0)]
)
def test_a_line_touches_the_ground_inside_or_outside_of_it(compared, line, area):
    assert compared.areas_m2[compared.touches(line)].sum() == pytest.approx(area)


def test_lines_and_conflicts_meet_in_cells(compared):
    is_conflict = compared.classes == ConflictClass.CONFLICT
    assert compared.areas_m2[is_conflict & compared.touches("redline.core")].sum() == pytest.approx(50.0)


def test_a_scope_bounds_the_compared_area_and_shows_what_no_plan_reaches():
    partition = partition_layers({"city": squares((0, 0, 10, 10)), "scope": squares((5, 0, 20, 10))})
    compared = compare_plans(partition, {"city": codes(CITY, "R2")}, scope="scope")
    found = class_areas(compared).loc["all"].to_dict()
    assert found == pytest.approx({"agreed_construction": 50.0, "gap": 100.0})


def test_a_plan_that_contradicts_itself_is_a_class_of_its_own():
    partition = partition_layers({"city": squares((0, 0, 10, 10), (8, 0, 20, 10)), "land": squares((0, 0, 20, 10))})
    plans = {"city": codes(CITY, "R2", "E2"), "land": codes(LAND, "2110")}
    compared = compare_plans(partition, plans)
    assert class_areas(compared).loc["all", "contradiction"] == pytest.approx(20.0)
    assert code_matrix(compared, "city", "land").loc["E2+R2", "2110"] == pytest.approx(20.0)


def test_units_split_the_sums(compared):
    units = np.where(compared.touches("outside_boundary"), "out", "in").tolist()
    table = class_areas(compared, units)
    assert table.loc["out"].sum() == pytest.approx(260.0)
    assert table.loc["in"].sum() == pytest.approx(240.0)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ("222", ConflictClass.AGREED_CONSTRUCTION),
        ("111", ConflictClass.AGREED_NON_CONSTRUCTION),
        ("221", ConflictClass.CONFLICT),
        ("201", ConflictClass.CONFLICT),
        ("200", ConflictClass.GAP),
        ("110", ConflictClass.GAP),
        ("000", ConflictClass.GAP),
        ("230", ConflictClass.CONTRADICTION),
        ("321", ConflictClass.CONTRADICTION),
    ],
)
def test_three_plans_say_one_thing_together(statuses, expected):
    assert classify_conflicts(np.array([[int(said) for said in statuses]])).tolist() == [expected]


@pytest.mark.parametrize(
    ("plans", "message"),
    [
        ({}, "needs a plan"),
        ({"sea": codes(CITY, "R2")}, "no layer 'sea'; it has city"),
        ({"city": codes(CITY, "R2", "E2")}, "has 1 zones and 2 codes"),
        ({"city": PlanCodes(["R2"], [CITY, CITY])}, "has 1 zones and 2 code versions"),
    ],
)
def test_what_does_not_fit_the_partition_is_refused(plans, message):
    partition = partition_layers({"city": squares((0, 0, 10, 10))})
    with pytest.raises(ValueError, match=message):
        compare_plans(partition, plans)


def test_lines_of_one_name_share_a_bit():
    partition = partition_layers(
        {"city": squares((0, 0, 10, 10)), "one": squares((0, 0, 2, 10)), "two": squares((1, 0, 4, 10))}
    )
    lines = [HardLine("redline", "one"), HardLine("redline", "two")]
    compared = compare_plans(partition, {"city": codes(CITY, "R2")}, lines=lines)
    assert compared.lines == ("redline",)
    assert compared.areas_m2[compared.touches("redline")].sum() == pytest.approx(40.0)


def test_more_lines_than_a_mask_holds_are_refused():
    partition = partition_layers({"city": squares((0, 0, 10, 10))})
    lines = [HardLine(f"line-{number}", "city") for number in range(63)]
    with pytest.raises(ValueError, match="at most 62 lines; it got 1 and 63"):
        compare_plans(partition, {"city": codes(CITY, "R2")}, lines=lines)


boxes = st.tuples(*[st.integers(0, 12)] * 4).filter(lambda box: box[0] != box[2] and box[1] != box[3])
zones = st.lists(
    st.tuples(boxes, st.sampled_from(["R2", "M1", "E2", None])).map(
        lambda zone: (shapely.box(*np.sort(np.reshape(zone[0], (2, 2)), axis=0).ravel()), zone[1])
    ),
    min_size=1,
    max_size=5,
)


def plain_class(said: list[set[str]]) -> ConflictClass:
    """Say the class of one unit square from the sets of codes that each plan has there, in words."""
    answers = []
    for of_plan in said:
        kinds = {"none" if code is None else "non" if code[0] == "E" else "construction" for code in of_plan}
        if {"non", "construction"} <= kinds:
            return ConflictClass.CONTRADICTION
        answers.append(kinds.pop() if len(kinds) == 1 else "none")
    if {"non", "construction"} <= set(answers):
        return ConflictClass.CONFLICT
    if "none" in answers:
        return ConflictClass.GAP
    return ConflictClass.AGREED_CONSTRUCTION if "construction" in answers else ConflictClass.AGREED_NON_CONSTRUCTION


@settings(max_examples=60, deadline=None)
@given(st.lists(zones, min_size=1, max_size=3))
def test_random_plans_have_the_classes_that_a_plain_loop_over_unit_squares_finds(drawn):
    frames, said = {}, {}
    for number, plan in enumerate(drawn):
        moved = shapely.transform(np.array([box for box, _ in plan], dtype=object), lambda xy: np.add(xy, (X0, Y0)))
        frames[f"plan-{number}"] = gpd.GeoDataFrame(index=range(len(plan)), geometry=moved, crs=AREA_PLANE)
        said[f"plan-{number}"] = codes(CITY, *(code for _, code in plan))
    compared = compare_plans(partition_layers(frames), said)
    expected: dict[str, float] = defaultdict(float)
    for x in range(12):
        for y in range(12):
            middle = shapely.Point(x + 0.5, y + 0.5)
            here = [{code for box, code in plan if box.contains(middle)} for plan in drawn]
            if any(here):
                # No zone at all is no data, like a zone without a code.
                expected[plain_class([of_plan or {None} for of_plan in here])] += 1.0
    assert class_areas(compared).loc["all"].to_dict() == pytest.approx(dict(expected))


@given(st.lists(st.lists(st.floats(0, 1e9), min_size=3, max_size=3), min_size=1, max_size=6))
def test_a_closed_table_sums_to_its_rounded_total(numbers):
    table = pd.DataFrame(numbers)
    closed = close_table(table, square_metres_per_unit=10_000, places=2)
    total = Fraction(sum(cell for row in closed for cell in row))
    assert abs(total - Fraction(float((table.to_numpy() / 10_000).sum()))) <= Fraction(1, 200)


def test_statuses_have_the_meaning_that_results_are_stored_with():
    assert {status.name: status.value for status in PlanStatus} == {
        "NO_DATA": 0,
        "NON_CONSTRUCTION": 1,
        "CONSTRUCTION": 2,
        "CONTRADICTION": 3,
    }


def test_the_matrix_of_land_classes_has_what_is_unclear_and_missing_as_rows_of_their_own(compared):
    table = land_class_matrix(compared, "city", "land", {"city": "GB 50137-2011", "land": "TD/T 1027-2010"})
    assert list(table.index) == list(table.columns) == list(LAND_CLASS_ROWS)
    assert table.loc["construction", "agricultural"] == pytest.approx(100.0)
    assert table.loc["no_data", "construction"] == pytest.approx(100.0)
    assert table.to_numpy().sum() == pytest.approx(500.0)
    unknown = land_class_matrix(compared, "city", "land", {"city": None, "land": "TD/T 1027-2010"})
    assert unknown.loc["unclear"].sum() == pytest.approx(400.0)
    assert unknown.to_numpy().sum() == pytest.approx(500.0)
