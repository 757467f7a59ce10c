"""A batch of source features becomes rows to store, with what was repaired and what was refused.

Nothing here talks to the database; every feature of a batch leaves as exactly one accepted, repaired or rejected row.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

import numpy as np
import pyproj
import shapely

from app.layers.kinds import ID_FIELD, FeatureKind, FieldValueError, to_text
from gis.arrays import FloatArray, GeometryArray
from gis.crs import to_area_plane, to_geographic
from gis.errors import GeometryRefusedError
from gis.formats.vector import FeatureBatch
from gis.landuse.control_kinds import ControlKind
from gis.landuse.control_zones import normalise_control_zone
from gis.measurement import planar_area_m2
from gis.validity import FaultKind, RepairOutcome, repair_geometries

# A mapping source that starts with this is the value itself, not the name of a field.
CONSTANT = "="
EXAMPLES_KEPT = 5


def identifier(value: Any) -> str | None:  # noqa: ANN401  any source value
    """Take a source value as an identifier; one that is no usable text names nothing."""
    try:
        return to_text(value)
    except FieldValueError:
        return None


@dataclass(slots=True)
class PreparedRow:
    """A feature that will be stored."""

    source_row: int
    feature_id: str
    geometry: shapely.MultiPolygon
    plane_geometry: shapely.MultiPolygon
    area_ellipsoid_m2: float
    area_planar_m2: float
    fields: dict[str, Any]
    attributes: str


@dataclass(slots=True)
class RepairedRow:
    """What was repaired: the raw geometry in its source CRS, ellipsoidal areas before and after."""

    source_row: int
    feature_id: str
    reason: str
    raw_wkb: bytes
    area_before_m2: float | None
    area_after_m2: float


@dataclass(slots=True)
class RejectedRow:
    """A feature that will not be stored as one, whole as it was delivered."""

    source_row: int
    reason: str
    raw_wkb: bytes | None
    attributes: str


@dataclass(slots=True)
class PreparedBatch:
    """All rows of a batch, and what there is to say about values that were not taken."""

    rows: list[PreparedRow] = field(default_factory=list)
    repaired: list[RepairedRow] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Preparer:
    """Prepares the batches of one delivery.

    Parameters
    ----------
    kind, control_kind
        What the features are.
    mapping : mapping of str to str
        Target field to source field; ``=text`` gives every feature the same value.
    source_crs : CRS
    id_counts : Counter
        How often each identifying value occurs in the whole source: what occurs more than once names no feature.
    """

    kind: FeatureKind
    control_kind: ControlKind | None
    mapping: Mapping[str, str]
    source_crs: pyproj.CRS
    id_counts: Counter[str]
    _occurrence: Counter[str] = field(default_factory=Counter)
    _given: set[str] = field(default_factory=set)
    _seen: dict[bytes, int] = field(default_factory=dict)

    def prepare(self, batch: FeatureBatch) -> PreparedBatch:
        """Prepare one batch."""
        prepared = PreparedBatch()
        geographic, refusals = self._place(batch)
        report = repair_geometries(geographic)
        plane = to_area_plane(report.geometries)
        after = shapely.area(plane)
        planar = _planar_areas(report.geometries)
        for position in range(len(batch)):
            row, raw = batch.first_row + position, batch.wkb[position]
            attributes = _as_json(batch.attributes[position])
            if refusals[position] or report.outcome[position] == RepairOutcome.REJECTED:
                reason = refusals[position] or str(report.reason[position])
                prepared.rejected.append(RejectedRow(row, reason, raw, attributes))
                continue
            repeated = self._repeats(row, report.geometries[position], batch.attributes[position], attributes)
            if repeated is not None:
                prepared.rejected.append(RejectedRow(row, f"duplicate of row {repeated}", raw, attributes))
                continue
            feature_id = self._name(row, batch.attributes[position])
            if report.outcome[position] == RepairOutcome.REPAIRED:
                before = _ellipsoidal_area_as_drawn(geographic[position])
                reason = str(report.reason[position])
                prepared.repaired.append(RepairedRow(row, feature_id, reason, raw, before, float(after[position])))
            if report.notes[position]:
                prepared.notes.append((str(report.notes[position]), f"row {row}"))
            prepared.rows.append(
                PreparedRow(
                    row,
                    feature_id,
                    report.geometries[position],
                    plane[position],
                    float(after[position]),
                    float(planar[position]),
                    self._fill(row, batch.attributes[position], prepared),
                    attributes,
                )
            )
        return prepared

    def _place(self, batch: FeatureBatch) -> tuple[GeometryArray, list[str]]:
        """Take a batch to longitude and latitude; a geometry that cannot go there is refused by itself."""
        refusals = [""] * len(batch)
        geometries = batch.geometries.copy()
        for position in np.flatnonzero(shapely.is_missing(geometries)).tolist():
            if batch.wkb[position] is not None:
                refusals[position] = "unreadable geometry"
        for position in _not_finite(geometries).tolist():
            geometries[position] = None
            refusals[position] = FaultKind.NON_FINITE.value
        try:
            return to_geographic(geometries, self.source_crs), refusals
        except GeometryRefusedError:
            placed = np.full(len(batch), None, dtype=object)
            for position, geometry in enumerate(geometries):
                try:
                    placed[position] = to_geographic([geometry], self.source_crs)[0]
                except GeometryRefusedError as error:
                    refusals[position] = f"coordinates out of place: {error}"
            return placed, refusals

    def _source_id(self, attributes: Mapping[str, Any]) -> str | None:
        source = self.mapping.get(ID_FIELD) or (self.mapping.get(self.kind.key) if self.kind.key else None)
        return None if source is None or source.startswith(CONSTANT) else identifier(attributes.get(source))

    def _name(self, row: int, attributes: Mapping[str, Any]) -> str:
        """Name a feature by its own identifier, or by its row.

        An identifier that occurs several times is numbered from its first occurrence on, so that the bare identifier
        never silently means one of them. A name that is made never is one that the source uses itself.
        """
        source_id = self._source_id(attributes)
        if source_id is not None and self.id_counts[source_id] == 1:
            return source_id
        while True:
            if source_id is None:
                name = f"row-{row}" + "~" * self._occurrence[f"row-{row}"]
                self._occurrence[f"row-{row}"] += 1
            else:
                self._occurrence[source_id] += 1
                name = f"{source_id}~{self._occurrence[source_id]}"
            if name not in self.id_counts and name not in self._given:
                self._given.add(name)
                return name

    def _repeats(
        self, row: int, geometry: shapely.MultiPolygon, attributes: Mapping[str, Any], as_text: str
    ) -> int | None:
        """Return the earlier row that this feature repeats: the same ground under the same identifier.

        Without an identifier all attributes have to be the same. The same ground with something else to say of it is a
        contradiction that somebody has to decide, and is stored.
        """
        identity = self._source_id(attributes) or as_text
        content = hashlib.sha256(shapely.to_wkb(shapely.normalize(geometry)) + identity.encode()).digest()
        earlier = self._seen.setdefault(content, row)
        return earlier if earlier != row else None

    def _fill(self, row: int, attributes: Mapping[str, Any], prepared: PreparedBatch) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for target, convert in self.kind.fields.items():
            source = self.mapping.get(target)
            if source is None:
                values[target] = None
                continue
            value = source.removeprefix(CONSTANT) if source.startswith(CONSTANT) else attributes.get(source)
            try:
                values[target] = convert(value)
            except FieldValueError as error:
                values[target] = None
                prepared.notes.append((f"{target}: {error}", f"row {row}, field {source}: {value!r}"))
        if self.control_kind is not None:
            self._normalise_zone(row, values, prepared)
        return values

    def _normalise_zone(self, row: int, values: dict[str, Any], prepared: PreparedBatch) -> None:
        if self.control_kind is None or values["control_zone"] is None:
            return
        zone = normalise_control_zone(self.control_kind, values["control_zone"])
        if zone is None:
            prepared.notes.append(("control_zone: not a zone of this kind", f"row {row}: {values['control_zone']!r}"))
        values["control_zone"] = zone


def _not_finite(geometries: GeometryArray) -> np.ndarray[Any, Any]:
    coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
    return np.unique(owner[~np.isfinite(coordinates).all(axis=1)])


def _planar_areas(geometries: GeometryArray) -> FloatArray:
    present = ~shapely.is_missing(geometries)
    areas = np.full(len(geometries), np.nan)
    areas[present] = planar_area_m2(geometries[present])
    return areas


def _ellipsoidal_area_as_drawn(geometry: shapely.Geometry) -> float | None:
    """Measure the rings as they stand; of a self-crossing one this is the signed sum, which the report says."""
    area = float(shapely.area(to_area_plane([geometry])[0]))
    return area if np.isfinite(area) else None


def _as_json(attributes: Mapping[str, Any]) -> str:
    return json.dumps({name: _plain(value) for name, value in attributes.items()}, ensure_ascii=False)


def _plain(value: Any) -> Any:  # noqa: ANN401  any source value
    """Take a source value into JSON; what JSON has no word for is written as text, never dropped."""
    match value:
        case float() if not np.isfinite(value):
            plain: Any = str(value)
        case None | bool() | int() | float():
            plain = value
        case str():
            # PostgreSQL's JSON cannot hold the character NUL.
            plain = value.replace("\0", "")
        case date() | time():
            plain = value.isoformat()
        case bytes():
            plain = value.hex()
        case list() | tuple():
            plain = [_plain(item) for item in value]
        case dict():
            plain = {str(key): _plain(item) for key, item in value.items()}
        case _:
            plain = str(value)
    return plain
