"""Overlay two sides: pairs, or totals by chosen fields of either side."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import Engine

from app.overlays.collections import CollectionRequest
from app.overlays.errors import OverlayRefusedError
from app.overlays.sides import OverlaySide
from app.overlays.sources import SideRequest, read_side
from app.progress import Progress, unheard
from gis.measurement import hectares, mu
from gis.overlay import measure_overlaps
from gis.slivers import OverlapClass
from gis.uncovered import measure_uncovered

Cancelled = Callable[[], bool]

PART = "part_of_b"
MEASURES = ("overlap_area_m2", "overlap_area_ha", "overlap_area_mu")


@dataclass(frozen=True, slots=True)
class OverlayRequest:
    """What to overlay, and how to answer.

    Attributes
    ----------
    a, b : SideRequest or CollectionRequest
        B's parts within every feature of A are measured.
    fields_a, fields_b : tuple of str
        Fields shown with each pair.
    totals_by_a, totals_by_b : tuple of str
        Fields to sum by; with any of them the answer is totals, not pairs. Parts of B with the same values count once
        where they overlap each other.
    """

    a: SideRequest | CollectionRequest
    b: SideRequest | CollectionRequest
    fields_a: tuple[str, ...] = ()
    fields_b: tuple[str, ...] = ()
    totals_by_a: tuple[str, ...] = ()
    totals_by_b: tuple[str, ...] = ()
    with_geometry: bool = False

    @property
    def wants_totals(self) -> bool:
        """Whether totals are asked for."""
        return bool(self.totals_by_a or self.totals_by_b)

    def require_possible(self) -> None:
        """Refuse what contradicts itself.

        Raises
        ------
        OverlayRefusedError
        """
        if self.wants_totals and (self.with_geometry or self.fields_a or self.fields_b):
            raise OverlayRefusedError(
                "Totals have neither geometry nor fields of single features: ask for pairs instead."
            )


@dataclass(frozen=True, slots=True)
class OverlayAnswer:
    """The table, and what has to be known to read it.

    Attributes
    ----------
    table : DataFrame or GeoDataFrame
        Areas are ellipsoidal; the geometry, if asked for, is in the area plane.
    a_area_m2, overlapped_m2 : float
        Area of side A, and the part of it that any of B covers, each place of a feature once.
    covered_share : float or None
        Part of A's area within the stated coverage of B; None when B does not say where it is known.
    artefact_area_m2 : float
        The area in the table that comes from how boundaries were drawn and stored, not from the ground.
    errors : tuple of str
        Pairs that could not be measured; they are missing in the table.
    """

    table: pd.DataFrame
    a: OverlaySide
    b: OverlaySide
    a_area_m2: float
    overlapped_m2: float
    covered_share: float | None
    artefact_area_m2: float
    errors: tuple[str, ...]


def overlay(
    request: OverlayRequest,
    engine: Engine | None,
    *,
    as_of: date,
    progress: Progress = unheard,
    cancelled: Cancelled | None = None,
) -> OverlayAnswer:
    """Overlay two sides.

    Raises
    ------
    OverlayRefusedError, LayerNotFoundError, CollectionNotFoundError, InvalidParameterError, OverlayCancelledError
    """
    request.require_possible()
    a = read_side(request.a, engine, as_of=as_of)
    b = read_side(request.b, engine, as_of=as_of)
    _require_fields(a, (*request.fields_a, *request.totals_by_a))
    _require_fields(b, (*request.fields_b, *request.totals_by_b))
    _require_single_values(a, request.totals_by_a)
    _require_single_values(b, request.totals_by_b)
    measured = _measure(request, a, b, progress, cancelled)
    errors = tuple(measured["error"].dropna().tolist())
    measured = measured[measured["error"].isna()]
    artefacts = measured[measured["overlap_class"] == OverlapClass.ARTEFACT]
    table = _totals(request, a, measured) if request.wants_totals else _pairs(request, a, b, measured)
    area = float(a.frame.area.sum())
    return OverlayAnswer(
        table=table,
        a=a,
        b=b,
        a_area_m2=area,
        overlapped_m2=area - _uncovered_m2(a, gpd.GeoDataFrame(b.frame[["geometry"]]), cancelled),
        covered_share=_covered_share(a, b, cancelled),
        artefact_area_m2=float(artefacts["overlap_area_m2"].sum()),
        errors=errors,
    )


def _require_fields(side: OverlaySide, names: Sequence[str]) -> None:
    fields = [name for name in side.frame.columns if name != "geometry"]
    missing = [name for name in names if name not in fields]
    if missing:
        raise OverlayRefusedError(f"{side.name} has no field {', '.join(missing)}; it has {', '.join(fields)}.")


def _require_single_values(side: OverlaySide, names: Sequence[str]) -> None:
    for name in names:
        if not side.frame[name].map(pd.api.types.is_hashable).all():
            raise OverlayRefusedError(f"{name} of {side.name} holds lists: totals cannot be made by it.")


def _measure(
    request: OverlayRequest, a: OverlaySide, b: OverlaySide, progress: Progress, cancelled: Cancelled | None
) -> pd.DataFrame:
    constraints, group = b.frame, None
    if request.wants_totals:
        group = PART
        values = list(zip(*(b.frame[name] for name in request.totals_by_b), strict=True))
        constraints = b.frame.copy()
        constraints[PART] = values or [()] * len(b.frame)
    return measure_overlaps(
        a.frame,
        constraints,
        group=group,
        with_geometry=request.with_geometry,
        target_source=a.source,
        constraint_source=b.source,
        progress=progress,
        cancelled=cancelled,
    )


def _pairs(request: OverlayRequest, a: OverlaySide, b: OverlaySide, measured: pd.DataFrame) -> pd.DataFrame:
    columns: dict[str, Any] = {"a": measured["target_id"], "b": measured["constraint_group"]}
    columns |= {f"a_{name}": a.frame.loc[measured["target_id"], name].to_numpy() for name in request.fields_a}
    columns |= {f"b_{name}": b.frame.loc[measured["constraint_group"], name].to_numpy() for name in request.fields_b}
    areas = measured["overlap_area_m2"].to_numpy()
    columns |= _areas(areas)
    columns["share_of_a"] = measured["target_share"]
    columns["share_of_b"] = areas / b.frame.area.loc[measured["constraint_group"]].to_numpy()
    columns["overlap_class"] = measured["overlap_class"]
    columns["mean_width_m"] = measured["mean_width_m"]
    table = pd.DataFrame(columns)
    if request.with_geometry:
        return gpd.GeoDataFrame(table, geometry=measured["geometry"].to_numpy(), crs=a.frame.crs)
    return table


def _totals(request: OverlayRequest, a: OverlaySide, measured: pd.DataFrame) -> pd.DataFrame:
    keys = {f"a_{name}": a.frame.loc[measured["target_id"], name].to_numpy() for name in request.totals_by_a}
    for position, name in enumerate(request.totals_by_b):
        keys[f"b_{name}"] = [group[position] for group in measured["constraint_group"]]
    rows = pd.DataFrame(keys | {"area": measured["overlap_area_m2"].to_numpy()})
    sums = rows.groupby(list(keys), dropna=False, sort=True)["area"].agg(["count", "sum"]).reset_index()
    shares = sums["sum"].to_numpy() / float(a.frame.area.sum())
    measures = pd.DataFrame({"parts": sums["count"], **_areas(sums["sum"].to_numpy()), "share_of_a": shares})
    return pd.concat([sums[list(keys)], measures], axis=1)


def _areas(area_m2: object) -> dict[str, object]:
    series = pd.Series(area_m2, dtype=float)
    values = (series.to_numpy(), hectares(series.to_numpy()), mu(series.to_numpy()))
    return dict(zip(MEASURES, values, strict=True))


def _uncovered_m2(a: OverlaySide, constraints: gpd.GeoDataFrame, cancelled: Cancelled | None) -> float:
    uncovered = measure_uncovered(a.frame, constraints, cancelled=cancelled)
    return float(uncovered["overlap_area_m2"].sum())


def _covered_share(a: OverlaySide, b: OverlaySide, cancelled: Cancelled | None) -> float | None:
    if b.coverage is None:
        return None
    known = gpd.GeoDataFrame(geometry=[b.coverage], crs=a.frame.crs)
    return min(max(1.0 - _uncovered_m2(a, known, cancelled) / float(a.frame.area.sum()), 0.0), 1.0)
