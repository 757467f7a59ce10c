"""The table of counties that ships: whole, with a source for each row, and good for plausibility."""

import csv
from importlib import resources

import pytest

from gis.crs_firewall import place_of_codes
from gis.crs_firewall.places import provinces
from gis.landuse.counties import shipped_counties

TABLES = resources.files("gis.landuse") / "tables"


def read(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((TABLES / name).read_text(encoding="utf-8").splitlines(), strict=True))


def test_every_row_has_a_code_of_a_province_and_a_source_and_says_that_it_is_assumed():
    rows, sources = read("counties.csv"), {row["id"] for row in read("county_sources.csv")}
    assert len(rows) == len({row["code"] for row in rows}) > 3_500
    for row in rows:
        assert len(row["code"]) == 6
        assert row["code"][:2] in provinces()
        assert row["name_zh"]
        assert row["source"] in sources
        assert row["status"] == "assumed"


def test_an_extent_meets_that_of_its_province():
    placed = [county for county in shipped_counties().counties.values() if county.bounds is not None]
    assert len(placed) > 2_000
    for county in placed:
        assert county.bounds is not None
        west, south, east, north = county.bounds
        province = provinces()[county.code[:2]].bounds
        assert province[0] < east, county
        assert west < province[2], county
        assert province[1] < north, county
        assert south < province[3], county
        assert (east - west, north - south) == (pytest.approx(2), pytest.approx(2))


@pytest.mark.parametrize(
    ("code", "name"), [("340123", "肥西县"), ("430121", "长沙县"), ("330726", "浦江县"), ("441900", "东莞市")]
)
def test_counties_of_the_standards_examples_are_there(code: str, name: str):
    county = shipped_counties().find(code)
    assert county is not None
    assert (county.name, county.listed_until) == (name, None)


def test_the_table_is_never_complete_and_where_it_knows_no_extent_the_province_serves():
    table = shipped_counties()
    assert not table.is_complete
    place = place_of_codes(["150102001001GB00001"], table)
    assert place is not None
    assert place.where_en == "Inner Mongolia, which the codes name (15)"
