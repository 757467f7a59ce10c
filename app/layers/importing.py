"""Import one delivery as a draft version of a layer."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import CRSError
from sqlalchemy import Engine

from app.db.models import Layer, LayerKind, LayerVersion, VersionStatus
from app.db.schema import storage_srid
from app.db.sessions import WriteSession, write_session
from app.layers import repository
from app.layers.errors import DeliveryRefusedError, LayerNotFoundError
from app.layers.kinds import ID_FIELD, KINDS, FeatureKind, parse_kind, to_text
from app.layers.preparing import CONSTANT, PreparedRow, Preparer
from app.layers.report import ImportReport
from app.layers.staging import copy_features, copy_pieces, copy_rejected, copy_repairs
from app.progress import Progress, unheard
from gis.crs import require_exact_path, to_geographic
from gis.errors import GisError
from gis.formats.vector import VectorSource, file_sha256, iter_features, open_source, read_column
from gis.landuse.control_kinds import ControlKind
from gis.polygonal import polygonal_part
from gis.validity import repair_geometries


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import, and as what.

    Attributes
    ----------
    kind : str, optional
        Needed to make a new layer: ``parcel``, ``plan``, ``reference`` or a kind of control area.
    crs, encoding : str, optional
        Said by the caller where the file does not say, or says wrongly.
    mapping : mapping of str to str
        Target field to source field; ``=text`` is a constant. Fields of the same name need no mapping.
    coverage : Path, optional
        Polygons within which the layer is known; for a plan it is derived from the plan when left out.
    """

    path: Path
    to: str
    kind: str | None = None
    source_layer: str | None = None
    crs: str | None = None
    encoding: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    valid_from: date | None = None
    approval_no: str | None = None
    title_zh: str | None = None
    title_en: str | None = None
    mandatory: bool | None = None
    accuracy_m: float | None = None
    coverage: Path | None = None
    publish: bool = False


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The version that holds the delivery; ``is_new`` is False when the same delivery was already there."""

    layer: str
    number: int
    status: str
    is_new: bool
    report: dict[str, Any]


def import_file(
    engine: Engine, request: ImportRequest, *, actor: str, today: date, progress: Progress = unheard
) -> ImportResult:
    """Import a file as a draft version, and publish it if asked: all of it or nothing.

    Raises
    ------
    DeliveryRefusedError
        For a file as a whole: no CRS, unknown fields, nothing usable in it. Single features are rejected into the report.
    LayerNotFoundError
        When the layer does not exist and no kind was given to make it.
    """
    try:
        source = open_source(request.path, layer=request.source_layer, encoding=request.encoding)
        source_crs = _source_crs(source, request.crs)
        coverage = None if request.coverage is None else _read_coverage(request.coverage)
        with write_session(engine, actor=actor) as session:
            layer = _layer(session, request)
            repository.lock_layer(session, layer.id)
            kind = KINDS[LayerKind(layer.kind)]
            mapping = _mapping(source, kind, request.mapping)
            options = _options(source, source_crs, mapping, request)
            sha256 = file_sha256(request.path)
            same = repository.find_same_delivery(session, layer.id, sha256=sha256, options=options)
            if same is not None:
                progress(same.read_count, same.read_count)
                return _published(session, layer, same, request, is_new=False)
            version = _new_version(session, layer, source, source_crs, request, sha256, today)
            preparer = Preparer(
                kind,
                None if layer.control_kind is None else ControlKind(layer.control_kind),
                mapping,
                source_crs,
                _count_ids(source, kind, mapping),
            )
            report = _load(session, layer, version, source, preparer, progress)
            _require_something(report, request.path)
            _finish(session, layer, version, report, options, coverage)
            return _published(session, layer, version, request, is_new=True)
    except GisError as error:
        raise DeliveryRefusedError(str(error), file=request.path.name) from error


def _source_crs(source: VectorSource, given: str | None) -> pyproj.CRS:
    if given is None and source.crs is None:
        raise DeliveryRefusedError(
            f"{source.path.name} does not say its coordinate reference system. Name it, for example --crs EPSG:4547.",
            file=source.path.name,
            field="crs",
        )
    try:
        named = source.crs if given is None else pyproj.CRS.from_user_input(given)
    except CRSError as error:
        raise DeliveryRefusedError(f"{given!r} is no coordinate reference system: {error}", field="crs") from error
    assert named is not None  # noqa: S101 - one of the two is there
    require_exact_path(named)
    return named


def _read_coverage(path: Path) -> shapely.MultiPolygon:
    source = open_source(path)
    batches = [to_geographic(batch.geometries, _source_crs(source, None)) for batch in iter_features(source)]
    report = repair_geometries(np.concatenate(batches) if batches else np.array([], dtype=object))
    usable = report.geometries[~shapely.is_missing(report.geometries)]
    if len(usable) == 0:
        raise DeliveryRefusedError(f"{path.name} has no polygon to take as the coverage.", file=path.name)
    merged: shapely.MultiPolygon = polygonal_part([shapely.union_all(usable)])[0]
    return merged


def _layer(session: WriteSession, request: ImportRequest) -> Layer:
    layer = repository.find_layer(session, request.to)
    if layer is None:
        if request.kind is None:
            known = [found.slug for found in repository.list_layers(session)]
            raise LayerNotFoundError(request.to, known, "Give a kind to make it, for example --kind parcel.")
        return _new_layer(session, request, request.kind)
    if request.kind is not None and parse_kind(request.kind) != (
        layer.kind,
        None if layer.control_kind is None else ControlKind(layer.control_kind),
    ):
        raise DeliveryRefusedError(
            f"Layer {layer.slug} is of kind {layer.control_kind or layer.kind}, not {request.kind}.", field="kind"
        )
    return layer


def _new_layer(session: WriteSession, request: ImportRequest, kind_name: str) -> Layer:
    try:
        kind, control_kind = parse_kind(kind_name)
    except ValueError as error:
        raise DeliveryRefusedError(str(error), field="kind") from error
    if not request.to.replace("_", "a").isalnum() or not request.to.islower() or not request.to.isascii():
        raise DeliveryRefusedError(
            f"{request.to!r} cannot name a layer: use small letters, digits and _ and start with a letter.", field="to"
        )
    layer = Layer(
        slug=request.to,
        kind=kind,
        control_kind=control_kind,
        title_zh=request.title_zh or request.to,
        title_en=request.title_en or request.to.replace("_", " ").capitalize(),
        mandatory=bool(request.mandatory),
        accuracy_m=request.accuracy_m,
        created_by=session.actor,
    )
    session.add(layer)
    session.flush()
    return layer


def _mapping(source: VectorSource, kind: FeatureKind, given: Mapping[str, str]) -> dict[str, str]:
    """Complete the mapping with fields of the same name, and refuse what names nothing."""
    targets = {*kind.fields, ID_FIELD}
    unknown = sorted(set(given) - targets)
    if unknown:
        raise DeliveryRefusedError(
            f"{', '.join(unknown)} is no field to map to; there are {', '.join(sorted(targets))}.", field="map"
        )
    missing = sorted(name for name in given.values() if not name.startswith(CONSTANT) and name not in source.fields)
    if missing:
        raise DeliveryRefusedError(
            f"{source.path.name} has no field {', '.join(missing)}; it has {', '.join(source.fields)}.", field="map"
        )
    return {name: name for name in kind.fields if name in source.fields} | dict(given)


def _options(
    source: VectorSource, crs: pyproj.CRS, mapping: Mapping[str, str], request: ImportRequest
) -> dict[str, Any]:
    """Return what decides the result beside the file itself."""
    return {
        "source_layer": source.layer,
        "crs": crs.to_string(),
        "encoding": source.encoding,
        "map": dict(sorted(mapping.items())),
        "valid_from": None if request.valid_from is None else request.valid_from.isoformat(),
        "approval_no": request.approval_no,
        "coverage": None if request.coverage is None else file_sha256(request.coverage),
    }


def _new_version(
    session: WriteSession,
    layer: Layer,
    source: VectorSource,
    crs: pyproj.CRS,
    request: ImportRequest,
    sha256: str,
    today: date,
) -> LayerVersion:
    version = LayerVersion(
        layer_id=layer.id,
        number=repository.next_number(session, layer.id),
        status=VersionStatus.DRAFT,
        source_name=request.path.name,
        source_layer=source.layer,
        source_crs=crs.to_string(),
        source_encoding=source.encoding,
        sha256=sha256,
        approval_no=request.approval_no,
        valid_from=request.valid_from or today,
        read_count=0,
        accepted_count=0,
        repaired_count=0,
        rejected_count=0,
        report={},
        recorded_by=session.actor,
    )
    session.add(version)
    session.flush()
    return version


def _count_ids(source: VectorSource, kind: FeatureKind, mapping: Mapping[str, str]) -> Counter[str]:
    name = mapping.get(ID_FIELD) or (mapping.get(kind.key) if kind.key else None)
    if name is None or name.startswith(CONSTANT):
        return Counter()
    return Counter(text for value in read_column(source, name) if (text := to_text(value)) is not None)


def _load(
    session: WriteSession,
    layer: Layer,
    version: LayerVersion,
    source: VectorSource,
    preparer: Preparer,
    progress: Progress,
) -> ImportReport:
    report = ImportReport()
    srid = storage_srid(session.connection()) or 0
    if source.encoding_source == "content":
        report.note("encoding told from the text itself", f"{source.encoding}; name it with --encoding to be sure")
    for batch in iter_features(source):
        prepared = preparer.prepare(batch)
        _store(session, layer, version, srid, preparer.kind, prepared.rows)
        copy_repairs(session, version.id, prepared.repaired)
        copy_rejected(session, version.id, prepared.rejected)
        report.add(prepared)
        progress(report.read, max(source.feature_count, report.read))
    return report


def _store(
    session: WriteSession,
    layer: Layer,
    version: LayerVersion,
    srid: int,
    kind: FeatureKind,
    rows: list[PreparedRow],
) -> None:
    if not rows:
        return
    copy_features(session, kind, version.id, srid, rows)
    if layer.kind == LayerKind.CONTROL_AREA:
        copy_pieces(session, version.id, rows)


def _require_something(report: ImportReport, path: Path) -> None:
    if report.accepted + report.repaired:
        return
    if report.read == 0:
        raise DeliveryRefusedError(f"{path.name} has no features.", file=path.name)
    raise DeliveryRefusedError(
        f"None of the {report.read} features of {path.name} can be used.", file=path.name, report=report.as_json()
    )


def _finish(
    session: WriteSession,
    layer: Layer,
    version: LayerVersion,
    report: ImportReport,
    options: dict[str, Any],
    coverage: shapely.MultiPolygon | None,
) -> None:
    version.read_count = report.read
    version.accepted_count = report.accepted
    version.repaired_count = report.repaired
    version.rejected_count = report.rejected
    version.report = report.as_json() | {"options": options}
    session.flush()
    repository.analyze(session, LayerKind(layer.kind))
    if coverage is not None:
        repository.store_coverage(session, version, coverage, storage_srid(session.connection()) or 0)
    elif layer.kind == LayerKind.PLAN:
        repository.derive_coverage(session, version, layer)


def _published(
    session: WriteSession, layer: Layer, version: LayerVersion, request: ImportRequest, *, is_new: bool
) -> ImportResult:
    if request.publish and version.status == VersionStatus.DRAFT:
        repository.publish(session, version)
    return ImportResult(layer.slug, version.number, version.status, is_new, version.report)
