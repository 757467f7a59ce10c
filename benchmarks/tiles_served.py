"""Vector tiles over HTTP against tipg: single tiles at zoom 14, and the fullest tile of zoom 10."""

import http.client
from pathlib import Path
from typing import Any, ClassVar, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import rasterio.features
import shapely
from rasterio.transform import from_bounds

from benchmarks.contestants import AREA, Contestant
from benchmarks.model import OF, Case, Goal, Medians, faster_than
from benchmarks.served import ServedContestant, parcels_in_degrees
from gis.arrays import GeometryArray

__all__ = ["CASES"]

_TILES: Final = 60
_ZOOM, _FULL_ZOOM = 14, 10
_HALF_WORLD_M: Final = 20_037_508.342789244
#: A tile is drawn this wide where every point of the screen is a pixel.
_PIXELS: Final = 512
_WEB_MERCATOR: Final = "EPSG:3857"

Address = tuple[int, int]


def _placed(contestant: Contestant) -> gpd.GeoDataFrame:
    """Return the parcels in the plane of web maps."""
    return parcels_in_degrees(contestant).set_crs(4326, allow_override=True).to_crs(_WEB_MERCATOR)


def _addresses(points: np.ndarray, zoom: int) -> np.ndarray:
    """Return column and row of the tile in which each point lies."""
    side = 2 * _HALF_WORLD_M / 2**zoom
    return np.c_[(points[:, 0] + _HALF_WORLD_M) // side, (_HALF_WORLD_M - points[:, 1]) // side].astype(int)


def _bounds(zoom: int, column: int, row: int) -> tuple[float, float, float, float]:
    side = 2 * _HALF_WORLD_M / 2**zoom
    west, north = column * side - _HALF_WORLD_M, _HALF_WORLD_M - row * side
    return west, north - side, west + side, north


def _chosen_tiles(placed: gpd.GeoDataFrame, zoom: int, count: int) -> list[Address]:
    """Return tiles with parcels in them, chosen as a reader would meet them: crowded ones more often."""
    points = shapely.get_coordinates(placed.geometry.centroid.to_numpy())
    at = np.random.default_rng(11).choice(len(points), size=min(20 * count, len(points)), replace=False)
    found = dict.fromkeys(map(tuple, _addresses(points[at], zoom).tolist()))
    return list(found)[:count]


def _read_tile(body: bytes, folder: Path, zoom: int, address: Address) -> gpd.GeoDataFrame:
    """Return the features of a tile, in the plane of web maps."""
    path = folder / "answer.mvt"
    path.write_bytes(body)
    options = {"X": str(address[0]), "Y": str(address[1]), "Z": str(zoom), "CLIP": "NO"}
    return pyogrio.read_dataframe(path, **options)


class Tiles(ServedContestant):
    """Asks for sixty tiles that nobody asked for before; the service keeps none."""

    name = "duogui, not kept"
    settings: ClassVar[dict[str, str]] = {"DUOGUI_TILE_CACHE_BYTES": "0"}
    expected_status: ClassVar[int] = http.client.OK

    def prepare(self) -> None:
        super().prepare()
        self.placed = _placed(self)
        self.addresses = _chosen_tiles(self.placed, _ZOOM, _TILES)
        self.headers: list[dict[str, str]] = [{} for _ in self.addresses]

    def run(self) -> list[tuple[http.client.HTTPResponse, bytes]]:
        paths = [self.tile(_ZOOM, *address) for address in self.addresses]
        return [self.ask(path, headers) for path, headers in zip(paths, self.headers, strict=True)]

    def bodies(self, result: Any) -> list[bytes]:  # noqa: ANN401
        return [body for _, body in result]

    def answer(self, result: list[tuple[http.client.HTTPResponse, bytes]]) -> pd.DataFrame:
        assert {response.status for response, _ in result} == {self.expected_status}
        parts = []
        for address, body in zip(self.addresses, self.bodies(result), strict=True):
            drawn = _read_tile(body, self.inputs.folder, _ZOOM, address)["feature_id"].astype(int)
            inside = _ids_in(self.placed, address)
            ids = np.intersect1d(drawn.to_numpy(), inside)
            parts.append(pd.DataFrame({"tile": "/".join(map(str, address)), "id": ids}))
        answer = pd.concat(parts, ignore_index=True)
        return answer.assign(**{AREA: self.placed.geometry.area.loc[answer["id"]].to_numpy()})


def _ids_in(placed: gpd.GeoDataFrame, address: Address) -> np.ndarray:
    """Return the ids of the parcels that reach a pixel or more into a tile; what both draw around it differs by their margins."""
    side = 2 * _HALF_WORLD_M / 2**_ZOOM
    west, south, east, north = _bounds(_ZOOM, *address)
    margin = side / 4096
    box = shapely.box(west + margin, south + margin, east - margin, north - margin)
    return placed.index[placed.sindex.query(box, predicate="intersects")].to_numpy()


class TilesOfTipg(Tiles):
    """The same of tipg, which keeps no tiles."""

    name = "tipg"
    server = "tipg"
    modules = ("tipg",)
    settings: ClassVar[dict[str, str]] = {}


class KeptTiles(Tiles):
    """The same when they have been asked for before."""

    name = "duogui, kept"
    settings: ClassVar[dict[str, str]] = {}

    def prepare(self) -> None:
        super().prepare()
        self.known = [self.ask(self.tile(_ZOOM, *address)) for address in self.addresses]


class UnchangedTiles(KeptTiles):
    """The same for a client that has them and asks whether they have changed."""

    name = "duogui, 304"
    expected_status = http.client.NOT_MODIFIED

    def prepare(self) -> None:
        super().prepare()
        self.headers = [{"If-None-Match": response.headers["ETag"]} for response, _ in self.known]

    def bodies(self, result: Any) -> list[bytes]:  # noqa: ANN401
        assert not any(body for _, body in result)
        return [body for _, body in self.known]


class TileOracle(Contestant):
    """Every parcel that reaches into a tile is in it."""

    name = "oracle"

    def prepare(self) -> None:
        self.placed = _placed(self)

    def run(self) -> None:
        """There is nothing to do."""

    def answer(self, result: None) -> pd.DataFrame:
        assert result is None
        chosen = _chosen_tiles(self.placed, _ZOOM, _TILES)
        parts = [pd.DataFrame({"tile": "/".join(map(str, one)), "id": _ids_in(self.placed, one)}) for one in chosen]
        answer = pd.concat(parts, ignore_index=True)
        areas = self.placed.geometry.area.loc[answer["id"]].to_numpy()
        return answer.assign(**{AREA: areas, OF: areas})


class FullestTile(ServedContestant):
    """Asks for the tile of zoom 10 with most parcels, and looks how much of their ground it shows."""

    name = "duogui"
    settings: ClassVar[dict[str, str]] = {"DUOGUI_TILE_CACHE_BYTES": "0"}

    def prepare(self) -> None:
        super().prepare()
        self.placed = _placed(self)
        points = shapely.get_coordinates(self.placed.geometry.centroid.to_numpy())
        tiles, counts = np.unique(_addresses(points, _FULL_ZOOM), axis=0, return_counts=True)
        self.address: Address = tuple(tiles[counts.argmax()].tolist())
        self.shown: dict[str, float] = {}

    def run(self) -> bytes:
        self.body = self.get(self.tile(_FULL_ZOOM, *self.address))
        return self.body

    def facts(self) -> dict[str, float]:
        drawn = _read_tile(self.body, self.inputs.folder, _FULL_ZOOM, self.address)
        bounds = _bounds(_FULL_ZOOM, *self.address)
        ground = _covered_pixels(self.placed.geometry.to_numpy(), bounds)
        missing = ground & ~_covered_pixels(drawn.geometry.to_numpy(), bounds)
        return {
            "features in the tile": len(drawn),
            "kB": len(self.body) / 1000,
            "ground not shown, % of its pixels": 100 * missing.sum() / ground.sum(),
        }

    def answer(self, result: bytes) -> pd.DataFrame:
        assert result
        return pd.DataFrame({"id": [], AREA: np.array([], dtype=float)})


def _covered_pixels(polygons: GeometryArray, bounds: tuple[float, float, float, float]) -> np.ndarray:
    """Return which pixels of a tile have their centre in one of the polygons."""
    near = polygons[shapely.intersects(polygons, shapely.box(*bounds))]
    drawn: np.ndarray = rasterio.features.rasterize(
        near, out_shape=(_PIXELS, _PIXELS), transform=from_bounds(*bounds, _PIXELS, _PIXELS), dtype="uint8"
    )
    return drawn.astype(bool)


class FullestTileOfTipg(FullestTile):
    """The same of tipg, which takes the first 10,000 features."""

    name = "tipg"
    server = "tipg"
    modules = ("tipg",)
    settings: ClassVar[dict[str, str]] = {}


def _fact(text: str, name: str, limit: float, unit: str) -> Goal:
    def number(medians: Any, _ratio: Any) -> float:  # noqa: ANN401
        found: Medians = medians[FullestTile.name]
        return found.facts[name]

    return Goal(text, (FullestTile.name,), number, limit, at_most=True, unit=unit)


CASES = (
    Case(
        key="served_tiles",
        title="Vector tiles of zoom 14 over HTTP",
        note="Sixty tiles, one after the other. Compared is which parcels are in each; what lies in the margins around a tile is left out, as these "
        "differ. Both servers serve the same rows of one table; processors are those of client and server without the database, memory is the server's.",
        layers=("parcel",),
        contestants=(Tiles, TilesOfTipg, KeptTiles, UnchangedTiles),
        oracle=TileOracle,
        goals=(
            faster_than("Tiles of zoom 14, not kept: against tipg", Tiles.name, (TilesOfTipg.name,), 2),
            faster_than("Tiles of zoom 14, kept: against tipg", KeptTiles.name, (TilesOfTipg.name,), 10),
            faster_than(
                "Tiles of zoom 14, not changed (304): against tipg", UnchangedTiles.name, (TilesOfTipg.name,), 20
            ),
        ),
    ),
    Case(
        key="served_small_scale",
        title="The fullest vector tile of zoom 10 over HTTP",
        note="Ground is what the parcels cover of the tile, drawn 512 pixels wide. tipg takes 10,000 features at most.",
        layers=("parcel",),
        contestants=(FullestTile, FullestTileOfTipg),
        goals=(
            _fact("Fullest tile of zoom 10: before compression", "kB", 250, "kB"),
            _fact("Fullest tile of zoom 10: ground not shown", "ground not shown, % of its pixels", 0.1, "%"),
        ),
    ),
)
