"""Tiles of small scales keep the ground: features simplified together, then their classes, prepared once for a state of a layer."""

import math
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pyproj
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import ColumnElement, Engine, delete, func, select, text
from sqlalchemy.orm import Session

from app.clock import today
from app.collections.periods import Period
from app.collections.rows import Rows
from app.collections.states import KnownStates, Lookup, read_states
from app.db.models import GeneralisedFeature, Parcel, TilePiece, TilePreparation, TilePreparationStep
from app.layers import generalising
from app.layers.errors import TilesBeingPreparedError
from app.layers.generalising import prepare_tiles
from app.layers.tile_bands import CUT_ZOOM
from app.ogc.tile_matrix_sets import WEB_MERCATOR_QUAD, Tile, parse_tile
from app.ogc.vector_tiles import Source, choose_source, render_tile
from gis.generalise import ClassBand, MapCoverage, classes_at, map_coverage, pixel_m, shared_lengths, to_web_mercator

from .city import feature, find_version, layer_of_its_own, square
from .mvt import TileFeature, decode

SIDE, STEP, WEST, SOUTH = 40, 0.0005, 113.2, 28.3


def address(longitude: float, latitude: float, zoom: int) -> tuple[int, int]:
    column = (longitude + 180) / 360 * 2**zoom
    row = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * 2**zoom
    return int(row), int(column)


def code(column: int, row: int) -> str:
    """Return the class of a cell: blocks of 10 x 10 cells, and every 13th cell another than its block."""
    if (row * SIDE + column) % 13 == 0:
        return "0901"
    return ("0701", "0601")[(column // 10 + row // 10) % 2]


@pytest.fixture(scope="module")
def quarter(city_engine: Engine) -> Iterator[str]:
    """Serve a layer of 1600 small parcels without gaps, prepared for small scales."""
    with layer_of_its_own(city_engine, "quarter", 0):
        with Session(city_engine) as session, session.begin():
            version = find_version(session, "quarter")
            for row in range(SIDE):
                for column in range(SIDE):
                    west, south = WEST + column * STEP, SOUTH + row * STEP
                    geom = square(west, south, west + STEP, south + STEP)
                    facts = {"feature_id": f"q{row}-{column}", "land_use_code": code(column, row)}
                    session.add(feature(Parcel, version, geom=geom, **facts))
            version_id = version.id
        prepare_tiles(city_engine, version_id, actor="test")
        yield "quarter"


def tiles(client: TestClient, zoom: int, **parameters: str) -> list[list[TileFeature]]:
    top, left = address(WEST, SOUTH + SIDE * STEP, zoom)
    bottom, right = address(WEST + SIDE * STEP, SOUTH, zoom)
    found = []
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            path = f"/collections/quarter/tiles/WebMercatorQuad/{zoom}/{row}/{column}"
            answer = client.get(path, params=parameters)
            assert answer.status_code in {200, 204}, answer.text
            found.append([one for layer in decode(answer.content) for one in layer.features])
    return found


def features(client: TestClient, zoom: int, **parameters: str) -> list[TileFeature]:
    """Return the features of all tiles, each once: a tile holds what lies in its margin as well."""
    return list({one.id: one for tile in tiles(client, zoom, **parameters) for one in tile}.values())


@pytest.mark.parametrize("zoom", [8, 9, 10, 11])
def test_classes_cover_all_of_the_ground(client: TestClient, quarter: str, zoom: int):
    found = features(client, zoom)
    assert all(one.properties["generalised"] is True for one in found)
    assert {one.properties["land_use_code"] for one in found} <= {"0601", "0701", "0901"}
    assert sum(one.properties["feature_count"] for one in found) == SIDE * SIDE
    # A filter that everything meets is answered from the features themselves, cut at the same margins.
    everything = {"filter": "land_use_code <> 'none'"}
    for shown, stored in zip(tiles(client, zoom), tiles(client, zoom, **everything), strict=True):
        ground = sum(one.area for one in stored)
        # A unit of the tile along the outline is what the grid of the tile may take or add.
        assert sum(one.area for one in shown) == pytest.approx(ground, abs=4 * math.sqrt(ground) + 4)


def test_what_is_smaller_than_a_pixel_goes_to_its_neighbour(client: TestClient, quarter: str):
    near, far = features(client, 13), features(client, 9)
    assert Counter(one.properties["land_use_code"] for one in near)["0901"] == len(range(0, SIDE * SIDE, 13))
    assert "0901" not in {one.properties["land_use_code"] for one in far}
    assert 0 < len(far) < 40


def test_features_of_middle_scales_are_all_there_with_their_ids(client: TestClient, quarter: str):
    found = {one.properties["feature_id"]: one for one in features(client, 13)}
    assert len(found) == SIDE * SIDE
    assert all(one.properties["generalised"] is True for one in found.values())


def test_nearer_tiles_show_what_is_stored(client: TestClient, quarter: str):
    assert not any("generalised" in one.properties for one in features(client, 15))


def test_a_filter_is_answered_from_the_features_themselves(client: TestClient, quarter: str):
    found = features(client, 11, filter="land_use_code = '0901'")
    assert len(found) == len(range(0, SIDE * SIDE, 13))
    assert not any("generalised" in one.properties for one in found)
    middle = features(client, 13, filter="land_use_code = '0901'")
    assert len(middle) == len(found)
    assert all(one.properties["generalised"] for one in middle)


def test_what_was_prepared_of_another_state_is_not_shown(client: TestClient, city_engine: Engine, quarter: str):
    path = "/collections/quarter/tiles/WebMercatorQuad/9/{}/{}".format(*address(WEST, SOUTH, 9))
    before = client.get(path)
    statement = text("update tile_preparation set state = state + :by where layer_version_id = :id")
    with Session(city_engine) as session, session.begin():
        version_id = find_version(session, "quarter").id
        session.execute(statement, {"by": 1, "id": version_id})
    try:
        after = client.get(path)
        assert after.headers["ETag"] != before.headers["ETag"]
        assert not any("generalised" in one.properties for layer in decode(after.content) for one in layer.features)
    finally:
        with Session(city_engine) as session, session.begin():
            session.execute(statement, {"by": -1, "id": version_id})
    assert client.get(path, headers={"If-None-Match": before.headers["ETag"]}).status_code == 304


def test_every_zoom_is_prepared_once(city_engine: Engine, quarter: str):
    with Session(city_engine) as session:
        version_id = find_version(session, "quarter").id
        rows = session.execute(
            select(GeneralisedFeature.zoom, GeneralisedFeature.feature_row_id).where(
                GeneralisedFeature.layer_version_id == version_id
            )
        ).all()
        stored = session.scalar(
            select(TilePreparation.invalid_count).where(TilePreparation.layer_version_id == version_id)
        )
        assert session.scalars(select(TilePreparationStep)).all() == []
    assert {zoom for zoom, _ in rows} == set(range(5, 14))
    assert Counter(zoom for zoom, row_id in rows if row_id is not None) == {12: SIDE * SIDE, 13: SIDE * SIDE}
    assert stored == 0


def prepared(engine: Engine, version_id: int) -> dict[str, list[tuple[object, ...]]]:
    """Return all that was prepared of a version, without the numbers that rows get as they are stored."""
    band, piece = GeneralisedFeature, TilePiece
    rows = select(band.zoom, band.feature_row_id, band.class_value, band.feature_count, func.ST_AsText(band.geom))
    pieces = select(piece.tile_column, piece.tile_row, piece.feature_row_id, func.ST_AsText(piece.geom))
    with Session(engine) as session:
        return {
            "rows": sorted(session.execute(rows.where(band.layer_version_id == version_id)).all(), key=repr),
            "pieces": sorted(session.execute(pieces.where(piece.layer_version_id == version_id)).all(), key=repr),
        }


def test_blocks_make_what_the_whole_layer_makes_and_a_stopped_worker_is_gone_on_with(
    city_engine: Engine, quarter: str, monkeypatch: pytest.MonkeyPatch
):
    with Session(city_engine) as session:
        version_id = find_version(session, quarter).id
    whole = prepared(city_engine, version_id)
    assert len(whole["rows"]) > 2 * SIDE * SIDE
    monkeypatch.setattr(generalising, "_BLOCK", 300)
    over: list[tuple[int, int]] = []

    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        prepare_tiles(city_engine, version_id, actor="test", check=stop, progress=lambda *at: over.append(at))
    with Session(city_engine) as session:
        assert session.get(TilePreparation, version_id) is None
        first = set(session.scalars(select(TilePreparationStep.step)))
        stored = session.scalar(select(func.min(GeneralisedFeature.row_id)).where(of(version_id)))
    assert first
    assert all(step.startswith("features ") for step in first)
    again: list[tuple[int, int]] = []
    answer = prepare_tiles(city_engine, version_id, actor="test", progress=lambda *at: again.append(at))
    assert again[0] == (len(first), over[0][1])
    assert again[-1] == (over[0][1], over[0][1])
    assert answer["features"] == SIDE * SIDE
    with Session(city_engine) as session:
        assert session.scalar(select(func.min(GeneralisedFeature.row_id)).where(of(version_id))) == stored
    assert prepared(city_engine, version_id)["pieces"] == whole["pieces"]
    in_blocks = prepared(city_engine, version_id)["rows"]
    assert [row for row in in_blocks if row[0] >= 12] == [row for row in whole["rows"] if row[0] >= 12]
    # Of classes the ground is the same; where a polygon begins depends on the order in which it was put together.
    assert ground_of(in_blocks) == pytest.approx(ground_of(whole["rows"]), rel=1e-9)


def of(version_id: int) -> ColumnElement[bool]:
    return GeneralisedFeature.layer_version_id == version_id


def ground_of(rows: list[tuple[object, ...]]) -> dict[tuple[object, object], float]:
    """Return the area and the features of each class at each zoom of classes."""
    found: Counter[tuple[object, object, str]] = Counter()
    for zoom, _, value, count, drawn in rows:
        if zoom < 12:
            found[zoom, value, "m2"] += shapely.from_wkt(drawn).area
            found[zoom, value, "features"] += count
    return dict(found)


def test_an_edit_lets_a_stopped_preparation_begin_anew(city_engine: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(generalising, "_BLOCK", 10)

    def stop() -> None:
        raise InterruptedError

    with layer_of_its_own(city_engine, "edited_quarter", 25):
        with Session(city_engine) as session:
            version_id = find_version(session, "edited_quarter").id
        with pytest.raises(InterruptedError):
            prepare_tiles(city_engine, version_id, actor="test", check=stop)
        with Session(city_engine) as session, session.begin():
            find_version(session, "edited_quarter").edit_count += 1
        done: list[tuple[int, int]] = []
        prepare_tiles(city_engine, version_id, actor="test", progress=lambda *at: done.append(at))
        assert done[0][0] == 0
        rows = [row for row in prepared(city_engine, version_id)["rows"] if row[0] == 13]
        assert len(rows) == 25


def test_a_version_is_prepared_by_one_at_a_time(city_engine: Engine, quarter: str):
    with Session(city_engine) as session:
        version_id = find_version(session, quarter).id

    def another() -> None:
        with pytest.raises(TilesBeingPreparedError):
            prepare_tiles(city_engine, version_id, actor="test")
        raise InterruptedError

    with pytest.raises(InterruptedError):
        prepare_tiles(city_engine, version_id, actor="test", check=another)
    prepare_tiles(city_engine, version_id, actor="test")


def test_tiles_put_together_from_pieces_show_what_is_stored(city_engine: Engine, quarter: str):
    lookup = Lookup((quarter,), Period.of_day(today()))
    with Session(city_engine) as session:
        (state,) = read_states(session, KnownStates(), lookup).states
        rows = Rows(state.collection, state.scope_ids)
        seen: Counter[int] = Counter()
        for row, column in mercator_tiles_of_the_quarter():
            tile = parse_tile(WEB_MERCATOR_QUAD, str(CUT_ZOOM), str(row), str(column))
            assert choose_source(state, rows, tile) == Source(is_cut=True)
            stored = shown(session, rows, tile, Source())
            assert shown(session, rows, tile, Source(is_cut=True)) == stored
            # What has no pieces is cut when it is asked for, be it a row or a whole version.
            here = (TilePiece.tile_column == column) & (TilePiece.tile_row == row)
            pieces = session.scalars(select(TilePiece.feature_row_id).where(here)).all()
            assert sorted(pieces) == sorted(number for number, _ in stored)
            seen.update(pieces)
            session.execute(delete(TilePiece).where(here, TilePiece.feature_row_id % 2 == 0))
            assert shown(session, rows, tile, Source(is_cut=True)) == stored
        assert len(seen) == SIDE * SIDE
        assert max(seen.values()) > 1
        session.rollback()


def mercator_tiles_of_the_quarter() -> list[tuple[int, int]]:
    top, left = address(WEST, SOUTH + SIDE * STEP, CUT_ZOOM)
    bottom, right = address(WEST + SIDE * STEP, SOUTH, CUT_ZOOM)
    return [(row, column) for row in range(top - 1, bottom + 2) for column in range(left - 1, right + 2)]


def shown(session: Session, rows: Rows, tile: Tile, source: Source) -> list[tuple[int, str]]:
    content = render_tile(session, rows, tile, srid=4490, source=source)
    return sorted((one.id, repr(one)) for layer in decode(content) for one in layer.features)


def test_what_does_not_fit_its_neighbour_is_named_and_left_as_it_is():
    edge = [(113.0, 28.0), (113.0, 28.005), (113.0, 28.01)]
    bent = [(113.0, 28.0), (113.000004, 28.005), (113.0, 28.01)]
    left = shapely.Polygon([*edge, (112.99, 28.01), (112.99, 28.0)])
    right = shapely.Polygon([*bent, (113.01, 28.01), (113.01, 28.0)])
    coverage = map_coverage(np.array([left, right], dtype=object), np.array([0, 1]))
    assert coverage.invalid.any()
    assert shapely.length(coverage.invalid_edges[coverage.invalid]).min() > 0
    (pieces,) = coverage.simplified([12])
    kept = coverage.features(pieces).geometries
    before = to_web_mercator(np.array([left, right], dtype=object))
    for row in np.flatnonzero(coverage.invalid).tolist():
        assert shapely.equals_exact(
            shapely.normalize(kept[row]), shapely.normalize(shapely.multipolygons([before[row]])), 1e-6
        )


def classes_of(coverage: MapCoverage, zooms: list[int]) -> Iterator[ClassBand]:
    """Return the classes of a coverage that is one block."""
    (pieces,) = coverage.simplified([12])
    return classes_at(coverage.ground(pieces), zooms)


def test_a_coverage_has_no_gap_after_it_was_simplified():
    rng = np.random.default_rng(7)
    points = shapely.multipoints(np.column_stack([rng.uniform(113, 113.2, 300), rng.uniform(28, 28.2, 300)]))
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=shapely.box(113, 28, 113.2, 28.2)))
    clipped = shapely.get_parts(shapely.intersection(cells, shapely.box(113, 28, 113.2, 28.2)))
    for band in classes_of(map_coverage(clipped, np.arange(len(clipped)) % 5), [11, 9]):
        united = shapely.union_all(band.geometries)
        assert shapely.is_valid(band.geometries).all()
        assert shapely.area(united) == pytest.approx(shapely.area(band.geometries).sum(), rel=1e-9)
        assert shapely.get_num_interior_rings(shapely.get_parts(united)).sum() == 0
        assert band.counts.sum() == len(clipped)
        assert pixel_m(band.zoom) > 0


@pytest.mark.parametrize(("pixels", "stays"), [(1.8, False), (2.2, True)])
def test_what_is_smaller_than_two_pixels_goes_to_the_neighbour_with_which_it_shares_most(pixels: float, stays: bool):
    side = pixel_m(11)
    # Three strips side by side, of which the middle one is two pixels wide; its longer border is the one with the large strip.
    west = shapely.box(0, 0, 20 * side, 20 * side)
    middle = shapely.box(20 * side, 0, 22 * side, pixels / 2 * side)
    above = shapely.box(20 * side, pixels / 2 * side, 22 * side, 20 * side)
    in_degrees = shapely.transform(
        np.array([west, middle, above], dtype=object),
        lambda xy: np.column_stack(pyproj.Transformer.from_crs(3857, 4326, always_xy=True).transform(*xy.T)),
    )
    (band,) = classes_of(map_coverage(in_degrees, np.array([0, 1, 2])), [11])
    assert sorted(band.classes.tolist()) == ([0, 1, 2] if stays else [0, 2])
    # The middle shares two pixels with what lies above it and about one with the west.
    of_class = dict(zip(band.classes.tolist(), band.counts.tolist(), strict=True))
    assert of_class == ({0: 1, 1: 1, 2: 1} if stays else {0: 1, 2: 2})
    assert band.counts.sum() == 3
    assert shapely.area(band.geometries).sum() == pytest.approx(22 * 20 * side**2, rel=0.02)


def test_shared_lengths_are_those_of_plain_intersections():
    boxes = np.array([shapely.box(0, 0, 2, 1), shapely.box(2, 0, 3, 1), shapely.box(0, 1, 2, 2)], dtype=object)
    found = {(a, b): length for a, b, length in zip(*(one.tolist() for one in shared_lengths(boxes)), strict=True)}
    expected = {
        (a, b): shapely.length(shapely.intersection(boxes[a], boxes[b]))
        for a in range(3)
        for b in range(3)
        if a != b and shapely.length(shapely.intersection(boxes[a], boxes[b])) > 0
    }
    assert found == expected
