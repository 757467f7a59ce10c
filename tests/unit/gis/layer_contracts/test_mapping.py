"""Source fields are recognised by name, synonym and case, and what is not certain is left to a person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.layer_contracts import load_contract, propose_mapping
from gis.layer_contracts.attributes import examine_mapping
from gis.layer_contracts.mapping import complete_mapping

PARCEL = load_contract("parcel")


@pytest.mark.parametrize(
    ("source", "target", "confidence"),
    [
        ("parcel_code", "parcel_code", "exact"),
        ("ZDDM", "parcel_code", "synonym"),
        ("宗地代码", "parcel_code", "synonym"),
        ("zddm", "parcel_code", "case_insensitive"),
        ("ＺＤＤＭ", "parcel_code", "case_insensitive"),
        (" 宗地代码 ", "parcel_code", "case_insensitive"),
        ("parcel_cod", "parcel_code", "shortened"),
        ("area_regis", "area_registered_m2", "shortened"),
        ("地类编码", "land_use_code", "synonym"),
    ],
)
def test_a_field_is_recognised(source: str, target: str, confidence: str):
    (field,) = propose_mapping(PARCEL, [source]).fields
    assert (field.target, field.source, field.confidence.value) == (target, source, confidence)


def test_the_exact_name_goes_before_a_synonym_and_the_other_stays_unused():
    proposal = propose_mapping(PARCEL, ["ZDDM", "parcel_code"])
    assert proposal.mapping == {"parcel_code": "parcel_code"}
    assert proposal.unused == ("ZDDM",)


@pytest.mark.parametrize("fields", [["ZDMJ", "FZMJ"], ["zdmj", "FZMJ"], ["YT", "DLBM"]])
def test_of_two_fields_that_fit_none_is_chosen(fields: list[str]):
    proposal = propose_mapping(PARCEL, fields)
    assert proposal.fields == ()
    assert list(proposal.ambiguous.values()) == [tuple(fields)]
    (fault,) = [
        fault for fault in examine_mapping(PARCEL, {"parcel_code": "x"}, proposal) if fault.kind == "field_ambiguous"
    ]
    assert fields[0] in str(fault.found)
    assert fields[1] in fault.text_zh


def test_a_person_decides_between_them():
    mapping, proposal = complete_mapping(PARCEL, ["ZDMJ", "FZMJ"], {"area_registered_m2": "FZMJ"})
    assert mapping == {"area_registered_m2": "FZMJ"}
    assert proposal.ambiguous == {}


def test_the_identifier_is_proposed_only_where_the_key_has_no_source():
    assert "feature_id" not in propose_mapping(PARCEL, ["BSM", "ZDDM"]).mapping
    assert propose_mapping(PARCEL, ["BSM"]).mapping == {"feature_id": "BSM"}
    assert propose_mapping(load_contract("reference"), ["BSM", "DLBM"]).mapping["feature_id"] == "BSM"


def test_a_required_field_without_a_source_is_an_error_with_the_names_it_may_have():
    mapping, proposal = complete_mapping(PARCEL, ["QLRMC"], {})
    (fault,) = examine_mapping(PARCEL, mapping, proposal)
    assert (fault.kind, fault.field, fault.severity.value) == ("field_missing", "parcel_code", "error")
    assert "ZDDM" in str(fault.expected)


def test_a_constant_gives_a_required_field():
    mapping, proposal = complete_mapping(PARCEL, [], {"parcel_code": "=x"})
    assert examine_mapping(PARCEL, mapping, proposal) == []


NAMES = st.sampled_from(
    sorted({name for field in PARCEL.fields for name in (field.name, *field.synonyms)} | {"other", "zddm"})
)


@given(st.lists(NAMES, unique=True, max_size=12))
def test_no_source_field_gives_two_targets_and_no_target_has_two_sources(fields: list[str]):
    proposal = propose_mapping(PARCEL, fields)
    sources = [field.source for field in proposal.fields]
    assert len(sources) == len(set(sources))
    assert set(sources) <= set(fields)
    assert not set(proposal.mapping) & set(proposal.ambiguous)
    assert set(proposal.unused) == set(fields) - set(sources)
