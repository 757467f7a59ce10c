"""The page of the documentation says what the contracts say."""

from pathlib import Path

from gis.layer_contracts import contract_names, load_contract
from gis.layer_contracts.reference import contract_reference

PAGE = Path(__file__).parents[4] / "docs" / "layer-contracts.md"


def test_the_page_is_the_one_made_from_the_contracts():
    assert PAGE.read_text(encoding="utf-8") == contract_reference()


def test_every_contract_and_every_name_is_on_the_page():
    page = contract_reference()
    for name in contract_names():
        assert f"## `{name}`" in page
    for field in load_contract("parcel").fields:
        assert f"`{field.name}`" in page
        assert all(f"`{synonym}`" in page for synonym in field.synonyms)
