from datetime import date, timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from gis.rules import AmbiguousParameterError, ParameterNotInForceError, ParameterRow, ParameterSet


def make_row(value="1", *, key="idle.idle_after_years", region="CN", valid_from=None, valid_to=None):
    return ParameterRow(
        key=key,
        value=Decimal(value),
        unit="years",
        document="测试办法",
        region=region,
        valid_from=valid_from,
        valid_to=valid_to,
        status="confirmed",
    )


START = date(2012, 7, 1)
END = date(2020, 1, 1)


def test_a_row_holds_from_its_first_day_to_the_day_before_its_end():
    rows = ParameterSet([make_row(valid_from=START, valid_to=END)])
    assert rows.row("idle.idle_after_years", as_of=START).value == 1
    assert rows.row("idle.idle_after_years", as_of=END - timedelta(days=1)).value == 1
    for outside in (START - timedelta(days=1), END):
        with pytest.raises(
            ParameterNotInForceError,
            match=r"idle\.idle_after_years is in force on .* one in CN from 2012-07-01 to 2020-01-01\.",
        ):
            rows.row("idle.idle_after_years", as_of=outside)


def test_an_unknown_key_is_an_error_and_never_zero():
    with pytest.raises(ParameterNotInForceError, match="no row at all"):
        ParameterSet([]).row("idle.unknown", as_of=START)


@pytest.mark.parametrize(
    ("region", "value"),
    [("CN", 1), ("43", 2), ("430000", 2), ("4301", 3), ("430121", 4), ("430122", 3), ("4302", 2), ("33", 1), ("4", 1)],
)
def test_the_most_specific_region_goes_first_and_the_country_is_the_fallback(region, value):
    rows = ParameterSet(
        [
            make_row("1", valid_from=date(2024, 1, 1)),
            make_row("2", region="43"),
            make_row("3", region="430100"),
            make_row("4", region="430121"),
        ]
    )
    assert rows.row("idle.idle_after_years", as_of=date(2025, 1, 1), region=region).value == value


def test_of_two_rows_in_force_the_later_one_replaces_the_earlier():
    rows = ParameterSet([make_row("2", valid_from=END), make_row("1", valid_from=START), make_row("9")])
    assert rows.row("idle.idle_after_years", as_of=END).value == 2
    assert rows.row("idle.idle_after_years", as_of=END - timedelta(days=1)).value == 1
    assert rows.row("idle.idle_after_years", as_of=START - timedelta(days=1)).value == 9


def test_a_local_row_that_is_not_in_force_falls_back_to_the_country():
    rows = ParameterSet([make_row("1"), make_row("2", region="46", valid_from=END)])
    assert rows.row("idle.idle_after_years", as_of=START, region="460100").value == 1


def test_two_rows_for_the_same_region_and_day_are_ambiguous():
    with pytest.raises(AmbiguousParameterError, match=r"idle\.idle_after_years@CN@2012-07-01"):
        ParameterSet([make_row("1", valid_from=START), make_row("2", valid_from=START)])


def test_a_period_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValidationError, match="is not after valid_from"):
        make_row(valid_from=END, valid_to=START)


def test_a_fraction_is_no_whole_number_of_years():
    assert make_row("2.0").integer == 2
    with pytest.raises(ValueError, match="must be a whole number"):
        _ = make_row("1.5").integer


def test_values_survive_json_exactly():
    row = make_row("0.25")
    assert ParameterRow.model_validate_json(row.model_dump_json()) == row
    assert '"value":"0.25"' in row.model_dump_json()


@pytest.mark.parametrize("region", ["cn", "4", "4301211", "Hunan", ""])
def test_a_region_is_the_country_or_an_administrative_code(region):
    with pytest.raises(ValidationError):
        make_row(region=region)


def test_a_set_that_is_asked_about_ever_new_days_and_regions_remembers_a_bounded_number(monkeypatch):
    monkeypatch.setattr("gis.rules.parameters._MOST_PICKED", 10)
    rows = ParameterSet([make_row("1"), make_row("2", region="43")])
    asked = [(START + timedelta(days=day), region) for day in range(40) for region in ("CN", "430121")]
    found = [rows.row("idle.idle_after_years", as_of=day, region=region).value for day, region in asked * 2]
    assert found == [1, 2] * 80
    assert 0 < len(rows._picked) <= 10
