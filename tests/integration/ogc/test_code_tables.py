"""What forms choose from is told by the service: code tables with names and colours, and the fields of each kind."""

import pytest

from gis.landuse.codes import CodeVersion, code_table
from gis.landuse.control_kinds import ControlKind


@pytest.mark.parametrize("version", list(CodeVersion))
def test_every_code_of_a_table_is_told_with_its_names_and_class(client, version: CodeVersion):
    assert version.value in client.get("/code-tables").json()["code_tables"]
    answer = client.get(f"/code-tables/{version.value}")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["code_version"] == version.value
    table = code_table(version)
    assert [code["code"] for code in told["codes"]] == list(table)
    assert all(code["name_zh"] and code["fill"].startswith("#") for code in told["codes"])


def test_a_table_is_found_under_other_spellings_and_an_unknown_one_is_named_with_those_that_there_are(client):
    told = client.get("/code-tables/guide2023").json()
    industry = next(code for code in told["codes"] if code["code"] == "100101")
    assert (industry["name_zh"], industry["land_class"]) == ("一类工业用地", "construction")
    problem = client.get("/code-tables/GUIDE-1999")
    assert problem.status_code == 404
    assert "GUIDE-2023" in problem.json()["detail"]


def test_every_kind_of_layer_tells_its_fields_with_the_names_under_which_they_are_recognised(client):
    kinds = client.get("/layer-contracts").json()["layer_contracts"]
    assert {"parcel", "plan", "reference", *ControlKind} == {kind["kind"] for kind in kinds}
    parcel = client.get("/layer-contracts/parcel").json()
    code = next(field for field in parcel["fields"] if field["name"] == "parcel_code")
    assert code["required"] is True
    assert "ZDDM" in code["synonyms"]
    water = client.get("/layer-contracts/water_source").json()
    assert (water["kind"], water["title_zh"]) == ("water_source", "饮用水水源保护区")


def test_an_unknown_kind_is_named_with_those_that_there_are(client):
    problem = client.get("/layer-contracts/vector")
    assert problem.status_code == 404
    assert "ecological_redline" in problem.json()["detail"]
