"""Proposals for open patches by the order of resolution. A proposal is never a decision: a person agrees to it or not."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.clock import today
from app.db.models import Layer, PlanComparison, PlanPatch
from app.db.parameters import read_parameters
from app.db.sessions import WriteSession, read_session, write_session
from app.layers.repository import require_layer
from app.plans import register_repository as repository
from app.plans.balancing import balance_of
from app.plans.deciding import Plans, target_values, write_decisions
from app.plans.errors import ComparisonCancelledError, PlansNotComparableError
from app.plans.reading import plan_version, read_plan
from app.plans.register_schemas import PatchFilter
from app.progress import Progress, unheard
from gis.area_plane import to_area_plane
from gis.crs import AREA_PLANE
from gis.errors import GisError, OverlayCancelledError
from gis.overlay import measure_overlaps
from gis.plans.deciding import deciding_lines
from gis.plans.lines import line_names
from gis.plans.register import Choice, PatchState, PlanOffer, choose_code, plan_role
from gis.plans.resolution import PatchFacts, PlanFacts, Proposal, propose_resolution
from gis.plans.statuses import PlanStatus
from gis.rules import ParameterSet
from gis.slivers import OverlapClass

Cancelled = Callable[[], bool]


def propose(
    engine: Engine,
    comparison_id: int,
    *,
    chosen: PatchFilter,
    survey: str | None = None,
    as_of: date | None = None,
    actor: str,
    progress: Progress = unheard,
    cancelled: Cancelled | None = None,
) -> dict[str, Any]:
    """Propose how to resolve the open patches that meet a filter.

    Where a rule of the order decides and a plan has a code to follow, the patch becomes ``proposed``. Otherwise it stays
    open, with the reason: it waits for a person, an owner and a deadline.

    Parameters
    ----------
    survey : str, optional
        A layer of the land survey (三调地类图斑): what is construction land there is already built.
    as_of : date, optional
        From which the years since an approval are counted back; today when left out.

    Returns
    -------
    dict
        How many patches each rule decided, how many stay open, and the balance.

    Raises
    ------
    ComparisonNotFoundError, ComparisonSupersededError, LayerNotFoundError, PlansNotComparableError, FilterRefusedError, ComparisonCancelledError
    """
    day = as_of or today()
    with read_session(engine) as session:
        comparison = repository.require_comparison(session, comparison_id)
        parameters = read_parameters(session)
        considered = _considered(repository.select_patches(session, comparison, chosen))
        built = (
            {} if survey is None else _built_shares(session, considered, survey, comparison.as_of, progress, cancelled)
        )
    with write_session(engine, actor=actor) as session:
        comparison = repository.require_current(session, comparison_id)
        patches = _considered(repository.select_patches(session, comparison, chosen, lock=True))
        counts = _propose_all(session, comparison, patches, built, parameters, day)
        if cancelled is not None and cancelled():
            raise ComparisonCancelledError
        result = {
            "plan_comparison_id": comparison_id,
            "considered": len(patches),
            "proposed": sum(patch.state == PatchState.PROPOSED for patch in patches),
            "still_open": sum(patch.state == PatchState.OPEN for patch in patches),
            "rules": dict(counts.most_common()),
            "balance": balance_of(session, comparison),
        }
    progress(1, 1)
    return result


def _considered(patches: Sequence[PlanPatch]) -> list[PlanPatch]:
    """Keep what is open, and a difference at all."""
    return [
        patch for patch in patches if patch.state == PatchState.OPEN and patch.overlap_class != OverlapClass.ARTEFACT
    ]


def _propose_all(
    session: WriteSession,
    comparison: PlanComparison,
    patches: Sequence[PlanPatch],
    built: dict[int, float],
    parameters: ParameterSet,
    day: date,
) -> Counter[str]:
    plans = Plans.of(session, comparison)
    titles = {layer.slug: layer for layer in session.scalars(select(Layer).where(Layer.slug.in_(plans.slugs)))}
    counts: Counter[str] = Counter()
    updates = []
    for patch in patches:
        offers = plans.offers(patch)
        share = built.get(patch.row_id, patch.built_share)
        proposal = propose_resolution(_facts(patch, offers, titles, share), parameters, as_of=day)
        counts[proposal.step.value] += 1
        updates.append(_values(proposal, offers, share))
    write_decisions(session, patches, updates, note=None, batch=uuid4(), action="considered")
    return counts


def _facts(patch: PlanPatch, offers: Sequence[PlanOffer], titles: dict[str, Layer], share: float | None) -> PatchFacts:
    names = [line_names(line) for line in deciding_lines(patch.hard_lines)]
    return PatchFacts(
        plans=tuple(
            PlanFacts(
                name=offer.name,
                role=plan_role(offer.code_version),
                status=offer.status,
                approved_on=offer.approved_on,
                title_zh=titles[offer.name].title_zh,
                title_en=titles[offer.name].title_en,
            )
            for offer in offers
        ),
        hard_lines_zh=tuple(zh for zh, _ in names),
        hard_lines_en=tuple(en for _, en in names),
        has_existing_right=patch.has_existing_right,
        approval=patch.approval,
        approved_on=patch.approved_on,
        built_share=None if share is None else Decimal(str(share)),
        is_built_lawfully=patch.is_built_lawfully,
        key_project=patch.key_project,
        is_inside_scale_boundary=patch.is_inside_scale_boundary,
    )


def _values(proposal: Proposal, offers: Sequence[PlanOffer], share: float | None) -> dict[str, Any]:
    choice = _choice(proposal, offers)
    return target_values(choice, offers) | {
        "state": (PatchState.OPEN if choice is None else PatchState.PROPOSED).value,
        "reason_code": proposal.step.value,
        "reason_zh": proposal.reason_zh,
        "reason_en": proposal.reason_en,
        "reason_document": proposal.document,
        "unknown_facts": list(proposal.unknown),
        "built_share": share,
    }


def _choice(proposal: Proposal, offers: Sequence[PlanOffer]) -> Choice | None:
    if proposal.status is None:
        return None
    followed = next((offer for offer in offers if offer.name == proposal.followed_plan and offer.is_clear), None)
    return choose_code(offers if followed is None else [followed], proposal.status)


def _built_shares(
    session: Session,
    patches: Sequence[PlanPatch],
    survey: str,
    as_of: date,
    progress: Progress,
    cancelled: Cancelled | None,
) -> dict[int, float]:
    """Measure which share of each patch is construction land in a layer of the survey."""
    layer = require_layer(session, survey)
    data = read_plan(session, layer, plan_version(session, layer, as_of))
    zones = data.zones[data.codes.statuses == PlanStatus.CONSTRUCTION].assign(group=0)
    ids = [patch.row_id for patch in patches]
    stored = repository.patch_geometries(session, ids)
    plane = to_area_plane(shapely.from_wkb(np.array([stored[row_id] for row_id in ids], dtype=object)))
    frame = gpd.GeoDataFrame(index=ids, geometry=plane, crs=AREA_PLANE)
    try:
        overlaps = measure_overlaps(frame, zones, group="group", progress=progress, cancelled=cancelled)
    except OverlayCancelledError as error:
        raise ComparisonCancelledError from error
    except GisError as error:
        raise PlansNotComparableError(f"The survey {survey} cannot be laid over the patches: {error}") from error
    shares = dict.fromkeys(ids, 0.0)
    known = overlaps[overlaps["error"].isna()]
    shares |= {
        row_id: round(min(float(share), 1.0), 6)
        for row_id, share in zip(known["target_id"], known["target_share"], strict=True)
    }
    # What could not be measured is not known, which is no zero.
    failed = set(overlaps.loc[overlaps["error"].notna(), "target_id"])
    return {row_id: share for row_id, share in shares.items() if row_id not in failed}
