"""Codes are compared in the list's own table, downwards, and what cannot be told is not guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.landuse.codes import CodeVersion, code_table
from gis.rules.code_matching import UseMatch, describe_use, match_industry, match_use
from gis.rules.facts import IndustryStandard

GUIDE = CodeVersion.GUIDE_2023
SURVEY = CodeVersion.THIRD_SURVEY_2019
STANDARD = IndustryStandard.GBT4754_2017


@pytest.mark.parametrize(
    ("code", "version", "listed", "answer"),
    [
        ("1001", GUIDE, ["10"], True),
        ("100101", GUIDE, ["1001"], True),
        ("1002", GUIDE, ["1001"], False),
        ("10", GUIDE, ["1001"], None),  # some of it is listed
        ("10", GUIDE, ["1001", "1002", "1003"], None),  # a list of its parts is not asked to be complete
        ("0601", SURVEY, ["1001"], True),
        ("0601", GUIDE, ["1001"], False),
        ("08H2", SURVEY, ["08"], True),  # one of six codes, all of them listed
        ("08H2", SURVEY, ["0803"], None),
        ("", GUIDE, ["1001"], None),
        ("99", GUIDE, ["1001"], None),
        (None, GUIDE, ["1001"], None),
        ("1001", GUIDE, [], False),
    ],
)
def test_a_use_is_listed_not_listed_or_not_to_be_told(code, version, listed, answer):
    assert match_use(code, version, listed, GUIDE).is_listed is answer


def test_an_assumed_pair_of_the_crosswalk_is_said():
    assert match_use("M1", CodeVersion.GB50137_2011, ["1001"], GUIDE) == UseMatch(None)
    assert match_use("070101", GUIDE, ["R"], CodeVersion.GB50137_2011).is_assumed


@given(st.sampled_from(sorted(code_table(GUIDE))), st.sampled_from(sorted(code_table(GUIDE))))
def test_a_code_is_below_exactly_the_codes_it_begins_with(code, listed):
    below, above = code.startswith(listed), listed.startswith(code)
    expected = True if below else None if above else False
    assert match_use(code, GUIDE, [listed], GUIDE).is_listed is expected


@pytest.mark.parametrize(
    ("code", "listed", "answer"),
    [
        ("C2614", ["C26"], True),
        ("2614", ["C26"], True),
        ("C2614", ["26"], True),
        ("C2614", ["B26"], False),
        ("C26", ["C2614"], None),
        ("26", ["C"], None),  # without its letter the section is not known
        ("C26", ["C"], True),
        ("D44", ["C"], False),
        ("C", ["C26"], None),
        ("C3611", ["C26", "C25"], False),
        (None, ["C26"], None),
    ],
)
def test_an_industry_is_listed_not_listed_or_not_to_be_told(code, listed, answer):
    assert match_industry(code, STANDARD, listed, STANDARD) is answer


def test_codes_of_another_version_of_the_standard_are_not_compared():
    assert match_industry("C2614", IndustryStandard.GBT4754_2002, ["C26"], STANDARD) is None


def test_a_use_is_written_with_its_name_where_it_has_one():
    assert describe_use("1001", GUIDE) == ("1001 工业用地", "1001 Industry")
    assert describe_use("99", GUIDE) == ("99", "99")
    assert describe_use(None, GUIDE) == ("未知", "unknown")
