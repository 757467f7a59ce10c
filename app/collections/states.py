"""Collections and the state that each is in, read once for each state of the database."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.collections.catalog import Collection, find_collection, list_collections
from app.collections.periods import Period
from app.collections.rows import Rows, current_scope
from app.collections.schema import CollectionKind
from app.collections.statistics import Key, state_keys
from app.db.models import TilePreparation
from app.db.snapshots import visible_snapshot

__all__ = ["CollectionState", "Facts", "KnownStates", "Lookup", "StatesInSnapshot", "collection_states", "read_states"]

_MAX_LOOKUPS: Final = 1024

#: What an answer depends on of a collection, in values that compare.
Facts = tuple[str, str | None, CollectionKind, tuple[int, ...], int, int | None, tuple[str, ...], str | None]


@dataclass(frozen=True, slots=True)
class Lookup:
    """Which collections, as they apply in a period and were known at a moment; ``names`` None asks for those with a version, ``limit`` at most."""

    names: tuple[str, ...] | None
    period: Period
    known_at: datetime | None = None
    limit: int = 0


@dataclass(frozen=True, slots=True)
class CollectionState:
    """A collection, the scope it shows, the key of that state and of which state small scales are prepared."""

    collection: Collection
    scope_ids: tuple[int, ...]
    key: Key
    prepared: int | None

    def facts(self, snapshot: str) -> Facts:
        """Return what an answer depends on; of results, in which other tables may speak, the whole snapshot."""
        schema = self.collection.schema
        names = tuple(item.name for item in schema.properties)
        seen = None if schema.has_history else snapshot
        return (self.collection.id, self.collection.control_kind, *self.key, self.prepared, names, seen)


@dataclass(frozen=True, slots=True)
class StatesInSnapshot:
    """The states of the collections of a lookup, as seen in a snapshot of the database."""

    snapshot: str
    states: tuple[CollectionState, ...]
    facts: tuple[Facts, ...]


class KnownStates:
    """The states that were read last, by what was looked up; the oldest is dropped at the limit."""

    def __init__(self) -> None:
        self._found: OrderedDict[Lookup, StatesInSnapshot] = OrderedDict()
        self._lock = Lock()

    def find(self, lookup: Lookup, snapshot: str) -> StatesInSnapshot | None:
        """Return what was read in this very snapshot."""
        with self._lock:
            found = self._found.get(lookup)
        return found if found is not None and found.snapshot == snapshot else None

    def put(self, lookup: Lookup, found: StatesInSnapshot) -> None:
        """Keep what was read."""
        with self._lock:
            self._found.pop(lookup, None)
            self._found[lookup] = found
            while len(self._found) > _MAX_LOOKUPS:
                self._found.popitem(last=False)


def read_states(session: Session, kept: KnownStates, lookup: Lookup, snapshot: str | None = None) -> StatesInSnapshot:
    """Return the states of the collections of a lookup: kept ones while nothing was committed, else from the database.

    ``snapshot`` is that of the transaction, if it was asked for already.

    Raises
    ------
    CollectionNotFoundError
    """
    snapshot = visible_snapshot(session) if snapshot is None else snapshot
    found = kept.find(lookup, snapshot)
    if found is None:
        states = tuple(collection_states(session, _collections(session, lookup)))
        found = StatesInSnapshot(snapshot, states, tuple(state.facts(snapshot) for state in states))
        kept.put(lookup, found)
    return found


def collection_states(session: Session, collections: Sequence[Collection]) -> list[CollectionState]:
    """Return the states of collections."""
    groups = [Rows(collection, current_scope(session, collection)) for collection in collections]
    versions = [one.version.id for one in collections if one.version is not None]
    query = select(TilePreparation.layer_version_id, TilePreparation.state)
    prepared: dict[int, int] = {}
    if versions:
        prepared = {
            row[0]: row[1] for row in session.execute(query.where(TilePreparation.layer_version_id.in_(versions)))
        }
    return [
        CollectionState(
            rows.collection,
            rows.scope_ids,
            key,
            None if rows.collection.version is None else prepared.get(rows.collection.version.id),
        )
        for rows, key in zip(groups, state_keys(session, groups), strict=True)
    ]


def _collections(session: Session, lookup: Lookup) -> list[Collection]:
    if lookup.names is None:
        found = [one for one in list_collections(session, lookup.period) if one.version is not None]
        return found[: lookup.limit]
    return [find_collection(session, name, lookup.period, lookup.known_at) for name in lookup.names]
