"""OGC API - Features Part 4: create, replace, update and delete features of layers."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import pyproj
import shapely
import shapely.errors
import shapely.geometry
from fastapi import APIRouter, Body, Depends, Header, Request, Response

from app.clock import today
from app.collections.reference_systems import ReferenceSystem, find_reference_system
from app.crs_member import crs_members
from app.deps import Writer, WriteSession, allow_parameters
from app.layers.feature_edits import (
    GivenFeature,
    create_features,
    delete_feature,
    replace_feature,
    update_feature,
)
from app.layers.feature_errors import FeatureRefusedError
from app.layers.given_properties import require_storable
from app.links import absolute_url
from app.ogc.parameters import CollectionId, FeatureId
from gis.crs import to_geographic
from gis.errors import GisError

MAX_FEATURES: Final = 1000
# Of a GeoJSON feature, as the service itself writes it.
_MEMBERS: Final = frozenset({"type", "id", "bbox", "geometry", "properties", "links"})

#: What is read as longitude and latitude.
_DEGREES: Final = (4326, 4490)

router = APIRouter(tags=["features"], dependencies=[Depends(allow_parameters())])
IfMatch = Annotated[str | None, Header(description="The ETag of the feature as it was read.")]
ContentCrs = Annotated[str | None, Header(description="System of the geometry, a URI in <>; CRS84.")]
GeoJSONBody = Annotated[dict[str, Any], Body(description="A GeoJSON feature.")]


@router.post("/collections/{collection_id}/items", status_code=201, summary="Add features")
def post_items(
    request: Request,
    response: Response,
    collection_id: CollectionId,
    session: WriteSession,
    _writer: Writer,
    body: Annotated[
        dict[str, Any], Body(description="A GeoJSON feature, or a collection of which all or none are stored.")
    ],
    content_crs: ContentCrs = None,
) -> dict[str, Any]:
    """Add a feature, or several in one transaction; `Location` is where the first one is."""
    system = _system(content_crs)
    is_single = body.get("type") == "Feature"
    members = [body] if is_single else body.get("features")
    is_collection = is_single or body.get("type") == "FeatureCollection"
    if not is_collection or not isinstance(members, list) or not 1 <= len(members) <= MAX_FEATURES:
        expected = f"a Feature, or a FeatureCollection of 1 to {MAX_FEATURES}"
        raise FeatureRefusedError(0, "type", repr(body.get("type"))[:80], expected)
    if not is_single:
        _require_system(0, body, system)
    features = [_given(position, member, system) for position, member in enumerate(members)]
    names = create_features(session, collection_id, features, today=today())
    response.headers["Location"] = absolute_url(request, "collections", collection_id, "items", names[0])
    return {
        "ids": names,
        "links": [
            {"rel": "item", "href": absolute_url(request, "collections", collection_id, "items", name)}
            for name in names
        ],
    }


@router.put("/collections/{collection_id}/items/{feature_id:path}", status_code=204, summary="Replace a feature")
def put_item(
    collection_id: CollectionId,
    feature_id: FeatureId,
    session: WriteSession,
    _writer: Writer,
    body: GeoJSONBody,
    if_match: IfMatch = None,
    content_crs: ContentCrs = None,
) -> None:
    """Put another feature in its place; what it was before is kept and shown by `known-at`."""
    given = _given(0, body, _system(content_crs))
    replace_feature(session, collection_id, feature_id, given, if_match, today=today())


@router.patch("/collections/{collection_id}/items/{feature_id:path}", status_code=204, summary="Change a feature")
def patch_item(
    collection_id: CollectionId,
    feature_id: FeatureId,
    session: WriteSession,
    _writer: Writer,
    body: Annotated[
        dict[str, Any], Body(description="The properties to change, and `geometry` if it changes (RFC 7396).")
    ],
    if_match: IfMatch = None,
    content_crs: ContentCrs = None,
) -> None:
    """Change some properties, or the geometry; null takes a value away. What it was before is kept."""
    unknown = sorted(set(body) - _MEMBERS)
    if unknown:
        # A misspelt member would change nothing and be answered as if it had.
        raise FeatureRefusedError(0, unknown[0], repr(body[unknown[0]])[:80], f"only {', '.join(sorted(_MEMBERS))}")
    properties = _properties(0, body)
    system = _system(content_crs)
    _require_system(0, body, system)
    shape = _geometry(0, body["geometry"], system) if "geometry" in body else None
    update_feature(session, collection_id, feature_id, properties, shape, if_match, today=today())


@router.delete("/collections/{collection_id}/items/{feature_id:path}", status_code=204, summary="Delete a feature")
def delete_item(
    collection_id: CollectionId, feature_id: FeatureId, session: WriteSession, _writer: Writer, if_match: IfMatch = None
) -> None:
    """Take a feature out of the layer; what it was is kept and shown by `known-at`."""
    delete_feature(session, collection_id, feature_id, if_match)


def _system(content_crs: str | None) -> ReferenceSystem:
    return find_reference_system("Content-Crs", None if content_crs is None else content_crs.strip().strip("<>"))


def _require_system(position: int, document: Mapping[str, Any], system: ReferenceSystem) -> None:
    """Refuse a document that says another system than its request: the coordinates would be taken for what they are not.

    Degrees of WGS 84 and of CGCS2000 are the same here.
    """
    wanted = _DEGREES if system.code is None else (system.code,)
    for where, named in crs_members(document):
        try:
            found = pyproj.CRS.from_user_input(named)
        except pyproj.exceptions.CRSError:
            found = None
        if found is None or not any(
            found.equals(pyproj.CRS.from_epsg(code), ignore_axis_order=True) for code in wanted
        ):
            found_text = repr(named)[:80]
            said = f"{where}: found {found_text}, but the coordinates are read as {system.uri}. Name their system in the header Content-Crs, or take the member out."
            raise FeatureRefusedError(position, where, found_text, system.uri, said)


def _given(position: int, member: object, system: ReferenceSystem) -> GivenFeature:
    if not isinstance(member, Mapping) or member.get("type") != "Feature":
        raise FeatureRefusedError(position, "type", repr(member)[:80], "a GeoJSON feature")
    _require_system(position, member, system)
    return GivenFeature(_geometry(position, member.get("geometry"), system), _properties(position, member))


def _properties(position: int, member: Mapping[str, Any]) -> Mapping[str, Any]:
    properties = member.get("properties")
    if properties is None:
        return {}
    if not isinstance(properties, Mapping):
        raise FeatureRefusedError(position, "properties", repr(properties)[:80], "an object")
    require_storable(position, properties)
    return properties


def _geometry(position: int, geometry: object, system: ReferenceSystem) -> shapely.Geometry:
    if geometry is None:
        raise FeatureRefusedError(position, "geometry", "none", "a geometry")
    if not isinstance(geometry, dict):
        raise FeatureRefusedError(position, "geometry", repr(geometry)[:80], "a GeoJSON geometry")
    if not isinstance(geometry.get("type"), str):
        raise FeatureRefusedError(position, "geometry", "no type", "a GeoJSON geometry")
    try:
        shape = shapely.geometry.shape(geometry)
    except KeyError as error:
        raise FeatureRefusedError(position, "geometry", f"no {error.args[0]}", "a GeoJSON geometry") from error
    except (ValueError, TypeError, AttributeError, IndexError, shapely.errors.ShapelyError) as error:
        raise FeatureRefusedError(position, "geometry", f"{error}", "a GeoJSON geometry") from error
    definition = system.definition
    if definition is None:
        return shape
    if system.is_north_first:
        shape = shapely.transform(shape, lambda points: points[:, ::-1])
    try:
        placed: shapely.Geometry = to_geographic([shape], definition)[0]
    except GisError as error:
        raise FeatureRefusedError(position, "geometry", str(error), f"coordinates in {system.uri}") from error
    return placed
