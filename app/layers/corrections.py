"""Corrected features of a draft: stored in the place of those that its import refused."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyproj
from sqlalchemy import Engine, delete, select, text

from app.db.models import IntakeFault, Layer, LayerKind, LayerVersion, RejectedFeature
from app.db.schema import storage_srid
from app.db.sessions import WriteSession, write_session
from app.layers import repository
from app.layers.corrected_report import corrected_import_report, corrected_validation
from app.layers.delivery import source_crs
from app.layers.errors import DeliveryRefusedError, RejectedRowsError
from app.layers.identifiers import IdentifierCounts
from app.layers.kinds import KINDS, FeatureKind
from app.layers.preparing import PreparedBatch, Preparer, count_features, identifier, identity_source
from app.layers.publishing import locked_draft
from app.layers.rejected import REASON_FIELD, ROW_FIELD
from app.layers.staging import copy_faults, copy_features, copy_pieces, copy_rejected, copy_repairs
from gis.crs_firewall import CRSProposal, examine_crs
from gis.errors import GisError
from gis.formats.reading import FeatureBatch, VectorSource, iter_features, open_source, read_bounds
from gis.landuse.control_kinds import ControlKind
from gis.layer_contracts import load_contract
from gis.validation import Fault, Outcome, describe_fault
from gis.validation.settling import DUPLICATE, SettledBatch
from gis.validation.validator import DeliveryValidator

_SAME_GROUND = """
select feature_id from {table} cross join lateral (
    select ST_GeomFromWKB(:wkb, (select storage_srid from installation)) as geom) corrected
 where layer_version_id = :version and superseded_at is null and {table}.geom ~= corrected.geom and ST_Equals({table}.geom, corrected.geom)
   and (cast(:source_id as text) is null or feature_id = :source_id or regexp_replace(feature_id, '~[0-9]+$', '') = :source_id)
 limit 1
"""


@dataclass(frozen=True, slots=True)
class CorrectionRequest:
    """Corrected features, as ``duogui layers rejected --output`` writes them, and the draft that they belong to."""

    path: Path
    to: str
    into_draft: int
    source_layer: str | None = None
    crs: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class CorrectionResult:
    """What became of the corrected features, and what is still refused of the draft."""

    layer: str
    number: int
    accepted: int
    repaired: int
    rejected: int
    still_rejected: int


@dataclass(frozen=True, slots=True)
class _Corrected:
    batch: FeatureBatch
    rows: list[int]
    settled: SettledBatch
    faults: list[Fault]


def import_corrections(engine: Engine, request: CorrectionRequest, *, actor: str, today: date) -> CorrectionResult:
    """Store corrected features in the place of the refused ones; what was read stays what was read.

    Raises
    ------
    LayerNotFoundError, VersionNotFoundError, NotADraftError
    RejectedRowsError
        A feature names no refused row of the draft, or two name the same.
    DeliveryRefusedError
    """
    try:
        with (
            closing(open_source(request.path, layer=request.source_layer, encoding=request.encoding)) as source,
            write_session(engine, actor=actor) as session,
        ):
            version = locked_draft(session, request.to, request.into_draft)
            layer = session.get_one(Layer, version.layer_id)
            crs = source_crs(source, request.crs or (version.source_crs if source.crs is None else None))
            return _replace(session, layer, version, source, _settle_crs(source, crs, version), today)
    except GisError as error:
        raise DeliveryRefusedError(str(error), file=request.path.name) from error


def _settle_crs(
    source: VectorSource, declared: pyproj.CRS, version: LayerVersion
) -> tuple[pyproj.CRS, CRSProposal | None]:
    """Pass the corrected features through the CRS firewall; what was accepted for their delivery is accepted for them.

    Raises
    ------
    DeliveryRefusedError
    """
    examination = examine_crs(declared, read_bounds(source), crs_text=source.crs_text)
    proposal = examination.proposal if examination.is_settled_by_proposal else None
    settings = (version.validation or {}).get("settings", {})
    accepted = settings["proposal"] if settings.get("proposal_accepted") else {}
    if proposal is not None and (proposal.epsg, proposal.swap_axes) == (
        accepted.get("epsg"),
        accepted.get("swap_axes"),
    ):
        return proposal.crs, proposal
    if examination.is_refused:
        found = " ".join(fault.text_en for fault in examination.findings)
        raise DeliveryRefusedError(f"{source.path.name}: {found}", file=source.path.name, field="crs")
    return declared, None


def _replace(
    session: WriteSession,
    layer: Layer,
    version: LayerVersion,
    source: VectorSource,
    settled: tuple[pyproj.CRS, CRSProposal | None],
    today: date,
) -> CorrectionResult:
    kind = KINDS[LayerKind(layer.kind)]
    mapping: dict[str, str] = version.report["options"]["map"]
    refused = _refused_rows(session, version)
    validator = DeliveryValidator(
        load_contract(layer.kind, layer.control_kind), mapping, *settled, today=today, topology=False
    )
    counts, done = Counter[str](), set[int]()
    for read in iter_features(source):
        corrected = _examine(read, source, identity_source(kind, mapping), refused, validator)
        _refuse_twice(corrected.rows, done)
        _refuse_stored(session, version, kind, mapping, corrected)
        prepared = _prepare(session, layer, version, kind, mapping, corrected)
        corrected.faults.extend(_renamed(prepared, corrected, identity_source(kind, mapping)))
        _store(session, layer, version, kind, prepared, corrected)
        accepted, repaired, rejected = count_features(prepared)
        counts.update(accepted=accepted, repaired=repaired, rejected=rejected)
    if not done:
        raise RejectedRowsError(f"{source.path.name} has no features.")
    _count(session, layer, version, counts, source.path.name)
    return CorrectionResult(
        layer.slug,
        version.number,
        counts["accepted"],
        counts["repaired"],
        counts["rejected"],
        version.rejected_count,
    )


def _refused_rows(session: WriteSession, version: LayerVersion) -> dict[int, str | None]:
    """Return the refused rows with the identifiers that the source gives them."""
    query = select(RejectedFeature.source_row, RejectedFeature.source_id)
    rows = session.execute(query.where(RejectedFeature.layer_version_id == version.id))
    return {row.source_row: row.source_id for row in rows}


def _examine(
    read: FeatureBatch,
    source: VectorSource,
    identity: str | None,
    refused: Mapping[int, str | None],
    validator: DeliveryValidator,
) -> _Corrected:
    rows = _match(read, source, identity, refused)
    attributes = [
        {name: value for name, value in one.items() if name not in {ROW_FIELD, REASON_FIELD}} for one in read.attributes
    ]
    batch = read.with_attributes(attributes)
    settled = validator.settle(batch)
    own_rows = dict(zip(range(batch.first_row, batch.first_row + len(batch)), rows, strict=True))
    faults = [
        fault if fault.source_row is None else replace(fault, source_row=own_rows[fault.source_row])
        for fault in validator.examine(batch, settled)
    ]
    return _Corrected(batch, rows, settled, faults)


def _match(
    batch: FeatureBatch, source: VectorSource, identity: str | None, refused: Mapping[int, str | None]
) -> list[int]:
    """Find the refused row of every corrected feature: by its row, else by an identifier that only one of them has."""
    names = Counter(name for name in refused.values() if name is not None)
    by_name = {name: row for row, name in refused.items() if name is not None and names[name] == 1}
    rows, unknown = [], []
    for position, attributes in enumerate(batch.attributes):
        if ROW_FIELD in source.fields:
            row = _as_row(attributes.get(ROW_FIELD))
        else:
            row = by_name.get(identifier(attributes.get(identity)) or "") if identity else None
        if row is None or row not in refused:
            unknown.append(batch.first_row + position)
        else:
            rows.append(row)
    if unknown:
        raise RejectedRowsError(
            f"{len(unknown)} features of {source.path.name} belong to no refused row of the draft, the first in row "
            f"{unknown[0]}. Keep the field {ROW_FIELD} as it was exported, or the identifier.",
            rows=unknown[:100],
        )
    return rows


def _as_row(value: Any) -> int | None:  # noqa: ANN401  any source value
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _refuse_twice(rows: Sequence[int], done: set[int]) -> None:
    for row in rows:
        if row in done:
            raise RejectedRowsError(f"Two corrected features are given for row {row}.", rows=[row])
        done.add(row)


def _refuse_stored(
    session: WriteSession, version: LayerVersion, kind: FeatureKind, mapping: Mapping[str, str], corrected: _Corrected
) -> None:
    """Refuse again what the draft has already: the same ground under the same identifier."""
    identity = identity_source(kind, mapping)
    statement = text(_SAME_GROUND.format(table=kind.table))
    settled = corrected.settled
    for position, geometry in enumerate(settled.geometries):
        if geometry is None:
            continue
        source_id = identifier(corrected.batch.attributes[position].get(identity)) if identity else None
        same = session.scalar(statement, {"version": version.id, "wkb": geometry.wkb, "source_id": source_id})
        if same is not None and source_id is not None:
            settled.outcome[position] = Outcome.REJECTED.value
            settled.reason[position] = f"{DUPLICATE} of {same}"


def _prepare(
    session: WriteSession,
    layer: Layer,
    version: LayerVersion,
    kind: FeatureKind,
    mapping: Mapping[str, str],
    corrected: _Corrected,
) -> PreparedBatch:
    identity = identity_source(kind, mapping)
    named = (identifier(one.get(identity)) for one in corrected.batch.attributes) if identity else ()
    counts = Counter(name for name in named if name is not None)
    rows = [f"row-{row}" for row in corrected.rows]
    stored = session.scalars(
        text(
            f"select feature_id from {kind.table} where layer_version_id = :version and superseded_at is null "  # noqa: S608  a table of ours
            "and regexp_replace(feature_id, '~[0-9]*$', '') = any(:names)"
        ),
        {"version": version.id, "names": [*counts, *rows]},
    )
    control_kind = None if layer.control_kind is None else ControlKind(layer.control_kind)
    preparer = Preparer(kind, control_kind, mapping, IdentifierCounts.of(counts.elements()), taken=set(stored))
    return preparer.prepare(corrected.batch, corrected.settled, corrected.rows)


def _renamed(prepared: PreparedBatch, corrected: _Corrected, identity: str | None) -> Iterator[Fault]:
    """Tell of every feature whose identifier another one of the draft has, so that it is stored under another."""
    if identity is None:
        return
    places = {row: position for position, row in enumerate(corrected.rows)}
    for row, name in zip(prepared.features.source_rows, prepared.features.feature_ids, strict=True):
        wanted = identifier(corrected.batch.attributes[places[row]].get(identity))
        if wanted is not None and wanted != name:
            yield describe_fault(
                "key_taken", source_row=row, feature_id=name, field=identity, found=wanted, expected=name
            )


def _store(
    session: WriteSession,
    layer: Layer,
    version: LayerVersion,
    kind: FeatureKind,
    prepared: PreparedBatch,
    corrected: _Corrected,
) -> None:
    srid = storage_srid(session.connection()) or 0
    rows = corrected.rows
    for model in (RejectedFeature, IntakeFault):
        session.execute(delete(model).where(model.layer_version_id == version.id, model.source_row.in_(rows)))
    copy_features(session, kind, version.id, srid, prepared.features)
    if layer.kind == LayerKind.CONTROL_AREA:
        copy_pieces(session, version.id, prepared.features)
    copy_repairs(session, version.id, prepared.repaired)
    copy_rejected(session, version.id, prepared.rejected)
    copy_faults(session, version.id, srid, corrected.faults)


def _count(session: WriteSession, layer: Layer, version: LayerVersion, counts: Counter[str], name: str) -> None:
    version.accepted_count += counts["accepted"]
    version.repaired_count += counts["repaired"]
    version.rejected_count -= counts["accepted"] + counts["repaired"]
    version.report = corrected_import_report(session, version, counts, name)
    version.validation = corrected_validation(session, version)
    session.flush()
    if layer.kind == LayerKind.PLAN and counts["accepted"] + counts["repaired"]:
        repository.derive_coverage(session, version, layer)
