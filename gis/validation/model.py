"""One fault of a delivery: what is wrong, where, what was found and what would be right."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import shapely

from gis.validation.kinds import fault_kind
from gis.validation.severity import Severity

__all__ = ["Fault", "Outcome", "Severity", "describe_fault"]

# A hundredth of a millimetre on the ground.
_DEGREE_PLACES = 10


class Outcome(StrEnum):
    """What became of a feature that was read."""

    ACCEPTED = "accepted"
    REPAIRED = "repaired"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of one feature, or of a delivery as a whole.

    Attributes
    ----------
    severity : Severity
    kind : str
        A kind of :func:`gis.validation.kinds.fault_kinds`.
    source_row : int or None
        Counted from 1, as people do; None for a fault of the delivery.
    feature_id : str or None
        The identifier that the source gives the feature.
    field : str or None
        The source's own name of the field.
    found, expected : str or None
        Both read the same in either language: values, codes, ranges.
    text_zh, text_en : str
        A sentence for a reader.
    geometry : Geometry or None
        Point, Polygon or MultiPolygon in (lon, lat) degrees: the place of the fault.
    width_m, area_m2 : float or None
        On the ground: mean width and ellipsoidal area of a gap, an overlap or a sliver.
    """

    severity: Severity
    kind: str
    source_row: int | None
    feature_id: str | None
    field: str | None
    found: str | None
    expected: str | None
    text_zh: str
    text_en: str
    geometry: shapely.Geometry | None = None
    width_m: float | None = None
    area_m2: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the fault as JSON holds it; the geometry is GeoJSON."""
        return {
            "severity": self.severity.value,
            "kind": self.kind,
            "source_row": self.source_row,
            "feature_id": self.feature_id,
            "field": self.field,
            "found": self.found,
            "expected": self.expected,
            "text_zh": self.text_zh,
            "text_en": self.text_en,
            "geometry": None if self.geometry is None else _geojson(self.geometry),
            "width_m": None if self.width_m is None else round(self.width_m, 4),
            "area_m2": None if self.area_m2 is None else round(self.area_m2, 4),
        }


def describe_fault(
    kind: str,
    *,
    severity: Severity | None = None,
    source_row: int | None = None,
    feature_id: str | None = None,
    field: str | None = None,
    found: object = None,
    expected: object = None,
    geometry: shapely.Geometry | None = None,
    width_m: float | None = None,
    area_m2: float | None = None,
    values: Mapping[str, object] | None = None,
) -> Fault:
    """Make a fault with the sentences of its kind.

    Parameters
    ----------
    kind : str
    severity : Severity, optional
        Default: that of the kind.
    values : mapping, optional
        What the sentences of this kind name beside ``field``, ``found`` and ``expected``; a name that ends in ``_zh`` or ``_en`` stands in the
        sentence of that language only.

    Returns
    -------
    Fault

    Raises
    ------
    KeyError
        For a kind that is not in the table, or a value that its sentence needs and was not given.

    Examples
    --------
    >>> from gis.validation import describe_fault
    >>> describe_fault("value_missing", source_row=7, field="ZDDM").text_en
    'ZDDM is required and is empty.'
    """
    known = fault_kind(kind)
    shown = {"field": field, "found": found, "expected": expected, **(values or {})}
    return Fault(
        severity=severity or known.severity,
        kind=kind,
        source_row=source_row,
        feature_id=feature_id,
        field=field,
        found=None if found is None else str(found),
        expected=None if expected is None else str(expected),
        text_zh=known.text_zh.format_map(shown),
        text_en=known.text_en.format_map(shown),
        geometry=geometry,
        width_m=width_m,
        area_m2=area_m2,
    )


def _geojson(geometry: shapely.Geometry) -> dict[str, Any]:
    rounded = shapely.transform(geometry, lambda points: points.round(_DEGREE_PLACES))
    document: dict[str, Any] = json.loads(shapely.to_geojson(rounded))
    return document
