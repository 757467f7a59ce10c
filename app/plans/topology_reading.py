"""What a search for topology faults needs of a stored layer, in the area plane."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.models import Layer, LayerVersion
from app.layers.repository import require_layer, version_in_force
from app.plans.errors import PlansNotComparableError
from app.plans.fault_schemas import TopologyRequest
from app.plans.register_repository import polygon_model
from gis.area_plane import to_area_plane
from gis.crs import AREA_PLANE
from gis.layer_contracts import load_contract
from gis.rules import ParameterSet
from gis.topology import TopologyTolerances


@dataclass(frozen=True, slots=True)
class TopologyInput:
    """The features of one version, with the row ids as index, and what says when and on which level they lie."""

    layer: Layer
    sources: Sequence[tuple[Layer, LayerVersion]]
    polygons: gpd.GeoDataFrame
    feature_ids: Mapping[Any, str]
    scope: gpd.GeoDataFrame | None
    levels: list[str] | None
    valid_from: npt.NDArray[np.object_] | None
    valid_to: npt.NDArray[np.object_] | None
    tolerances: TopologyTolerances
    settings: dict[str, Any]


def read_topology_input(
    session: Session, request: TopologyRequest, day: date, parameters: ParameterSet
) -> TopologyInput:
    """Read a layer as of a day.

    Raises
    ------
    LayerNotFoundError, PlansNotComparableError
    """
    layer = require_layer(session, request.plan)
    version, rows = _rows(session, layer, day)
    sources, scope = [(layer, version)], None
    if request.scope is not None:
        around = require_layer(session, request.scope)
        scope_version, scope_rows = _rows(session, around, day)
        sources.append((around, scope_version))
        scope = _frame(scope_rows)
    tolerances = _tolerances(layer, request, day, parameters)
    return TopologyInput(
        layer=layer,
        sources=sources,
        polygons=_frame(rows),
        feature_ids={row.row_id: row.feature_id for row in rows},
        scope=scope,
        levels=_attribute(rows, request.level, layer.slug, "level"),
        valid_from=_days(rows, request.valid_from, layer.slug, "valid_from"),
        valid_to=_days(rows, request.valid_to, layer.slug, "valid_to"),
        tolerances=tolerances,
        settings={name: getattr(tolerances, name) for name in tolerances.__slots__},
    )


def _tolerances(layer: Layer, request: TopologyRequest, day: date, parameters: ParameterSet) -> TopologyTolerances:
    """Take what counts as a gap from the layer's contract, and the least width from the legal number."""
    rule = load_contract(layer.kind, layer.control_kind).topology
    least = float(parameters.row("topology.tolerance_m", as_of=day).value)
    return TopologyTolerances(
        gap_width_m=float(rule.gap_width_m),
        gap_area_m2=float(rule.gap_area_m2),
        vertex_m=float(rule.vertex_m),
        inlet_angle_deg=float(rule.inlet_angle_deg),
        least_width_m=least if request.least_width_m is None else request.least_width_m,
        least_area_m2=request.least_area_m2,
    )


def _rows(session: Session, layer: Layer, day: date) -> tuple[LayerVersion, Sequence[Any]]:
    version = version_in_force(session, layer.id, as_of=day)
    if version is None:
        raise PlansNotComparableError.no_version(layer.slug, day)
    model = polygon_model(layer)
    query = (
        select(model.row_id, model.feature_id, model.attributes, func.ST_AsBinary(model.geom).label("wkb"))
        .where(model.layer_version_id == version.id, model.superseded_at.is_(None))
        .order_by(model.row_id)
    )
    return version, session.execute(query).all()


def _frame(rows: Sequence[Any]) -> gpd.GeoDataFrame:
    wkb = np.array([bytes(row.wkb) for row in rows], dtype=object)
    return gpd.GeoDataFrame(
        index=[row.row_id for row in rows], geometry=to_area_plane(shapely.from_wkb(wkb)), crs=AREA_PLANE
    )


def _attribute(rows: Sequence[Any], name: str | None, slug: str, field: str) -> list[str] | None:
    """Return a column of the source, missing values as empty text; a column that no feature has is refused."""
    if name is None:
        return None
    if rows and not any(name in row.attributes for row in rows):
        known = sorted({key for row in rows for key in row.attributes})
        raise PlansNotComparableError(
            f"No feature of {slug} has a column {name!r}; there are {', '.join(known) or 'none'}.", field=field
        )
    values = (row.attributes.get(name) for row in rows)
    return ["" if value is None else str(value).strip() for value in values]


def _days(rows: Sequence[Any], name: str | None, slug: str, field: str) -> npt.NDArray[np.object_] | None:
    texts = _attribute(rows, name, slug, field)
    if texts is None:
        return None
    read = pd.to_datetime(pd.Series(texts, dtype=object).replace("", None), errors="coerce", format="ISO8601")
    wrong = [at for at, text in enumerate(texts) if text and pd.isna(read.iloc[at])]
    if wrong:
        first = rows[wrong[0]]
        raise PlansNotComparableError(
            f"Feature {first.feature_id} of {slug}, column {name}: {texts[wrong[0]]!r} is no date; write it as YYYY-MM-DD.",
            field=field,
            feature=first.feature_id,
        )
    return np.array([text or None for text in texts], dtype=object)
