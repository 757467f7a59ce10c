"""Site checks over HTTP: sites as GeoJSON, as a file or by parcel codes; up to two hundred at once, more as a job."""

import json
import tempfile
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session
from starlette.responses import StreamingResponse

from app.answers import json_answer, written_answer
from app.db.sessions import read_session, write_session
from app.deps import AppEngine, Checker, DatabaseTurn, ReadSession, allow_parameters
from app.jobs.endpoints import status_info
from app.links import absolute_url
from app.problems import InvalidParameterError, said_of
from app.site_checks import service
from app.site_checks.errors import SiteCheckNotFoundError, SiteRefusedError
from app.site_checks.history import HistoryLink, SiteCheckList, list_checks
from app.site_checks.jobs import start_site_check
from app.site_checks.questions import Question
from app.site_checks.sites import MAX_SITES, Sites, sites_of_file, sites_of_geojson
from app.site_checks.stored_answers import StoredSiteCheck
from app.site_checks.storing import get_check

router = APIRouter(prefix="/site-checks", tags=["site checks"])

JSON_TYPES: Final = frozenset({"application/json", "application/geo+json"})
# What a file may be sent as, with the ending under which it is read; its content decides what it is.
FILE_TYPES: Final = {
    "application/zip": ".zip",
    "application/x-zip-compressed": ".zip",
    "text/plain": ".txt",
    "application/vnd.google-earth.kml+xml": ".kml",
    "application/vnd.google-earth.kmz": ".kmz",
    "application/geopackage+sqlite3": ".gpkg",
}
DEFAULT_LIMIT: Final = 20
MAX_LIMIT: Final = 200
LISTED_QUERY: Final = frozenset({"layers", "works"})


class SiteCheckRequest(Question):
    """A question with its sites: ``sites`` (GeoJSON) or ``parcels`` (codes)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sites: dict[str, Any] | None = Field(default=None, description="Feature, FeatureCollection or geometry of GeoJSON")
    parcels: Annotated[tuple[str, ...], Field(min_length=1, max_length=MAX_SITES)] | None = None
    crs: str | None = Field(default=None, description="Of the coordinates, such as EPSG:4549; x before y")

    def question(self) -> Question:
        """Return what is asked, without the sites."""
        values = {name: getattr(self, name) for name in Question.model_fields}
        return Question.model_construct(**values)

    def read_sites(self, session: Session) -> Sites:
        """Read the sites that are asked about.

        Raises
        ------
        SiteRefusedError, ParcelAmbiguousError
        """
        if (self.sites is None) == (self.parcels is None):
            raise SiteRefusedError.of_field("sites", "both or neither of sites and parcels", "one of them")
        if self.sites is not None:
            return sites_of_geojson(self.sites, crs=self.crs, county_code=self.county_code)
        return service.sites_of_parcels(session, self.parcels or (), self.question())


async def read_body(request: Request) -> bytes:
    """Read the whole body; its size is limited for all requests."""
    return await request.body()


Body = Annotated[bytes, Depends(read_body)]


@router.post(
    "",
    status_code=201,
    summary="May these sites be used for that",
    response_model=StoredSiteCheck,
    responses={202: {"description": "More than 200 sites: a job was started; `Location` is where to follow it."}},
    openapi_extra={
        "requestBody": {
            "content": {
                "application/json": {
                    "schema": SiteCheckRequest.model_json_schema(ref_template="#/components/schemas/{model}")
                },
                "application/geo+json": {"schema": {"type": "object"}},
                **{media: {"schema": {"type": "string", "format": "binary"}} for media in FILE_TYPES},
            }
        }
    },
)
def post_site_check(request: Request, body: Body, engine: AppEngine, caller: Checker, _turn: DatabaseTurn) -> Response:
    """Check sites and store the answer. Of GeoJSON and files sent as they are the question stands in the query."""
    sites, question = _read(request, body, engine)
    if len(sites) > service.SITES_AT_ONCE:
        with write_session(engine, actor=caller.name) as session:
            job = start_site_check(session, sites, question)
        location = absolute_url(request, "jobs", str(job.id))
        state = status_info(request, job).model_dump_json(by_alias=True, exclude_none=True)
        return Response(state, 202, headers={"Location": location}, media_type="application/json")
    check_id, written = service.check_sites_as_json(engine, sites, question, actor=caller.name)
    location = absolute_url(request, "site-checks", str(check_id))
    return Response(written, 201, headers={"Location": location}, media_type="application/json")


@router.get(
    "",
    summary="The site checks, the newest first",
    response_model=SiteCheckList,
    dependencies=[Depends(allow_parameters("limit", "after"))],
)
def list_site_checks(
    request: Request,
    session: ReadSession,
    _caller: Checker,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    after: Annotated[str | None, Query(max_length=200, description="Taken from a `next` link.")] = None,
) -> Response:
    """Return a page of what was asked and how it was answered; the `next` link leads to the ones before."""
    page = list_checks(session, limit=limit, after=after)
    query = list(request.query_params.multi_items())
    links = [HistoryLink(href=absolute_url(request, "site-checks", query=query), rel="self")]
    if page.next_token is not None:
        kept = [(name, value) for name, value in query if name != "after"]
        onward = absolute_url(request, "site-checks", query=[*kept, ("after", page.next_token)])
        links.append(HistoryLink(href=onward, rel="next"))
    return json_answer(request, SiteCheckList(site_checks=page.checks, links=links).model_dump(mode="json"))


@router.get(
    "/{check_id}",
    summary="A stored site check",
    response_model=StoredSiteCheck,
    dependencies=[Depends(allow_parameters())],
)
def get_site_check(
    request: Request, session: ReadSession, engine: AppEngine, check_id: str, _caller: Checker
) -> Response:
    """Return a stored answer as it was given."""
    check = get_check(session, _identifier(check_id))
    if check.site_count > service.SITES_AT_ONCE:
        return StreamingResponse(service.iter_described(engine, check.id), media_type="application/json")
    return written_answer(request, b"".join(service.iter_written(session, check)))


@router.get("/{check_id}/sites", summary="The polygons of a site check", dependencies=[Depends(allow_parameters())])
def get_checked_sites(request: Request, session: ReadSession, check_id: str, _caller: Checker) -> Response:
    """Return what was asked about as a GeoJSON FeatureCollection; `site` names each as the answer does."""
    return json_answer(request, get_check(session, _identifier(check_id)).sites, media_type="application/geo+json")


def _identifier(check_id: str) -> UUID:
    try:
        return UUID(check_id)
    except ValueError as error:
        raise SiteCheckNotFoundError(check_id) from error


def _read(request: Request, body: bytes, engine: AppEngine) -> tuple[Sites, Question]:
    media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media_type in JSON_TYPES:
        return _read_json(request, body, engine)
    if media_type not in FILE_TYPES:
        known = ", ".join([*sorted(JSON_TYPES), *FILE_TYPES])
        raise SiteRefusedError.of_field("Content-Type", media_type, f"one of {known}")
    asked = _from_query(request)
    with tempfile.TemporaryDirectory(prefix="duogui-site-") as folder:
        file = Path(folder) / f"sites{FILE_TYPES[media_type]}"
        file.write_bytes(body)
        return sites_of_file(file, crs=asked.crs, county_code=asked.county_code), asked.question()


def _read_json(request: Request, body: bytes, engine: AppEngine) -> tuple[Sites, Question]:
    try:
        document = json.loads(body)
    except ValueError as error:
        raise SiteRefusedError(f"The body is no JSON: {error}") from error
    except RecursionError as error:
        raise SiteRefusedError("The body is nested too deep to be read; send features of GeoJSON.") from error
    if not isinstance(document, dict):
        raise SiteRefusedError.of_field("body", type(document).__name__, "an object")
    if "type" in document:
        asked = _from_query(request)
        return sites_of_geojson(document, crs=asked.crs, county_code=asked.county_code), asked.question()
    asked = _validated(document, "body")
    with read_session(engine) as session:
        return asked.read_sites(session), asked.question()


def _from_query(request: Request) -> SiteCheckRequest:
    """Read the question from the query; lists are separated by commas."""
    values: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if name in values or name in {"sites", "parcels", "indicators"}:
            raise InvalidParameterError(name, "given more than once, or not possible in the query; send it in JSON.")
        values[name] = value.split(",") if name in LISTED_QUERY else value
    return _validated(values, "query")


def _validated(values: dict[str, Any], where: str) -> SiteCheckRequest:
    try:
        # From JSON, so that texts stand for dates and numbers and lists for tuples.
        return SiteCheckRequest.model_validate_json(json.dumps(values))
    except ValidationError as error:
        errors = [
            {"in": where, "name": ".".join(map(str, found["loc"])), "detail": said_of(found)}
            for found in error.errors(include_url=False)
        ]
        raise SiteRefusedError("; ".join(f"{one['name']}: {one['detail']}" for one in errors), errors=errors) from error
