"""How many features a version has and where they lie, kept with the version: of a million features it takes seconds to find out."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from app.db.models import Layer, LayerKind, LayerStatistics, LayerVersion
from app.db.sessions import WriteSession
from app.layers.kinds import KINDS

__all__ = ["keep_statistics", "kept_statistics"]


def keep_statistics(session: WriteSession, version: LayerVersion) -> None:
    """Measure a version as it is now, and keep that until the next edit of its features."""
    kind = LayerKind(session.get_one(Layer, version.layer_id).kind)
    model: Any = KINDS[kind].model
    extent = func.ST_Extent(model.geom)
    sides = [getattr(func, name)(extent) for name in ("ST_XMin", "ST_YMin", "ST_XMax", "ST_YMax")]
    present = (model.layer_version_id == version.id) & model.superseded_at.is_(None)
    count, *bounds = session.execute(select(func.count(), *sides).where(present)).one()
    session.execute(delete(LayerStatistics).where(LayerStatistics.layer_version_id == version.id))
    session.execute(
        insert(LayerStatistics).values(
            layer_version_id=version.id,
            edit_count=version.edit_count,
            feature_count=count,
            bounds=None if bounds[0] is None else bounds,
        )
    )


def kept_statistics(session: Session, edits: Mapping[int, int]) -> dict[int, LayerStatistics]:
    """Return what is kept of versions, by their ids; ``edits`` says how often each was edited, and what was measured before is left out."""
    if not edits:
        return {}
    found = session.scalars(select(LayerStatistics).where(LayerStatistics.layer_version_id.in_(edits)))
    return {one.layer_version_id: one for one in found if one.edit_count == edits[one.layer_version_id]}
