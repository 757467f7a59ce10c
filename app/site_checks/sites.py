"""Sites as they are asked about: read from GeoJSON, a file or the parcels in force, and refused where they cannot be used."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyproj
import shapely

from app.crs_member import crs_members
from app.site_checks.asking import Places
from app.site_checks.errors import SiteRefusedError
from app.stored_texts import find_unstorable
from gis.arrays import GeometryArray
from gis.crs import to_area_plane, to_geographic
from gis.crs_firewall import examine_crs, recognise_epsg
from gis.errors import GisError
from gis.formats.reading import iter_features, open_source
from gis.rules import NATIONAL, region_of_parcel
from gis.sagitta import LayerSource

MAX_SITES: Final = 10_000
MAX_VERTICES: Final = 100_000
MAX_AREA_M2: Final = 1e10
GEOGRAPHIC: Final = "EPSG:4490"
_POLYGONS: Final = (shapely.GeometryType.POLYGON.value, shapely.GeometryType.MULTIPOLYGON.value)
_CODE_FIELDS: Final = ("parcel_code", "ZDDM", "zddm", "宗地代码")
_NAME_FIELDS: Final = ("name", "NAME", "MC", "名称", "plot_name", "项目名称")
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class SiteHead:
    """What a site is called, and the county whose law holds there."""

    number: int
    site: str
    name: str | None
    parcel_code: str | None
    region: str

    def as_json(self) -> dict[str, str | None]:
        """Write it as answers begin."""
        return {"site": self.site, "name": self.name, "parcel_code": self.parcel_code, "region": self.region}


@dataclass(frozen=True, slots=True)
class Sites:
    """Sites that can be checked.

    Attributes
    ----------
    heads : list of SiteHead
        Their numbers are 1..n, unless some were taken out.
    plane : ndarray of Polygon or MultiPolygon, shape (n,)
        In the area plane.
    geographic : ndarray of Polygon or MultiPolygon, shape (n,)
        The same in longitude and latitude.
    source : LayerSource
        What they were drawn in.
    """

    heads: list[SiteHead]
    plane: GeometryArray
    geographic: GeometryArray
    source: LayerSource

    def __len__(self) -> int:
        return len(self.heads)

    def take(self, positions: Sequence[int]) -> "Sites":
        """Return some of the sites; they keep their numbers and names."""
        at = np.asarray(positions, dtype=np.int64)
        return Sites([self.heads[position] for position in positions], self.plane[at], self.geographic[at], self.source)

    def by_region(self) -> "Iterator[tuple[str, Sites]]":
        """Yield the sites of each region, whose law is not that of another."""
        positions: defaultdict[str, list[int]] = defaultdict(list)
        for position, head in enumerate(self.heads):
            positions[head.region].append(position)
        for region in sorted(positions):
            yield region, self.take(positions[region])

    def places(self) -> Places:
        """Return where they lie."""
        return Places([head.number for head in self.heads], self.plane)

    def as_geojson(self) -> dict[str, Any]:
        """Return the sites as they are stored, with the system they were drawn in; see :func:`stored_sites`."""
        features = [
            {
                "type": "Feature",
                "id": head.site,
                "properties": head.as_json(),
                "geometry": json.loads(shapely.to_geojson(shape)),
            }
            for head, shape in zip(self.heads, self.geographic, strict=True)
        ]
        crs = self.source.crs
        drawn_in = None if crs is None else _name_of(crs.srs)
        return {"type": "FeatureCollection", "drawn_in": drawn_in, "features": features}


def sites_of_geojson(document: Mapping[str, Any], *, crs: str | None, county_code: str | None) -> Sites:
    """Read a Feature, a FeatureCollection or a bare geometry.

    Parameters
    ----------
    crs : str, optional
        Of the coordinates, x before y whatever the order of its axes; default: what the member ``crs`` says, else CRS84.

    Raises
    ------
    SiteRefusedError
    """
    features = list(_features(document))
    shapes: list[shapely.Geometry | None] = []
    errors = []
    for number, feature in enumerate(features, 1):
        try:
            geometry = feature.get("geometry")
            shapes.append(None if geometry is None else shapely.from_geojson(json.dumps(geometry)))
        except (shapely.GEOSException, TypeError, ValueError) as error:
            shapes.append(None)
            errors.append(_error(number, f"is no geometry of GeoJSON: {error}"))
    if errors:
        raise _refuse(errors)
    named = _said_crs(document, features) if crs is None else _named_crs(crs)
    rows = [{"id": feature.get("id"), **(feature.get("properties") or {})} for feature in features]
    return make_sites(np.array(shapes, dtype=object), named, rows, county_code=county_code)


def _features(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    match document.get("type"):
        case "FeatureCollection":
            listed = document.get("features")
        case "Feature":
            listed = [document]
        case _ if "coordinates" in document or document.get("type") == "GeometryCollection":
            listed = [{"type": "Feature", "geometry": document}]
        case found:
            raise SiteRefusedError.of_field("type", found, "Feature, FeatureCollection or a geometry of GeoJSON")
    if not isinstance(listed, list):
        raise SiteRefusedError.of_field("features", type(listed).__name__, "a list of features")
    for number, feature in enumerate(listed, 1):
        if not isinstance(feature, dict):
            raise SiteRefusedError.of_field(f"features.{number}", type(feature).__name__, "a feature of GeoJSON")
        if not isinstance(feature.get("properties") or {}, dict):
            raise SiteRefusedError.of_field(f"features.{number}.properties", "no object", "an object or null")
    yield from listed


def _said_crs(document: Mapping[str, Any], features: Sequence[Mapping[str, Any]]) -> pyproj.CRS:
    """Return the one system that the members ``crs`` of a document name, of its features and of their geometries; CRS84 where there are none."""
    said = list(crs_members(document))
    if document.get("type") == "FeatureCollection":
        said += [
            (f"features.{number}.{where}", name)
            for number, feature in enumerate(features, 1)
            for where, name in crs_members(feature)
        ]
    systems: list[pyproj.CRS] = []
    for where, name in said:
        if not isinstance(name, str):
            wanted = '{"type": "name", "properties": {"name": "EPSG:4549"}}, or the query parameter crs'
            raise SiteRefusedError.of_field(where, json.dumps(name)[:80], wanted)
        system = _named_crs(name, where)
        if systems and not system.equals(systems[0], ignore_axis_order=True):
            raise SiteRefusedError.of_field(where, name, f"{said[0][1]}, which {said[0][0]} names: one system for all")
        systems.append(system)
    return systems[0] if systems else _named_crs("OGC:CRS84")


def _named_crs(text: str, where: str = "crs") -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError as error:
        raise SiteRefusedError.of_field(where, text, "a coordinate reference system, such as EPSG:4549") from error


def sites_of_file(path: Path, *, crs: str | None, county_code: str | None) -> Sites:
    """Read the polygons of a file of any format of the intake.

    Raises
    ------
    SiteRefusedError
    """
    try:
        with open_source(path) as source:
            declared = source.crs if crs is None else _named_crs(crs)
            batches = list(iter_features(source))
            text = crs or source.crs_text
    except GisError as error:
        raise SiteRefusedError(f"{path.name}: {error}", file=path.name) from error
    shapes = np.concatenate([batch.geometries for batch in batches]) if batches else np.array([], dtype=object)
    rows = [row for batch in batches for row in batch.attributes]
    return make_sites(shapes, declared, rows, county_code=county_code, crs_text=text)


def make_sites(
    shapes: GeometryArray,
    declared: pyproj.CRS | None,
    rows: Sequence[Mapping[str, Any]],
    *,
    county_code: str | None = None,
    crs_text: str | None = None,
) -> Sites:
    """Make sites of geometries, or refuse them all: a question is never answered in part.

    Raises
    ------
    SiteRefusedError
        Naming each feature, what is wrong with it and where.
    """
    if len(shapes) == 0:
        raise SiteRefusedError("There is no feature to check. Send at least one polygon.")
    if len(shapes) > MAX_SITES:
        raise SiteRefusedError(f"There are {len(shapes)} sites; at most {MAX_SITES} can be asked about at a time.")
    errors = [_error(number, found) for number, shape in enumerate(shapes, 1) if (found := _fault(shape))]
    if errors:
        raise _refuse(errors)
    source = _settled_source(shapes, declared, crs_text)
    try:
        geographic = to_geographic(shapely.force_2d(shapes), source.crs)
        plane = to_area_plane(geographic)
    except GisError as error:
        raise SiteRefusedError(f"The coordinates do not fit their reference system: {error}") from error
    errors = [
        _error(number, f"has an area of {area:.2f} m², expected more than 0 and at most {MAX_AREA_M2:.0f} m²")
        for number, area in enumerate(shapely.area(plane), 1)
        if not 0 < area <= MAX_AREA_M2
    ]
    if errors:
        raise _refuse(errors)
    errors = [
        _error(number, f"has a {field} with the character {found}, which cannot be stored; take it out")
        for number, row in enumerate(rows, 1)
        for field in (*_NAME_FIELDS, *_CODE_FIELDS)
        if (found := find_unstorable(str(row.get(field)))) is not None
    ]
    if errors:
        raise _refuse(errors)
    codes = [_first(row, _CODE_FIELDS) for row in rows]
    heads = [
        SiteHead(number, f"site-{number}", _first(row, _NAME_FIELDS), code, _region(row, code, county_code))
        for number, (row, code) in enumerate(zip(rows, codes, strict=True), 1)
    ]
    return Sites(heads, plane, geographic, source)


def stored_sites(document: Mapping[str, Any]) -> Sites:
    """Read sites as :meth:`Sites.as_geojson` wrote them."""
    shapes = np.array([shapely.from_geojson(json.dumps(one["geometry"])) for one in document["features"]], dtype=object)
    heads = [SiteHead(number, **one["properties"]) for number, one in enumerate(document["features"], 1)]
    drawn_in = document["drawn_in"]
    source = LayerSource(crs=None if drawn_in is None else pyproj.CRS.from_user_input(drawn_in))
    return Sites(heads, to_area_plane(shapes), shapes, source)


def _fault(shape: shapely.Geometry | None) -> str | None:
    """Say what is wrong with a geometry, and where; None for a polygon that can be checked."""
    if shape is None or shapely.is_empty(shape):
        return f"has {'no' if shape is None else 'an empty'} geometry, expected a polygon"
    if shapely.get_type_id(shape) not in _POLYGONS:
        kind = shapely.GeometryType(int(shapely.get_type_id(shape))).name
        return f"is a {kind}, expected a POLYGON or MULTIPOLYGON; take other parts out"
    vertices = int(shapely.get_num_coordinates(shape))
    if vertices > MAX_VERTICES:
        return f"has {vertices} vertices, at most {MAX_VERTICES} are checked; simplify or split it"
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return "has coordinates that are no numbers"
    if not shapely.is_valid(shape):
        return f"is not valid: {shapely.is_valid_reason(shape)}; mend the ring there"
    return None


def _settled_source(shapes: GeometryArray, declared: pyproj.CRS | None, text: str | None) -> LayerSource:
    """Pass the coordinates through the CRS firewall: swapped axes and wrong zones are refused with what would explain them."""
    examination = examine_crs(declared, shapely.bounds(shapes), crs_text=text)
    if examination.is_refused or declared is None:
        proposal = examination.proposal
        raise SiteRefusedError(
            " ".join(finding.text_en for finding in examination.findings)
            or "The sites name no coordinate reference system. Name it, for example crs=EPSG:4549.",
            text_zh=" ".join(finding.text_zh for finding in examination.findings),
            errors=[{"in": "body", "name": "crs", "detail": finding.text_en} for finding in examination.findings],
            proposal=None if proposal is None else proposal.as_json(),
        )
    return _source_of(declared.srs)


@lru_cache(maxsize=64)
def _source_of(srs: str) -> LayerSource:
    """Return the source of what was drawn in a system, named by its text; the variants of a national system are the system itself."""
    declared = pyproj.CRS.from_user_input(srs)
    epsg = recognise_epsg(declared)
    return LayerSource(crs=declared if epsg is None else pyproj.CRS.from_epsg(epsg))


@lru_cache(maxsize=64)
def _name_of(srs: str) -> str:
    return pyproj.CRS.from_user_input(srs).to_string()


def _error(number: int, found: str) -> dict[str, Any]:
    return {"in": "body", "name": f"features.{number}", "feature": number, "detail": f"feature {number} {found}"}


def _refuse(errors: list[dict[str, Any]]) -> SiteRefusedError:
    shown = "; ".join(error["detail"] for error in errors[:_SHOWN])
    return SiteRefusedError(f"Nothing was checked: {shown}.", errors=errors[:_SHOWN], error_count=len(errors))


def _first(row: Mapping[str, Any], names: Sequence[str]) -> str | None:
    found = next((row[name] for name in names if row.get(name) not in {None, ""}), None)
    return None if found is None else str(found)


def _region(row: Mapping[str, Any], parcel_code: str | None, county_code: str | None) -> str:
    own = str(row.get("county_code") or "")
    if len(own) == 6 and own.isascii() and own.isdigit():
        return own
    of_parcel = region_of_parcel(parcel_code)
    return of_parcel if of_parcel != NATIONAL else county_code or NATIONAL
