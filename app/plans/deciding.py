"""Decisions on difference patches: legal moves only, all that were asked for or none, each kept in the history."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from app.code_tables.local_tables import said_by
from app.db.models import PlanComparison, PlanPatch
from app.db.sessions import WriteSession
from app.etags import require_match
from app.plans import register_repository as repository
from app.plans.balancing import balance_of
from app.plans.register_errors import DecisionRefusedError, NothingSelectedError, illegal_move, refusal
from app.plans.register_schemas import PatchChange, PatchFilter
from app.plans.register_tags import patch_etag
from gis.landuse.local_codes import LocalCodes
from gis.plans.register import MOVES, Choice, PatchState, PlanOffer, status_of_code
from gis.plans.resolution import Step
from gis.plans.statuses import PlanStatus

# What a decision takes up, and why: withdrawn together when a patch is opened again.
TARGET = ("decided_plan", "decided_code", "decided_code_version", "decided_status", "adjusted_plans")
REASON = ("reason_code", "reason_zh", "reason_en", "reason_document", "unknown_facts")
LISTS = frozenset({"adjusted_plans", "adjusted_lines", "unknown_facts"})
# The target was set by a person, not by a rule of the order.
BY_PERSON = "person"

Refusal = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plans:
    """The plans of a comparison, as its patches name them by position."""

    slugs: Sequence[str]
    code_versions: Sequence[str | None]
    approved_on: Sequence[date]
    local: LocalCodes

    @classmethod
    def of(cls, session: WriteSession, comparison: PlanComparison) -> "Plans":
        """Read the plans of a comparison."""
        versions = repository.plan_versions(session, comparison)
        return cls(
            repository.plan_slugs(session, comparison),
            repository.code_versions(session, comparison),
            [version.valid_from for version in versions],
            said_by(comparison.summary.get("local_code_tables", [])),
        )

    def offers(self, patch: PlanPatch) -> list[PlanOffer]:
        """Return what each plan says of a patch."""
        return [
            PlanOffer(slug, PlanStatus[status.upper()], code, version, day)
            for slug, status, code, version, day in zip(
                self.slugs, patch.plan_statuses, patch.plan_codes, self.code_versions, self.approved_on, strict=True
            )
        ]


def decide_patch(
    session: WriteSession, comparison_id: int, feature_id: str, change: PatchChange, *, if_match: str | None
) -> PlanPatch:
    """Decide one patch, as it was when the caller read it.

    Raises
    ------
    ComparisonNotFoundError, ComparisonSupersededError, PatchNotFoundError, DecisionRefusedError
    PreconditionRequiredError, PreconditionFailedError
        Without ``if_match``, and when somebody else decided in between.
    """
    comparison = repository.require_current(session, comparison_id)
    patch = repository.find_patch(session, comparison_id, feature_id, lock=True)
    require_match(if_match, patch_etag(patch))
    _decide_all(session, comparison, [patch], change, None)
    return patch


def decide_patches(
    session: WriteSession, comparison_id: int, chosen: PatchFilter, change: PatchChange, *, dry_run: bool = False
) -> dict[str, Any]:
    """Decide all patches that meet a filter, or none of them.

    Parameters
    ----------
    dry_run : bool
        Tell what would happen, and leave everything as it is.

    Returns
    -------
    dict
        How many were decided, as which batch, and the balance afterwards.

    Raises
    ------
    ComparisonNotFoundError, ComparisonSupersededError, FilterRefusedError, NothingSelectedError, DecisionRefusedError
    """
    comparison = repository.require_current(session, comparison_id)
    patches = repository.select_patches(session, comparison, chosen, lock=True)
    if not patches:
        raise NothingSelectedError(comparison_id)
    batch = uuid4()
    with session.begin_nested() as savepoint:
        decided = _decide_all(session, comparison, patches, change, batch)
        balance = balance_of(session, comparison)
        if dry_run:
            savepoint.rollback()
    return {
        "plan_comparison_id": comparison_id,
        "batch": None if dry_run else str(batch),
        "dry_run": dry_run,
        "selected": len(patches),
        "changed": decided,
        "balance": balance,
    }


def _decide_all(
    session: WriteSession,
    comparison: PlanComparison,
    patches: Sequence[PlanPatch],
    change: PatchChange,
    batch: UUID | None,
) -> int:
    plans, refusals = Plans.of(session, comparison), []
    updates: list[dict[str, Any]] = []
    for patch in patches:
        values, refused = _updates(patch, change, plans)
        updates.append(values)
        refusals += refused
    if refusals:
        # A state that forbids it is a conflict with what is stored; anything else is wrong whatever is stored.
        raise DecisionRefusedError(refusals, status=409 if refusals[0]["field"] == "state" else 422)
    return write_decisions(session, patches, updates, note=change.note, batch=batch)


def write_decisions(
    session: WriteSession,
    patches: Iterable[PlanPatch],
    updates: Iterable[Mapping[str, Any]],
    *,
    note: str | None,
    batch: UUID | None,
    action: str | None = None,
) -> int:
    """Write new values to patches and to the history; return how many patches changed."""
    history = []
    for patch, values in zip(patches, updates, strict=True):
        changes = {
            name: {"before": written(getattr(patch, name)), "after": written(value)}
            for name, value in values.items()
            if getattr(patch, name) != value
        }
        if not changes:
            continue
        before = patch.state
        for name, value in values.items():
            setattr(patch, name, value)
        patch.decision_count += 1
        history.append(
            {
                "patch_row_id": patch.row_id,
                "plan_comparison_id": patch.plan_comparison_id,
                "action": patch.state if patch.state != before else action or "noted",
                "from_state": before,
                "to_state": patch.state,
                "changes": changes,
                "note": note,
                "batch": batch,
            }
        )
    repository.add_history(session, history)
    return len(history)


def target_values(choice: Choice | None, offers: Sequence[PlanOffer]) -> dict[str, Any]:
    """Return the columns of what a decision takes up; None takes it back."""
    if choice is None:
        return dict.fromkeys(TARGET) | {"adjusted_plans": []}
    return {
        "decided_plan": choice.plan,
        "decided_code": choice.code,
        "decided_code_version": choice.code_version,
        "decided_status": choice.status.name.lower(),
        "adjusted_plans": choice.adjusted_plans(offers),
    }


def _updates(patch: PlanPatch, change: PatchChange, plans: Plans) -> tuple[dict[str, Any], list[Refusal]]:
    """Return the new values of a patch, or why it cannot have them."""
    state = PatchState(patch.state)
    wanted = change.state or state
    if change.state is not None and change.state not in MOVES[state]:
        return {}, [illegal_move(patch.feature_id, state, change.state)]
    if state is PatchState.APPLIED:
        return {}, [_settled(patch)]
    values: dict[str, Any] = change.fields() | {"state": wanted.value}
    target, refused = _target(patch, change, plans)
    if refused is not None:
        return {}, [refused]
    if target is not None:
        values |= target
        values |= dict.fromkeys(REASON) | {"unknown_facts": [], "reason_code": BY_PERSON}
        values |= {"reason_zh": change.note, "reason_en": change.note}
    if wanted is PatchState.OPEN and state is not PatchState.OPEN:
        values = target_values(None, []) | dict.fromkeys(REASON) | {"unknown_facts": []} | values
    return values, list(_missing(patch, wanted, values, has_target=target is not None))


def _settled(patch: PlanPatch) -> Refusal:
    return refusal(
        patch.feature_id,
        "state",
        patch.state,
        "a patch that is not applied yet",
        "What is applied stays; a new comparison of the changed plans has a patch of its own.",
    )


def _target(patch: PlanPatch, change: PatchChange, plans: Plans) -> tuple[dict[str, Any] | None, Refusal | None]:
    """Return the columns of a target that a person sets, None where none is set."""
    if not change.model_fields_set & {"decided_plan", "decided_code"}:
        return None, None
    offers = plans.offers(patch)
    if change.decided_plan is not None:
        offer = next((offer for offer in offers if offer.name == change.decided_plan), None)
        if offer is None or not offer.is_clear:
            found = "not compared" if offer is None else f"{offer.code!r} ({offer.status.name.lower()})"
            clear = ", ".join(each.name for each in offers if each.is_clear) or "none"
            remedy = f"Plans that do: {clear}; or name decided_code."
            what = "a plan that says one code there"
            return None, refusal(patch.feature_id, "decided_plan", f"{change.decided_plan}: {found}", what, remedy)
        choice = Choice(offer.name, offer.code, offer.code_version, offer.status)
        return target_values(choice, offers), None
    if change.decided_code is None:
        return target_values(None, offers), None
    status = status_of_code(change.decided_code, change.decided_code_version, plans.local)
    if status is PlanStatus.NO_DATA:
        found = f"{change.decided_code} of {change.decided_code_version}"
        what = "a code of a known table that is construction land or not"
        return None, refusal(patch.feature_id, "decided_code", found, what, "Name a code of a lower level.")
    return target_values(Choice(None, change.decided_code, change.decided_code_version, status), offers), None


def _missing(patch: PlanPatch, wanted: PatchState, values: Mapping[str, Any], *, has_target: bool) -> Iterable[Refusal]:
    """Say what a state asks for and is not there."""

    def after(name: str) -> object:
        return values[name] if name in values else getattr(patch, name)

    if has_target and wanted not in {PatchState.OPEN, PatchState.PROPOSED}:
        what = "state 'open' or 'proposed' for a change of what is decided"
        yield refusal(patch.feature_id, "state", wanted.value, what, "Take it back to 'proposed' first.")
    decided = {PatchState.PROPOSED, PatchState.AGREED, PatchState.APPLIED}
    if wanted in decided and after("decided_code") is None:
        what = f"what is to hold there, for state {wanted.value!r}"
        yield refusal(patch.feature_id, "decided_plan", None, what, "Name decided_plan, or decided_code and its table.")
    if wanted is PatchState.APPLIED:
        for name in ("document", "effective_on"):
            if after(name) is None:
                yield refusal(patch.feature_id, name, None, "a value, for state 'applied'", f"Send {name} too.")
        # Quota moves to a key project: from where has to be said before its land is construction land.
        if after("reason_code") == Step.KEY_PROJECT and after("quota_source") is None:
            what = "where the quota comes from, as a key project decided"
            yield refusal(patch.feature_id, "quota_source", None, what, "Send quota_source too.")


def written(value: object) -> object:
    """Return a value as the history keeps it."""
    return value.isoformat() if isinstance(value, date) else value
