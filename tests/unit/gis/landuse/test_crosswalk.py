import pytest

from gis.landuse import CodeVersion, ConstructionStatus, code_table, construction_status
from gis.landuse.crosswalk import translate_code
from gis.landuse.reading import read_table

SURVEY, CURRENT, GUIDE, CITY = (
    CodeVersion.THIRD_SURVEY_2019,
    CodeVersion.GBT21010_2017,
    CodeVersion.GUIDE_2023,
    CodeVersion.GB50137_2011,
)
WAYS = [(SURVEY, GUIDE), (CURRENT, GUIDE), (GUIDE, CITY)]


def test_every_pair_names_codes_that_their_tables_have_once():
    rows = read_table("crosswalk.csv")
    assert len(rows) > 200
    for row in rows:
        assert row["from_code"] in code_table(row["from_version"])
        assert row["to_code"] in code_table(row["to_version"])
        assert row["status"] in {"confirmed", "assumed"}
    keys = [(row["from_version"], row["from_code"], row["to_version"], row["to_code"]) for row in rows]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(("source", "target"), WAYS)
def test_a_translation_that_needs_no_review_keeps_construction_land_what_it_is(source, target):
    for code in code_table(source):
        translated = translate_code(code, source, target)
        if not translated.needs_review:
            before, after = construction_status(code, source), construction_status(translated.code, target)
            assert ConstructionStatus.NO_DATA in {before, after} or before == after, code


@pytest.mark.parametrize(("source", "target"), [(SURVEY, GUIDE), (CURRENT, GUIDE)])
def test_every_second_level_of_the_surveys_has_a_translation(source, target):
    # 20x says in which kind of settlement land lies (城镇村属性), not how it is used.
    second = [code for code in code_table(source).values() if code.level == 2 and not code.code.startswith("20")]
    assert [code.code for code in second if not translate_code(code.code, source, target).codes] == []


@pytest.mark.parametrize(
    ("code", "source", "target", "expected"),
    [
        ("0101", SURVEY, GUIDE, "0101"),
        ("0204", SURVEY, GUIDE, "0205"),
        ("0201K", SURVEY, GUIDE, "0201"),
        ("1104A", SURVEY, GUIDE, "1704"),
        ("08H2A", SURVEY, GUIDE, "0804"),
        ("0508", SURVEY, GUIDE, "1101"),
        ("0810", SURVEY, GUIDE, "14"),
        ("03", SURVEY, GUIDE, "03"),
        ("0604", CURRENT, GUIDE, "11"),
        ("0501", CURRENT, GUIDE, "090101"),
        ("05", CURRENT, GUIDE, "09"),
        ("07", CURRENT, GUIDE, "07"),
        ("060199", CURRENT, GUIDE, "1001"),
        ("070102", GUIDE, CITY, "R2"),
        ("0701", GUIDE, CITY, "R"),
        ("1001", GUIDE, CITY, "M"),
        ("080401", GUIDE, CITY, "A3"),
        ("120803", GUIDE, CITY, "S42"),
        ("1703", GUIDE, CITY, "E12"),
        ("0103", GUIDE, CITY, "E"),
        ("1401", GUIDE, GUIDE, "1401"),
    ],
)
def test_a_code_with_one_meaning_is_translated(code, source, target, expected):
    assert translate_code(code, source, target).code == expected


@pytest.mark.parametrize(
    ("code", "source", "target", "codes"),
    [
        ("08H2", SURVEY, GUIDE, ("0802", "0803", "0804", "0805", "0806", "0807")),
        ("0802", CURRENT, GUIDE, ("0803", "0902")),
        ("0906", CURRENT, GUIDE, ("0903", "1507")),
        ("03", CURRENT, GUIDE, ("03", "05")),
        ("12", CURRENT, GUIDE, ("06", "23")),
        ("0702", GUIDE, CITY, ("R12", "R22", "R32")),
        ("16", GUIDE, CITY, ()),
        ("11", GUIDE, CITY, ("W",)),
        ("2301", GUIDE, CITY, ("E",)),
        ("201", SURVEY, GUIDE, ()),
        ("ZZ", SURVEY, GUIDE, ()),
        (None, SURVEY, GUIDE, ()),
    ],
)
def test_what_a_person_must_decide_needs_review_and_has_no_code(code, source, target, codes):
    translated = translate_code(code, source, target)
    assert translated.codes == codes
    assert translated.needs_review
    assert translated.code is None


def test_pairs_that_no_standard_prints_are_said_to_be_assumed():
    assert translate_code("0601", SURVEY, GUIDE).is_assumed is False
    assert translate_code("0601", CURRENT, GUIDE).is_assumed is False
    assert translate_code("0501", CURRENT, GUIDE).is_assumed is True


def test_tables_without_a_way_between_them_are_refused():
    with pytest.raises(ValueError, match=r"no crosswalk from GB 50137-2011 to GUIDE-2023"):
        translate_code("R1", CITY, GUIDE)
