"""Overlays of the sites of one round with areas, as rows: of a few sites a table of columns costs more than the overlay itself."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from app.site_checks.asking import Asked
from gis.arrays import GeometryArray
from gis.constraint_set import ConstraintSet, Pieces, check_polygons
from gis.overlap_table import OverlapRows
from gis.overlay import overlap_rows
from gis.rules import OverlapClass
from gis.sagitta import LayerSource
from gis.slivers import OverlapClassifier
from gis.uncovered import uncovered_rows

#: A row of ``gis.overlap_table.OVERLAP_COLUMNS``, without the grid of a second attempt.
Row = Mapping[str, Any]
_FEW = 16


def threads_for(asked: Asked) -> int | None:
    """Say how many threads measure: for a few sites to start a thread takes longer than it saves."""
    return 1 if len(asked.places.numbers) <= _FEW else None


def usable(rows: Iterable[Row]) -> list[Row]:
    """Return the rows that can be findings: measured, and no artefact."""
    return [row for row in rows if row["error"] is None and row["overlap_class"] != OverlapClass.ARTEFACT]


def measure_areas(
    asked: Asked,
    ids: GeometryArray,
    shapes: GeometryArray,
    source: LayerSource,
    *,
    group: GeometryArray | None = None,
    pieces: Pieces | None = None,
) -> list[Row]:
    """Measure what each site has in common with areas.

    Parameters
    ----------
    ids : ndarray of object, shape (n,)
        How ``constraint_ids`` names the areas.
    shapes : ndarray of Polygon or MultiPolygon, shape (n,)
        In the area plane.
    source : LayerSource
        What the areas were drawn in.
    group : ndarray, shape (n,), optional
        Areas with the same value count as one. Default: each by itself.
    pieces : Pieces, optional
        The areas cut small. Default: they are cut here.

    Raises
    ------
    GeometryRefusedError
    """
    areas = ConstraintSet(check_polygons(ids, shapes, "constraint"), group=group, pieces=pieces)
    return rows_of(asked, meet(asked, areas, source), areas.group_values)


def meet(asked: Asked, areas: ConstraintSet, source: LayerSource) -> OverlapRows:
    """Overlay the sites with areas that were drawn in one system."""
    return overlap_rows(
        asked.places.checked,
        areas,
        _classifier(asked, areas, source),
        with_geometry=True,
        threads=threads_for(asked),
    )


def measure_outside(asked: Asked, known: GeometryArray, source: LayerSource) -> list[Row]:
    """Measure the part of each site outside some polygons, which are of a layer or where it is known.

    Raises
    ------
    GeometryRefusedError
    """
    inside = ConstraintSet(check_polygons(np.arange(len(known)).astype(object), known, "constraint"))
    rows = uncovered_rows(
        asked.places.checked,
        inside,
        _classifier(asked, inside, source),
        with_geometry=True,
        threads=threads_for(asked),
    )
    return rows_of(asked, rows, np.array([None], dtype=object))


def rows_of(asked: Asked, rows: OverlapRows, group_values: GeometryArray) -> list[Row]:
    """Write the rows of an overlay with the numbers of sites and the values of groups."""
    sites = asked.places.checked
    area = sites.area_m2[rows.target]
    columns = {
        "target_id": sites.ids[rows.target].tolist(),
        "constraint_group": group_values[rows.group].tolist(),
        "constraint_ids": rows.constraints.tolist(),
        "overlap_area_m2": rows.area_m2.tolist(),
        "target_area_m2": area.tolist(),
        "target_share": (rows.area_m2 / area).tolist(),
        "mean_width_m": rows.mean_width_m.tolist(),
        "overlap_class": rows.overlap_class.tolist(),
        "error": rows.error.tolist(),
        "geometry": rows.geometry.tolist(),
    }
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _classifier(asked: Asked, areas: ConstraintSet, source: LayerSource) -> OverlapClassifier:
    return OverlapClassifier(
        areas.geometries, target_source=asked.source, constraint_source=source, thresholds=asked.thresholds
    )
