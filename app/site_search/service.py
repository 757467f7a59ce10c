"""Find a site: parcels of a size, conditions measured for all of them at once, the best of them checked by the law."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pyproj
from sqlalchemy.orm import Session

from app.checks.controls import ControlLayer
from app.checks.repository import for_storage
from app.clock import today
from app.db.models import LayerKind
from app.layers.repository import require_layer, version_in_force
from app.site_checks import nearby
from app.site_checks.answering import Ground, answer_sites, read_ground, read_plans_near
from app.site_checks.asking import Asked, Places, RulesInForce
from app.site_checks.errors import SiteOutsideError
from app.site_checks.sites import make_sites
from app.site_search import conditions as judged
from app.site_search.answers import describe_candidate
from app.site_search.candidates import Candidate, make_candidates
from app.site_search.conditions import Condition, Outcome
from app.site_search.errors import NothingToSearchError, SearchTooWideError
from app.site_search.repository import find_parcels_of_size
from app.site_search.schemas import Area, Distance, SearchRequest
from gis.boundary_band import widened_bounds
from gis.rules import NATIONAL, Verdict
from gis.sagitta import LayerSource

MAX_PARCELS: Final = 10_000
#: So many of the best candidates are checked by every rule; of those behind them the answer only tells how many there are.
MAX_CHECKED: Final = 200
MARGIN_M: Final = 1.0
CRS84: Final = pyproj.CRS.from_user_input("OGC:CRS84")


@dataclass(slots=True)
class Checked:
    """Candidates with what the law says of them."""

    found: list[tuple[Candidate, Mapping[str, Any]]] = field(default_factory=list)
    denied: int = 0
    outside: int = 0


def search_sites(session: Session, request: SearchRequest) -> dict[str, Any]:
    """Look for parcels, or groups of them, and rank them.

    Returns
    -------
    dict
        See ``docs/site-search.md``.

    Raises
    ------
    SearchTooWideError, NothingToSearchError, NothingToCheckError, LayerNotFoundError, SiteRefusedError
    """
    day, moment = request.as_of or today(), datetime.now(UTC)
    question = request.question()
    ground = read_ground(session, question, day, moment)
    parcels = _parcels(session, request, ground)
    asked = Asked(
        Places(parcels.index.tolist(), parcels.geometry.to_numpy()),
        LayerSource(crs=CRS84),
        question.facts(),
        RulesInForce(),
        ground.parameters,
        day,
        request.county_code or NATIONAL,
    )
    conditions = list(_conditions(session, request, ground, asked)) if len(parcels) else []
    broken: Counter[str] = Counter()
    kept = []
    for row_id in parcels.index:
        failed = [one.key for one in conditions if one.reasons[row_id].outcome is Outcome.BROKEN]
        broken.update(failed)
        kept += [] if failed else [row_id]
    candidates, is_complete = make_candidates(parcels.loc[kept], conditions, request)
    checked = _check(session, ground, parcels, candidates[:MAX_CHECKED], request)
    ranked = sorted(checked.found, key=lambda pair: (Verdict(pair[1]["verdict"]).severity, pair[0].rank(request)))
    return {
        "as_of": day.isoformat(),
        "parcels_of_size": len(parcels),
        "excluded": dict(sorted(broken.items())),
        "candidates": len(candidates),
        "checked": min(len(candidates), MAX_CHECKED),
        "denied": checked.denied,
        "outside_layers": checked.outside,
        "is_complete": is_complete and len(candidates) <= MAX_CHECKED,
        "results": [
            {"rank": rank, **describe_candidate(candidate, site, parcels)}
            for rank, (candidate, site) in enumerate(ranked[: request.limit], start=1)
        ],
        "layer_versions": ground.used_layers(),
    }


def _parcels(session: Session, request: SearchRequest, ground: Ground) -> gpd.GeoDataFrame:
    wanted = (
        None if request.parcel_layers is None else {require_layer(session, slug).id for slug in request.parcel_layers}
    )
    layers = [
        layer for layer in nearby.layers_of_kind(session, LayerKind.PARCEL) if wanted is None or layer.id in wanted
    ]
    found = [version_in_force(session, layer.id, as_of=ground.as_of, known_at=ground.known_at) for layer in layers]
    versions = [version.id for version in found if version is not None]
    if not versions:
        raise NothingToSearchError
    parcels = find_parcels_of_size(
        session,
        versions,
        ground.known_at,
        # A group is made of parcels that are too small alone.
        least_m2=0.0 if request.combine else request.area_min_m2,
        most_m2=request.area_max_m2,
        bbox=request.bbox,
        limit=MAX_PARCELS + 1,
    )
    if len(parcels) > MAX_PARCELS:
        raise SearchTooWideError(MAX_PARCELS)
    return parcels


def _conditions(session: Session, request: SearchRequest, ground: Ground, asked: Asked) -> Iterator[Condition]:
    """Judge every condition for all parcels."""
    controls = _read_controls(session, request, ground, asked)

    def of(part: Area | Distance) -> list[ControlLayer]:
        return [control for control in controls if control.layer.control_kind == part.control_kind]

    for area in request.forbidden:
        yield judged.forbidden_area(asked, area, of(area))
    for area in request.required:
        yield judged.required_area(asked, area, of(area))
    for distance in request.distances:
        yield judged.distance(asked, distance, of(distance))
    if request.control_values:
        yield from judged.control_values(asked, request.control_values, read_plans_near(session, ground, asked))


def _read_controls(session: Session, request: SearchRequest, ground: Ground, asked: Asked) -> list[ControlLayer]:
    kinds = {area.control_kind for area in (*request.forbidden, *request.required)}
    kinds |= {distance.control_kind for distance in request.distances}
    reach = max((max(one.at_least_m or 0.0, one.at_most_m or 0.0) for one in request.distances), default=0.0)
    boxes = widened_bounds(asked.places.shapes, reach + MARGIN_M)
    pairs = [(layer, version) for layer, version in ground.controls if layer.control_kind in kinds]
    in_force = [(layer, version) for layer, version in pairs if version is not None]
    near = nearby.read_controls_near(session, in_force, boxes, ground.known_at, ground.coverages)
    read = {control.layer.id: control for control in near}
    return [read.get(layer.id, ControlLayer(layer, None)) for layer, _ in pairs]


def _check(
    session: Session,
    ground: Ground,
    parcels: gpd.GeoDataFrame,
    candidates: Sequence[Candidate],
    request: SearchRequest,
) -> Checked:
    """Ask every rule about the candidates; what the law denies is no result."""
    checked = Checked()
    if not candidates:
        return checked
    shapes = for_storage(np.array([candidate.geometry for candidate in candidates], dtype=object))
    rows = [{"parcel_code": parcels.at[candidate.rows[0], "parcel_code"]} for candidate in candidates]
    sites = make_sites(shapes, CRS84, rows, county_code=request.county_code)
    answered: dict[str, Mapping[str, Any]] = {}
    try:
        answered = {one["site"]: one for one in answer_sites(session, ground, sites, request.question()).sites}
    except SiteOutsideError as error:
        part = sites.take([at for at, head in enumerate(sites.heads) if head.site not in error.sites])
        checked.outside = len(sites) - len(part)
        if len(part):
            answered = {one["site"]: one for one in answer_sites(session, ground, part, request.question()).sites}
    for head, candidate in zip(sites.heads, candidates, strict=True):
        if head.site in answered and answered[head.site]["verdict"] == Verdict.DENY:
            checked.denied += 1
        elif head.site in answered:
            checked.found.append((candidate, answered[head.site]))
    return checked
