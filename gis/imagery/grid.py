"""The grid of a raster: where its pixels lie on the ground."""

from dataclasses import dataclass, field

import pyproj
import rasterio
import shapely
from affine import Affine

from gis.arrays import GeometryArray, GeometryInput, as_geometry_array
from gis.crs import project_geometries, require_exact_path, to_geographic
from gis.errors import CRSRefusedError
from gis.imagery.errors import RasterRefusedError
from gis.measurement import geodesic_length_m

__all__ = ["RasterGrid"]


@dataclass(frozen=True, slots=True)
class RasterGrid:
    """Pixels in rows from north to south, without rotation.

    Attributes
    ----------
    crs : CRS
        On CGCS2000 or WGS 84, geographic or projected.
    transform : Affine
        From (column, row) to the upper left corner of a pixel.
    width, height : int
        Number of columns and rows.
    block_shape : tuple of int
        Rows and columns of the blocks in which the file is stored. It says how to read, not where the pixels lie.
    """

    crs: pyproj.CRS
    transform: Affine
    width: int
    height: int
    block_shape: tuple[int, int] = field(default=(256, 256), compare=False)

    @classmethod
    def of(cls, dataset: rasterio.DatasetReader) -> "RasterGrid":
        """Read the grid of an open raster.

        Raises
        ------
        RasterRefusedError
            If it names no reference system, is not on CGCS2000 or WGS 84, or is rotated, mirrored or counted from the south.
        """
        if dataset.crs is None:
            message = (
                f"{dataset.name} names no reference system; write it into the file with gdal_edit.py -a_srs EPSG:…"
            )
            raise RasterRefusedError(message)
        crs = pyproj.CRS.from_wkt(dataset.crs.to_wkt())
        try:
            require_exact_path(crs)
        except CRSRefusedError as error:
            raise RasterRefusedError(f"{dataset.name}: {error}") from error
        step = dataset.transform
        if step.b or step.d or step.a <= 0 or step.e >= 0:
            message = (
                f"{dataset.name} is rotated, mirrored or counted from the south (geotransform {step.to_gdal()}); "
                "rows must run from north to south and columns from west to east: gdalwarp makes such a raster of it."
            )
            raise RasterRefusedError(message)
        return cls(crs, step, dataset.width, dataset.height, dataset.block_shapes[0])

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north edge in the raster's own system."""
        west, north = self.transform @ (0, 0)
        east, south = self.transform @ (self.width, self.height)
        return west, south, east, north

    @property
    def pixel_area(self) -> float:
        """Area of a pixel in the square of the system's own unit."""
        return float(self.transform.a * -self.transform.e)

    def resolution_m(self) -> float:
        """Longer side of the pixel in the middle of the raster, metres on the ellipsoid.

        Examples
        --------
        >>> import pyproj
        >>> from affine import Affine
        >>> round(RasterGrid(pyproj.CRS(4547), Affine(10, 0, 400000, 0, -10, 3100000), 4, 4).resolution_m(), 1)
        10.0
        """
        column, row = self.width / 2, self.height / 2
        corners = [self.transform @ place for place in ((column, row), (column + 1, row), (column, row + 1))]
        sides = [shapely.LineString([corners[0], corner]) for corner in corners[1:]]
        return float(geodesic_length_m(to_geographic(sides, self.crs)).max())

    def project(self, geoms: GeometryInput) -> GeometryArray:
        """Take geometries from longitude and latitude into the system of the raster.

        Raises
        ------
        GeometryRefusedError
        """
        if self.crs.is_geographic:
            return shapely.force_2d(as_geometry_array(geoms))
        return project_geometries(geoms, self.crs)
