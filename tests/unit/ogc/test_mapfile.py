"""What MapServer is told of the catalogue."""

import re
from datetime import date

import pytest
from sqlalchemy import make_url

from app.collections.boxes import Box
from app.collections.catalog import Collection, Version
from app.collections.own_schema import OwnLayer, vector_schema
from app.collections.rows import Rows
from app.ogc.mapfile import WfsService, make_mapfile

SERVICE = WfsService(
    make_url("postgresql+psycopg://planner:secret@db/duogui?port=5433"),
    "http://x/wfs",
    4490,
    max_features=7,
    timeout_s=9,
)


def collection(geometry_type: str, *fields: str) -> Collection:
    schema = vector_schema(OwnLayer([{"name": name, "type": "string"} for name in fields], geometry_type))
    return Collection("places", schema, '地"点', "Places", version=Version(3, 1, date(2024, 1, 1), None, None))


def mapfile(found: Collection, scope: tuple[int, ...] = (3,)) -> str:
    return make_mapfile(SERVICE, [(Rows(found, scope), Box(113.0, 28.0, 114.0, 29.0))])


@pytest.mark.parametrize(
    ("geometry_type", "layers"),
    [
        ("MultiPolygon", [("places", "POLYGON")]),
        ("LineString", [("places", "LINE")]),
        ("MultiPoint", [("places", "POINT")]),
        ("Unknown", [("places", "POLYGON"), ("places_lines", "LINE"), ("places_points", "POINT")]),
    ],
)
def test_each_kind_of_geometry_is_a_layer(geometry_type: str, layers: list[tuple[str, str]]) -> None:
    assert re.findall(r'NAME "(places\w*)"\n    TYPE (\w+)', mapfile(collection(geometry_type))) == layers


def test_names_are_names_in_xml_and_none_is_there_twice() -> None:
    text = mapfile(collection("Point", "地块 名称", "2号", "a-b", "a_b", "feature_id"))
    assert 'gml_include_items" "feature_id,地块_名称,_2号,a_b,a_b_,feature_id_"' in text


def test_texts_cannot_leave_their_string() -> None:
    text = mapfile(collection("Point", 'x" END LAYER "'))
    assert r'"ows_title" "地\"点 / Places"' in text
    assert '" END LAYER "' not in text.replace(r"\"", "")


def test_the_password_of_the_database_is_in_no_file() -> None:
    text = mapfile(collection("Point"))
    assert "host='db' port='5433' user='planner' dbname='duogui'" in text
    assert "secret" not in text


def test_what_reads_for_wfs_cannot_write_and_ends_in_time() -> None:
    text = mapfile(collection("Point"))
    assert "default_transaction_read_only=on" in text
    assert "statement_timeout=9000" in text
    assert '"wfs_maxfeatures" "7"' in text


def test_a_collection_without_a_version_in_force_has_no_layer() -> None:
    assert "LAYER" not in mapfile(collection("Point"), scope=())
