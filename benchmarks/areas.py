"""Ellipsoidal areas of the parcels, from longitude and latitude."""

import numpy as np
import pandas as pd
import pyproj
import shapely

from benchmarks.contestants import Contestant, answer_of
from benchmarks.model import OF, Case, faster_than
from gis.arrays import FloatArray, GeometryArray
from gis.crs import FLATTENING, SEMI_MAJOR_AXIS_M, from_area_plane
from gis.measurement import ellipsoidal_area_m2

__all__ = ["CASE"]


class _Areas(Contestant):
    parcels: GeometryArray

    def prepare(self) -> None:
        self.parcels = from_area_plane(self.inputs.frame("parcel").geometry.to_numpy())
        ellipsoidal_area_m2(self.parcels[:10])

    def answer(self, result: FloatArray) -> pd.DataFrame:
        return answer_of({"id": np.arange(len(result))}, result)


class Oracle(_Areas):
    """The shoelace formula between the parallels' authalic heights, vertex by vertex in extended precision (Snyder 1987, 3-12)."""

    name = "oracle"

    def run(self) -> FloatArray:
        return np.array([_shoelace(shapely.get_coordinates(parcel)) for parcel in self.parcels])

    def answer(self, result: FloatArray) -> pd.DataFrame:
        return super().answer(result).assign(**{OF: result})


def _shoelace(vertices: FloatArray) -> float:
    exact = vertices.astype(np.longdouble)
    eccentricity = np.sqrt(np.longdouble(FLATTENING) * (2 - np.longdouble(FLATTENING)))
    sine = np.sin(np.radians(exact[:, 1]))
    bent = eccentricity * sine
    height = (1 - eccentricity**2) / 2 * (sine / (1 - bent**2) + np.arctanh(bent) / eccentricity)
    east, north = np.radians(exact[:, 0] - exact[0, 0]), height - height[0]
    return float(abs((east[:-1] * north[1:] - east[1:] * north[:-1]).sum()) / 2 * SEMI_MAJOR_AXIS_M**2)


class Ours(_Areas):
    name = "duogui"

    def run(self) -> FloatArray:
        return ellipsoidal_area_m2(self.parcels)


class Pyproj(_Areas):
    """Areas between geodesics, polygon by polygon: pyproj takes no arrays of polygons."""

    name = "pyproj Geod"
    relative_tolerance = 1e-4

    def run(self) -> FloatArray:
        geod = pyproj.Geod(a=SEMI_MAJOR_AXIS_M, f=FLATTENING)
        return np.abs([geod.geometry_area_perimeter(parcel)[0] for parcel in self.parcels])


CASE = Case(
    key="areas",
    title="Ellipsoidal areas of the parcels",
    note="Edges are straight lines of the area plane for duogui, as the registered area takes them, and geodesics for pyproj.",
    layers=("parcel",),
    contestants=(Ours, Pyproj),
    oracle=Oracle,
    goals=(faster_than("ellipsoidal areas: against pyproj", Ours.name, (Pyproj.name,), 7),),
)
