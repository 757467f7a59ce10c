"""tipg serves the same rows of the same tables: for random boxes and filters both give the same features and count the same."""

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine, make_url, text

from app.db.engine import make_engine
from benchmarks import serving_process
from benchmarks.serving_process import PEER_SCHEMA
from tests.integration.ogc.city import SIDE, SOUTH, STEP, WEST

from .conftest import Served, address_of

TABLES = {"parcels": "parcel", "many_parcels": "parcel", "city_plan": "plan_zone", "ecological_redline": "control_area"}
VIEW = """
create view {schema}.{layer} as select f.row_id as id, f.* from (select * from {table}) f
join layer_version v on v.id = f.layer_version_id join layer l on l.id = v.layer_id
where l.slug = '{layer}' and v.status = 'in_force' and f.superseded_at is null
"""
SEED = 20260630
FILTERS = (
    "land_use_code = '0701'",
    "land_use_code IN ('0601', '0901') AND area_ellipsoid_m2 > 10000",
    "NOT land_use_code = '0701'",
    "land_use_code <> '0601' OR name = '地块3'",
    "name LIKE '地块1%'",
    "area_registered_m2 BETWEEN 9999.5 AND 10000.5",
    "parcel_code IS NULL",
    "parcel_code IS NOT NULL AND parcel_code > '430104001001GB00012'",
)
SPATIAL = ("S_INTERSECTS", "S_WITHIN", "S_DISJOINT", "S_TOUCHES", "S_OVERLAPS", "S_CROSSES", "S_CONTAINS", "S_EQUALS")


@pytest.fixture(scope="module")
def tipg(server: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the layers by tipg as well, each a view of its version in force; return its address."""
    url = make_url(server.database_url)
    engine = make_engine(server.database_url)
    _make_views(engine)
    conninfo = make_conninfo(
        "", user=url.username, dbname=url.database, host=str(url.query["host"]), port=str(url.query["port"])
    )
    said = tmp_path_factory.mktemp("tipg") / "port"
    command = [sys.executable, "-m", serving_process.__name__, "tipg", conninfo, str(said.parent), str(said)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=Path(serving_process.__file__).parents[1])
    try:
        yield f"http://127.0.0.1:{address_of(process, said)}"
    finally:
        process.communicate(timeout=30)
        with engine.begin() as connection:
            connection.execute(text(f"drop schema {PEER_SCHEMA} cascade"))
        engine.dispose()


def _make_views(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text(f"create schema {PEER_SCHEMA}"))
        for layer, table in TABLES.items():
            connection.execute(text(VIEW.format(schema=PEER_SCHEMA, layer=layer, table=table)))


class Both:
    """The two services, asked the same."""

    def __init__(self, ours: str, theirs: str) -> None:
        self.ours, self.theirs = ours, theirs

    def ask(self, layer: str, **asked: str) -> tuple[int, list[str]]:
        """Return how many features match and their ids, after both were found to say the same."""
        ours = self._get(f"{self.ours}/collections/{layer}/items", asked, limit=500)
        chosen = {name: value.replace("geometry", "geom") for name, value in asked.items()}
        theirs = self._get(f"{self.theirs}/collections/{PEER_SCHEMA}.{layer}/items", chosen, limit=500)
        ids = sorted(str(feature["id"]) for feature in ours["features"])
        peers = sorted(str(feature["properties"]["feature_id"]) for feature in theirs["features"])
        assert ours["numberMatched"] == theirs["numberMatched"], asked
        assert ours["numberReturned"] == theirs["numberReturned"], asked
        # Where there are more than a page both give the first by the same key.
        assert ids == peers, asked
        return ours["numberMatched"], ids

    def _get(self, url: str, asked: dict[str, str], *, limit: int) -> dict[str, Any]:
        answer = httpx2.get(url, params={**asked, "limit": str(limit)}, timeout=60)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document


@pytest.fixture
def both(served: Served, tipg: str) -> Both:
    return Both(served.url, tipg)


def random_box(chance: random.Random) -> list[float]:
    """Return a box in and around the city."""
    (west, east), (south, north) = (
        sorted(origin + STEP * chance.uniform(-1, SIDE + 1) for _ in range(2)) for origin in (WEST, SOUTH)
    )
    return [west, south, east, north]


@pytest.mark.parametrize("layer", TABLES)
def test_random_boxes_give_the_same_features(both: Both, layer: str) -> None:
    chance = random.Random(SEED)
    counts = [both.ask(layer, bbox=",".join(map(str, random_box(chance))))[0] for _ in range(12)]
    assert len(set(counts)) > 1


def test_random_boxes_with_filters_give_the_same_features(both: Both) -> None:
    chance = random.Random(SEED)
    found = 0
    for condition in FILTERS * 2:
        box = ",".join(map(str, random_box(chance)))
        found += both.ask("many_parcels", bbox=box, filter=condition, **{"filter-lang": "cql2-text"})[0] > 0
        both.ask("parcels", filter=condition, **{"filter-lang": "cql2-text"})
    assert found >= len(FILTERS)


@pytest.mark.parametrize("operator", SPATIAL)
def test_spatial_predicates_of_cql2_choose_the_same_features(both: Both, operator: str) -> None:
    chance = random.Random(SEED)
    for _ in range(3):
        west, south, east, north = random_box(chance)
        ring = f"{west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}"
        condition = f"{operator}(geometry, POLYGON(({ring})))"
        both.ask("parcels", filter=condition, **{"filter-lang": "cql2-text"})
