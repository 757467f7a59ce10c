"""Parcel codes and real property unit codes by TD/T 1001-2012 and GB/T 37346-2019."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.crs_firewall.places import provinces
from gis.layer_contracts.parcel_codes import (
    are_parcel_codes,
    county_of,
    find_parcel_code_fault,
    find_region_code_fault,
    find_unit_code_fault,
    follows_from_parcel_code,
)

# domain rules, 13: the regular expression of the standard.
PARCEL = re.compile(r"^\d{6}\d{3}\d{3}(?:J[AC]|[GJZ][BSXDEFHGWYLN])\d{5}$", re.ASCII)


@pytest.mark.parametrize(
    "code",
    ["340123002004GB00011", "340123002004GS00019", "340123002004GX00020", "430121001001JA00001", "430121001001JC00001"],
)
def test_examples_of_the_standard_are_right(code: str):
    assert find_parcel_code_fault(code) is None
    assert find_unit_code_fault(code + "W00000000") is None
    assert find_unit_code_fault(code + "F00000001") is None


@pytest.mark.parametrize(
    ("code", "kind", "found"),
    [
        ("430121020008GB0000", "parcel_code_length", "430121020008GB0000"),
        ("430121020008GB000011", "parcel_code_length", "430121020008GB000011"),
        ("430121020008GA00004", "parcel_code_feature", "GA"),
        ("430121020008GC00004", "parcel_code_feature", "GC"),
        ("430121020008KB00004", "parcel_code_feature", "KB"),
        ("4301210200O8GB00004", "parcel_code_form", "4301210200O8GB00004"),
        ("430121020008gb00004", "parcel_code_form", "430121020008gb00004"),
        ("４30121020008GB00004", "parcel_code_form", "４30121020008GB00004"),
        ("990121020008GB00004", "parcel_code_county", "990121"),
    ],
)
def test_each_fault_of_a_parcel_code_is_named(code: str, kind: str, found: str):
    fault = find_parcel_code_fault(code)
    assert fault is not None
    assert (fault.kind, fault.found) == (kind, found)


@pytest.mark.parametrize("tail", ["W00000001", "F0000001", "X00000000", ""])
def test_the_tail_of_a_unit_code_is_examined(tail: str):
    fault = find_unit_code_fault("430121001001GB00012" + tail)
    assert fault is not None
    assert fault.kind in {"parcel_code_form", "parcel_code_length"}


@given(st.text(alphabet="0123456789ABCGJZSXWY", min_size=15, max_size=21) | st.from_regex(PARCEL, fullmatch=True))
def test_a_code_is_right_exactly_when_the_standard_says_so(code: str):
    right = PARCEL.fullmatch(code) is not None and code[:2] in provinces()
    assert (find_parcel_code_fault(code) is None) == right


def test_regions_of_every_province_exist_and_others_do_not():
    assert [find_region_code_fault(f"{code}0000") for code in provinces()] == [None] * 34
    assert find_region_code_fault("160000") is not None
    assert find_region_code_fault("43012") is not None


def test_a_county_is_read_off_a_code_that_begins_with_one():
    assert (county_of("430121001001GB00001"), county_of("GB00001"), county_of("43012")) == ("430121", None, None)


def test_letters_and_unit_codes_follow_from_the_parcel_code_or_contradict_it():
    code = "340123002004GB00011"
    assert follows_from_parcel_code("340123 002004 GB00011 W00000000", code)
    assert not follows_from_parcel_code("340123002004GB00012W00000000", code)
    assert not follows_from_parcel_code(code + "W00000001", code)
    assert not follows_from_parcel_code("JC", code)


@given(
    st.lists(
        st.sampled_from(["430121001001GB00001", "340123002004JC00011", "430121001001GC00001", "990121001001GB00001"])
        | st.from_regex(r"[0-9]{12}[A-Z]{2}[0-9]{4,6}", fullmatch=True)
        | st.sampled_from(["430121001001GB0000１", "43012100100１GB00001", "430121001001GB00001\n", ""]),
        max_size=6,
    )
)
def test_codes_are_right_together_when_each_is(codes: list[str]):
    assert are_parcel_codes(codes) == all(find_parcel_code_fault(code) is None for code in codes)
