"""Import one delivery as a draft version of a layer."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyproj
import shapely
from sqlalchemy import Engine

from app.db.models import Layer, LayerKind, LayerVersion, VersionStatus
from app.db.schema import storage_srid
from app.db.sessions import WriteSession, write_session
from app.layers import repository
from app.layers.delivery import (
    ImportRequest,
    complete_mapping,
    count_ids,
    import_options,
    read_coverage,
    source_crs,
)
from app.layers.errors import DeliveryRefusedError, LayerNotFoundError
from app.layers.kinds import KINDS, RESERVED_SLUGS, SLUG, FeatureKind, parse_kind
from app.layers.preparing import PreparedRow, Preparer
from app.layers.report import ImportReport
from app.layers.staging import copy_features, copy_pieces, copy_rejected, copy_repairs
from app.progress import Progress, unheard
from gis.errors import GisError
from gis.formats.vector import VectorSource, file_sha256, iter_features, open_source
from gis.landuse.control_kinds import ControlKind
from gis.landuse.control_zones import control_zones


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
        crs = source_crs(source, request.crs)
        coverage = None if request.coverage is None else read_coverage(request.coverage)
        with write_session(engine, actor=actor) as session:
            layer = _layer(session, request)
            repository.lock_layer(session, layer.id)
            kind = KINDS[LayerKind(layer.kind)]
            mapping = complete_mapping(source, kind, request.mapping)
            options = import_options(source, crs, mapping, request)
            sha256 = file_sha256(request.path)
            same = repository.find_same_delivery(session, layer.id, sha256=sha256, options=options)
            if same is not None:
                progress(same.read_count, same.read_count)
                return _published(session, layer, same, request, is_new=False)
            version = _new_version(session, layer, source, crs, request, sha256, today)
            preparer = Preparer(
                kind,
                None if layer.control_kind is None else ControlKind(layer.control_kind),
                mapping,
                crs,
                count_ids(source, kind, mapping),
            )
            report = _load(session, layer, version, source, preparer, progress)
            _require_something(report, request.path)
            _finish(session, layer, version, report, options, coverage)
            return _published(session, layer, version, request, is_new=True)
    except GisError as error:
        raise DeliveryRefusedError(str(error), file=request.path.name) from error


def _layer(session: WriteSession, request: ImportRequest) -> Layer:
    """Return the layer to import into, made if there is none."""
    wanted = None if request.kind is None else _parse_kind(request.kind)
    layer = repository.find_layer(session, request.to)
    if layer is None and wanted is None:
        known = [found.slug for found in repository.list_layers(session)]
        raise LayerNotFoundError(request.to, known, "Give a kind to make it, for example --kind parcel.")
    if layer is None and wanted is not None:
        # Whoever makes the same layer at the same time waits here, and then finds it.
        repository.take_turn_to_make_layers(session)
        layer = repository.find_layer(session, request.to)
        if layer is None:
            return _new_layer(session, request, *wanted)
    assert layer is not None  # noqa: S101 - found, or one of the above
    if wanted is not None and wanted != (layer.kind, layer.control_kind):
        raise DeliveryRefusedError(
            f"Layer {layer.slug} is of kind {layer.control_kind or layer.kind}, not {request.kind}.", field="kind"
        )
    _refuse_other_facts(layer, request)
    return layer


def _parse_kind(kind: str) -> tuple[LayerKind, ControlKind | None]:
    try:
        return parse_kind(kind)
    except ValueError as error:
        raise DeliveryRefusedError(str(error), field="kind") from error


def _refuse_other_facts(layer: Layer, request: ImportRequest) -> None:
    """Refuse what an import says of an existing layer and the layer does not: it would change nothing, silently."""
    facts = {name: getattr(request, name) for name in ("title_zh", "title_en", "accuracy_m", "mandatory")}
    others = {name: said for name, said in facts.items() if said is not None and said != getattr(layer, name)}
    if others:
        said = ", ".join(f"{name} {value!r} (the layer has {getattr(layer, name)!r})" for name, value in others.items())
        raise DeliveryRefusedError(f"Layer {layer.slug} exists, and an import does not change it: {said}.", field="to")


def _new_layer(
    session: WriteSession, request: ImportRequest, kind: LayerKind, control_kind: ControlKind | None
) -> Layer:
    if request.accuracy_m is not None and not 0 <= request.accuracy_m < float("inf"):
        raise DeliveryRefusedError(f"The accuracy is a length in metres, not {request.accuracy_m}.", field="accuracy_m")
    if not SLUG.fullmatch(request.to) or request.to in RESERVED_SLUGS:
        raise DeliveryRefusedError(
            f"{request.to!r} cannot name a layer: use small letters, digits and _, start with a letter, and leave "
            f"{' and '.join(sorted(RESERVED_SLUGS))} to the results.",
            field="to",
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
    if (
        preparer.control_kind is not None
        and control_zones(preparer.control_kind)
        and "control_zone" not in preparer.mapping
    ):
        report.note(
            "control_zone is not mapped",
            "every area is judged as one whose zone is not known; map the field that names it",
        )
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
    if request.publish and version.status == VersionStatus.ARCHIVED:
        raise DeliveryRefusedError(
            f"This delivery is version {version.number} of {layer.slug} already, which was in force and is archived. "
            "To put it in force again, import it with another --valid-from.",
            field="publish",
        )
    if request.publish and version.status == VersionStatus.DRAFT:
        repository.publish(session, version)
    return ImportResult(layer.slug, version.number, version.status, is_new, version.report)
