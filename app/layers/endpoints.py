"""HTTP access to layers and their versions: what there is, what is said of them, publish a draft, drop a draft."""

from contextlib import closing
from itertools import islice
from typing import Annotated, Any

import orjson
import shapely
from fastapi import APIRouter, Depends, Query, Request, Response, status
from geoalchemy2.shape import to_shape
from sqlalchemy import select

from app.answers import json_answer
from app.clock import today
from app.db.models import Layer, LayerVersion
from app.deps import AppSettings, Reader, ReadSession, Writer, WriteSession, allow_parameters
from app.described import DescribedBy
from app.keys.access import Actor, Scope
from app.layers import repository
from app.layers.answers import LayerAnswer, LayerList, LayerVersionAnswer, VersionDiffPage
from app.layers.describing import describe_layer, describe_version, without_examples
from app.layers.differences import TOLERANCE_M, compare_versions, iter_changes
from app.layers.editing import derive_coverage, edit_layer, set_coverage
from app.layers.errors import LayerEditError
from app.layers.publishing import discard_draft, publish_draft
from app.layers.schemas import LayerChanges, Polygons, VersionInPath
from app.links import absolute_url

router = APIRouter(prefix="/layers", tags=["layers"])

NO_PARAMETERS = [Depends(allow_parameters())]
DEFAULT_LIMIT, MAX_LIMIT = 100, 10_000
VersionNumber = Annotated[
    int | None,
    Query(ge=1, lt=2**31, description="Number of the version; the one in force, else the newest, when left out."),
]
Tolerance = Annotated[
    float, Query(ge=0, le=1000, description="Metres; a boundary that moved by no more than this has not changed.")
]
ETAGGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "Nothing has changed since the answer with this ETag."}
}


@router.get(
    "",
    summary="The layers with their versions",
    responses=ETAGGED | {200: {"model": LayerList}},
    dependencies=[Depends(allow_parameters())],
)
def list_layers(request: Request, session: ReadSession, caller: Reader) -> Response:
    """List the layers with their versions, the one that applies today and the newest draft."""
    layers = [_described(session, layer, caller) for layer in repository.list_layers(session)]
    return json_answer(request, {"layers": layers})


@router.get(
    "/{slug}",
    summary="One layer",
    responses=ETAGGED | {200: {"model": LayerAnswer}},
    dependencies=[Depends(allow_parameters())],
)
def get_layer(request: Request, slug: str, session: ReadSession, caller: Reader) -> Response:
    """Return one layer with its versions and what each import found; examples of that need the scope `check`."""
    return json_answer(request, _described(session, repository.require_layer(session, slug), caller))


def _described(session: ReadSession, layer: Layer, caller: Actor) -> dict[str, Any]:
    described = describe_layer(session, layer, today=today())
    return described if caller.may(Scope.CHECK) else without_examples(described)


@router.patch("/{slug}", summary="Change what is said of a layer", dependencies=NO_PARAMETERS)
def change_layer(
    slug: str, body: LayerChanges, session: WriteSession, _writer: Writer
) -> Annotated[dict[str, Any], DescribedBy(LayerAnswer)]:
    """Change titles, accuracy and duties; what they were before is kept with the time and the key's name."""
    layer = edit_layer(session, slug, body.model_dump(exclude_unset=True))
    return describe_layer(session, layer, today=today())


@router.get(
    "/{slug}/diff",
    summary="What changed between two versions",
    responses=ETAGGED | {200: {"model": VersionDiffPage}},
    dependencies=[Depends(allow_parameters("from", "to", "limit", "after", "tolerance_m", "geometry"))],
)
def list_changes(
    request: Request,
    slug: str,
    session: ReadSession,
    older: Annotated[int, Query(alias="from", ge=1, lt=2**31, description="Number of the older version.")],
    newer: Annotated[int, Query(alias="to", ge=1, lt=2**31, description="Number of the newer version.")],
    tolerance_m: Tolerance = TOLERANCE_M,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    after: Annotated[str | None, Query(max_length=1000, description="Taken from a `next` link.")] = None,
    geometry: Annotated[bool, Query(description="Tell where each is: as it is now, or was where it is gone.")] = False,
) -> Response:
    """List the features that differ, ordered by their id, and count them on the first page; follow the `next` link."""
    with closing(iter_changes(session, slug, older, newer, tolerance_m=tolerance_m, after=after)) as found:
        page = list(islice(found, limit + 1))
    document: dict[str, Any] = {"layer": slug, "older": older, "newer": newer, "tolerance_m": tolerance_m}
    if after is None:
        document |= compare_versions(session, slug, older, newer, tolerance_m=tolerance_m).as_json()
    document["features"] = [change.as_json(geometry=geometry) for change in page[:limit]]
    query = list(request.query_params.multi_items())
    document["links"] = [_link(request, slug, query, "self")]
    if len(page) > limit:
        kept = [(name, value) for name, value in query if name != "after"]
        document["links"].append(_link(request, slug, [*kept, ("after", page[limit - 1].feature_id)], "next"))
    return json_answer(request, document)


def _link(request: Request, slug: str, query: list[tuple[str, str]], rel: str) -> dict[str, str]:
    return {"href": absolute_url(request, "layers", slug, "diff", query=query), "rel": rel, "type": "application/json"}


@router.get(
    "/{slug}/versions/{older}/diff/{newer}",
    summary="How much changed between two versions",
    dependencies=[Depends(allow_parameters("tolerance_m"))],
)
def get_diff(
    slug: str, older: VersionInPath, newer: VersionInPath, session: ReadSession, tolerance_m: Tolerance = TOLERANCE_M
) -> dict[str, Any]:
    """Count what changed from one version to another."""
    return compare_versions(session, slug, older, newer, tolerance_m=tolerance_m).as_json()


@router.get(
    "/{slug}/coverage",
    summary="Where a layer is known",
    responses=ETAGGED,
    dependencies=[Depends(allow_parameters("version"))],
)
def get_coverage(request: Request, slug: str, session: ReadSession, version: VersionNumber = None) -> Response:
    """Return the stated coverage as a GeoJSON feature; its geometry is null where nothing is stated."""
    layer, found = repository.version_or_newest(session, slug, version)
    return json_answer(request, _coverage(session, layer, found), media_type="application/geo+json")


@router.put(
    "/{slug}/coverage",
    summary="State where a layer is known",
    dependencies=[Depends(allow_parameters("version", "derive"))],
)
def put_coverage(
    slug: str,
    session: WriteSession,
    _writer: Writer,
    body: Polygons | None = None,
    version: VersionNumber = None,
    derive: Annotated[bool, Query(description="It is known where its features are; without a body.")] = False,
) -> dict[str, Any]:
    """State where a version is known: a GeoJSON geometry, or `derive=true`. What was stated before is kept."""
    if derive == (body is not None):
        raise LayerEditError("Send a GeoJSON geometry, or derive=true without one.", field="derive")
    changed = (
        derive_coverage(session, slug, version)
        if body is None
        else set_coverage(session, slug, version, body.to_coverage())
    )
    return _coverage(session, repository.require_layer(session, slug), changed)


@router.delete("/{slug}/coverage", status_code=status.HTTP_204_NO_CONTENT, summary="Say nothing of where it is known")
def delete_coverage(slug: str, session: WriteSession, _writer: Writer, version: VersionNumber = None) -> None:
    """Take back what was stated of where a version is known; it is kept."""
    set_coverage(session, slug, version, None)


def _coverage(session: ReadSession | WriteSession, layer: Layer, version: LayerVersion) -> dict[str, Any]:
    stored = session.scalar(select(LayerVersion.coverage).where(LayerVersion.id == version.id))
    geometry = None if stored is None else orjson.loads(shapely.to_geojson(to_shape(stored)))
    properties = {"layer": layer.slug, "version": version.number, "coverage_revision": version.coverage_revision}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


@router.post("/{slug}/versions/{number}/publish", summary="Publish a draft")
def publish_version(
    slug: str,
    number: VersionInPath,
    session: WriteSession,
    _writer: Writer,
    settings: AppSettings,
    confirm_loss: Annotated[
        bool, Query(description="It is right that it has much less than the one in force.")
    ] = False,
) -> Annotated[dict[str, Any], DescribedBy(LayerVersionAnswer)]:
    """Put a draft in force; the version before is archived in the same moment."""
    published = publish_draft(
        session, slug, number, confirm_loss=confirm_loss, max_loss_percent=settings.max_loss_percent
    )
    return describe_version(published)


@router.delete("/{slug}/versions/{number}", status_code=status.HTTP_204_NO_CONTENT, summary="Discard a draft")
def discard_version(slug: str, number: VersionInPath, session: WriteSession, _writer: Writer) -> None:
    """Delete a draft with its features."""
    discard_draft(session, slug, number)
