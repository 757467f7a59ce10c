"""The guard between two versions: what a delivery lacks against the one in force, told before it replaces it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db.models import LayerKind, LayerVersion
from app.layers.errors import LossNotConfirmedError
from app.layers.kinds import KINDS


@dataclass(frozen=True, slots=True)
class Loss:
    """What there is less of: ``features``, ``area_m2``, or filled values of a field; the percentage has one decimal."""

    what: str
    before: float
    after: float
    lost_percent: float

    def as_json(self) -> dict[str, Any]:
        """Return what a problem document lists."""
        return asdict(self)


def find_losses(
    session: Session, former: LayerVersion, version: LayerVersion, kind: LayerKind, *, max_loss_percent: float
) -> list[Loss]:
    """List what a version has less of than a former one, by more than some percent.

    Filled values are compared as shares of the features, so that a loss of features is not told once for every field.
    """
    before, after = (_totals(session, one, kind) for one in (former, version))
    losses = [_loss(what, before[what], after[what]) for what in ("features", "area_m2") if before[what] > after[what]]
    for name in KINDS[kind].fields:
        if not before["features"] or not after["features"]:
            continue
        expected = before[name] * after["features"] / before["features"]
        if after[name] < expected:
            losses.append(Loss(f"filled {name}", before[name], after[name], _percent(expected, after[name])))
    return [loss for loss in losses if loss.lost_percent > max_loss_percent]


def unconfirmed_loss(
    slug: str, number: int, losses: Sequence[Loss], max_loss_percent: float
) -> LossNotConfirmedError | None:
    """Say why a version was not published; None when there are no losses."""
    if not losses:
        return None
    return LossNotConfirmedError(slug, number, [loss.as_json() for loss in losses], max_loss_percent)


def require_no_loss(slug: str, number: int, losses: Sequence[Loss], max_loss_percent: float) -> None:
    """Say why a version was not published.

    Raises
    ------
    LossNotConfirmedError
        When there are losses.
    """
    loss = unconfirmed_loss(slug, number, losses, max_loss_percent)
    if loss is not None:
        raise loss


def _loss(what: str, before: float, after: float) -> Loss:
    return Loss(what, round(before, 2), round(after, 2), _percent(before, after))


def _percent(before: float, after: float) -> float:
    # Not rounded up to the limit, nor down to it: the comparison with the limit is with this number.
    return round(100 * (before - after) / before, 6)


def _totals(session: Session, version: LayerVersion, kind: LayerKind) -> dict[str, float]:
    fields = KINDS[kind].fields
    filled = "".join(f", count({name}) as {name}" for name in fields)
    row = session.execute(
        text(
            f"select count(*) as features, coalesce(sum(area_ellipsoid_m2), 0) as area_m2{filled} "  # noqa: S608  names of ours
            f"from {KINDS[kind].table} where layer_version_id = :version and superseded_at is null"
        ),
        {"version": version.id},
    ).mappings()
    return dict(row.one())
