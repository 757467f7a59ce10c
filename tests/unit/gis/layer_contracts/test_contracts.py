"""The contracts are sound data: every kind has one, names are unique, and what the importer stores is in them."""

import re

import pytest

from app.db.models import LayerKind
from app.layers.kinds import ID_FIELD, KINDS
from gis.landuse.control_kinds import ControlKind
from gis.layer_contracts import ContractNotFoundError, FieldType, contract_names, load_contract
from gis.layer_contracts.mapping import propose_mapping

ALL = [("parcel", None), ("plan", None), ("reference", None), *(("control_area", kind.value) for kind in ControlKind)]


@pytest.mark.parametrize(("kind", "control_kind"), ALL)
def test_every_kind_of_layer_has_a_contract(kind: str, control_kind: str | None):
    contract = load_contract(kind, control_kind)
    assert (contract.kind, contract.control_kind) == (kind, control_kind)
    assert contract.title_zh
    assert contract.documents


@pytest.mark.parametrize(("kind", "control_kind"), ALL)
def test_what_the_importer_stores_is_what_the_contract_says(kind: str, control_kind: str | None):
    stored = {field.name for field in load_contract(kind, control_kind).fields if field.stored}
    assert stored == {*KINDS[LayerKind(kind)].fields, ID_FIELD}
    assert load_contract(kind, control_kind).key == KINDS[LayerKind(kind)].key


@pytest.mark.parametrize("name", contract_names())
def test_names_synonyms_and_limits_make_sense(name: str):
    contract = load_contract("control_area", name) if name in set(ControlKind) else load_contract(name)
    synonyms = [synonym for field in contract.fields for synonym in field.synonyms if field.name != "feature_id"]
    assert len(synonyms) == len(set(synonyms))
    for field in contract.fields:
        assert field.synonyms, field.name
        assert field.title_zh != field.title_en
        if field.minimum is not None and field.maximum is not None:
            assert field.minimum < field.maximum
        if field.pattern is not None:
            re.compile(field.pattern)
        assert field.unit is None or field.type is FieldType.NUMBER
    assert contract.by_name[contract.area.field].unit == "m2"


@pytest.mark.parametrize("name", contract_names())
def test_each_synonym_leads_to_its_field(name: str):
    contract = load_contract("control_area", name) if name in set(ControlKind) else load_contract(name)
    for field in contract.fields:
        for synonym in field.synonyms:
            proposal = propose_mapping(contract, [synonym])
            found = proposal.mapping.get(field.name) or proposal.mapping.get(str(contract.key))
            assert found == synonym, (field.name, synonym)


def test_an_unknown_kind_is_named():
    with pytest.raises(ContractNotFoundError, match="no contract for 'roads'"):
        load_contract("roads")
