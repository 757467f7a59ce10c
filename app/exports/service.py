"""Export of a collection, whole or filtered, to a file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from app.collections.boxes import Box
from app.collections.catalog import Collection
from app.collections.filters import Filter, parse_filters
from app.collections.ordering import SortKey
from app.collections.repository import count_rows
from app.collections.rows import Rows, selected_scope
from app.collections.schema import Property, PropertyType
from app.exports.errors import ExportTooLargeError
from app.exports.naming import Language, field_titles, in_language
from app.exports.repository import FEATURE_ID, iter_batches
from app.problems import InvalidParameterError
from app.progress import Progress, unheard
from gis.errors import CRSRefusedError
from gis.formats.writing import FieldType, OutputBatch, OutputField, OutputFormat, WriteReport, write_features
from gis.formats.writing.projecting import output_crs

TYPES = {
    PropertyType.STRING: FieldType.STRING,
    PropertyType.NUMBER: FieldType.NUMBER,
    PropertyType.INTEGER: FieldType.INTEGER,
    PropertyType.BOOLEAN: FieldType.BOOLEAN,
    PropertyType.DATE: FieldType.DATE,
    PropertyType.TIMESTAMP: FieldType.TIMESTAMP,
    PropertyType.STRINGS: FieldType.JSON,
    PropertyType.OBJECT: FieldType.JSON,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """What to export, and how. ``has_key`` lets out what names holders and enterprises.

    ``language`` names the fields, and the values of a fixed list, as people read them; without it they are called as in
    the API. ``search`` is the compiled condition of a filter, ``known_at`` the recorded time, ``properties`` are those that are wanted. ``order`` and
    ``limit`` are of the features; by default all are written in the order of their keys.
    """

    collection: Collection
    format: OutputFormat
    crs: str | None = None
    encoding: str | None = None
    boxes: tuple[Box, ...] = ()
    filters: tuple[Filter, ...] = ()
    has_key: bool = False
    language: Language | None = None
    search: ColumnElement[bool] | None = None
    known_at: datetime | None = None
    properties: tuple[Property, ...] | None = None
    order: tuple[SortKey, ...] = ()
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What was written, and the properties that were not because they need a key."""

    collection_id: str
    report: WriteReport
    withheld: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the result as a JSON object."""
        return {"collection": self.collection_id, **self.report.as_json(), "withheld": list(self.withheld)}


def read_filters(collection: Collection, pairs: Sequence[tuple[str, str]], *, has_key: bool) -> tuple[Filter, ...]:
    """Read ``name=value`` filters as the items of a collection take them.

    Raises
    ------
    InvalidParameterError
        A name that is no queryable, or a value of another type.
    """
    queryables = collection.schema.queryables(has_key=has_key)
    names = [item.name for item in queryables]
    for name, _ in pairs:
        if name not in names:
            raise InvalidParameterError(name, f"not known here; known are {', '.join(names)}.")
    return parse_filters(pairs, queryables)


def readable_crs(text: str | None) -> str | None:
    """Return a system's name, or refuse it as a parameter rather than as something wrong with the data.

    Raises
    ------
    InvalidParameterError
    """
    if text is not None:
        try:
            output_crs(text)
        except CRSRefusedError as error:
            raise InvalidParameterError("crs", str(error)) from error
    return text


def export_collection(
    session: Session,
    request: ExportRequest,
    path: Path,
    *,
    srid: int,
    limit: int | None = None,
    progress: Progress = unheard,
) -> ExportResult:
    """Write the features of a collection to a file, as they are at one moment.

    Raises
    ------
    ExportTooLargeError
        There are more than ``limit``.
    WriteRefusedError, CRSRefusedError, GeometryRefusedError, EncodingUnknownError
        See :func:`gis.formats.writing.write_features`.
    """
    collection = request.collection
    scope = selected_scope(session, collection, request.filters)
    rows = Rows(collection, scope, request.known_at).narrowed(request.boxes, request.filters, request.search)
    matched = count_rows(session, rows, srid)
    total = matched if request.limit is None else min(matched, request.limit)
    if limit is not None and total > limit:
        raise ExportTooLargeError(total, limit)
    visible = collection.schema.visible(has_key=request.has_key)
    properties = visible if request.properties is None else request.properties
    titles = field_titles(properties, request.language)
    # A limit beyond what there is may be a number that the database has no type for.
    found = iter_batches(
        session, rows, properties, srid, order=request.order, limit=None if total == matched else total
    )
    batches = in_language(found, titles, request.language)
    report = write_features(
        path,
        _counted(batches, total, progress),
        driver=request.format.name,
        crs=request.crs or f"EPSG:{srid}",
        fields=_fields(properties, titles),
        encoding=request.encoding,
        layer=collection.id,
        geometry_type=collection.schema.geometry_type,
    )
    withheld = tuple(item.name for item in collection.schema.properties if item not in visible)
    return ExportResult(collection.id, report, withheld)


def _fields(properties: Sequence[Property], titles: Mapping[str, str]) -> list[OutputField]:
    fields = [(FEATURE_ID, FieldType.STRING), *((item.name, TYPES[item.type]) for item in properties)]
    return [OutputField(titles[name], type_) for name, type_ in fields]


def _counted(batches: Iterator[OutputBatch], total: int, progress: Progress) -> Iterator[OutputBatch]:
    done = 0
    progress(done, total)
    for batch in batches:
        yield batch
        done += len(batch)
        progress(done, total)
