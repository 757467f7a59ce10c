import re

import pytest

from gis.landuse import CodeVersion, ConstructionStatus, LandClass, code_table, construction_status, lookup
from gis.landuse.reading import read_table


@pytest.mark.parametrize(
    ("version", "counts"),
    [
        (CodeVersion.GUIDE_2023, {1: 24, 2: 111, 3: 40}),
        (CodeVersion.GBT21010_2017, {1: 12, 2: 73}),
    ],
)
def test_a_table_has_as_many_codes_as_the_standard_says(version, counts):
    levels = [code.level for code in code_table(version).values()]
    assert {level: levels.count(level) for level in set(levels)} == counts


def test_the_guide_has_140_classes_at_its_lowest_levels():
    table = code_table(CodeVersion.GUIDE_2023)
    parents = {code.parent for code in table.values()}
    assert len([code for code in table if code not in parents]) == 140


def test_the_city_standard_has_its_8_35_42_urban_and_2_9_14_rural_classes():
    table = code_table(CodeVersion.GB50137_2011).values()

    def count(letters):
        levels = [code.level for code in table if code.code[0] in letters]
        return [levels.count(level) for level in (1, 2, 3)]

    assert count("RABMWSUG") == [8, 35, 42]
    assert count("HE") == [2, 9, 14]


@pytest.mark.parametrize("version", CodeVersion)
def test_every_code_has_names_a_colour_and_a_parent_of_the_level_above(version):
    table = code_table(version)
    assert len(table) > 20
    for code in table.values():
        assert code.name_zh
        assert code.name_en.isascii()
        assert re.fullmatch("#[0-9a-f]{6}", code.fill)
        if code.level == 1:
            assert code.parent is None
        else:
            assert table[code.parent].level == code.level - 1


@pytest.mark.parametrize("version", CodeVersion)
def test_a_class_above_agrees_with_the_classes_below_or_has_no_data(version):
    table = code_table(version)
    for code in table.values():
        if code.parent is not None:
            assert table[code.parent].construction_status in {code.construction_status, ConstructionStatus.NO_DATA}
        if code.land_class is not None:
            is_construction = code.construction_status is ConstructionStatus.CONSTRUCTION
            assert is_construction == (code.land_class is LandClass.CONSTRUCTION)


# The rule as the law's practice states it, against which the table is checked.
SURVEY_CONSTRUCTION = re.compile("^(05|06|07|08|09|100[1-5]|100[7-9]|1109|1201|20)")


@pytest.mark.parametrize("version", [CodeVersion.GBT21010_2017, CodeVersion.THIRD_SURVEY_2019])
def test_the_survey_tables_agree_with_the_pattern_of_construction_codes(version):
    checked = 0
    for code in code_table(version).values():
        if code.construction_status is not ConstructionStatus.NO_DATA:
            is_construction = code.construction_status is ConstructionStatus.CONSTRUCTION
            assert is_construction == bool(SURVEY_CONSTRUCTION.match(code.code)), code
            checked += 1
    assert checked > 70


@pytest.mark.parametrize(
    ("code", "version", "status"),
    [
        ("1006", "GBT21010-2017", "non_construction"),
        ("1109", "GBT21010-2017", "construction"),
        ("1201", "TDT1055-2019", "construction"),
        ("0603", "TDT1055-2019", "construction"),
        ("0201K", "TDT1055-2019", "non_construction"),
        ("1104K", "TDT1055-2019", "non_construction"),
        ("08H2A", "TDT1055-2019", "construction"),
        ("06", "GUIDE-2023", "non_construction"),
        ("0601", "GUIDE-2023", "non_construction"),
        ("16", "GUIDE-2023", "construction"),
        ("2301", "GUIDE-2023", "construction"),
        ("23", "GUIDE-2023", "no_data"),
        ("17", "GUIDE-2023", "non_construction"),
        ("18", "GUIDE-2023", "non_construction"),
        ("R2", "GB50137-2011", "construction"),
        ("H14", "GB50137-2011", "construction"),
        ("E2", "GB50137-2011", "non_construction"),
        ("E", "GB50137-2011", "non_construction"),
        ("1000", "TDT1027-2010", "non_construction"),
        ("2110", "TDT1027-2010", "construction"),
        ("3200", "TDT1027-2010", "non_construction"),
    ],
)
def test_the_construction_test_knows_the_traps(code, version, status):
    assert construction_status(code, version) == status


@pytest.mark.parametrize(
    ("code", "version", "status"),
    [
        ("R24", "GB50137-2011", "construction"),
        ("M11", "GB50137-2011", "construction"),
        ("E29", "GB50137-2011", "non_construction"),
        ("070104", "GUIDE-2023", "construction"),
        ("2111", "TDT1027-2010", "construction"),
        ("1121", "TDT1027-2010", "non_construction"),
        ("1011", "GBT21010-2017", "no_data"),
    ],
)
def test_a_local_subdivision_has_the_status_of_the_code_above_it(code, version, status):
    assert lookup(code, version) is None
    assert construction_status(code, version) == status


@pytest.mark.parametrize("version", CodeVersion)
@pytest.mark.parametrize("code", [None, "", " ", "X1", "99", "?"])
def test_an_unknown_code_is_no_data_and_never_non_construction(code, version):
    assert construction_status(code, version) is ConstructionStatus.NO_DATA


def test_one_code_means_different_things_in_different_tables():
    assert construction_status("0601", "GBT21010-2017") != construction_status("0601", "GUIDE-2023")


def test_width_blanks_and_case_of_a_code_do_not_matter():
    assert lookup(" ｒ２ ", "GB50137-2011").code == "R2"


@pytest.mark.parametrize("written", ["GB/T 21010-2017", "GBT21010-2017", "gb/t21010 2017", "ＧＢ／Ｔ 21010—2017"])
def test_the_number_of_a_standard_may_be_written_as_people_write_it(written):
    assert CodeVersion(written) is CodeVersion.GBT21010_2017


def test_an_unknown_table_is_refused():
    with pytest.raises(ValueError, match="GB50137-1990"):
        lookup("R2", "GB50137-1990")


def test_the_style_of_a_code_serves_a_legend():
    style = lookup("M1", "GB50137-2011").style
    assert (style.name_zh, style.name_en, style.fill) == ("一类工业用地", "Class 1 industry", "#bb9674")


def test_every_table_has_rows_of_one_length():
    assert len(read_table("control_kinds.csv")) == 17
