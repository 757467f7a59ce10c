"""Write an overlay's table as CSV, XLSX, JSON, GeoJSON or GeoPackage."""

import json
from datetime import date, time
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from pyogrio.errors import DataSourceError

from app.overlays.errors import OverlayRefusedError
from app.overlays.service import OverlayAnswer
from gis.area_plane import from_area_plane
from gis.measurement import round_half_up

ENDINGS = (".csv", ".xlsx", ".json", ".geojson", ".gpkg")
WITH_PLACES = (".geojson", ".gpkg")
PLACES = {
    "overlap_area_m2": 2,
    "overlap_area_ha": 4,
    "overlap_area_mu": 2,
    "share_of_a": 6,
    "share_of_b": 6,
    "mean_width_m": 3,
}


def rounded(table: pd.DataFrame) -> pd.DataFrame:
    """Round the numbers once, half up, for output."""
    shown = table.copy()
    for name, places in PLACES.items():
        if name in shown:
            # The mean width of a whole feature is not measured.
            shown[name] = [None if pd.isna(value) else float(round_half_up(value, places)) for value in shown[name]]
    return shown


def summary(answer: OverlayAnswer) -> dict[str, Any]:
    """Return what has to be known to read the table."""
    sides = {
        name: {
            "name": side.name,
            "read": side.read,
            "repaired": side.repaired,
            "rejected": side.rejected,
            "used": len(side.frame),
        }
        for name, side in (("a", answer.a), ("b", answer.b))
    }
    return sides | {
        "a_area_m2": float(round_half_up(answer.a_area_m2, 2)),
        "overlapped_m2": float(round_half_up(answer.overlapped_m2, 2)),
        "b_covered_share_of_a": answer.covered_share,
        "artefact_area_m2": float(round_half_up(answer.artefact_area_m2, 6)),
        "errors": list(answer.errors),
    }


def as_json(answer: OverlayAnswer) -> dict[str, Any]:
    """Return summary and rows; geometry is left out."""
    return summary(answer) | {"rows": as_rows(answer)}


def as_rows(answer: OverlayAnswer) -> list[dict[str, Any]]:
    """Return the rows as JSON values; geometry is left out."""
    table = rounded(answer.table).drop(columns="geometry", errors="ignore")
    dated = table.apply(lambda column: column.map(_iso_date) if _holds_dates(column) else column)
    rows: list[dict[str, Any]] = json.loads(dated.to_json(orient="records", force_ascii=False))
    return rows


def as_features(answer: OverlayAnswer) -> dict[str, Any]:
    """Return the pairs as a FeatureCollection in longitude and latitude."""
    places = shapely.to_geojson(from_area_plane(answer.table.geometry.to_numpy()))
    features = [
        {"type": "Feature", "id": number, "properties": row, "geometry": json.loads(place)}
        for number, (row, place) in enumerate(zip(as_rows(answer), places, strict=True), 1)
    ]
    return {"type": "FeatureCollection", "features": features}


def _holds_dates(column: pd.Series) -> bool:
    return pd.api.types.infer_dtype(column, skipna=True) in {"date", "datetime", "datetime64", "time"}


def _holds_zoned_moments(column: pd.Series) -> bool:
    return _holds_dates(column) and any(getattr(value, "tzinfo", None) is not None for value in column)


def _iso_date(value: Any) -> Any:  # noqa: ANN401  any value beside dates
    if pd.isna(value):
        return None
    return value.isoformat() if isinstance(value, date | time) else value


def require_writable(path: Path, *, with_geometry: bool) -> None:
    """Refuse a file that could not be written, before anything is measured for it.

    Raises
    ------
    OverlayRefusedError
        For an ending that is not known, a folder that is not there, or a GeoPackage without geometry.
    """
    if path.suffix.lower() not in ENDINGS:
        raise OverlayRefusedError(f"{path.name}: write .csv, .xlsx, .json, .geojson or .gpkg.")
    if not path.parent.is_dir():
        raise OverlayRefusedError(f"{path.name} cannot be written: there is no folder {path.parent}.")
    if path.is_dir():
        raise OverlayRefusedError(f"{path.name} cannot be written: it is a folder.")
    if path.suffix.lower() in WITH_PLACES and not with_geometry:
        raise OverlayRefusedError(f"{path.name} needs geometry: ask for pairs with --geometry.")


def write(answer: OverlayAnswer, path: Path) -> None:
    """Write the table in the format that the file's ending names.

    Raises
    ------
    OverlayRefusedError
        As ``require_writable``, and when writing fails.
    """
    require_writable(path, with_geometry=isinstance(answer.table, gpd.GeoDataFrame))
    try:
        _write(answer, path)
    except (OSError, DataSourceError) as error:
        raise OverlayRefusedError(f"{path.name} cannot be written: {error}") from error


def _write(answer: OverlayAnswer, path: Path) -> None:
    table = rounded(answer.table)
    plain = table.drop(columns="geometry", errors="ignore")
    match path.suffix.lower():
        case ".csv":
            # With a BOM, or Excel reads Chinese text in the encoding of its machine.
            plain.to_csv(path, index=False, encoding="utf-8-sig")
        case ".xlsx":
            with pd.ExcelWriter(path, engine="openpyxl") as book:
                # A moment of Excel has no time zone, so such moments are text.
                zoneless = plain.apply(lambda column: column.map(_iso_date) if _holds_zoned_moments(column) else column)
                zoneless.to_excel(book, sheet_name="overlay", index=False)
                facts = [(name, str(value)) for name, value in summary(answer).items()]
                pd.DataFrame(facts, columns=["fact", "value"]).to_excel(book, sheet_name="summary", index=False)
        case ".json":
            path.write_text(json.dumps(as_json(answer), ensure_ascii=False, indent=2), encoding="utf-8")
        case ".geojson":
            path.write_text(json.dumps(as_features(answer), ensure_ascii=False), encoding="utf-8")
        case ".gpkg":
            places = from_area_plane(answer.table.geometry.to_numpy())
            gpd.GeoDataFrame(plain, geometry=places, crs="EPSG:4490").to_file(path, layer="overlay")
