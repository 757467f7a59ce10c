"""Import one delivery as a draft version of a layer: staged in chunks, made visible in one transaction."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from sqlalchemy import Engine

from app.db.models import Layer, LayerKind, LayerVersion, VersionStatus
from app.db.sessions import read_session, write_session
from app.layers import repository, unfinished
from app.layers.collector import spared_collector
from app.layers.concluding import Conclude, MadeVersion, untold
from app.layers.delivery import ImportRequest, count_ids, import_options, read_coverage
from app.layers.errors import DeliveryRefusedError
from app.layers.finishing import ImportedDelivery, finish_import
from app.layers.ground import find_known_ground
from app.layers.guard import Loss, unconfirmed_loss
from app.layers.identifiers import IdentifierCounts
from app.layers.loading import CHUNK_ROWS, Course, SettledChunks, load_features, open_writer, settled_ahead
from app.layers.preparing import Preparer, identity_source
from app.layers.report import ImportReport
from app.layers.targets import Target, find_target
from app.layers.turns import short_turns
from app.layers.vectors import import_vectors
from app.progress import Progress, unheard
from app.validation.opening import open_validation, overview_columns
from app.validation.request import ValidationRefusedError, declared_crs, require_known_fields
from gis.errors import GisError
from gis.formats.counties import read_counties
from gis.formats.reading import SourceOverview, VectorSource, file_sha256, open_source, read_overview
from gis.landuse.control_zones import control_zones
from gis.layer_contracts import complete_mapping, load_contract
from gis.validation.validator import DeliveryValidator


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The version that holds the delivery; ``is_new`` is False when the same delivery was already there."""

    layer: str
    number: int
    status: str
    is_new: bool
    report: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Examined:
    """What is known of a delivery before its features are read."""

    source: VectorSource
    target: Target
    mapping: dict[str, str]
    options: dict[str, Any]
    sha256: str
    coverage: shapely.MultiPolygon | None
    identity: str | None
    code_fields: tuple[str, ...]

    def read_overview(self) -> SourceOverview:
        """Read in one pass what is asked of the whole file."""
        fields = {*self.code_fields, *([] if self.identity is None else [self.identity])}
        return read_overview(self.source, sorted(fields))


def never() -> bool:
    """Go on whatever happens."""
    return False


def import_file(
    engine: Engine,
    request: ImportRequest,
    *,
    actor: str,
    today: date,
    progress: Progress = unheard,
    cancelled: Callable[[], bool] = never,
    chunk_rows: int = CHUNK_ROWS,
    conclude: Conclude = untold,
) -> ImportResult:
    """Import a file as a draft version, and publish it if asked: all of it or nothing.

    An import of the same delivery that did not come to its end is gone on with.

    Parameters
    ----------
    progress, cancelled : callable
        Called at every chunk.
    chunk_rows : int
        Features that are stored in one transaction before the delivery is complete.
    conclude : callable
        Called at the end of the transaction that makes the version visible; raises where it is not to become that.

    Raises
    ------
    DeliveryRefusedError
        For a file as a whole: its reference system is not settled, unknown fields, nothing usable in it. Single features are rejected into the report.
    LayerNotFoundError
        When the layer does not exist and no kind was given to make it.
    LossNotConfirmedError
        It was to be published and lacks too much; it stays a draft.
    ImportRunningError, ImportCancelledError
    """
    course = Course(progress, cancelled, chunk_rows)
    with read_session(engine) as session:
        kind = find_target(session, request).kind
    if kind is LayerKind.VECTOR:
        made = import_vectors(
            engine, request, actor=actor, today=today, progress=progress, cancelled=cancelled, conclude=conclude
        )
        return ImportResult(made.layer, made.number, made.status, made.is_new, made.report)
    sha256 = _hash_meanwhile(request)
    try:
        with (
            spared_collector(),
            short_turns(),
            closing(
                open_source(request.path, layer=request.source_layer, encoding=request.encoding, read_on=True)
            ) as source,
        ):
            examined = _examine(engine, request, source, sha256)
            same = _find_same(engine, examined, request, actor=actor, conclude=conclude)
            if same is not None:
                progress(1, 1)
                return same
            validator, overview = _open(engine, request, examined, today)
            with settled_ahead(source, validator, chunk_rows) as chunks:
                id_counts = count_ids(overview, examined.identity)
                # What it holds of every feature is not needed any more.
                del overview
                return _stage(
                    engine,
                    request,
                    examined,
                    validator,
                    id_counts,
                    chunks,
                    actor=actor,
                    today=today,
                    course=course,
                    conclude=conclude,
                )
    except GisError as error:
        raise DeliveryRefusedError(str(error), file=_name(request)) from error


def _hash_meanwhile(request: ImportRequest) -> Future[str]:
    """Begin to hash the delivery: the process that opens it takes longer to start."""
    thread = ThreadPoolExecutor(1, "hashing")
    hashing = thread.submit(file_sha256, request.path)
    # It ends by itself; a delivery that cannot be opened is refused before.
    thread.shutdown(wait=False)
    return hashing


def _examine(engine: Engine, request: ImportRequest, source: VectorSource, sha256: Future[str]) -> _Examined:
    with read_session(engine) as session:
        target = find_target(session, request)
    contract = load_contract(target.kind, target.control_kind)
    require_known_fields(source, contract, request.mapping)
    mapping, _ = complete_mapping(contract, source.fields, request.mapping)
    options = import_options(source, declared_crs(source, request.crs), mapping, request)
    coverage = None if request.coverage is None else read_coverage(request.coverage)
    return _Examined(
        source,
        target,
        mapping,
        options,
        sha256.result(),
        coverage,
        identity_source(target.features, mapping),
        tuple(overview_columns(contract, mapping)),
    )


def _open(
    engine: Engine, request: ImportRequest, examined: _Examined, today: date
) -> tuple[DeliveryValidator, SourceOverview]:
    """Look at the whole file."""
    overview = examined.read_overview()
    validator = _validate(engine, request, examined, overview, today)
    validator.expect(overview.columns)
    validator.report.source |= {"name": _name(request), "sha256": examined.sha256}
    return validator, overview


def _validate(
    engine: Engine, request: ImportRequest, examined: _Examined, overview: SourceOverview, today: date
) -> DeliveryValidator:
    """Pass the delivery through the CRS firewall, with what is known already of its ground.

    Raises
    ------
    DeliveryRefusedError
        With what was found, what is proposed and how to say it.
    """
    known = find_known_ground(engine, examined.target, request.reference, as_of=today)
    try:
        return open_validation(
            examined.source,
            examined.target.kind,
            examined.target.control_kind,
            mapping=request.mapping,
            crs=request.crs,
            today=today,
            accept_proposal=request.accept_proposal,
            overview=overview,
            expected=request.expected or known.place,
            reference=known.polygons_near,
            counties=None if request.counties is None else read_counties(request.counties),
            scope=known.scope if examined.coverage is None else examined.coverage,
        )
    except ValidationRefusedError as refused:
        raise DeliveryRefusedError(f"{refused.detail} {_advice(refused)}".strip(), **refused.extra) from refused


def _advice(refused: ValidationRefusedError) -> str:
    proposal = refused.report.settings["proposal"]
    if proposal is not None:
        return (
            f"EPSG:{proposal['epsg']} is likely: {proposal['reason_en']} Take it with --accept-proposal "
            "(accept_proposal=true), or name the reference system with --crs (crs)."
        )
    if refused.report.source["crs"] is None:
        return "Name it, for example --crs EPSG:4547 (crs=EPSG:4547)."
    return ""


def _find_same(
    engine: Engine, examined: _Examined, request: ImportRequest, *, actor: str, conclude: Conclude
) -> ImportResult | None:
    """Return the version that the same delivery made before, published now if asked."""
    if examined.target.layer_id is None:
        return None
    losses: list[Loss] = []
    with write_session(engine, actor=actor) as session:
        layer = session.get_one(Layer, examined.target.layer_id)
        repository.lock_layer(session, layer.id)
        version = repository.find_same_delivery(session, layer.id, sha256=examined.sha256, options=examined.options)
        if version is None:
            return None
        _refuse_archived(layer, version, request)
        if request.publish and version.status == VersionStatus.DRAFT:
            losses = repository.publish_guarded(session, version, request.confirm_loss, request.max_loss_percent)
        result = ImportResult(layer.slug, version.number, version.status, is_new=False, report=version.report)
        loss = unconfirmed_loss(layer.slug, version.number, losses, request.max_loss_percent)
        conclude(session, MadeVersion(version.id, version.number, version.read_count, is_new=False, loss=loss))
    if loss is not None:
        raise loss
    return result


def _refuse_archived(layer: Layer, version: LayerVersion, request: ImportRequest) -> None:
    if request.publish and version.status == VersionStatus.ARCHIVED:
        raise DeliveryRefusedError(
            f"This delivery is version {version.number} of {layer.slug} already, which was in force and is archived. "
            "To put it in force again, import it with another --valid-from.",
            field="publish",
        )


def _stage(
    engine: Engine,
    request: ImportRequest,
    examined: _Examined,
    validator: DeliveryValidator,
    id_counts: IdentifierCounts,
    chunks: SettledChunks,
    *,
    actor: str,
    today: date,
    course: Course,
    conclude: Conclude,
) -> ImportResult:
    """Load everything unseen, then make it visible at once."""
    source, target = examined.source, examined.target
    delivery = unfinished.Delivery(
        request.to, examined.sha256, examined.options, _facts(request, examined, validator, today), course.chunk_rows
    )
    preparer = Preparer(target.features, target.control_kind, validator.mapping, id_counts)
    report = _new_report(source, target, validator)
    with unfinished.staged_import(engine, delivery, actor=actor) as staged:
        with open_writer(engine, target, staged, actor=actor) as writer:
            load_features(source, chunks, validator, preparer, report, writer, course)
            # While the last chunks are being stored.
            validator.finish()
        if not report.accepted + report.repaired:
            unfinished.drop(engine, staged.version_id, actor=actor)
            raise _nothing_usable(report, _name(request))
        imported = ImportedDelivery(
            staged.version_id, report, validator.report, examined.options, examined.coverage, preparer.renamed()
        )
        with write_session(engine, actor=actor) as session:
            layer, version, losses = finish_import(session, request, imported)
            result = ImportResult(layer.slug, version.number, version.status, is_new=True, report=version.report)
            loss = unconfirmed_loss(layer.slug, version.number, losses, request.max_loss_percent)
            conclude(session, MadeVersion(version.id, version.number, version.read_count, is_new=True, loss=loss))
    if loss is not None:
        raise loss
    return result


def _facts(request: ImportRequest, examined: _Examined, validator: DeliveryValidator, today: date) -> dict[str, Any]:
    return {
        "source_name": _name(request),
        "source_layer": examined.source.layer,
        "source_crs": validator.crs.to_string(),
        "source_encoding": examined.source.encoding,
        "approval_no": request.approval_no,
        "valid_from": request.valid_from or today,
    }


def _name(request: ImportRequest) -> str:
    return request.source_name or request.path.name


def _new_report(source: VectorSource, target: Target, validator: DeliveryValidator) -> ImportReport:
    report = ImportReport()
    for note in source.notes:
        report.note("assumed on opening", note)
    if source.encoding_source == "content":
        report.note("encoding told from the text itself", f"{source.encoding}; name it with --encoding to be sure")
    if (
        target.control_kind is not None
        and control_zones(target.control_kind)
        and "control_zone" not in validator.mapping
    ):
        report.note(
            "control_zone is not mapped",
            "every area is judged as one whose zone is not known; map the field that names it",
        )
    if validator.proposal is not None:
        report.note("the proposed reference system was taken", validator.proposal.reason_en)
    return report


def _nothing_usable(report: ImportReport, name: str) -> DeliveryRefusedError:
    if report.read == 0:
        return DeliveryRefusedError(f"{name} has no features.", file=name)
    return DeliveryRefusedError(
        f"None of the {report.read} features of {name} can be used.", file=name, report=report.as_json()
    )
