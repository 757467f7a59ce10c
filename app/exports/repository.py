"""Rows of a collection, streamed from the database as batches of features."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.collections.ordering import SortKey
from app.collections.rows import Rows
from app.collections.schema import Property
from gis.formats.writing import OutputBatch

BATCH_SIZE = 5_000
FEATURE_ID = "feature_id"


def iter_batches(
    session: Session,
    rows: Rows,
    properties: Sequence[Property],
    srid: int,
    *,
    order: Sequence[SortKey] = (),
    limit: int | None = None,
) -> Iterator[OutputBatch]:
    """Yield the features of a collection, by default all of them in the order of their keys, from a cursor on the server."""
    if not rows.scope_ids:
        return
    model = rows.collection.schema.model
    # Numbered, because fields of a source may have names longer than an identifier of the database.
    values = [rows.collection.expression(item).label(f"p_{at}") for at, item in enumerate(properties)]
    query = (
        select(func.ST_AsBinary(model.geom), model.feature_id, *values)
        .where(rows.condition(srid))
        .order_by(*_sorted(rows, order), model.row_id)
        .limit(limit)
        .execution_options(yield_per=BATCH_SIZE)
    )
    names = [FEATURE_ID, *(item.name for item in properties)]
    for part in session.execute(query).partitions():
        geometries, *columns = zip(*part, strict=True)
        yield OutputBatch(_decode(geometries), dict(zip(names, columns, strict=True)))


def _sorted(rows: Rows, order: Sequence[SortKey]) -> list[ColumnElement[Any]]:
    columns: list[Any] = [rows.collection.expression(key.item) for key in order]
    return [key.ordered(column) for key, column in zip(order, columns, strict=True)]


def _decode(wkb: Sequence[Any]) -> Any:  # noqa: ANN401  an array of geometries
    decoded = shapely.from_wkb(np.array([None if item is None else bytes(item) for item in wkb], dtype=object))
    return np.asarray(decoded, dtype=object)
