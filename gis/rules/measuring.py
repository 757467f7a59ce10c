"""From layers to measurements: distances to objects, authorities of a site, its land by class. Frames of the area plane in."""

from collections.abc import Hashable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.errors import GisError
from gis.landuse.codes import CodeVersion, nearest_code
from gis.overlay import measure_overlaps
from gis.rules.answers import Law
from gis.rules.distance_judging import required_distance_m, search_radius_m
from gis.rules.examples import LandKind
from gis.rules.facts import Power
from gis.rules.measurements import AgencyPart, MeasuredDistance, MeasuredJurisdiction, MeasuredLand
from gis.rules.site_model import MeasuredFrom, MinimumDistance
from gis.siting import DistanceBasis, measure_distances, measure_encroachments
from gis.slivers import OverlapClass
from gis.uncovered import measure_uncovered

__all__ = ["MeasuringFailedError", "ObjectColumns", "distances_for_rule", "jurisdictions_of_sites", "land_of_sites"]

# 耕地 is level-1 code 01 in the guide of 2023, in GB/T 21010-2017 and in the third survey.
_CULTIVATED = "01"
_CULTIVATED_VERSIONS = (CodeVersion.GUIDE_2023, CodeVersion.GBT21010_2017, CodeVersion.THIRD_SURVEY_2019)


class MeasuringFailedError(GisError):
    """GEOS could not measure a pair; what is not measured must not be judged as nothing."""


@dataclass(frozen=True, slots=True)
class ObjectColumns:
    """Names of the columns of a layer of objects; None where the layer has no such column."""

    object_class: str | None = None
    place_class: str | None = None
    width_m: str | None = None
    name: str | None = None


def distances_for_rule(
    rule: MinimumDistance,
    sites: gpd.GeoDataFrame,
    objects: gpd.GeoDataFrame,
    law: Law,
    *,
    columns: ObjectColumns,
    accuracy_m: float | None = None,
) -> dict[Hashable, list[MeasuredDistance]]:
    """Measure what a distance rule asks: every object near a site, and the part of the site within the required distance.

    Parameters
    ----------
    rule : MinimumDistance
    sites, objects : GeoDataFrame
        In the area plane; the indexes are the ids. Objects that only other rules are about
        (:func:`gis.rules.rules_about_object`) are left out by the caller.
    law : Law
    columns : ObjectColumns
    accuracy_m : float, optional
        How far the outlines of site and object together may lie from where they are drawn.

    Returns
    -------
    dict of site id to list of MeasuredDistance
        The nearest first; a site without an object within the search radius is not in it.

    Raises
    ------
    CRSMismatchError, GeometryRefusedError, ParameterNotInForceError
    """
    width = columns.width_m if rule.measured_from is MeasuredFrom.OUTER_EDGE else None
    written = [_texts(objects, name) for name in (columns.object_class, columns.place_class, columns.name)]
    of_object = dict(zip(objects.index, zip(*written, strict=True), strict=True))
    required = np.array([required_distance_m(rule, kind, place, law) for kind, place, _ in of_object.values()])
    near = measure_distances(sites, objects, within_m=search_radius_m(rule, law), width=width)
    within = measure_encroachments(sites, objects, distance_m=required, width=width)
    encroached = within.set_index(["site_id", "object_id"])["encroached_area_m2"].to_dict()
    found: dict[Hashable, list[MeasuredDistance]] = {}
    for row in near.to_dict("records"):
        kind, place, name = of_object[row["object_id"]]
        measured = MeasuredDistance(
            distance_m=row["distance_m"],
            object_class=kind,
            place_class=place,
            basis=DistanceBasis(row["basis"]),
            accuracy_m=accuracy_m,
            encroached_area_m2=encroached.get((row["site_id"], row["object_id"])),
            names=() if name is None else (name,),
        )
        found.setdefault(row["site_id"], []).append(measured)
    return found


def jurisdictions_of_sites(
    sites: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, *, agency: str, power: Power
) -> dict[Hashable, MeasuredJurisdiction]:
    """Measure which authority holds a power in which part of each site, and where nobody or several do.

    Parameters
    ----------
    sites, areas : GeoDataFrame
        In the area plane; the indexes are the ids. ``areas`` are those of one power.
    agency : str
        Column of ``areas`` with the name of the authority.
    power : Power

    Returns
    -------
    dict of site id to MeasuredJurisdiction
        One for every site. Artefacts of how borders are stored are neither parts nor gaps.

    Raises
    ------
    CRSMismatchError, GeometryRefusedError
    MeasuringFailedError
    """
    held = _measured(measure_overlaps(sites, areas, group=agency, with_geometry=True)).reset_index(drop=True)
    gaps = _sums(measure_uncovered(sites, areas))
    shared = _shared_areas(held, areas, agency)
    parts: dict[Hashable, list[AgencyPart]] = {site: [] for site in sites.index}
    for site, name, area in zip(held["target_id"], held["constraint_group"], held["overlap_area_m2"], strict=True):
        parts[site].append(AgencyPart(agency=str(name), area_m2=float(area)))
    return {
        site: MeasuredJurisdiction(
            target_area_m2=float(area),
            power=power,
            parts=tuple(parts[site]),
            gap_m2=gaps.get(site, 0.0),
            overlap_m2=shared.get(site, 0.0),
        )
        for site, area in zip(sites.index, sites.area, strict=True)
    }


def _shared_areas(held: pd.DataFrame, areas: gpd.GeoDataFrame, agency: str) -> dict[Hashable, float]:
    """Return the area of each site that two authorities hold; artefacts along their common border are none."""
    parts = gpd.GeoDataFrame(held, geometry="geometry", crs=areas.crs)
    met = _measured(measure_overlaps(parts, areas, group=agency))
    site = held["target_id"].loc[met["target_id"]].to_numpy()
    own = held["constraint_group"].loc[met["target_id"]].to_numpy()
    met = met.assign(target_id=site)[own != met["constraint_group"].to_numpy()]
    # Each pair is met from both of its sides.
    return {place: area / 2 for place, area in _sums(met).items()}


def land_of_sites(
    sites: gpd.GeoDataFrame,
    land_cover: gpd.GeoDataFrame,
    permanent_farmland: gpd.GeoDataFrame,
    *,
    code: str,
    code_version: CodeVersion,
) -> dict[Hashable, MeasuredLand]:
    """Measure the land of each site by the classes on which the level of approval turns.

    Permanent basic farmland counts as such whatever the survey says; what the survey does not cover, or codes in a way that
    the table does not know, is unknown.

    Parameters
    ----------
    sites : GeoDataFrame
        In the area plane; the index is the id. Only the land that is to be approved.
    land_cover : GeoDataFrame
        The land-use survey (地类图斑), polygons without overlaps, in the area plane.
    permanent_farmland : GeoDataFrame
        In the area plane.
    code : str
        Column of ``land_cover`` with the land-use code.
    code_version : CodeVersion
        The guide of 2023, GB/T 21010-2017 or the third survey.

    Returns
    -------
    dict of site id to MeasuredLand
        One for every site; the four areas sum to the site's. A strip of farmland that is only an artefact of how borders
        are stored counts as other land.

    Raises
    ------
    CRSMismatchError, GeometryRefusedError, MeasuringFailedError
    ValueError
        For another table of codes.
    """
    if code_version not in _CULTIVATED_VERSIONS:
        raise ValueError(f"cultivated land is not told by the codes of {code_version.value}")
    kinds = [_land_kind(value, code_version) for value in _texts(land_cover, code)]
    cover = gpd.GeoDataFrame({"land": kinds}, geometry=land_cover.geometry.array, crs=land_cover.crs)
    cover = cover[cover["land"] != LandKind.UNKNOWN]
    protected = measure_overlaps(sites, permanent_farmland.assign(land="all"), group="land")
    farmland, drawn = _sums(protected), _sums(protected, keep_artefacts=True)
    parts = _measured(measure_overlaps(sites, cover, group="land", with_geometry=True), keep_artefacts=True)
    outside = _measured(measure_uncovered(gpd.GeoDataFrame(parts), permanent_farmland), keep_artefacts=True)
    rest = outside["overlap_area_m2"].groupby([parts.loc[outside["target_id"], each].to_numpy() for each in _BY]).sum()
    found: dict[Hashable, MeasuredLand] = {}
    for site, area in zip(sites.index, sites.area, strict=True):
        cultivated, other = (float(rest.get((site, kind), 0.0)) for kind in _KNOWN)
        unknown = float(area) - drawn.get(site, 0.0) - cultivated - other
        found[site] = MeasuredLand(
            permanent_farmland_m2=farmland.get(site, 0.0),
            cultivated_m2=cultivated,
            other_m2=other + drawn.get(site, 0.0) - farmland.get(site, 0.0),
            # Sums of areas are conserved to 1e-9 of the whole: less is nothing unknown.
            unknown_m2=unknown if unknown > float(area) * 1e-9 else 0.0,
        )
    return found


_BY = ("target_id", "constraint_group")
_KNOWN = (LandKind.CULTIVATED.value, LandKind.OTHER.value)


def _land_kind(code: str | None, version: CodeVersion) -> str:
    known = nearest_code(code, version)
    if known is None:
        return LandKind.UNKNOWN.value
    return LandKind.CULTIVATED.value if known.code.startswith(_CULTIVATED) else LandKind.OTHER.value


def _sums(measured: pd.DataFrame, *, keep_artefacts: bool = False) -> dict[Hashable, float]:
    kept = _measured(measured, keep_artefacts=keep_artefacts)
    return {site: float(area) for site, area in kept.groupby("target_id")["overlap_area_m2"].sum().items()}


def _measured(frame: pd.DataFrame, *, keep_artefacts: bool = False) -> pd.DataFrame:
    failed = frame["error"].dropna()
    if len(failed):
        raise MeasuringFailedError(f"{len(failed)} pair(s) could not be measured, the first: {failed.iloc[0]}")
    return frame if keep_artefacts else frame[frame["overlap_class"] != OverlapClass.ARTEFACT]


def _texts(frame: gpd.GeoDataFrame, column: str | None) -> list[str | None]:
    if column is None:
        return [None] * len(frame)
    return [None if pd.isna(value) else str(value) for value in frame[column]]
