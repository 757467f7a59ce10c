"""Colours and names: by the table that the code belongs to."""

from app.ogc.legend import _code_styles
from app.ogc.styles import PALETTE, code_order, code_style


def test_the_same_code_means_what_its_own_table_says() -> None:
    industry, road = code_style("0601", "GB/T 21010-2017"), code_style("0601", "GUIDE-2023")
    assert industry is not None
    assert road is not None
    assert (industry.name_zh, road.name_zh) == ("工业用地", "农村道路")
    assert industry.fill != road.fill


def test_a_table_is_found_however_its_name_is_written() -> None:
    assert code_style("0601", "GB/T 21010-2017") == code_style("0601", "GBT21010-2017")
    assert code_style("0601", "gb/t21010 2017") == code_style("0601", "GBT21010-2017")


def test_a_local_subdivision_looks_like_the_class_above_it_and_keeps_its_own_code() -> None:
    above, local = code_style("R2", "GB 50137-2011"), code_style("R29", "GB 50137-2011")
    assert above is not None
    assert local is not None
    assert local.fill == above.fill
    assert "R29" in local.name_zh
    assert "R29" in local.name_en


def test_codes_without_a_table_get_a_colour_each_and_stand_last() -> None:
    pairs = [("ZZ", None), ("M1", "GB 50137-2011"), ("AA", "Cambridge"), ("R2", "GB 50137-2011")]
    styles = dict(_code_styles(pairs))
    assert list(styles) == ["R2", "M1", "AA", "ZZ"]
    assert (styles["AA"].fill, styles["ZZ"].fill) == (PALETTE[0][0], PALETTE[1][0])
    assert styles["AA"].name_zh == "AA"


def test_a_code_of_two_tables_has_one_entry() -> None:
    assert [value for value, _ in _code_styles([("0601", "GUIDE-2023"), ("0601", "GBT21010-2017")])] == ["0601"]


def test_codes_stand_in_the_order_of_their_table() -> None:
    codes = ["W1", "R2", "A1", "R1", "M1"]
    assert sorted(codes, key=lambda code: code_order(code, "GB 50137-2011")) == ["R1", "R2", "A1", "M1", "W1"]
