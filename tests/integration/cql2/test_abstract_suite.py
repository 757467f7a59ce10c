"""The 274 predicates of the abstract test suite of CQL2 (OGC 21-065r2, Annex A), each with the count that the standard prescribes."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio
import pytest
import shapely
from geoalchemy2 import Geometry
from sqlalchemy import Boolean, Column, Connection, Date, DateTime, Double, MetaData, Table, Text, func, select

from app.collections.cql2 import Kind, Operand, compile_filter, parse_filter

FOLDER = Path(os.environ.get("DUOGUI_TEST_DATA", "/nowhere")).parent / "conformance"
pytestmark = pytest.mark.skipif(
    not (FOLDER / "cql2_ats.json").exists(), reason="needs cql2_ats.json and ne110m4cql2.gpkg beside DUOGUI_TEST_DATA"
)
PREDICATES = json.loads((FOLDER / "cql2_ats.json").read_text()) if (FOLDER / "cql2_ats.json").exists() else []
#: Counts of the standard that are wrong (opengeospatial/ogcapi-features, issue 1011): of the names that begin with Ch there are Chișinău, Chicago and Chengdu.
ERRATA = {
    "ACCENTI(name) LIKE accenti('Ch%')": 3,
    "ACCENTI(CASEI(name)) LIKE accenti(casei('Chiș%'))": 1,
    "ACCENTI(CASEI(name)) LIKE accenti(casei('cHis%'))": 1,
}
TYPES = {
    "object": (Text, Kind.TEXT),
    "float64": (Double, Kind.NUMBER),
    "int64": (Double, Kind.NUMBER),
    "bool": (Boolean, Kind.BOOLEAN),
    "datetime64[D]": (Date, Kind.DATE),
    "datetime64[ms]": (DateTime(timezone=True), Kind.TIMESTAMP),
}


@dataclass(frozen=True)
class TableResolver:
    """The columns of a table under their own names."""

    table: Table
    kinds: dict[str, Kind]
    srid: int = 4326
    crosses_antimeridian: bool = True

    def find(self, name: str) -> Operand | None:
        kind = self.kinds.get(name)
        return None if kind is None else Operand(kind, self.table.c[name])

    def names(self) -> list[str]:
        return list(self.kinds)

    def stored(self, geometry: shapely.Geometry) -> shapely.Geometry:
        return geometry


def load(connection: Connection, layer: str) -> TableResolver:
    path = FOLDER / "ne110m4cql2.gpkg"
    dtypes = {
        name: str(kind)
        for name, kind in zip(
            *(pyogrio.read_info(path, layer=layer)[part] for part in ("fields", "dtypes")), strict=True
        )
    }
    columns = [Column(name, TYPES[kind][0]) for name, kind in dtypes.items()]
    table = Table(layer, MetaData(), *columns, Column("geom", Geometry(srid=4326)), prefixes=["TEMPORARY"])
    table.create(connection)
    frame = pyogrio.read_dataframe(path, layer=layer)
    rows: list[dict[str, Any]] = []
    for record in frame.to_dict("records"):
        geometry = record.pop("geometry")
        row = {name: None if pd.isna(value) else value for name, value in record.items()}
        for name, kind in dtypes.items():
            if kind == "datetime64[ms]" and row[name] is not None:
                row[name] = row[name].tz_localize("UTC") if row[name].tzinfo is None else row[name]
        rows.append(row | {"geom": f"SRID=4326;{geometry.wkt}"})
    connection.execute(table.insert(), rows)
    return TableResolver(table, {name: TYPES[kind][1] for name, kind in dtypes.items()} | {"geom": Kind.GEOMETRY})


@pytest.fixture(scope="module")
def layers(engine_of_module: Connection) -> dict[str, TableResolver]:
    return {name: load(engine_of_module, name) for name, _ in pyogrio.list_layers(FOLDER / "ne110m4cql2.gpkg")}


@pytest.fixture(scope="module")
def engine_of_module(engine) -> Iterator[Connection]:
    with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@pytest.mark.parametrize("row", PREDICATES, ids=lambda row: f"{row['cls']}: {row['coll']}: {row['pred']}")
def test_a_predicate_finds_as_many_as_the_standard_says(row, layers, engine_of_module: Connection):
    resolver = layers[row["coll"]]
    condition = compile_filter(parse_filter(row["pred"]), resolver)
    query = select(func.count()).select_from(resolver.table).where(condition)
    assert engine_of_module.scalar(query) == ERRATA.get(row["pred"], row["n"])
