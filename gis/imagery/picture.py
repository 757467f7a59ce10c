"""A small picture of what a scene shows of a piece of land and its surroundings (缩略图), to be looked at beside the numbers."""

import struct
import zlib
from contextlib import ExitStack
from math import cos, radians
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine
from rasterio.features import rasterize
from rasterio.windows import Window
from scipy.ndimage import binary_dilation

from gis.arrays import BoolArray, FloatArray, IntArray
from gis.imagery.grid import RasterGrid
from gis.imagery.scene_reader import SceneReader
from gis.imagery.scenes import Scene, SceneKind, open_raster

__all__ = ["encode_png", "picture_surroundings"]

ByteArray: TypeAlias = npt.NDArray[np.uint8]

#: So many of the scene's pixels are in the picture at least, across and down: fewer would show a colour, not a place.
_PIXELS_MIN: Final = 12

# Stops of colour: value, red, green, blue. Of night lights the value is a share of the brightest pixel in the picture.
_COLOURS: Final = {
    SceneKind.VEGETATION_INDEX: (
        (-0.1, 122, 92, 72),
        (0.15, 196, 164, 120),
        (0.35, 226, 214, 150),
        (0.55, 122, 178, 84),
        (0.9, 20, 88, 44),
    ),
    SceneKind.BUILT_SHARE: ((0.0, 244, 240, 230), (1.0, 168, 34, 30)),
    SceneKind.NIGHT_LIGHTS: ((0.0, 14, 16, 38), (1.0, 255, 232, 130)),
}
_HIDDEN: Final = ((198, 202, 204), (160, 166, 170))
_LINE: Final = (17, 17, 17)
_CASING: Final = (255, 255, 255)


def picture_surroundings(
    polygon: shapely.Geometry, scene: Scene, *, size: int = 160, margin_share: float = 0.5
) -> ByteArray:
    """Draw a scene around a piece of land, with the land's boundary.

    Pixels are shown as they are stored, none is blended with another. What the scene does not show (cloud, no value) is hatched grey; beyond
    the raster the picture is transparent.

    Parameters
    ----------
    polygon : Polygon or MultiPolygon
        (lon, lat) in degrees.
    scene : Scene
    size : int, optional
        Side of the picture, pixels.
    margin_share : float, optional
        Width of the surroundings on each side, as a share of the land's own extent.

    Returns
    -------
    ndarray of uint8, shape (size, size, 4)
        Red, green, blue and opacity; north is up, and the scale is the same across and down.

    Raises
    ------
    RasterRefusedError
    """
    with open_raster(scene.path) as raster, ExitStack() as stack:
        grid = RasterGrid.of(raster)
        outline = grid.project([polygon])[0]
        frame = _frame(outline, grid, margin_share)
        rows, columns = _cells(frame, grid, size)
        values, seen, inside = _sample(SceneReader(raster, [scene], stack), rows, columns, grid, size)
    picture = np.zeros((size, size, 4), dtype=np.uint8)
    picture[..., :3] = np.where(seen[..., None], _colour(values, seen, scene.kind), _hatch(size))
    picture[..., 3] = np.where(inside, 255, 0)
    _draw_boundary(picture, outline, frame)
    return picture


def _frame(outline: shapely.Geometry, grid: RasterGrid, margin_share: float) -> tuple[float, float, float, float]:
    """Return west, south, east and north of the picture in the raster's system: a square on the ground around the land."""
    west, south, east, north = shapely.bounds(outline)
    x, y = (west + east) / 2, (south + north) / 2
    # A degree of longitude is shorter than one of latitude.
    shrink = cos(radians(y)) if grid.crs.is_geographic else 1.0
    extent = max((east - west) * shrink, north - south) * (1 + 2 * margin_share)
    half = max(extent, _PIXELS_MIN * -grid.transform.e) / 2
    return x - half / shrink, y - half, x + half / shrink, y + half


def _cells(frame: tuple[float, float, float, float], grid: RasterGrid, size: int) -> tuple[IntArray, IntArray]:
    """Return the raster's row under each row of the picture, and its column under each column; some lie beyond the raster."""
    west, south, east, north = frame
    places = (np.arange(size) + 0.5) / size
    left, top = grid.bounds[0], grid.bounds[3]
    columns = np.floor((west + places * (east - west) - left) / grid.transform.a)
    rows = np.floor((top - (north - places * (north - south))) / -grid.transform.e)
    return rows.astype(np.int64), columns.astype(np.int64)


def _sample(
    reader: SceneReader, rows: IntArray, columns: IntArray, grid: RasterGrid, size: int
) -> tuple[FloatArray, BoolArray, BoolArray]:
    """Return value, whether it shows the ground, and whether it is in the raster at all, shape (size, size) each."""
    inside_rows, inside_columns = (rows >= 0) & (rows < grid.height), (columns >= 0) & (columns < grid.width)
    inside = inside_rows[:, None] & inside_columns[None, :]
    values, seen = np.zeros((size, size)), np.zeros((size, size), dtype=bool)
    if not inside.any():
        return values, seen, inside
    down, across = rows[inside_rows], columns[inside_columns]
    top, left = int(down[0]), int(across[0])
    height, width = int(down[-1]) - top + 1, int(across[-1]) - left + 1
    shape = min(height, 2 * size), min(width, 2 * size)
    read, valid = reader.read(Window(left, top, width, height), shape=shape)
    at = np.ix_((down - top) * shape[0] // height, (across - left) * shape[1] // width)
    values[inside], seen[inside] = read[0][at].ravel(), valid[0][at].ravel()
    return values, seen, inside


def _colour(values: FloatArray, seen: BoolArray, kind: SceneKind) -> FloatArray:
    stops = np.array(_COLOURS[kind])
    level = np.where(seen, values, 0.0)
    if kind is SceneKind.NIGHT_LIGHTS:
        brightest = float(level.max(initial=0.0))
        level = level / brightest if brightest > 0 else level
    return np.stack([np.interp(level, stops[:, 0], stops[:, band]) for band in (1, 2, 3)], axis=-1)


def _hatch(size: int) -> ByteArray:
    row, column = np.indices((size, size))
    colours: ByteArray = np.array(_HIDDEN, dtype=np.uint8)
    hatched: ByteArray = colours[((row + column) // 5) % 2]
    return hatched


def _draw_boundary(picture: ByteArray, outline: shapely.Geometry, frame: tuple[float, float, float, float]) -> None:
    size = len(picture)
    west, south, east, north = frame
    line = rasterize(
        [(shapely.boundary(outline), 1)],
        out_shape=(size, size),
        transform=Affine((east - west) / size, 0, west, 0, (south - north) / size, north),
        all_touched=True,
        dtype=np.uint8,
    ).astype(bool)
    picture[binary_dilation(line)] = (*_CASING, 255)
    picture[line] = (*_LINE, 255)


def encode_png(picture: ByteArray) -> bytes:
    r"""Write a picture of red, green, blue and opacity as PNG (ISO/IEC 15948), the same bytes each time.

    Parameters
    ----------
    picture : ndarray of uint8, shape (rows, columns, 4)

    Returns
    -------
    bytes

    Examples
    --------
    >>> import numpy as np
    >>> from gis.imagery.picture import encode_png
    >>> encode_png(np.zeros((2, 3, 4), dtype=np.uint8))[:8]
    b'\x89PNG\r\n\x1a\n'
    """
    height, width, _ = picture.shape
    # Every row is led by the number of its filter: 0, none.
    rows = np.concatenate([np.zeros((height, 1), dtype=np.uint8), picture.reshape(height, width * 4)], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
