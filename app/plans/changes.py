"""What differs between two states of a layer: of two versions of it, or of one whose features were edited."""

from collections import Counter
from dataclasses import dataclass

import geopandas as gpd
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.db.models import Layer, LayerEdit, LayerVersion
from app.plans.reading import fetch_rows, make_frame, said_columns, table_of

# A version of a few hundred thousand zones is joined in memory.
MEMORY = "set local work_mem = '192MB'"
CHANGES = """
select feature_id, now.row_id is null,
       case when before.row_id is null or now.geom = before.geom then null else ST_AsBinary(before.geom) end,
       case when now.row_id is null or now.geom = before.geom then null else ST_AsBinary(now.geom) end,
       {said_now}
  from ({now}) now full join ({before}) before using (feature_id)
 where now.row_id is null or before.row_id is null or not (now.geom = before.geom)
    or ({said_now}) is distinct from ({said_before})
"""
PRESENT = "select {columns} from {table} where layer_version_id = %s and superseded_at is null"
# An edit of a feature closes its row, makes another, or does both; rows of a version are made one after the other.
FORMER = """
select {columns}
  from (select row_number() over (partition by feature_id order by row_id desc) - 1 as newer_rows, {columns}
          from {table} where layer_version_id = %s and feature_id = any(%s)) each_row
  join unnest(%s::text[], %s::int[]) as edited (feature_id, newer_rows) using (feature_id, newer_rows)
"""


@dataclass(frozen=True, slots=True)
class LayerChanges:
    """What differs between two states of a layer; polygons are in the area plane.

    Attributes
    ----------
    former, changed : GeoDataFrame
        Features of another geometry, by their ids, in the older and in the newer state; new ones have no former.
    removed : list of str
    said : mapping of str to tuple
        What each of the others says now (:func:`~app.plans.reading.said_columns`), whether it is that which is another, or the geometry.
    """

    former: gpd.GeoDataFrame
    changed: gpd.GeoDataFrame
    removed: list[str]
    said: dict[str, tuple[str | None, ...]]


@dataclass(frozen=True, slots=True)
class _Edited:
    """The features of a version that were edited since it was in some state.

    Attributes
    ----------
    newer_rows : Counter of str
        How many rows of each feature are newer than that state.
    absent : set of str
        Those that were not there in it.
    """

    newer_rows: Counter[str]
    absent: set[str]


def read_changes(
    session: Session, layer: Layer, older: LayerVersion, newer: LayerVersion, *, older_edits: int
) -> LayerChanges:
    """Read what differs between a state of a version and the present one of the same or of another version, told apart by the ids of the features.

    Parameters
    ----------
    older_edits : int
        How often ``older`` had been edited in the state that is meant.
    """
    said = said_columns(layer)
    names = {"table": table_of(layer), "columns": ", ".join(["row_id", "feature_id", "geom", *said])}
    present, former = PRESENT.format(**names), FORMER.format(**names)
    edited = _read_edited(session, older, older_edits)
    there = [name for name in edited.newer_rows if name not in edited.absent]
    was_there = (older.id, there, there, [edited.newer_rows[name] for name in there])
    everyone = list(edited.newer_rows)
    values: tuple[object, ...]
    if not everyone:
        now, before, values = present, present, (newer.id, older.id)
    elif older.id == newer.id:
        now, before = f"{present} and feature_id = any(%s)", former
        values = (newer.id, everyone, *was_there)
    else:
        now, before = present, f"{present} and not (feature_id = any(%s)) union all {former}"
        values = (newer.id, older.id, everyone, *was_there)
    said_now, said_before = (", ".join(f"{side}.{name}" for name in said) for side in ("now", "before"))
    session.execute(text(MEMORY))
    statement = CHANGES.format(now=now, before=before, said_now=said_now, said_before=said_before)
    rows = fetch_rows(session, statement, *values)
    return LayerChanges(
        former=_frame([(name, former) for name, _, former, *_ in rows]),
        changed=_frame([(name, changed) for name, _, _, changed, *_ in rows]),
        removed=[row[0] for row in rows if row[1]],
        said={row[0]: row[4:] for row in rows if not row[1]},
    )


def _frame(drawn: list[tuple[str, bytes | None]]) -> gpd.GeoDataFrame:
    there = [(name, wkb) for name, wkb in drawn if wkb is not None]
    return make_frame([name for name, _ in there], [wkb for _, wkb in there])


def _read_edited(session: Session, version: LayerVersion, edits: int) -> _Edited:
    """Read which features were edited since a version had been edited so many times."""
    newest = select(LayerEdit.changes["features"]).where(
        LayerEdit.layer_version_id == version.id, LayerEdit.changes.has_key("features")
    )
    since = session.scalars(newest.order_by(LayerEdit.id.desc()).limit(version.edit_count - edits)).all()
    newer_rows: Counter[str] = Counter()
    absent: set[str] = set()
    for changes in reversed(since):
        for action in ("created", "replaced", "updated", "deleted"):
            for name in changes.get(action, ()):
                if name not in newer_rows and action == "created":
                    absent.add(name)
                newer_rows[name] += action != "deleted"
    return _Edited(newer_rows, absent)
