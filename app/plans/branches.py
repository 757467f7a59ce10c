"""What-if: what a draft would change in the published comparison of plans, without touching it; then kept or discarded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.clock import today
from app.db.models import Layer, LayerVersion, PlanBranch, PlanComparison, VersionStatus
from app.db.schema import storage_srid
from app.db.sessions import WriteSession, read_session, write_session
from app.errors import AppError
from app.layers import repository as layers
from app.layers.delivery import ImportRequest
from app.layers.importing import import_file
from app.layers.publishing import discard_draft, publish_draft
from app.plans import branch_repository, repository
from app.plans.branch_effects import affected_parcels, describe_delta
from app.plans.branch_repository import BranchPatch
from app.plans.errors import BranchRefusedError, PlansNotComparableError
from app.plans.full_runs import FullRun
from app.plans.inputs import ComparisonInputs, compared_slugs, inputs_now, is_up_to_date
from app.plans.patch_rows import StoredPatch
from app.plans.recomputing import Recomputation, recompute
from app.plans.service import compare, compare_everything
from app.progress import Progress, unheard

_STEPS = 4


@dataclass(frozen=True, slots=True)
class BranchRequest:
    """What is taken for granted.

    Attributes
    ----------
    plans : sequence of str
        The plans whose latest comparison is the published state.
    layer : str
        The layer that has the draft: one of the plans, or one of the lines.
    version : int, optional
        Number of the draft; the newest version when left out.
    delivery : ImportRequest, optional
        A file to be imported as a draft of the layer first. It goes with the branch.
    """

    plans: Sequence[str]
    layer: str
    version: int | None = None
    delivery: ImportRequest | None = None


@dataclass(frozen=True, slots=True)
class _Effect:
    """What a branch changes."""

    before: dict[str, Any]
    after: dict[str, Any]
    gone: list[BranchPatch]
    come: list[StoredPatch]


def open_branch(
    engine: Engine,
    request: BranchRequest,
    *,
    actor: str,
    progress: Progress = unheard,
    cancelled: Callable[[], bool] | None = None,
) -> dict[str, Any]:
    """Open a branch: compute what a draft would change, and store that beside the published state.

    Returns
    -------
    dict
        The branch with its delta.

    Raises
    ------
    PlansNotComparableError, BranchRefusedError, LayerNotFoundError, VersionNotFoundError, DeliveryRefusedError
    """
    row = _published(engine, request.plans)
    number, owns = request.version, False
    if request.delivery is not None:
        delivery = replace(request.delivery, to=request.layer, publish=False)
        imported = import_file(engine, delivery, actor=actor, today=today())
        number, owns = imported.number, imported.is_new
    progress(1, _STEPS)
    try:
        return _open(engine, row, request.layer, number, owns, actor, progress, cancelled)
    except AppError:
        if owns:
            with write_session(engine, actor=actor) as session:
                discard_draft(session, request.layer, number)
        raise


def _open(
    engine: Engine,
    row: PlanComparison,
    slug: str,
    number: int | None,
    owns: bool,
    actor: str,
    progress: Progress,
    cancelled: Callable[[], bool] | None,
) -> dict[str, Any]:
    with read_session(engine) as session:
        layer, draft = _draft(session, row, slug, number)
        inputs = inputs_now(session, row, instead={layer.id: draft})
        found = recompute(session, inputs)
        progress(2, _STEPS)
        if isinstance(found, Recomputation):
            gone = branch_repository.read_patches(session, row, found.gone.tolist())
            effect = _Effect(row.summary, found.summary, gone, list(found.come()))
    if not isinstance(found, Recomputation):
        effect = _compare_whole(engine, row, inputs, found, progress, cancelled)
    with read_session(engine) as session:
        parcels = affected_parcels(session, effect.gone, effect.come, as_of=row.as_of)
    progress(3, _STEPS)
    with write_session(engine, actor=actor) as session:
        branch = PlanBranch(
            plan_comparison_id=row.id,
            base_revision=row.revision,
            as_of=row.as_of,
            layer_id=layer.id,
            version_number=draft.number,
            owns_draft=owns,
            status="open",
            delta=describe_delta(effect.before, effect.after, effect.gone, effect.come, parcels),
            opened_by=actor,
        )
        branch_repository.store(session, branch, effect.gone, effect.come, srid=storage_srid(session.connection()) or 0)
        session.refresh(branch)
        progress(_STEPS, _STEPS)
        return branch_json(session, branch)


def keep_branch(engine: Engine, branch_id: int, *, actor: str, confirm_loss: bool = False) -> dict[str, Any]:
    """Make a branch ordinary: publish its draft, and bring the comparison up to date.

    Raises
    ------
    BranchNotFoundError, BranchRefusedError, NotADraftError, LossNotConfirmedError
    """
    with write_session(engine, actor=actor) as session:
        branch = branch_repository.require_open(session, branch_id)
        layer = session.get_one(Layer, branch.layer_id)
        row = session.get_one(PlanComparison, branch.plan_comparison_id, with_for_update={"read": True})
        _require_fresh(session, branch, row, layer)
        version = publish_draft(session, layer.slug, branch.version_number, confirm_loss=confirm_loss)
        _close(session, branch, "kept")
        plans, lines = (compared_slugs(session, side) for side in (row.plans, row.lines))
        as_of = max(branch.as_of, version.valid_from)
    summary = compare(engine, plans=plans, lines=lines, as_of=as_of, actor=actor)
    with read_session(engine) as session:
        told = branch_json(session, branch_repository.require(session, branch_id))
    return told | {"comparison": {"plan_comparison_id": summary["plan_comparison_id"], "as_of": as_of.isoformat()}}


def _require_fresh(session: Session, branch: PlanBranch, row: PlanComparison, layer: Layer) -> None:
    """Refuse to keep what was told of another published state than there is."""
    if _is_stale(branch, row) or not is_up_to_date(session, row):
        again = f"duogui plans what-if open {' '.join(compared_slugs(session, row.plans))}"
        raise BranchRefusedError(
            f"Branch {branch.id} is stale: what it told was of a published state that moved on. Open another one, and keep that: "
            f"{again} --layer {layer.slug} --version {branch.version_number}.",
            plan_branch_id=branch.id,
        )


def _is_stale(branch: PlanBranch, row: PlanComparison) -> bool:
    return not (row.is_current and row.revision == branch.base_revision)


def discard_branch(engine: Engine, branch_id: int, *, actor: str) -> dict[str, Any]:
    """Close a branch in a transaction of its own; as :func:`discard_branch_in`."""
    with write_session(engine, actor=actor) as session:
        return discard_branch_in(session, branch_id)


def discard_branch_in(session: WriteSession, branch_id: int) -> dict[str, Any]:
    """Close a branch; a draft that was imported for it is deleted unless another open branch is of it too, any other stays what it was.

    Raises
    ------
    BranchNotFoundError, BranchRefusedError
    """
    branch = branch_repository.require_open(session, branch_id)
    if branch.owns_draft:
        layer = session.get_one(Layer, branch.layer_id)
        version = layers.require_version(session, layer, branch.version_number)
        others = branch_repository.open_branches_of(session, branch)
        if others:
            # The last of them takes the draft along.
            others[0].owns_draft = True
        elif version.status == VersionStatus.DRAFT:
            discard_draft(session, layer.slug, version.number)
    branch_repository.delete_patches(session, branch)
    _close(session, branch, "discarded")
    return branch_json(session, branch)


def branch_json(session: Session, branch: PlanBranch) -> dict[str, Any]:
    """Return a branch as it is printed and answered; it is stale where the published comparison moved on."""
    layer = session.get_one(Layer, branch.layer_id)
    row = session.get_one(PlanComparison, branch.plan_comparison_id)
    names = ("status", "owns_draft", "base_revision", "opened_at", "opened_by", "closed_at", "closed_by")
    return {
        "plan_branch_id": branch.id,
        "plan_comparison_id": row.id,
        "plan_set": row.plan_set,
        "as_of": branch.as_of.isoformat(),
        "layer": layer.slug,
        "version": branch.version_number,
        **{name: getattr(branch, name) for name in names},
        "is_stale": branch.status == "open" and _is_stale(branch, row),
        "delta": branch.delta,
    }


def _published(engine: Engine, plans: Sequence[str]) -> PlanComparison:
    """Return the comparison that is the published state, which must be up to date."""
    plan_set = "+".join(sorted(dict.fromkeys(plans)))
    with read_session(engine) as session:
        row = repository.find_current(session, plan_set)
        if row is None:
            raise PlansNotComparableError.no_comparison(plan_set)
        if not is_up_to_date(session, row):
            raise BranchRefusedError(
                f"Layers of comparison {row.id} have newer versions, or were edited, which would be counted as the draft's doing. "
                f"Compare again first: duogui plans compare {' '.join(compared_slugs(session, row.plans))}.",
                plan_comparison_id=row.id,
            )
    return row


def _draft(session: Session, row: PlanComparison, slug: str, number: int | None) -> tuple[Layer, LayerVersion]:
    layer = layers.require_layer(session, slug)
    if layer.id not in {each["layer_id"] for each in (*row.plans, *row.lines)}:
        raise BranchRefusedError(
            f"Comparison {row.id} is not of {slug}; it is of "
            f"{', '.join([*compared_slugs(session, row.plans), *compared_slugs(session, row.lines)])}.",
            field="layer",
        )
    version = layers.require_version(session, layer, number or layers.newest_number(session, layer.id))
    if version.status != VersionStatus.DRAFT:
        raise BranchRefusedError(
            f"Version {version.number} of {slug} is {version.status}; a branch is of a draft.", field="version"
        )
    return layer, version


def _compare_whole(
    engine: Engine,
    row: PlanComparison,
    inputs: ComparisonInputs,
    why: FullRun | None,
    progress: Progress,
    cancelled: Callable[[], bool] | None,
) -> _Effect:
    """Compare everything with the draft, where too much of it is new, and tell which patches are others."""
    summary, come = compare_everything(engine, inputs, progress, cancelled)
    if why is not None:
        summary["computed_again"] = why.as_json()
    with read_session(engine) as session:
        former = branch_repository.read_patches(session, row, None)
    known = {patch.key for patch in former}
    new = {BranchPatch.key_of(patch) for patch in come}
    return _Effect(
        row.summary,
        summary,
        [patch for patch in former if patch.key not in new],
        [patch for patch in come if BranchPatch.key_of(patch) not in known],
    )


def _close(session: WriteSession, branch: PlanBranch, status: str) -> None:
    closed_at = session.scalar(select(func.clock_timestamp()))
    branch.status, branch.closed_at, branch.closed_by = status, closed_at, session.actor
    session.flush()
