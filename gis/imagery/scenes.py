"""Scenes: what was seen on one day, in one band of a raster, and where clouds hid it."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

import rasterio
from rasterio.errors import RasterioIOError

from gis.imagery.errors import RasterRefusedError, UndatedRasterError

__all__ = ["Mask", "Scene", "SceneKind", "open_raster", "read_scenes"]

# Tags in which programs write when a picture was taken: TIFF 6.0, and GDAL's IMAGERY domain.
_DATE_TAGS = (
    ("IMAGERY", "ACQUISITIONDATETIME"),
    (None, "TIFFTAG_DATETIME"),
    (None, "ACQUISITIONDATETIME"),
    (None, "datetime"),
)
_DATE_IN_TEXT = re.compile(r"(?<!\d)((?:19|20)\d{2})[-_:./]?(0[1-9]|1[0-2])[-_:./]?(0[1-9]|[12]\d|3[01])(?!\d)")


class SceneKind(StrEnum):
    """What the values of a raster are."""

    VEGETATION_INDEX = "vegetation_index"
    BUILT_SHARE = "built_share"
    NIGHT_LIGHTS = "night_lights"

    @property
    def value_range(self) -> tuple[float, float] | None:
        """Smallest and greatest value that is possible, or None where there is no greatest."""
        match self:
            case SceneKind.VEGETATION_INDEX:
                return -1.0, 1.0
            case SceneKind.BUILT_SHARE:
                return 0.0, 1.0
            case SceneKind.NIGHT_LIGHTS:
                return None


@dataclass(frozen=True, slots=True)
class Mask:
    """Where a scene shows the ground (云掩膜).

    Attributes
    ----------
    path : Path
    band : int
        Counted from 1.
    clear_values : tuple of int
        Values of pixels that show the ground: ``(0,)`` of a cloud mask, ``(1,)`` of a mask of validity, ``(4, 5, 6, 7)`` of Sentinel-2's scene
        classification.
    """

    path: Path
    band: int = 1
    clear_values: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class Scene:
    """One band that was taken on one day.

    Attributes
    ----------
    path : Path
    band : int
        Counted from 1.
    taken_on : date
    kind : SceneKind
    masks : tuple of Mask
        A pixel counts where all of them are clear.
    scale : float
        Factor to the stored values, in place of the file's own: 0.0001 for an index stored as a whole number up to 10,000.
    """

    path: Path
    taken_on: date
    band: int = 1
    kind: SceneKind = SceneKind.VEGETATION_INDEX
    masks: tuple[Mask, ...] = ()
    scale: float | None = None


@contextmanager
def open_raster(path: Path) -> Iterator[rasterio.DatasetReader]:
    """Open a GeoTIFF or cloud-optimised GeoTIFF of the local disk; no other driver, no other place.

    Raises
    ------
    RasterRefusedError
        If there is none, or it cannot be read.
    """
    if not path.is_file():
        raise RasterRefusedError(f"There is no raster {path}.")
    try:
        with rasterio.open(path, driver="GTiff") as dataset:
            yield dataset
    except RasterioIOError as error:
        raise RasterRefusedError(f"{path} cannot be read as a GeoTIFF: {error}") from error


def read_scenes(
    path: Path,
    *,
    kind: SceneKind = SceneKind.VEGETATION_INDEX,
    taken_on: Sequence[date] | None = None,
    masks: Sequence[Mask] = (),
    scale: float | None = None,
) -> list[Scene]:
    """List the scenes of a raster, a band each.

    The days are taken from what the caller says, else from the descriptions of the bands, else, for a raster of one band, from its tags or its
    name. A mask with as many bands as the raster has hides band by band; a mask of one band hides all.

    Parameters
    ----------
    path : Path
    kind : SceneKind, optional
    taken_on : sequence of date, optional
        One for each band.
    masks : sequence of Mask, optional
    scale : float, optional

    Returns
    -------
    list of Scene
        In the order of the bands.

    Raises
    ------
    UndatedRasterError, RasterRefusedError
    """
    with open_raster(path) as raster:
        days = _days(raster, path, taken_on)
    per_band = [_mask_of_each_band(mask, len(days)) for mask in masks]
    return [
        Scene(path, day, band + 1, kind, tuple(each[band] for each in per_band), scale) for band, day in enumerate(days)
    ]


def _days(raster: rasterio.DatasetReader, path: Path, told: Sequence[date] | None) -> list[date]:
    count = raster.count
    if told is not None:
        if len(told) != count:
            raise UndatedRasterError(
                f"{path.name} has {count} band(s), but {len(told)} day(s) were given; give one for each."
            )
        return list(told)
    described = [_find_day(text or "") for text in raster.descriptions]
    found = [day for day in described if day is not None]
    if len(found) == count:
        return found
    if count == 1:
        tags = [raster.tags(ns=domain).get(name, "") for domain, name in _DATE_TAGS]
        for text in (*tags, path.stem):
            day = _find_day(text)
            if day is not None:
                return [day]
    undated = [number for number, day in enumerate(described, start=1) if day is None]
    message = (
        f"{path.name} does not say when band(s) {', '.join(map(str, undated[:10]))} of {count} were taken "
        "(looked for a date in the descriptions of the bands, the tags and the name of the file); give a day for each band."
    )
    raise UndatedRasterError(message)


def _find_day(text: str) -> date | None:
    match = _DATE_IN_TEXT.search(text)
    if match is None:
        return None
    try:
        return datetime.strptime("-".join(match.groups()), "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def _mask_of_each_band(mask: Mask, bands: int) -> list[Mask]:
    with open_raster(mask.path) as raster:
        count = raster.count
    if count == 1:
        return [mask] * bands
    if count == bands:
        return [Mask(mask.path, band, mask.clear_values) for band in range(1, bands + 1)]
    message = (
        f"{mask.path.name} has {count} bands, the raster that it is to mask {bands}; it must have as many, or one."
    )
    raise RasterRefusedError(message)
