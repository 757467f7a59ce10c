"""Validate a delivery: the CRS firewall first, then every feature against its contract. Needs no database."""

from pathlib import Path

from app.layers.delivery import read_coverage
from app.layers.errors import DeliveryRefusedError
from app.layers.kinds import parse_kind
from app.progress import Progress, unheard
from app.validation.opening import open_validation, read_reference
from app.validation.request import ValidationRefusedError, ValidationRequest
from gis.errors import GisError
from gis.formats.counties import read_counties
from gis.formats.errors import SourceLayerError
from gis.formats.reading import FeatureBatch, VectorSource, file_sha256, iter_features, list_source_layers, open_source
from gis.landuse.counties import shipped_counties
from gis.layer_contracts import AttributeExaminer, load_contract
from gis.validation import CheckRecord, CheckStatus, DeliveryReport
from gis.validation.column_examples import column_examples

__all__ = ["ValidationRefusedError", "ValidationRequest", "open_validation", "validate_delivery"]

EXAMPLE_ROWS = 200
_NOT_PLACED_ZH = "坐标系尚未确定，未检查。"
_NOT_PLACED_EN = "The reference system is not settled; it was not examined."


def validate_delivery(request: ValidationRequest, *, progress: Progress = unheard) -> DeliveryReport:
    """Read a file and report everything that is wrong with it; nothing is stored.

    Parameters
    ----------
    request : ValidationRequest
    progress : callable
        Called with (done, total) features.

    Returns
    -------
    DeliveryReport
        Of a file whose reference system is not settled only the attributes are examined, and every feature counts as rejected.

    Raises
    ------
    DeliveryRefusedError
        For a file that cannot be read, or a request that names what the file does not have.
    """
    try:
        kind, control_kind = parse_kind(request.kind)
    except ValueError as error:
        raise DeliveryRefusedError(str(error), field="kind") from error
    try:
        source = open_source(request.path, layer=request.source_layer, encoding=request.encoding, read_on=True)
        with source:
            special = None if control_kind is None else control_kind.value
            report = _validate(source, request, kind.value, special, progress)
        report.source["sha256"] = file_sha256(request.path)
    except SourceLayerError as error:
        layers = [layer.name for layer in list_source_layers(request.path) if layer.geometry_type is not None]
        raise DeliveryRefusedError(str(error), file=request.path.name, layers=layers) from error
    except GisError as error:
        raise DeliveryRefusedError(str(error), file=request.path.name) from error
    return report


def _validate(
    source: VectorSource, request: ValidationRequest, kind: str, control_kind: str | None, progress: Progress
) -> DeliveryReport:
    counties = shipped_counties() if request.counties is None else read_counties(request.counties)
    scope = read_coverage(request.scope) if isinstance(request.scope, Path) else request.scope
    try:
        validator = open_validation(
            source,
            kind,
            control_kind,
            mapping=request.mapping,
            crs=request.crs,
            today=request.today,
            accept_proposal=request.accept_proposal,
            expected=request.expected,
            reference=read_reference(request.reference) if isinstance(request.reference, Path) else request.reference,
            topology=request.topology,
            translate_to=request.translate_to,
            counties=counties,
            scope=scope,
        )
    except ValidationRefusedError as refused:
        examiner = AttributeExaminer(
            load_contract(kind, control_kind), refused.mapping, request.today, request.translate_to, counties
        )
        return _examine_attributes_only(source, examiner, refused.report, progress)
    for batch in iter_features(source):
        _show_columns(validator.report, batch)
        validator.examine(batch, validator.settle(batch))
        progress(validator.report.read, max(source.feature_count, validator.report.read))
    validator.finish()
    return validator.report


def _examine_attributes_only(
    source: VectorSource, examiner: AttributeExaminer, report: DeliveryReport, progress: Progress
) -> DeliveryReport:
    for batch in iter_features(source):
        _show_columns(report, batch)
        report.add(examiner.examine(batch), read=len(batch), rejected=len(batch))
        progress(report.read, max(source.feature_count, report.read))
    report.add(examiner.finish())
    report.checks.append(CheckRecord("attributes", CheckStatus.DONE))
    report.checks += [
        CheckRecord(name, CheckStatus.NOT_DONE, _NOT_PLACED_ZH, _NOT_PLACED_EN)
        for name in ("geometry", "topology", "declared_area")
    ]
    return report


def _show_columns(report: DeliveryReport, first: FeatureBatch) -> None:
    """Note what is in the columns, by the first features of the file; later ones change nothing."""
    if "examples" not in report.source:
        report.source["examples"] = column_examples(first.attributes[:EXAMPLE_ROWS])
