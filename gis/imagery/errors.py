"""What the reading of rasters refuses, and why."""

from gis.errors import GisError

__all__ = ["RasterRefusedError", "UndatedRasterError"]


class RasterRefusedError(GisError):
    """A raster cannot be laid over parcels, or its values are not what they are declared to be; the message names file, finding and remedy."""


class UndatedRasterError(RasterRefusedError):
    """A raster does not say when it was taken, or says it otherwise for its bands than it was told."""
