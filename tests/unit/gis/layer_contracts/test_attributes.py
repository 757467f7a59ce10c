"""The values of a delivery against its contract: every fault with its row, in one batch or in several."""

import math
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.formats.reading import FeatureBatch
from gis.landuse.counties import County, CountyTable, shipped_counties
from gis.layer_contracts import AttributeExaminer, BatchContext, examine_attributes, load_contract
from gis.layer_contracts.columns import Column, as_number
from gis.validation import Fault

TODAY = date(2026, 6, 30)
PARCEL, PLAN = load_contract("parcel"), load_contract("plan")
CODE = "430121001001GB0000{}"
PARCELS = {"parcel_code": "ZDDM"}


def batch_of(*rows: dict[str, Any], first_row: int = 1) -> FeatureBatch:
    nothing = np.full(len(rows), None, dtype=object)
    return FeatureBatch(first_row, nothing, nothing, list(rows))


def examine(rows: list[dict[str, Any]], mapping: Mapping[str, str], contract=PARCEL, **named) -> list[Fault]:
    return examine_attributes(contract, mapping, batch_of(*rows), today=TODAY, **named)


def told(faults: list[Fault]) -> list[tuple[int | None, str, str | None]]:
    return [(fault.source_row, fault.kind, fault.found) for fault in faults]


def parcels(**columns: list[Any]) -> list[dict[str, Any]]:
    count = len(next(iter(columns.values())))
    base = [{"ZDDM": CODE.format(row)} for row in range(count)]
    return [row | {name: values[position] for name, values in columns.items()} for position, row in enumerate(base)]


def test_right_attributes_have_no_fault():
    rows = parcels(YT=["0601", "0701"], ZL=["一路", None], DJSJ=["2024-03-01", date(2025, 1, 1)], QLLX=["3", 5.0])
    mapping = PARCELS | {
        "land_use_code": "YT",
        "code_version": "=GB/T 21010-2017",
        "name": "ZL",
        "registered_on": "DJSJ",
        "right_type": "QLLX",
    }
    assert examine(rows, mapping) == []


@pytest.mark.parametrize("empty", [None, "", "   ", float("nan")])
def test_an_empty_required_value_is_missing(empty: Any):
    assert told(examine([{"ZDDM": empty}], PARCELS)) == [(1, "value_missing", None)]


def test_an_optional_value_may_be_empty():
    assert examine(parcels(ZL=[None, ""]), PARCELS | {"name": "ZL"}) == []


@pytest.mark.parametrize(
    ("target", "value", "kind", "found"),
    [
        ("registered_on", "2024-02-30", "date_impossible", "2024-02-30"),
        ("registered_on", "last year", "date_impossible", "last year"),
        ("registered_on", "2026-07-01", "date_in_future", "2026-07-01"),
        ("area_registered_m2", "twelve", "value_type", "twelve"),
        ("area_registered_m2", -3.0, "value_domain", "-3"),
        ("right_type", "99", "value_not_listed", "99"),
        ("right_nature", "x", "value_not_listed", "x"),
        ("name", "长" * 501, "value_too_long", "501"),
        ("holder", 1.0e17, "value_lost_digits", "100000000000000000"),
        ("code_version", "GB/T 1", "value_not_listed", "GB/T 1"),
        ("unit_code", "430121001001GB00000W00000001", "parcel_code_form", "430121001001GB00000W00000001"),
        ("unit_code", "430121001001GB00009W00000000", "parcel_code_contradicted", "430121001001GB00009W00000000"),
        ("feature_letters", "JC", "parcel_code_contradicted", "JC"),
        ("feature_letters", "GC", "parcel_code_feature", "GC"),
    ],
)
def test_each_wrong_value_is_named(target: str, value: Any, kind: str, found: str):
    faults = examine(parcels(V=[value]), PARCELS | {target: "V"})
    assert [(fault.kind, fault.found, fault.field, fault.source_row) for fault in faults] == [(kind, found, "V", 1)]
    assert found in faults[0].text_zh
    assert found in faults[0].text_en


@pytest.mark.parametrize(
    ("target", "value", "kind"),
    [
        ("floor_area_ratio_max", 120.0, "value_domain"),
        ("building_density_max", 140, "value_domain"),
        ("green_ratio_min", "35%", "value_type"),
        ("approved_on", "20261231", "date_in_future"),
    ],
)
def test_the_domains_of_a_plan_are_examined(target: str, value: Any, kind: str):
    rows = [{"YDDM": "R2", "V": value}]
    faults = examine(rows, {"zone_code": "YDDM", "code_version": "=GB 50137-2011", target: "V"}, PLAN)
    assert [fault.kind for fault in faults] == [kind]


def test_a_fault_of_the_parcel_code_is_not_told_again_by_what_repeats_it():
    rows = [{"ZDDM": "430121001001GA00001", "BDCDYH": "430121001001GA00001W00000000", "ZDTZM": "GA"}]
    mapping = PARCELS | {"unit_code": "BDCDYH", "feature_letters": "ZDTZM"}
    assert told(examine(rows, mapping)) == [(1, "parcel_code_feature", "GA")]


def test_land_use_codes_are_looked_up_in_the_version_that_each_row_states():
    rows = parcels(
        YT=["0601", "1001", "M2", "9999", "060101", None],
        V=["GB/T 21010-2017", "GUIDE-2023", "GUIDE-2023", "GUIDE-2023", "GUIDE-2023", None],
    )
    faults = examine(rows, PARCELS | {"land_use_code": "YT", "code_version": "V"})
    assert told(faults) == [(3, "code_other_version", "M2"), (4, "code_unknown", "9999")]
    assert "GB 50137-2011" in faults[0].text_en


def test_codes_without_a_version_are_not_looked_up_and_the_examiner_knows_them():
    examiner = AttributeExaminer(PARCEL, PARCELS | {"land_use_code": "YT"}, TODAY)
    assert examiner.examine(batch_of(*parcels(YT=["nonsense"]))) == []
    assert examiner.codes.without_version == {"nonsense"}


def test_a_local_subdivision_is_noted_once_with_its_number_of_features():
    faults = examine(
        parcels(YT=["060109", "0601", "060109"]), PARCELS | {"land_use_code": "YT", "code_version": "=GUIDE-2023"}
    )
    assert told(faults) == [(1, "code_local", "060109")]
    assert "2 features" in faults[0].text_en


def test_translation_tells_what_a_person_must_decide():
    rows = [{"DLBM": code} for code in ("0601", "08H2", "0601", "9999")]
    examiner = AttributeExaminer(
        load_contract("reference"), {"feature_code": "DLBM", "code_version": "=TD/T 1055-2019"}, TODAY, "GUIDE-2023"
    )
    assert told(examiner.examine(batch_of(*rows))) == [(4, "code_unknown", "9999")]
    mapped, review = examiner.finish()
    assert (mapped.kind, mapped.found, mapped.expected, mapped.severity.value) == (
        "code_mapped",
        "0601",
        "1001 工业用地",
        "note",
    )
    assert (review.kind, review.found, review.severity.value) == ("code_needs_review", "08H2", "warning")
    assert str(review.expected).count(",") == 5


def test_an_identifier_that_occurs_again_is_named_with_its_first_row_also_across_batches():
    examiner = AttributeExaminer(PARCEL, PARCELS, TODAY)
    rows = [
        {"ZDDM": CODE.format(1)},
        {"ZDDM": CODE.format(2)},
        {"ZDDM": CODE.format(1)},
        {"ZDDM": None},
        {"ZDDM": None},
    ]
    first = examiner.examine(batch_of(*rows[:2]))
    second = examiner.examine(batch_of(*rows[2:], first_row=3))
    assert first == []
    assert [(fault.source_row, fault.kind, fault.expected) for fault in second] == [
        (3, "key_duplicate", "1"),
        (4, "value_missing", None),
        (5, "value_missing", None),
    ]


def test_features_that_repeat_others_are_not_examined_again():
    context = BatchContext(lambda: np.full(2, None), np.full(2, np.nan), np.full(2, np.nan), np.array([False, True]))
    assert examine([{"ZDDM": "x"}, {"ZDDM": "x"}], PARCELS, context=context)[0].source_row == 1
    assert len(examine([{"ZDDM": "x"}, {"ZDDM": "x"}], PARCELS, context=context)) == 1


def test_a_county_that_few_parcels_are_of_is_pointed_out():
    rows = [{"ZDDM": f"430121001001GB{number:05d}"} for number in range(40)] + [{"ZDDM": "430105001001GB00001"}]
    (fault,) = examine(rows, PARCELS)
    assert (fault.kind, fault.source_row, fault.found, fault.expected) == (
        "parcel_code_other_county",
        41,
        "430105",
        "430121",
    )


def test_two_counties_of_one_city_are_no_fault():
    rows = [{"ZDDM": f"430121001001GB{number:05d}"} for number in range(20)]
    rows += [{"ZDDM": f"430105001001GB{number:05d}"} for number in range(20)]
    assert examine(rows, PARCELS) == []


def counties_told(rows: list[dict[str, Any]], table: CountyTable, **named: Any) -> list[tuple[Any, ...]]:
    examiner = AttributeExaminer(named.pop("contract", PARCEL), named.pop("mapping", PARCELS), TODAY, None, table)
    faults = [*examiner.examine(batch_of(*rows)), *examiner.finish()]
    return [(fault.kind, fault.source_row, fault.found, fault.expected) for fault in faults]


def test_a_county_that_the_shipped_table_lacks_is_one_warning_however_many_parcels_name_it():
    rows = [{"ZDDM": f"430121001001GB{number:05d}"} for number in range(3)]
    rows += [{"ZDDM": f"430199001001GB{number:05d}"} for number in range(3)]
    assert counties_told(rows, shipped_counties()) == [("parcel_code_county_unlisted", 4, "430199", None)]


def test_a_county_that_was_abolished_is_told_with_the_last_list_that_has_it():
    rows = [{"ZDDM": "340203001001GB00001"}, {"ZDDM": "340209001001GB00001"}]
    assert counties_told(rows, shipped_counties()) == [("parcel_code_county_former", 1, "340203", "2019-04")]


def test_a_table_of_the_bureau_says_that_a_county_does_not_exist_and_says_it_once():
    table = CountyTable.of("own.csv", [County("430121", "长沙县")])
    rows = [{"ZDDM": "430121001001GB00001"}, {"ZDDM": "430105001001GB00001"}]
    assert counties_told(rows, table) == [("parcel_code_county", 2, "430105", "own.csv")]


def test_region_codes_are_looked_up_and_a_prefecture_is_a_region():
    redlines = load_contract("control_area", "ecological_redline")
    rows = [{"XZQDM": "430100"}, {"XZQDM": "430121"}, {"XZQDM": "430199"}]
    told_of = counties_told(rows, shipped_counties(), contract=redlines, mapping={"region_code": "XZQDM"})
    assert told_of == [("parcel_code_county_unlisted", 3, "430199", None)]


def areas_context(ellipsoid: list[float], planar: list[float]) -> BatchContext:
    box = shapely.box(113, 28, 113.001, 28.001)
    return BatchContext(
        lambda: np.array([box] * len(ellipsoid)),
        np.array(ellipsoid),
        np.array(planar),
        np.zeros(len(ellipsoid), dtype=bool),
    )


def test_declared_areas_are_compared_and_the_residue_is_summed():
    # A parcel of 9,598.04 m² on the ellipsoid and 9,600 m² in the plane: right, planar, in mu, in hectares, 3 % more, none.
    declared = [9598.04, 9600.0, 14.40, 0.9598, 9885.99, None]
    examiner = AttributeExaminer(PARCEL, PARCELS | {"area_registered_m2": "ZDMJ"}, TODAY)
    faults = examiner.examine(batch_of(*parcels(ZDMJ=declared)), areas_context([9598.04] * 6, [9600.0] * 6))
    assert told(faults) == [
        (3, "area_other_unit", "14.40"),
        (4, "area_other_unit", "0.96"),
        (5, "area_differs", "9885.99"),
    ]
    assert [fault.geometry is not None for fault in faults] == [True] * 3
    assert "亩" in faults[0].text_zh
    assert "hectares" in faults[1].text_en
    assert "+3.00 %" in faults[2].text_en
    sums = examiner.areas.as_json()
    assert (sums["declared_count"], sums["undeclared_count"], sums["planar_count"]) == (5, 1, 1)
    assert sums["residue_ellipsoid_m2"] == pytest.approx(
        9598.04 + 9600 + 14.40 + 0.9598 + 9885.99 - 5 * 9598.04, abs=0.01
    )
    (note,) = examiner.finish()
    assert (note.kind, note.source_row, note.found, note.expected) == ("area_is_planar", 2, "1", "5")


@given(st.floats(1, 1e7), st.floats(-0.2, 0.2))
def test_an_area_is_right_exactly_within_the_tolerance(area: float, off: float):
    tolerance = float(PARCEL.area.relative_tolerance)
    rows = parcels(ZDMJ=[area * (1 + off)])
    faults = examine(rows, PARCELS | {"area_registered_m2": "ZDMJ"}, context=areas_context([area], [area * 1.5]))
    limit = max(tolerance * area, 0.01)
    if abs(abs(area * off) - limit) > 1e-6 * area:
        assert bool(faults) == (abs(area * off) > limit)


def test_a_constant_is_examined_once():
    rows = parcels(ZL=["a", "b", "c"])
    assert told(examine(rows, PARCELS | {"code_version": "=GB/T 1"})) == [(1, "value_not_listed", "GB/T 1")]


def test_the_zones_of_a_hard_line_are_looked_up():
    contract = load_contract("control_area", "functional_zone")
    rows = [{"GNQLX": "限制开发区"}, {"GNQLX": "重点"}, {"GNQLX": "优化开发区"}, {"GNQLX": None}]
    assert told(examine(rows, {"control_zone": "GNQLX"}, contract)) == [(3, "value_not_listed", "优化开发区")]


VALUES = st.sampled_from([None, "", " ", "0601", 601.0, float("nan"), "x", 5, 5.0, "5", date(2024, 1, 1), True, 1])


@given(st.lists(VALUES, max_size=30))
def test_a_column_reads_each_row_as_a_plain_loop_does(values: list[Any]):
    column = Column("f", values)

    def text(value: Any) -> str | None:
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return None
        return (str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)).strip() or None

    def number(value: Any) -> float:
        try:
            return (
                float("nan") if value is None or (isinstance(value, float) and math.isnan(value)) else as_number(value)
            )
        except ValueError:
            return float("nan")

    assert column.texts == [text(value) for value in values]
    assert column.filled.tolist() == [text(value) is not None for value in values]
    np.testing.assert_array_equal(column.numbers, np.array([number(value) for value in values]))
    found = column.find(lambda value: text(value) if text(value) == "5" else None)
    assert [row for row, _ in found] == [row for row, value in enumerate(values) if text(value) == "5"]


@pytest.mark.parametrize("written", ["12", "1,200", "１２．５", ".5", "5.", "-3", "1e3", " 7 "])
def test_numbers_as_people_write_them_are_read(written: str):
    assert as_number(written) == float(written.replace(",", "").replace("．", "."))


@pytest.mark.parametrize("written", ["1,2", "1_000", "nan", "inf", "", ".", "12㎡", "true", True, "1 2"])
def test_what_is_no_number_is_not_read_as_one(written: Any):
    with pytest.raises(ValueError, match="is no number"):
        as_number(written)


@pytest.mark.parametrize(
    ("values", "low", "high", "is_within"),
    [
        ([1.0, None, 2.0, math.nan], "1", "2", True),
        ([1.0, 2.1], "1", "2", False),
        ([0.9, 2.0], "1", None, False),
        ([math.inf], None, None, False),
        ([None], "1", "2", True),
        # 0.1 as a binary number is a little more than a tenth, so that nothing is said at a glance.
        ([0.05], None, "0.1", False),
        ([1], "1", "2", False),
        (["1.5"], "1", "2", False),
    ],
)
def test_only_finite_numbers_within_their_limits_are_right_at_a_glance(
    values: list[Any], low: str | None, high: str | None, is_within: bool
):
    limits = (None if limit is None else Decimal(limit) for limit in (low, high))
    assert Column("MJ", values).is_within(*limits) is is_within


@given(st.lists(st.none() | st.floats(), max_size=8))
def test_a_column_of_numbers_reads_as_its_values_do_one_by_one(values: list[float | None]):
    column = Column("MJ", values)
    mixed = Column("MJ", [*values, "text"])
    np.testing.assert_array_equal(column.numbers, mixed.numbers[:-1])
    np.testing.assert_array_equal(column.filled, mixed.filled[:-1])
