"""The steps of a preparation of tiles: each is stored with what it made, so that a worker goes on where another one ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import shapely
from geoalchemy2.shape import from_shape, to_shape
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.db.models import GeneralisedFeature, TilePiece, TilePreparation, TilePreparationStep
from app.db.models.tiles import WEB_MERCATOR
from app.db.sessions import WriteSession
from gis.arrays import GeometryArray

__all__ = ["GROUND_ZOOM", "Step", "begin", "finish", "note", "steps_done"]

#: Under this zoom, which no tile is drawn from, stands the ground of the classes in each block until the classes are made of it.
GROUND_ZOOM: Final = 0


@dataclass(frozen=True, slots=True)
class Step:
    """What a step has stored, and the edges in it that do not fit."""

    name: str
    row_count: int
    invalid_count: int = 0
    invalid_edges: tuple[shapely.Geometry, ...] = ()


def begin(session: WriteSession, version_id: int, state: int) -> None:
    """Keep what an unfinished preparation of this state has done; anything else that was prepared of the version is deleted.

    Until it is over, tiles are drawn from what is stored.
    """
    of_version = TilePreparationStep.layer_version_id == version_id
    states = set(session.scalars(select(TilePreparationStep.state).where(of_version)))
    is_over = session.get(TilePreparation, version_id) is not None
    if states == {state} and not is_over:
        return
    for model in (TilePreparation, TilePreparationStep, GeneralisedFeature, TilePiece):
        session.execute(delete(model).where(model.layer_version_id == version_id))


def note(session: WriteSession, version_id: int, state: int, step: Step) -> None:
    """Store that a step is done, in the transaction in which it is."""
    lines = shapely.get_parts(list(step.invalid_edges))
    edges = None if not len(lines) else from_shape(shapely.MultiLineString(list(lines)), srid=WEB_MERCATOR)
    session.add(
        TilePreparationStep(
            layer_version_id=version_id,
            step=step.name,
            state=state,
            row_count=step.row_count,
            invalid_count=step.invalid_count,
            invalid_edges=edges,
        )
    )


def steps_done(session: Session, version_id: int) -> dict[str, TilePreparationStep]:
    """Return the steps that are done, by their names."""
    found = session.scalars(select(TilePreparationStep).where(TilePreparationStep.layer_version_id == version_id))
    return {step.step: step for step in found}


def finish(session: WriteSession, version_id: int, state: int, feature_count: int) -> Sequence[TilePreparationStep]:
    """Say that tiles may be drawn from what was prepared, and return the steps; they are forgotten."""
    steps = list(steps_done(session, version_id).values())
    lines: GeometryArray = shapely.get_parts([to_shape(one.invalid_edges) for one in steps if one.invalid_edges])
    session.add(
        TilePreparation(
            layer_version_id=version_id,
            state=state,
            feature_count=feature_count,
            invalid_count=sum(one.invalid_count for one in steps),
            invalid_edges=from_shape(shapely.MultiLineString(list(lines)), srid=WEB_MERCATOR) if len(lines) else None,
        )
    )
    session.execute(delete(TilePreparationStep).where(TilePreparationStep.layer_version_id == version_id))
    return steps
