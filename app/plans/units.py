"""The sums of a comparison by administrative unit; they close on the compared area."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.code_tables.local_tables import said_by
from app.db.models import LayerKind, PlanComparison
from app.db.parameters import read_parameters
from app.db.sessions import read_session
from app.layers.repository import require_layer, version_in_force
from app.plans.errors import ComparisonCancelledError, PlansNotComparableError
from app.plans.reading import PlanData, plan_version, read_plan
from app.plans.register_repository import plan_slugs, polygon_model, require_comparison
from app.plans.summarising import write_areas
from app.progress import Progress, unheard
from gis.area_plane import to_area_plane
from gis.crs import AREA_PLANE
from gis.errors import GisError, OverlayCancelledError
from gis.partition import partition_layers
from gis.plans.comparison import ConflictClass, compare_plans
from gis.plans.sentences import CLASS_NAMES
from gis.plans.summary import class_areas
from gis.plans.units import OUTSIDE, cell_units
from gis.rules import NATIONAL
from gis.rules.parameters import ParameterRow
from gis.rules.sentences import display_rows

# The column that names the features of each kind.
NAMES = {
    LayerKind.CONTROL_AREA: "control_name",
    LayerKind.REFERENCE: "feature_name",
    LayerKind.PLAN: "zone_name",
    LayerKind.PARCEL: "name",
}
# No slug has a colon.
UNITS = ":units"
Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class _Units:
    """Units in force: polygons in the area plane, with their ids and names in the same order."""

    polygons: gpd.GeoDataFrame
    ids: list[str]
    names: dict[str, str | None]


def sum_by_unit(
    engine: Engine,
    comparison_id: int,
    units: str,
    *,
    progress: Progress = unheard,
    cancelled: Cancelled | None = None,
) -> dict[str, Any]:
    """Sum the areas of a comparison's classes by unit, such as by township.

    Parameters
    ----------
    units : str
        Slug of a layer of units; as of the day of the comparison.

    Returns
    -------
    dict
        A row for each unit, for ground in no unit (``unit`` is null), and for ground that several units claim (their ids joined
        by a plus sign). The rows sum to the compared area in every unit of measure.

    Raises
    ------
    ComparisonNotFoundError, LayerNotFoundError, PlansNotComparableError, ComparisonCancelledError
        Also when a plan has another version in force for that day than was compared.
    """
    with read_session(engine) as session:
        comparison = require_comparison(session, comparison_id)
        plans = _read_plans(session, comparison)
        read = _read_units(session, units, comparison.as_of)
        places = display_rows(read_parameters(session), as_of=comparison.as_of, region=NATIONAL)
        session.expunge_all()
    layers = {plan.layer.slug: plan.zones for plan in plans} | {UNITS: read.polygons}
    try:
        partition = partition_layers(layers, progress=progress, cancelled=cancelled)
        compared = compare_plans(partition, {plan.layer.slug: plan.codes for plan in plans})
        table = class_areas(compared, cell_units(partition, compared, UNITS, read.ids).tolist())
    except OverlayCancelledError as error:
        raise ComparisonCancelledError from error
    except (GisError, ValueError) as error:
        raise PlansNotComparableError(f"The plans cannot be summed by {units}: {error}") from error
    return {
        "plan_comparison_id": comparison_id,
        "units": units,
        "compared_area": write_areas(pd.DataFrame([[table.to_numpy().sum()]]), places)[0][0],
        "rows": _rows(table, read.names, places),
    }


def _read_plans(session: Session, comparison: PlanComparison) -> list[PlanData]:
    plans, local = [], said_by(comparison.summary.get("local_code_tables", []))
    for slug, compared in zip(plan_slugs(session, comparison), comparison.plans, strict=True):
        layer = require_layer(session, slug)
        version = plan_version(session, layer, comparison.as_of)
        # Comparisons of an older version of the method do not know of edits.
        if (version.id, version.edit_count) != (compared["layer_version_id"], compared.get("edit_count", 0)):
            raise PlansNotComparableError(
                f"Version {version.number} of {slug} was published for {comparison.as_of}, or edited, since comparison "
                f"{comparison.id} was made: compare again.",
                layer=slug,
            )
        data = read_plan(session, layer, version)
        # The tables that the comparison was made with, whatever they are now.
        plans.append(replace(data, codes=replace(data.codes, local=local)))
    return plans


def _read_units(session: Session, slug: str, day: date) -> _Units:
    layer = require_layer(session, slug)
    version = version_in_force(session, layer.id, as_of=day)
    if version is None:
        raise PlansNotComparableError.no_version(slug, day)
    model = polygon_model(layer)
    rows: Sequence[Any] = session.execute(
        select(model.feature_id, getattr(model, NAMES[LayerKind(layer.kind)]), func.ST_AsBinary(model.geom))
        .where(model.layer_version_id == version.id, model.superseded_at.is_(None))
        .order_by(model.row_id)
    ).all()
    wkb = np.array([bytes(row[2]) for row in rows], dtype=object)
    polygons = gpd.GeoDataFrame(index=range(len(rows)), geometry=to_area_plane(shapely.from_wkb(wkb)), crs=AREA_PLANE)
    return _Units(polygons, [row[0] for row in rows], {row[0]: row[1] for row in rows})


def _rows(table: pd.DataFrame, names: dict[str, str | None], places: tuple[ParameterRow, ...]) -> list[dict[str, Any]]:
    classes = [kind.value for kind in ConflictClass]
    whole = table.reindex(columns=classes, fill_value=0.0)
    areas = write_areas(whole, places)
    totals = write_areas(whole.sum(axis=1).to_frame(), places)
    return [
        {
            "unit": None if unit == OUTSIDE else unit,
            "name": names.get(unit),
            "area": total[0],
            "classes": [
                {"class": kind.value, "name_zh": CLASS_NAMES[kind].zh, "name_en": CLASS_NAMES[kind].en, **area}
                for kind, area in zip(ConflictClass, row, strict=True)
            ],
        }
        for unit, row, total in zip(whole.index.tolist(), areas, totals, strict=True)
    ]
