"""How many features a collection has and where, kept until a row is added."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from app.collections.boxes import Box
from app.collections.catalog import Version
from app.collections.repository import Statistics, measure_rows, state_numbers
from app.collections.rows import Rows
from app.collections.schema import CollectionKind
from app.layers.measuring import kept_statistics

NOTHING = Statistics(0, None)
CACHE_SIZE = 1024

Key = tuple[CollectionKind, tuple[int, ...], int]
Value = TypeVar("Value")


class StateCache(Generic[Value]):
    """What was worked out from a state of the data, by a key that changes with it; the oldest is dropped at the limit."""

    def __init__(self) -> None:
        self._entries: OrderedDict[Key, Value] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key) -> Value | None:
        """Return what is kept under a key."""
        with self._lock:
            return self._entries.get(key)

    def put(self, key: Key, value: Value) -> None:
        """Keep a value."""
        with self._lock:
            self._entries[key] = value
            while len(self._entries) > CACHE_SIZE:
                self._entries.popitem(last=False)


def collection_statistics(
    session: Session, cache: StateCache[Statistics], groups: Sequence[Rows], srid: int
) -> list[Statistics]:
    """Return the statistics of whole collections: one cheap statement, and a second for those that changed."""
    return statistics_of_states(session, cache, groups, state_keys(session, groups), srid)


def statistics_of_states(
    session: Session, cache: StateCache[Statistics], groups: Sequence[Rows], keys: Sequence[Key], srid: int
) -> list[Statistics]:
    """Return the statistics of states whose keys are known already: as this process knows them, as they are kept with a version, or measured."""
    found = [NOTHING if not rows.scope_ids else cache.get(key) for rows, key in zip(groups, keys, strict=True)]
    missing = [position for position, value in enumerate(found) if value is None]
    versions = {at: version for at in missing if (version := _version_of(groups[at])) is not None}
    kept = kept_statistics(session, {version.id: version.edit_count for version in versions.values()})
    unknown = []
    for position in missing:
        one = kept.get(versions[position].id) if position in versions else None
        if one is None:
            unknown.append(position)
        else:
            found[position] = Statistics(one.feature_count, None if one.bounds is None else _box(*one.bounds))
    measured = measure_rows(session, [groups[position] for position in unknown], srid) if unknown else []
    for position, value in zip(unknown, measured, strict=True):
        found[position] = value
    for position in missing:
        cache.put(keys[position], found[position] or NOTHING)
    return [value or NOTHING for value in found]


def _box(west: float, south: float, east: float, north: float) -> Box:
    return Box(west, south, east, north)


def _version_of(rows: Rows) -> Version | None:
    """Return the version whose features, as they are now, the rows of a whole collection are."""
    version = rows.collection.version
    is_all = version is not None and rows.is_whole and rows.known_at is None and rows.scope_ids == (version.id,)
    return version if is_all else None


def state_keys(session: Session, groups: Sequence[Rows]) -> list[Key]:
    """Return keys that change whenever the features of a whole collection do."""
    changing = [rows for rows in groups if rows.scope_ids and _may_change(rows)]
    newest = dict(zip(map(id, changing), state_numbers(session, changing), strict=True))
    return [(rows.collection.schema.kind, rows.scope_ids, newest.get(id(rows), 0) + _edits(rows)) for rows in groups]


def _edits(rows: Rows) -> int:
    """Return how often the features were changed: a deletion leaves no new row."""
    version = rows.collection.version
    return 0 if version is None else version.edit_count


def _may_change(rows: Rows) -> bool:
    schema = rows.collection.schema
    return schema.has_history or schema.is_revised
