"""What changed from one version of a layer to another, feature by feature."""

import json
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import islice
from typing import Any, cast

import numpy as np
import psycopg
import shapely
from psycopg import sql
from sqlalchemy.orm import Session

from app.db.models import Layer, LayerKind
from app.layers import repository
from app.layers.kinds import KINDS, FeatureKind
from gis.boundary_distance import boundary_distance_m

# The last digit in which coordinates are delivered.
TOLERANCE_M = 0.001
_ROWS_AT_ONCE = 5_000
# A version of a few hundred thousand features is joined in memory.
_MEMORY = sql.SQL("set local work_mem = '192MB'")

# Only what differs leaves the database; that a geometry moved by less than the tolerance is told afterwards.
_CHANGES = sql.SQL(
    """
    select feature_id,
           a.row_id is null, b.row_id is null, not (a.geom = b.geom), array_remove(array[{differing}], null),
           case when a.attributes is distinct from b.attributes then a.attributes end,
           case when a.attributes is distinct from b.attributes then b.attributes end,
           ST_AsBinary(a.geom), ST_AsBinary(b.geom), a.area_ellipsoid_m2, b.area_ellipsoid_m2
      from (select * from {table} where layer_version_id = %(a)s and superseded_at is null {behind}) a
      full join (select * from {table} where layer_version_id = %(b)s and superseded_at is null {behind}) b
           using (feature_id)
     where a.row_id is null or b.row_id is null or not (a.geom = b.geom)
        or ({a_fields}) is distinct from ({b_fields})
     order by feature_id
    """
)
_TOTALS = sql.SQL(
    "select count(*) filter (where layer_version_id = %(a)s), count(*) filter (where layer_version_id = %(b)s) "
    "from {table} where layer_version_id in (%(a)s, %(b)s) and superseded_at is null"
)


class Change(StrEnum):
    """What became of a feature; one whose geometry and attributes both changed counts as the former."""

    ADDED = "added"
    REMOVED = "removed"
    GEOMETRY_CHANGED = "geometry_changed"
    ATTRIBUTES_CHANGED = "attributes_changed"


@dataclass(frozen=True, slots=True)
class FeatureChange:
    """One feature that differs.

    Attributes
    ----------
    attributes : tuple of str
        Names of the fields, and of the source's own attributes, that differ.
    moved_m : float or None
        How far the boundary moved, where the feature is in both versions and its geometry is not the same.
    geometry : MultiPolygon
        (lon, lat) in the newer version; of a removed feature in the older one.
    """

    feature_id: str
    change: Change
    attributes: tuple[str, ...]
    moved_m: float | None
    area_before_m2: float | None
    area_after_m2: float | None
    geometry: shapely.Geometry

    def as_json(self, *, geometry: bool = False) -> dict[str, Any]:
        """Return what is listed, with the geometry as GeoJSON where that is asked for."""
        told = {
            "feature_id": self.feature_id,
            "change": self.change.value,
            "attributes": list(self.attributes),
            "moved_m": None if self.moved_m is None else round(self.moved_m, 4),
            "area_before_m2": self.area_before_m2,
            "area_after_m2": self.area_after_m2,
        }
        if geometry:
            told["geometry"] = json.loads(shapely.to_geojson(self.geometry))
        return told


@dataclass(frozen=True, slots=True)
class VersionDiff:
    """How many features differ between two versions, told apart by their feature id."""

    layer: str
    older: int
    newer: int
    tolerance_m: float
    added: int
    removed: int
    geometry_changed: int
    attributes_changed: int
    unchanged: int

    def as_json(self) -> dict[str, Any]:
        """Return what is printed and answered."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Pair:
    kind: FeatureKind
    a: int
    b: int

    @property
    def ids(self) -> dict[str, Any]:
        return {"a": self.a, "b": self.b}


def compare_versions(
    session: Session, slug: str, older: int, newer: int, *, tolerance_m: float = TOLERANCE_M
) -> VersionDiff:
    """Count what changed from one version of a layer to another.

    Raises
    ------
    LayerNotFoundError, VersionNotFoundError
    """
    changes = iter_changes(session, slug, older, newer, tolerance_m=tolerance_m)
    return count_changes(session, slug, older, newer, changes, tolerance_m=tolerance_m)


def count_changes(
    session: Session, slug: str, older: int, newer: int, changes: Iterator[FeatureChange], *, tolerance_m: float
) -> VersionDiff:
    """Count changes as they pass by."""
    counts = dict.fromkeys(Change, 0)
    for change in changes:
        counts[change.change] += 1
    pair = _find_pair(session, repository.require_layer(session, slug), older, newer)
    statement = _TOTALS.format(table=sql.Identifier(pair.kind.table))
    totals = _connection(session).execute(statement, pair.ids).fetchone()
    assert totals is not None  # noqa: S101 - a count always has a row
    differing = counts[Change.ADDED] + counts[Change.GEOMETRY_CHANGED] + counts[Change.ATTRIBUTES_CHANGED]
    named = {change.value: count for change, count in counts.items()}
    return VersionDiff(slug, older, newer, tolerance_m, **named, unchanged=totals[1] - differing)


def iter_changes(
    session: Session, slug: str, older: int, newer: int, *, tolerance_m: float = TOLERANCE_M, after: str | None = None
) -> Generator[FeatureChange, None, None]:
    """List the features that differ, ordered by their id; whoever stops before the end closes the list.

    Parameters
    ----------
    session : Session
        In one transaction for the whole list.
    tolerance_m : float
        A boundary that moved by no more than this has not changed.
    after : str, optional
        Only features whose id follows this one.

    Raises
    ------
    LayerNotFoundError, VersionNotFoundError
    """
    pair = _find_pair(session, repository.require_layer(session, slug), older, newer)
    connection = _connection(session)
    connection.execute(_MEMORY)
    with connection.cursor("layer_diff", binary=True) as cursor:
        cursor.itersize = _ROWS_AT_ONCE
        cursor.execute(_statement(pair.kind, after), {**pair.ids, "after": after})
        rows = iter(cursor)
        while block := list(islice(rows, _ROWS_AT_ONCE)):
            yield from _told(block, tolerance_m)


def _find_pair(session: Session, layer: Layer, older: int, newer: int) -> _Pair:
    a, b = (repository.require_version(session, layer, number).id for number in (older, newer))
    return _Pair(KINDS[LayerKind(layer.kind)], a, b)


def _statement(kind: FeatureKind, after: str | None) -> sql.Composed:
    names = [*kind.fields, "attributes"]
    differing = [
        sql.SQL("case when a.{name} is distinct from b.{name} then {text} end").format(
            name=sql.Identifier(name), text=sql.Literal(name)
        )
        for name in kind.fields
    ]
    return _CHANGES.format(
        table=sql.Identifier(kind.table),
        differing=sql.SQL(", ").join(differing),
        behind=sql.SQL("" if after is None else "and feature_id > %(after)s"),
        a_fields=sql.SQL(", ").join(sql.Identifier("a", name) for name in names),
        b_fields=sql.SQL(", ").join(sql.Identifier("b", name) for name in names),
    )


def _told(rows: Sequence[tuple[Any, ...]], tolerance_m: float) -> Iterator[FeatureChange]:
    """Tell of a block of rows what changed in each; nothing where a boundary moved less than the tolerance."""
    before, after = (shapely.from_wkb(np.array([row[at] for row in rows], dtype=object)) for at in (7, 8))
    moved = np.full(len(rows), np.nan)
    differing = np.flatnonzero([bool(row[3]) for row in rows])
    moved[differing] = boundary_distance_m(before[differing], after[differing])
    for row, older, newer, distance in zip(rows, before, after, moved.tolist(), strict=True):
        is_added, is_removed = row[1], row[2]
        attributes = () if is_added or is_removed else (*row[4], *_differing_keys(row[5], row[6]))
        if is_added or is_removed:
            change = Change.ADDED if is_added else Change.REMOVED
        elif distance > tolerance_m:
            change = Change.GEOMETRY_CHANGED
        elif attributes:
            change = Change.ATTRIBUTES_CHANGED
        else:
            continue
        yield FeatureChange(
            row[0],
            change,
            attributes,
            None if np.isnan(distance) else distance,
            row[9],
            row[10],
            older if is_removed else newer,
        )


def _differing_keys(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[str]:
    """Name the source's own attributes that differ; a key that is there on one side alone does."""
    if before is None or after is None:
        return []
    missing = object()
    return sorted(key for key in before.keys() | after.keys() if before.get(key, missing) != after.get(key, missing))


def _connection(session: Session) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", session.connection().connection.driver_connection)
