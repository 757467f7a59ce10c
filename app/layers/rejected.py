"""The features that an import refused: listed, exported whole, and stored after all when they come back corrected."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pyogrio.errors
import pyproj
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import LayerVersion, RejectedFeature
from app.layers.errors import RejectedRowsError
from gis.crs_firewall import CRSProposal, apply_proposal

# The column by which corrected features find their rejected ones again.
ROW_FIELD = "source_row"
REASON_FIELD = "reason"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A refused feature.

    Its geometry is as it was delivered, in the source's reference system, but with x before y where it was accepted that its axes were swapped.
    """

    source_row: int
    source_id: str | None
    reason: str
    geometry: shapely.Geometry | None
    attributes: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Return what is listed."""
        return {
            "source_row": self.source_row,
            "source_id": self.source_id,
            "reason": self.reason,
            "geometry_type": None
            if self.geometry is None
            else shapely.GeometryType(int(shapely.get_type_id(self.geometry))).name,
            "attributes": self.attributes,
        }


def list_rejected(session: Session, version: LayerVersion) -> list[Rejected]:
    """Return the refused features of a version, in the order of their rows."""
    rows = session.scalars(
        select(RejectedFeature)
        .where(RejectedFeature.layer_version_id == version.id)
        .order_by(RejectedFeature.source_row, RejectedFeature.id)
    ).all()
    geometries = _turned(version, _decode([row.raw_wkb for row in rows]))
    return [
        Rejected(row.source_row, row.source_id, row.reason, geometry, row.attributes)
        for row, geometry in zip(rows, geometries, strict=True)
    ]


def write_rejected(rejected: Sequence[Rejected], crs: str, path: Path) -> int:
    """Write refused features to a file, with their row and the reason, to be corrected there and imported again.

    Raises
    ------
    RejectedRowsError
        The file's format is not known, or it cannot be written.
    """
    names = list(dict.fromkeys(name for one in rejected for name in one.attributes))
    columns: dict[str, list[Any]] = {
        ROW_FIELD: [one.source_row for one in rejected],
        REASON_FIELD: [one.reason for one in rejected],
    }
    for name in names:
        if name.lower() not in {ROW_FIELD, REASON_FIELD, "fid"}:
            columns[name] = _column([one.attributes.get(name) for one in rejected])
    geometries = np.empty(len(rejected), dtype=object)
    geometries[:] = [one.geometry for one in rejected]
    frame = gpd.GeoDataFrame(columns, geometry=geometries, crs=pyproj.CRS.from_user_input(crs))
    path.unlink(missing_ok=True)
    try:
        pyogrio.write_dataframe(frame, path, geometry_type="Unknown", layer=path.stem)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.GeometryError, ValueError) as error:
        raise RejectedRowsError(f"{path.name} cannot be written: {error}. Write a .gpkg or .geojson.") from error
    return len(rejected)


def _turned(version: LayerVersion, geometries: list[shapely.Geometry | None]) -> Sequence[shapely.Geometry | None]:
    """Put axes right that were accepted as swapped: any GIS then shows the features where they are, and corrected they are read in this order, too."""
    settings = (version.validation or {}).get("settings", {})
    proposed = settings.get("proposal") if settings.get("proposal_accepted") else None
    if not proposed or not proposed["swap_axes"]:
        return geometries
    turned = CRSProposal(proposed["epsg"], swap_axes=True, reason_zh="", reason_en="")
    return list(apply_proposal(geometries, turned))


def _decode(wkb: Sequence[bytes | None]) -> list[shapely.Geometry | None]:
    decoded: list[shapely.Geometry | None] = []
    for raw in wkb:
        try:
            decoded.append(None if raw is None else shapely.from_wkb(raw, on_invalid="ignore"))
        except NotImplementedError:
            # A curve: it is kept, but shapely has no word for it.
            decoded.append(None)
    return decoded


def _column(values: Sequence[Any]) -> list[Any]:
    """Make a column of one type: what is neither number nor text, or both, becomes text."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float} or kinds == {str}:
        return list(values)
    return [None if value is None else str(value) for value in values]
