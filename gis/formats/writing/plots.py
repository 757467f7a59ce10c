"""Features as plots of a boundary-point file."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyproj
import shapely

from gis.formats.boundary_points import BoundaryPointHead, PlotRecord
from gis.formats.boundary_points.writing import head_lines, plot_lines
from gis.formats.writing.fitting import fit_text
from gis.formats.writing.model import OutputBatch, OutputField, WriteReport
from gis.formats.writing.projecting import place_geometries
from gis.measurement import ellipsoidal_area_m2, hectares
from gis.polygonal import simple_parts

__all__ = ["write_plots"]

# Which field says what of a plot: the first of these that there is. A code may occur twice, the number of a plot may not.
_ROLES: Final[dict[str, tuple[str, ...]]] = {
    "number": ("plot_code", "feature_id", "id", "parcel_code", "control_code", "feature_code"),
    "name": ("plot_name", "name", "zone_name", "control_name", "feature_name"),
    "use": ("use_name", "control_zone"),
    "code": ("land_use_code", "zone_code"),
    "map_sheet": ("map_sheet",),
}


def write_plots(
    path: Path, batches: Iterable[OutputBatch], fields: Sequence[OutputField], crs: pyproj.CRS, report: WriteReport
) -> None:
    """Write one plot for each feature, with its ellipsoidal area; a feature without geometry is left out.

    A feature without number gets its position, so that numbers stay apart.

    Raises
    ------
    CRSRefusedError
        For anything but a 3-degree zone of CGCS2000.
    """
    known = [item.name for item in fields]
    roles = {role: [name for name in names if name in known] for role, names in _ROLES.items()}
    carried = {name for names in roles.values() for name in names[:1]}
    report.omitted_fields += [name for name in known if name not in carried]
    with path.open("w", encoding=report.encoding, errors="replace", newline="\r\n") as stream:
        stream.writelines(line + "\n" for line in head_lines(crs, BoundaryPointHead()))
        position = 0
        for batch in batches:
            placed = place_geometries(batch.geometries, crs)
            areas = hectares(ellipsoidal_area_m2(batch.geometries))
            for row, geometry in enumerate(placed):
                position += 1
                parts, _ = simple_parts([geometry])
                if not len(parts) or len(set(shapely.get_type_id(parts).tolist())) > 1:
                    report.left_out += 1
                    continue
                texts = _texts(roles, batch.columns, row, report)
                plot = PlotRecord(
                    number=texts["number"] or str(position),
                    name=texts["name"],
                    map_sheet=texts["map_sheet"],
                    use=texts["use"],
                    code=texts["code"],
                    geometry=_gathered(geometry),
                    declared_area_ha=float(areas[row]),
                )
                stream.writelines(line + "\n" for line in plot_lines(plot, crs))
                report.count += 1


def _texts(
    roles: Mapping[str, Sequence[str]], columns: Mapping[str, Sequence[Any]], row: int, report: WriteReport
) -> dict[str, str]:
    texts = {}
    for role, names in roles.items():
        value = next((columns[name][row] for name in names if columns[name][row] not in {None, ""}), "")
        texts[role] = str(value)
        if not texts[role].isascii():
            report.replaced[names[0]] += fit_text(texts[role], report.encoding.replace("-sig", ""), None)[2]
    return texts


def _gathered(geometry: shapely.Geometry) -> shapely.Geometry:
    """Return a collection of one kind as the multipart geometry it is."""
    if shapely.get_type_id(geometry) != shapely.GeometryType.GEOMETRYCOLLECTION.value:
        return geometry
    return shapely.union_all([geometry])
