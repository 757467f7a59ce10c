"""The running balance of a register: construction land that decisions add to and take from each plan, and their quota."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.clock import today
from app.db.models import Layer, PlanComparison, PlanPatch
from app.db.parameters import read_parameters
from app.plans import register_repository as repository
from gis.measurement import hectares, mu, round_half_up
from gis.plans.balance import DecidedPatch, PlanBalance, balance_construction
from gis.plans.register import STATE_NAMES, PatchState, plan_role
from gis.plans.statuses import PlanStatus
from gis.rules import NATIONAL
from gis.rules.parameters import ParameterRow
from gis.rules.sentences import display_rows
from gis.slivers import OverlapClass

# From what is certain to all that is on the table; each stage holds the ones before it.
STAGES = {
    "applied": {PatchState.APPLIED},
    "agreed": {PatchState.APPLIED, PatchState.AGREED},
    "proposed": {PatchState.APPLIED, PatchState.AGREED, PatchState.PROPOSED},
}
PARTS = ("added_m2", "removed_m2", "added_agricultural_m2", "added_arable_m2", "added_unknown_m2", "unclear_m2")


def balance_of(session: Session, comparison: PlanComparison) -> dict[str, Any]:
    """Balance the decisions of a comparison as they stand.

    Parameters
    ----------
    session : Session
        Changes that are not yet committed count.

    Returns
    -------
    dict
        The patches of each state, and for each plan what is added and removed when what is applied, agreed or proposed
        is carried out. ``grows`` says that construction land would grow (总量不增 is not kept).
    """
    columns = (PlanPatch.state, PlanPatch.decided_status, PlanPatch.plan_statuses, PlanPatch.plan_codes)
    query = repository.holding_patches(comparison.id).with_only_columns(
        *columns, PlanPatch.area_m2, maintain_column_froms=True
    )
    # What reference systems and rounding made is no difference, and nothing to settle.
    rows = session.execute(query.where(PlanPatch.overlap_class != OverlapClass.ARTEFACT.value)).all()
    places = display_rows(read_parameters(session), as_of=today(), region=NATIONAL)
    slugs = repository.plan_slugs(session, comparison)
    versions = repository.code_versions(session, comparison)
    titles = {layer.slug: layer for layer in session.scalars(select(Layer).where(Layer.slug.in_(slugs)))}
    return {
        "plan_comparison_id": comparison.id,
        "states": [_state(rows, state, places) for state in PatchState],
        "plans": [
            {
                "plan": slug,
                "title_zh": titles[slug].title_zh,
                "title_en": titles[slug].title_en,
                "role": plan_role(version).value,
                "stages": {
                    stage: _written(balance_construction(_decided(rows, states, place, version)), places)
                    for stage, states in STAGES.items()
                },
            }
            for place, (slug, version) in enumerate(zip(slugs, versions, strict=True))
        ],
    }


def _state(
    rows: Sequence[Row[*tuple[Any, ...]]], state: PatchState, places: tuple[ParameterRow, ...]
) -> dict[str, Any]:
    areas = [row.area_m2 for row in rows if row.state == state]
    name = STATE_NAMES[state]
    head = {"state": state.value, "name_zh": name.zh, "name_en": name.en, "patches": len(areas)}
    return head | _units("area", round_half_up(sum(areas), places[0].integer), places)


def _decided(
    rows: Sequence[Row[*tuple[Any, ...]]], states: set[PatchState], place: int, version: str | None
) -> list[DecidedPatch]:
    return [
        DecidedPatch(
            area_m2=row.area_m2,
            before=PlanStatus[row.plan_statuses[place].upper()],
            code=row.plan_codes[place],
            code_version=version,
            decided=PlanStatus[row.decided_status.upper()],
        )
        for row in rows
        if row.state in states
    ]


def _written(balance: PlanBalance, places: tuple[ParameterRow, ...]) -> dict[str, Any]:
    """Write a balance in all units; the net is the difference of the numbers that are shown."""
    shown = {name.removesuffix("_m2"): round_half_up(getattr(balance, name), places[0].integer) for name in PARTS}
    shown["net"] = shown["added"] - shown["removed"]
    numbers: dict[str, Any] = {}
    for name, area in shown.items():
        numbers |= _units(name, area, places)
    return numbers | {"grows": shown["net"] > 0}


def _units(name: str, area_m2: Decimal, places: tuple[ParameterRow, ...]) -> dict[str, float]:
    return {
        f"{name}_m2": float(area_m2),
        f"{name}_ha": float(round_half_up(hectares(float(area_m2)), places[1].integer)),
        f"{name}_mu": float(round_half_up(mu(float(area_m2)), places[2].integer)),
    }
