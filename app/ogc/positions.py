"""Coordinates in any reference system of the service, as longitude and latitude: for whoever looks a place up."""

from typing import Annotated

import pyproj
import shapely
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from pyproj.exceptions import CRSError

from app.deps import allow_parameters, require_scope
from app.keys.access import Scope
from app.problems import InvalidParameterError
from gis.crs import to_geographic

router = APIRouter(
    tags=["capabilities"], dependencies=[Depends(require_scope(Scope.READ)), Depends(allow_parameters("x", "y", "crs"))]
)


class Place(BaseModel):
    """Where a point is, in degrees on CGCS2000 (or WGS 84, between which the transformation is null)."""

    longitude: float
    latitude: float
    crs_name: str = Field(description="Name of the reference system that the coordinates were given in.")


@router.get("/position", summary="Coordinates as longitude and latitude")
def get_position(
    x: Annotated[float, Query(description="Easting in metres, or longitude.")],
    y: Annotated[float, Query(description="Northing in metres, or latitude.")],
    crs: Annotated[str, Query(max_length=40, description="Such as `EPSG:4549`, on CGCS2000 or WGS 84.")],
) -> Place:
    """Take a point from its reference system; x comes before y whatever axis order the system has."""
    try:
        source = pyproj.CRS.from_user_input(crs)
    except CRSError as error:
        raise InvalidParameterError(
            "crs", f"no reference system is called {crs!r}; expected such as EPSG:4549."
        ) from error
    (point,) = to_geographic([shapely.Point(x, y)], source)
    return Place(longitude=point.x, latitude=point.y, crs_name=source.name)
