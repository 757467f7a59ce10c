"""Keep the pairs of an overlay as features of the collection ``overlay_pairs``."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

import orjson
from sqlalchemy import func, select, update

from app.checks.repository import for_storage
from app.checks.service import engine_version
from app.db.models import OverlayPair, OverlayRun
from app.db.schema import storage_srid
from app.db.sessions import WriteSession
from app.exports.repository import FEATURE_ID
from app.layers.binary_copy import copy_columns, float_cells, geometry_cells, jsonb_cells, long_cells, text_cells
from app.layers.staging import driver_connection
from app.overlays.schemas import CollectionOverlay
from app.overlays.service import OverlayAnswer
from app.overlays.writing import as_rows, summary

__all__ = ["COLLECTION_ID", "store_pairs"]

COLLECTION_ID: Final = "overlay_pairs"
# Any number will do, as long as it is used for nothing else.
_STORE_LOCK: Final = 4490_2028
_NUMBERS: Final = ("overlap_area_m2", "share_of_a", "share_of_b", "mean_width_m")


def store_pairs(
    session: WriteSession, asked: CollectionOverlay, answer: OverlayAnswer, *, as_of: date, started_at: datetime
) -> OverlayRun:
    """Store an overlay with its pairs, as they were measured, and make it the current one of the two collections.

    Parameters
    ----------
    answer : OverlayAnswer
        Pairs with their geometry, of what everybody may see: so may everybody see the collection.
    """
    names = (asked.a.collection, asked.b.collection)
    session.execute(select(func.pg_advisory_xact_lock(_STORE_LOCK, func.hashtext("|".join(names)))))
    session.execute(
        update(OverlayRun)
        .where(OverlayRun.a_collection == names[0], OverlayRun.b_collection == names[1], OverlayRun.is_current)
        .values(is_current=False)
    )
    run = OverlayRun(
        a_collection=names[0],
        b_collection=names[1],
        asked=asked.model_dump(mode="json", by_alias=True, exclude_unset=True),
        as_of=as_of,
        engine_version=engine_version(),
        summary=summary(answer),
        is_current=True,
        started_at=started_at,
        started_by=session.actor,
    )
    session.add(run)
    session.flush()
    srid = storage_srid(session.connection()) or 0
    rows = as_rows(answer)
    if not rows:
        return run
    count, table = len(rows), answer.table
    columns = {
        "feature_id": text_cells(f"{run.id}-{number}" for number in range(1, count + 1)),
        "overlay_run_id": long_cells([run.id] * count),
        "a_collection": text_cells([run.a_collection] * count),
        "a_id": text_cells(answer.a.frame.loc[table["a"], FEATURE_ID]),
        "b_collection": text_cells([run.b_collection] * count),
        "b_id": text_cells(answer.b.frame.loc[table["b"], FEATURE_ID]),
        "a_properties": jsonb_cells(_documents(rows, "a_", asked.fields_a)),
        "b_properties": jsonb_cells(_documents(rows, "b_", asked.fields_b)),
        "overlap_class": text_cells(table["overlap_class"]),
        **{name: float_cells(table[name].to_numpy(dtype=float)) for name in _NUMBERS},
        "geom": geometry_cells(for_storage(table.geometry.to_numpy()), srid),
    }
    copy_columns(driver_connection(session), OverlayPair.__tablename__, columns)
    return run


def _documents(rows: Iterable[dict[str, Any]], prefix: str, fields: Iterable[str]) -> Iterable[str]:
    """Return the fields of one side that were asked for, a document a pair."""
    names = list(fields)
    return (orjson.dumps({name: row[prefix + name] for name in names}).decode() for row in rows)
