"""The start of a validation: contract and mapping, then the CRS firewall over the coordinates of the whole file."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely

from app.layers.errors import DeliveryRefusedError
from app.validation.request import ValidationRefusedError, declared_crs, require_known_fields
from gis.arrays import GeometryArray
from gis.crs import to_geographic
from gis.crs_firewall import (
    CRSExamination,
    CRSProposal,
    ExpectedPlace,
    Reference,
    examine_crs,
    place_of_codes,
    recognise_epsg,
)
from gis.crs_firewall.places import Bounds
from gis.crs_firewall.wording import shown_epsg
from gis.formats.reading import SourceOverview, VectorSource, iter_features, open_source, read_overview
from gis.landuse.counties import CountyTable, shipped_counties
from gis.layer_contracts import (
    FieldCheck,
    LayerContract,
    MappingProposal,
    complete_mapping,
    examine_mapping,
    load_contract,
)
from gis.layer_contracts.columns import as_texts
from gis.layer_contracts.mapping import constant_of
from gis.validation import CheckRecord, CheckStatus, DeliveryReport, Fault, describe_fault
from gis.validation.validator import DeliveryValidator

__all__ = ["open_validation", "overview_columns", "read_reference"]


def open_validation(
    source: VectorSource,
    kind: str,
    control_kind: str | None = None,
    *,
    mapping: Mapping[str, str],
    crs: str | None,
    today: date,
    accept_proposal: bool = False,
    expected: Bounds | ExpectedPlace | None = None,
    reference: Reference = None,
    topology: bool = True,
    translate_to: str | None = None,
    counties: CountyTable | None = None,
    scope: shapely.Geometry | None = None,
    overview: SourceOverview | None = None,
) -> DeliveryValidator:
    """Pass a file through the CRS firewall, and return what validates its features in one pass.

    Parameters
    ----------
    source : VectorSource
    kind, control_kind : str
        Of the layer.
    mapping : mapping of str to str
        As the caller gives it; it is completed with what the contract proposes without ambiguity.
    crs : str, optional
        As the caller gives it; default: what the file says.
    today : date
    accept_proposal : bool
        Whether a proposed reference system is taken.
    expected : tuple or ExpectedPlace, optional
        Where the layer must lie, in degrees; default: the county or province that its codes name.
    reference : ndarray of geometry or callable, optional
        (lon, lat) polygons of the same ground, or what returns those around a place.
    topology : bool
        Whether features are compared with each other.
    translate_to : str, optional
        Code table into whose terms land-use codes are translated.
    counties : CountyTable, optional
        The counties that codes may name. Default: the table that ships.
    scope : geometry, optional
        Where the features have to lie, in (lon, lat) degrees.
    overview : SourceOverview, optional
        Where it was read before, with the columns that :func:`overview_columns` names.

    Returns
    -------
    DeliveryValidator

    Raises
    ------
    ValidationRefusedError
        When the reference system is not settled; with the report so far.
    DeliveryRefusedError, GisError
    """
    contract = load_contract(kind, control_kind)
    require_known_fields(source, contract, mapping)
    completed, proposed = complete_mapping(contract, source.fields, mapping)
    report = _new_report(source, contract, proposed, mapping, today)
    report.add([*_notes(source), *examine_mapping(contract, completed, proposed)])
    declared = declared_crs(source, crs)
    counties = counties or shipped_counties()
    overview = overview or read_overview(source, overview_columns(contract, completed))
    examination = examine_crs(
        declared,
        overview.bounds,
        crs_text=crs or source.crs_text,
        expected=_expected_place(overview, contract, completed, expected, counties),
        geometries=None if reference is None else next((batch.geometries for batch in iter_features(source)), None),
        reference=reference,
    )
    accepted = examination.proposal if accept_proposal and examination.is_settled_by_proposal else None
    _record_crs(report, declared, examination, accepted)
    if examination.is_refused and accepted is None:
        raise ValidationRefusedError(report, completed, file=source.path.name)
    return DeliveryValidator(
        contract,
        completed,
        _crs_to_read(declared, accepted),
        accepted,
        report,
        today=today,
        topology=topology,
        translate_to=translate_to,
        counties=counties,
        scope=scope,
    )


def _new_report(
    source: VectorSource, contract: LayerContract, proposed: MappingProposal, given: Mapping[str, str], today: date
) -> DeliveryReport:
    facts: dict[str, Any] = {
        "name": source.path.name,
        "layer": source.layer,
        "driver": source.driver,
        "encoding": source.encoding,
        "encoding_source": source.encoding_source,
        "fields": list(source.fields),
    }
    settings: dict[str, Any] = {
        "kind": contract.control_kind or contract.kind,
        "title_zh": contract.title_zh,
        "title_en": contract.title_en,
        "contract_version": contract.version,
        "documents": list(contract.documents),
        "given_mapping": dict(given),
        "proposed_mapping": [field.as_json() for field in proposed.fields],
        "examined_on": today.isoformat(),
        "unused_fields": list(proposed.unused),
    }
    return DeliveryReport(source=facts, settings=settings)


def _notes(source: VectorSource) -> Iterable[Fault]:
    if source.encoding_source == "content":
        yield describe_fault("encoding_guessed", found=source.encoding)
    for note in source.notes:
        yield describe_fault("source_note", found=note)


def overview_columns(contract: LayerContract, mapping: Mapping[str, str]) -> list[str]:
    """Return the source fields whose codes say where a layer lies, the best first."""
    fields = (contract.field_checked_as(check) for check in (FieldCheck.PARCEL_CODE, FieldCheck.REGION_CODE))
    columns = (mapping.get(one.name) for one in fields if one is not None)
    return [column for column in columns if column is not None and constant_of(column) is None]


def _expected_place(
    overview: SourceOverview,
    contract: LayerContract,
    mapping: Mapping[str, str],
    given: Bounds | ExpectedPlace | None,
    counties: CountyTable | None,
) -> ExpectedPlace | None:
    if isinstance(given, ExpectedPlace):
        return given
    if given is not None:
        return ExpectedPlace(given)
    for column in overview_columns(contract, mapping):
        codes = [code for code in as_texts(list(overview.columns[column])) if code is not None]
        place = place_of_codes(codes, counties)
        if place is not None:
            return place
    return None


def read_reference(path: Path) -> GeometryArray | None:
    """Read polygons of the same ground in (lon, lat); None where the file has none.

    Raises
    ------
    DeliveryRefusedError
        The file names no reference system.
    GisError
    """
    with open_source(path) as source:
        if source.crs is None:
            raise DeliveryRefusedError(f"{path.name} names no reference system.", field="reference")
        parts = [to_geographic(batch.geometries, source.crs) for batch in iter_features(source)]
    return np.concatenate(parts) if parts else None


def _record_crs(
    report: DeliveryReport,
    declared: pyproj.CRS | None,
    examination: CRSExamination,
    accepted: CRSProposal | None,
) -> None:
    epsg = None if declared is None else recognise_epsg(declared)
    report.source["crs"] = None if declared is None else declared.name
    report.source["crs_epsg"] = epsg
    report.settings["proposal"] = None if examination.proposal is None else examination.proposal.as_json()
    report.settings["proposal_accepted"] = accepted is not None
    report.checks.append(CheckRecord("crs", CheckStatus.DONE))
    report.add(examination.findings)
    if accepted is not None:
        said = {"reason_zh": accepted.reason_zh, "reason_en": accepted.reason_en}
        report.add([describe_fault("crs_proposal_applied", found=shown_epsg(accepted.epsg), values=said)])


def _crs_to_read(declared: pyproj.CRS | None, accepted: CRSProposal | None) -> pyproj.CRS:
    named = declared if accepted is None else accepted.crs
    assert named is not None  # noqa: S101 - a file without a system and without a proposal is refused
    epsg = recognise_epsg(named)
    return named if epsg is None else pyproj.CRS.from_epsg(epsg)
