"""What the validation of a delivery found, read back: the faults with their places, and the report."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import shapely
import shapely.geometry
from geoalchemy2.shape import to_shape
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import IntakeFault, Layer, LayerVersion
from app.layers.errors import DeliveryReportMissingError
from gis.validation import CheckRecord, CheckStatus, DeliveryReport, Fault, Severity


def iter_faults(session: Session, version: LayerVersion) -> Iterator[Fault]:
    """Return the faults of a delivery that are kept, the worst kinds first."""
    rows = session.scalars(
        select(IntakeFault).where(IntakeFault.layer_version_id == version.id).order_by(IntakeFault.id)
    )
    for row in rows.yield_per(2_000):
        yield _fault(row)


def read_report(session: Session, layer: Layer, version: LayerVersion) -> DeliveryReport:
    """Return the report of a delivery as it was when it was validated, corrections included.

    Raises
    ------
    DeliveryReportMissingError
    """
    stored = session.scalar(select(LayerVersion.validation).where(LayerVersion.id == version.id))
    if stored is None:
        raise DeliveryReportMissingError(layer.slug, version.number)
    return rebuild_report(stored, iter_faults(session, version))


def rebuild_report(stored: Mapping[str, Any], faults: Iterable[Fault]) -> DeliveryReport:
    """Make a report of its JSON document and the faults that are kept of it."""
    report = DeliveryReport(
        source=stored["source"],
        settings=stored["settings"],
        areas=stored["areas"],
        keep_per_kind=stored["keep_per_kind"],
        checks=[
            CheckRecord(check["name"], CheckStatus(check["status"]), check["zh"], check["en"])
            for check in stored["checks"]
        ],
    )
    report.add(faults, **stored["counts"])
    counts = {(tally["kind"], tally["severity"]): tally["count"] for tally in stored["faults"]}
    for tally in report.tallies:
        tally.count = max(tally.count, counts.get((tally.kind, tally.severity.value), 0))
    return report


def faults_of_examples(stored: Mapping[str, Any]) -> Iterator[Fault]:
    """Take the faults that a JSON document of a report has as examples."""
    for tally in stored["faults"]:
        for example in tally["examples"]:
            place = example["geometry"]
            geometry = None if place is None else shapely.geometry.shape(place)
            yield Fault(**example | {"severity": Severity(example["severity"]), "geometry": geometry})


def _fault(row: IntakeFault) -> Fault:
    place: shapely.Geometry | None = None if row.geom is None else to_shape(row.geom)
    return Fault(
        severity=Severity(row.severity),
        kind=row.kind,
        source_row=row.source_row,
        feature_id=row.feature_id,
        field=row.field,
        found=row.found,
        expected=row.expected,
        text_zh=row.text_zh,
        text_en=row.text_en,
        geometry=place,
        width_m=row.width_m,
        area_m2=row.area_m2,
    )
