"""What is asked of and told about layers."""

from typing import Annotated, Any, Literal

import shapely
from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from app.layers.delivery import unite_coverage
from app.layers.errors import DeliveryRefusedError
from gis.crs import STORAGE_CRS
from gis.sagitta import straight_in

#: Of a version of a layer; the database counts them in 32 bits.
VersionInPath = Annotated[int, Path(ge=1, lt=2**31, description="Number of the version.")]
Title = Annotated[str, Field(min_length=1, max_length=500)]


class LayerChanges(BaseModel):
    """What is to be changed of a layer; a member that is left out stays, null takes an accuracy or a number of days back."""

    model_config = ConfigDict(extra="forbid")

    title_zh: Title | None = None
    title_en: Title | None = None
    mandatory: bool | None = None
    accuracy_m: Annotated[float | None, Field(ge=0, allow_inf_nan=False)] = None
    stale_after_days: Annotated[int | None, Field(ge=1, lt=2**31)] = None


class Polygons(BaseModel):
    """A GeoJSON geometry of polygons, in longitude and latitude."""

    model_config = ConfigDict(extra="ignore")

    type: Literal["Polygon", "MultiPolygon"]
    coordinates: list[Any]

    def to_coverage(self) -> shapely.MultiPolygon:
        """Take the polygons as the place where a layer is known.

        Raises
        ------
        DeliveryRefusedError
        """
        try:
            geometry = shapely.from_geojson(self.model_dump_json())
        except shapely.GEOSException as error:
            raise DeliveryRefusedError(f"The coverage is no GeoJSON geometry: {error}", field="coordinates") from error
        west, south, east, north = shapely.bounds(geometry).tolist()
        if not (west >= -180 and south >= -90 and east <= 180 and north <= 90):
            raise DeliveryRefusedError("The coverage is not in degrees of longitude and latitude.", field="coordinates")
        return unite_coverage(straight_in([geometry], STORAGE_CRS), "The geometry")
