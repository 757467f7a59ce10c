"""All SQL that reads features; their JSON is made by PostgreSQL and passed on as it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Integer,
    Row,
    Select,
    String,
    Subquery,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.collections.boxes import Box
from app.collections.catalog import Collection
from app.collections.ordering import Position, behind
from app.collections.rows import Rows
from app.collections.schema import Expression, Property
from app.collections.views import View
from app.db.models import PlanComparison
from app.db.statements import IN_BINARY, WrittenStatement, write_statement

CHUNK = 1000
_BETWEEN: Final = ",\n"

AnySelect = Select[*tuple[Any, ...]]


class FeatureText(NamedTuple):
    """A feature as GeoJSON, and where it stands in the order."""

    position: Position
    text: str


class FeatureChunk(NamedTuple):
    """Features as GeoJSON in UTF-8 with commas between them, how many, where the last one stands and whether more come."""

    text: bytes
    size: int
    last: Position
    has_more: bool


@dataclass(frozen=True, slots=True)
class Statistics:
    """How many rows, and where; no box where no row has a geometry."""

    count: int
    box: Box | None


def count_rows(session: Session, rows: Rows, srid: int) -> int:
    """Count the rows."""
    if not rows.scope_ids:
        return 0
    query = select(func.count()).select_from(rows.collection.schema.model).where(rows.condition(srid))
    return session.execute(query).scalar_one()


def state_numbers(session: Session, groups: Sequence[Rows]) -> list[int]:
    """Return a number of each group that changes with its rows, 0 for none, in one statement: the highest row id, or the revisions of comparisons."""
    parts = [
        select(literal(position).label("position"), _state_number(rows).scalar_subquery().label("newest"))
        for position, rows in enumerate(groups)
    ]
    found = {row[0]: row[1] for row in session.execute(union_all(*parts))} if parts else {}
    return [found[position] or 0 for position in range(len(groups))]


def _state_number(rows: Rows) -> AnySelect:
    schema = rows.collection.schema
    if schema.is_revised:
        # Patches may go without a new one coming.
        return select(func.sum(PlanComparison.revision)).where(PlanComparison.id.in_(rows.scope_ids))
    return select(func.max(schema.model.row_id)).where(schema.scope.in_(rows.scope_ids))


def measure_rows(session: Session, groups: Sequence[Rows], srid: int) -> list[Statistics]:
    """Count the rows of each group and find their box, in one statement."""
    parts = []
    for position, rows in enumerate(groups):
        model = rows.collection.schema.model
        extent = func.ST_Extent(model.geom)
        sides = (func.ST_XMin(extent), func.ST_YMin(extent), func.ST_XMax(extent), func.ST_YMax(extent))
        columns = (literal(position), func.count(), *sides)
        parts.append(select(*columns).select_from(model).where(rows.condition(srid)))
    found = {row[0]: row[1:] for row in session.execute(union_all(*parts))} if parts else {}
    return [
        Statistics(count, None if sides[0] is None else Box(*sides))
        for count, *sides in (found[position] for position in range(len(groups)))
    ]


def distinct_values(
    session: Session, rows: Rows, items: Sequence[Property], srid: int, *, limit: int
) -> list[tuple[Any, ...]]:
    """Return the combinations of values of properties that occur, the first one never null."""
    if not rows.scope_ids:
        return []
    values = [rows.collection.expression(item) for item in items]
    query = (
        select(*values).select_from(rows.collection.schema.model).where(rows.condition(srid), values[0].is_not(None))
    )
    return [tuple(row) for row in session.execute(query.distinct().order_by(*values).limit(limit))]


def iter_features(
    session: Session, rows: Rows, view: View, srid: int, *, after: Position, limit: int
) -> Iterator[FeatureChunk]:
    """Yield features after a position, in chunks and in the order of paging.

    Every chunk starts where the last one ended, so a page of any size takes little memory and no cursor stays open.
    """
    while limit > 0 and rows.scope_ids:
        size = min(CHUNK, limit)
        text, found, row_id, *values = _read_chunk(session, rows, view, srid, after, size)
        if not found:
            return
        has_more = found > size
        after = Position(row_id, tuple(values))
        yield FeatureChunk(_without_last(text) if has_more else text, min(found, size), after, has_more)
        if not has_more:
            return
        limit -= size


def _without_last(text: bytes) -> bytes:
    """Cut off the last feature: no other break of a line stands in the text of features, as JSON writes those in strings otherwise."""
    return text[: text.rindex(_BETWEEN.encode())]


def _read_chunk(
    session: Session, rows: Rows, view: View, srid: int, after: Position, size: int
) -> Row[*tuple[Any, ...]]:
    """Read a chunk, and whether more than that comes: one row more than is wanted says so."""
    is_plain = rows.is_whole and len(rows.scope_ids) == 1 and rows.known_at is not None
    if is_plain and not view.order and not after.values:
        values = {"scope": rows.scope_ids[0], "known_at": rows.known_at, "after": after.row_id}
        return _plain_chunk(rows.collection, view, srid).one(session, values | {"size": size, "more": size + 1})
    query = _features(rows, view, srid).where(behind(rows.collection, view.order, after)).limit(size + 1)
    return session.execute(_as_chunk(query, view, size), execution_options=IN_BINARY).one()


@lru_cache(maxsize=256)
def _plain_chunk(collection: Collection, view: View, srid: int) -> WrittenStatement:
    """Return the statement of most pages, with parameters: to put it together takes a fifth of the time that it runs."""
    scope: Any = bindparam("scope", type_=BigInteger())
    known_at: Any = bindparam("known_at", type_=DateTime(timezone=True))
    after: Any = bindparam("after", type_=BigInteger())
    size: Any = bindparam("size", type_=Integer())
    rows = Rows(collection, (scope,), known_at)
    query = _features(rows, view, srid).where(collection.schema.model.row_id > after)
    return write_statement(_as_chunk(query.limit(bindparam("more", type_=Integer())), view, size))


def _as_chunk(query: AnySelect, view: View, size: Any) -> AnySelect:  # noqa: ANN401  a number or a parameter
    """Put the texts of a page of rows together, the one row more included; the position is that of the last row that is wanted.

    One long text takes less time on its way than many short ones, and least as the bytes that are sent on.

    The rows reach the aggregates as they are sorted below them: nothing in between could change their order.
    """
    row_id, text, *keys = _as_text(query, view).subquery("one").c
    joined = func.convert_to(func.string_agg(text, _constant(_BETWEEN)), _constant("UTF8"))
    last = func.least(func.count(), size)
    return select(joined, func.count(), *(func.array_agg(column)[last] for column in (row_id, *keys)))


def find_features(session: Session, rows: Rows, view: View, srid: int, feature_id: str) -> list[FeatureText]:
    """Return the features with an id, two at most: one, or proof that it is not unique."""
    if not rows.scope_ids or "\x00" in feature_id:
        return []
    query = _features(rows, view, srid).where(rows.collection.schema.model.feature_id == feature_id).limit(2)
    return _texts(session, query, view)


def features_with_code(session: Session, rows: Rows, item: Property, code: str, srid: int, *, limit: int) -> list[str]:
    """Return the ids of features whose code is a text."""
    if not rows.scope_ids or "\x00" in code:
        return []
    model = rows.collection.schema.model
    query = select(model.feature_id).where(rows.condition(srid), rows.collection.expression(item) == code)
    return list(session.scalars(query.order_by(model.row_id).limit(limit)))


def _texts(session: Session, query: AnySelect, view: View) -> list[FeatureText]:
    return [
        FeatureText(Position(row_id, tuple(values)), text)
        for row_id, text, *values in session.execute(_as_text(query, view))
    ]


def _features(rows: Rows, view: View, srid: int) -> AnySelect:
    model = rows.collection.schema.model
    document = rows.collection.schema.document
    if document is None:
        values = [rows.collection.expression(item).label(f"p_{item.name}") for item in view.properties]
    else:
        values = [_document(document, view).label("document")]
    keys: list[Any] = [rows.collection.expression(key.item) for key in view.order]
    sorted_by = [column.label(f"s_{at}") for at, column in enumerate(keys)]
    geom = view.system.express(_counter_clockwise(model.geom, rows.collection.schema.geometry_type))
    return (
        select(model.row_id, model.feature_id, geom.label("geom"), *values, *sorted_by)
        .where(rows.condition(srid))
        .order_by(*(key.ordered(column) for key, column in zip(view.order, keys, strict=True)), model.row_id)
    )


def _document(document: Expression, view: View) -> ColumnElement[Any]:
    """Return the one column that holds the properties, or those of its entries that are asked for."""
    whole: ColumnElement[Any] = cast(document, JSONB)
    if not view.is_partial:
        return whole
    entries = func.jsonb_each(whole).table_valued("key", "value", name="entries")
    wanted = entries.c.key.in_([item.name for item in view.properties])
    chosen = select(func.jsonb_object_agg(entries.c.key, entries.c.value)).where(wanted).scalar_subquery()
    return func.coalesce(chosen, cast(literal("{}"), JSONB))


def _counter_clockwise(geom: Expression, geometry_type: str) -> ColumnElement[Any]:
    """Turn the rings of polygons as RFC 7946 asks; PostGIS would turn lines as well, whose direction means something."""
    turned: ColumnElement[Any] = func.ST_ForcePolygonCCW(geom)
    if geometry_type.endswith("Polygon"):
        return turned
    return case((func.ST_Dimension(geom) == 2, turned), else_=geom)


def _as_text(query: AnySelect, view: View) -> AnySelect:
    """Wrap a page of rows so that each becomes the text of a feature."""
    page = query.subquery("page")
    sorted_by = [page.c[f"s_{at}"] for at in range(len(view.order))]
    order = [key.ordered(column) for key, column in zip(view.order, sorted_by, strict=True)]
    keys = [cast(column, Text) for column in sorted_by]
    if "document" in page.c:
        text = _feature_text(page, cast(page.c.document, String), view.system.decimals)
        return select(page.c.row_id, text, *keys).order_by(*order, page.c.row_id)
    values = [page.c[f"p_{item.name}"].label(item.name) for item in view.properties]
    if not values:
        text = _feature_text(page, literal("{}"), view.system.decimals)
        return select(page.c.row_id, text, *keys).order_by(*order, page.c.row_id)
    record = select(*values).correlate(page).lateral("record")
    text = _feature_text(page, func.row_to_json(record.table_valued()), view.system.decimals)
    joined = page.join(record, true())
    return select(page.c.row_id, text, *keys).select_from(joined).order_by(*order, page.c.row_id)


def _feature_text(page: Subquery, properties: ColumnElement[Any], decimals: int) -> ColumnElement[str]:
    geometry: ColumnElement[Any] = func.ST_AsGeoJSON(page.c.geom, decimals, 0)
    return func.concat(
        _constant('{"type":"Feature","id":'),
        func.to_json(page.c.feature_id),
        _constant(',"geometry":'),
        func.coalesce(cast(geometry, String), _constant("null")),
        _constant(',"properties":'),
        properties,
        _constant("}"),
    )


def _constant(text: str) -> ColumnElement[str]:
    """Return a text of ours as part of a statement, which is no parameter that each execution would send."""
    return literal_column(f"'{text}'", Text)


def estimate_rows(session: Session, rows: Rows, srid: int) -> int:
    """Return how many rows the planner expects, without counting them."""
    if not rows.scope_ids:
        return 0
    query = select(rows.collection.schema.model.row_id).where(rows.condition(srid))
    connection = session.connection()
    compiled = query.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    plan = connection.exec_driver_sql(f"explain (format json) {compiled}", compiled.params).scalar_one()
    return int(plan[0]["Plan"]["Plan Rows"])
