"""A PMTiles file holds the tiles of a layer: GDAL, which has a reader of its own, finds the features in it."""

import gzip
import json
from itertools import pairwise
from pathlib import Path

import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from app.clock import today
from app.collections.catalog import find_collection
from app.collections.periods import Period
from app.db.sessions import read_session
from app.ogc.tile_archives import archive_tiles
from app.problems import InvalidParameterError
from gis.formats.pmtiles import tile_id, write_pmtiles

from .city import SOUTH, STEP, WEST

ZOOM = 15


@pytest.fixture(scope="module")
def archive(city_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "parcels.pmtiles"
    with read_session(city_engine) as session:
        collection = find_collection(session, "parcels", Period.of_day(today()))
        summary = archive_tiles(session, collection, path, srid=4490, max_zoom=ZOOM)
    assert summary.tiles > 3
    return path


def test_gdal_reads_the_features_at_their_places(archive: Path):
    frame = pyogrio.read_dataframe(archive, layer="parcels", ZOOM_LEVEL=str(ZOOM)).to_crs(4326)
    assert set(frame["feature_id"]) == {f"p{number}" for number in range(25)}
    west, south, east, north = frame.total_bounds
    assert (west, south) == pytest.approx((WEST, SOUTH), abs=2e-5)
    assert (east, north) == pytest.approx((WEST + 5 * STEP, SOUTH + 5 * STEP), abs=2e-5)


def test_the_header_says_what_is_in_the_file(archive: Path):
    content = archive.read_bytes()
    assert content[:8] == b"PMTiles\x03"
    # Where the city is smaller than a unit of the tile nothing can be drawn.
    assert 0 < content[100] < content[101] == ZOOM
    start, length = (int.from_bytes(content[at : at + 8], "little") for at in (24, 32))
    metadata = json.loads(gzip.decompress(content[start : start + length]))
    assert metadata["vector_layers"][0]["id"] == "parcels"
    assert metadata["vector_layers"][0]["maxzoom"] == ZOOM


def test_many_tiles_need_leaves_and_all_are_found(tmp_path: Path):
    path = tmp_path / "many.pmtiles"
    tiles = [(9, number % 512, number // 512, f"tile {number}".encode()) for number in range(0, 512 * 512, 7)]
    summary = write_pmtiles(path, tiles, bounds=(-180, -85, 180, 85), metadata={})
    content = path.read_bytes()
    root, leaves = (int.from_bytes(content[at : at + 8], "little") for at in (16, 48))
    assert summary.tiles == len(tiles)
    assert root <= 16_384 - 127
    assert leaves > 0


def test_a_zoom_that_no_map_has_is_refused(city_engine: Engine, tmp_path: Path):
    with read_session(city_engine) as session:
        collection = find_collection(session, "parcels", Period.of_day(today()))
        with pytest.raises(InvalidParameterError, match="0 to 18"):
            archive_tiles(session, collection, tmp_path / "a.pmtiles", srid=4490, max_zoom=99)
    assert list(tmp_path.iterdir()) == []


@given(st.integers(1, 6))
def test_the_numbers_of_a_zoom_are_a_walk_from_neighbour_to_neighbour(zoom: int):
    side = 2**zoom
    places = {tile_id(zoom, column, row): (column, row) for column in range(side) for row in range(side)}
    first = (4**zoom - 1) // 3
    assert sorted(places) == list(range(first, first + side * side))
    walk = [places[number] for number in sorted(places)]
    assert all(abs(a - c) + abs(b - d) == 1 for (a, b), (c, d) in pairwise(walk))
