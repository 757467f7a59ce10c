"""What one scene says about one piece of land, and what it cannot say."""

from dataclasses import dataclass
from enum import StrEnum

from gis.imagery.scenes import Scene, SceneKind
from gis.imagery.thresholds import ImageryThresholds
from gis.imagery.zonal import ZonalSeries

__all__ = ["Observation", "Reading", "Silence", "observe"]


class Reading(StrEnum):
    """State of the ground on the day of a scene."""

    OVERGROWN = "overgrown"  # 植被覆盖: vegetation all over, so nothing was built
    PARTLY_VEGETATED = "partly_vegetated"
    OPEN_GROUND = "open_ground"  # 裸地或建设: an index cannot tell bare from built
    BUILT = "built"
    MEASURED = "measured"  # night lights: a value, which says nothing of the ground by itself
    CANNOT_TELL = "cannot_tell"


class Silence(StrEnum):
    """Why a scene cannot tell."""

    TOO_SMALL = "too_small"  # fewer pixels than a reading needs
    HIDDEN = "hidden"  # clouds, no value, or beyond the raster


@dataclass(frozen=True, slots=True)
class Observation:
    """One scene over one piece of land.

    Attributes
    ----------
    scene : Scene
    resolution_m : float
    pixels : float
        Area of the land in pixels.
    valid_share : float
        Share of the land that was seen.
    mean : float or None
        Of what was seen; None where nothing was.
    vegetated_share : float or None
        Share of the land that is known to be vegetated; of an index of vegetation only.
    developed_at_least, developed_at_most : float
        Bounds of the share of the land that can have been under development on that day: vegetated ground was not, built ground was, and of
        what was not seen nothing is known.
    reading : Reading
    silence : Silence or None
        Why the scene cannot tell.
    """

    scene: Scene
    resolution_m: float
    pixels: float
    valid_share: float
    mean: float | None
    vegetated_share: float | None
    developed_at_least: float
    developed_at_most: float
    reading: Reading
    silence: Silence | None = None

    @property
    def can_tell(self) -> bool:
        """Whether the scene says something of the ground."""
        return self.reading not in (Reading.CANNOT_TELL, Reading.MEASURED)


def observe(series: ZonalSeries, position: int, limits: ImageryThresholds) -> list[Observation]:
    """Read every scene over one piece of land.

    Parameters
    ----------
    series : ZonalSeries
        Measured with ``vegetated_index_min`` as its threshold.
    position : int
        Of the land in the series.
    limits : ImageryThresholds

    Returns
    -------
    list of Observation
        By day.
    """
    return [_observe_one(series, position, column, limits) for column in range(len(series.scenes))]


def _observe_one(series: ZonalSeries, row: int, column: int, limits: ImageryThresholds) -> Observation:
    scene = series.scenes[column]
    pixels, seen = float(series.pixels[row, column]), float(series.valid_share[row, column])
    mean = float(series.mean[row, column]) if seen > 0 else None
    silence = None
    if pixels < limits.pixels_min:
        silence = Silence.TOO_SMALL
    elif seen < limits.valid_share_min:
        silence = Silence.HIDDEN
    vegetated = float(series.above_share[row, column]) if scene.kind is SceneKind.VEGETATION_INDEX else None
    at_least, at_most, reading = 0.0, 1.0, Reading.CANNOT_TELL
    if silence is None:
        match scene.kind:
            case SceneKind.VEGETATION_INDEX:
                at_most = 1.0 - (vegetated or 0.0)
                reading = _reading_of_vegetation(at_most, seen, limits)
            case SceneKind.BUILT_SHARE:
                at_least = seen * (mean or 0.0)
                reading = Reading.BUILT if at_least > limits.tolerance_share else Reading.OPEN_GROUND
            case SceneKind.NIGHT_LIGHTS:
                reading = Reading.MEASURED
    return Observation(
        scene, float(series.resolution_m[column]), pixels, seen, mean, vegetated, at_least, at_most, reading, silence
    )


def _reading_of_vegetation(at_most: float, seen: float, limits: ImageryThresholds) -> Reading:
    """Read the vegetated share: what was not seen counts for neither side."""
    vegetated = 1.0 - at_most
    if vegetated >= limits.overgrown_share_min:
        return Reading.OVERGROWN
    if seen - vegetated >= limits.overgrown_share_min:
        return Reading.OPEN_GROUND
    return Reading.PARTLY_VEGETATED
