"""A batch of settled source features becomes rows to store, with what was repaired and what was refused.

Nothing here talks to the database; every feature of a batch leaves as exactly one accepted, repaired or rejected row.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.layers.attributes import attributes_as_json
from app.layers.identifiers import NUMBER_MARK, ROW_NAME, IdentifierCounts
from app.layers.kinds import ID_FIELD, FeatureKind, FieldValueError, texts_of, to_text
from gis.arrays import FloatArray, GeometryArray
from gis.formats.reading import FeatureBatch
from gis.landuse.control_kinds import ControlKind
from gis.landuse.control_zones import normalise_control_zone
from gis.validation import Outcome
from gis.validation.settling import DUPLICATE, SettledBatch

# A mapping source that starts with this is the value itself, not the name of a field.
CONSTANT = "="
EXAMPLES_KEPT = 5


def identifier(value: Any) -> str | None:  # noqa: ANN401  any source value
    """Take a source value as an identifier; one that is no usable text names nothing."""
    try:
        return to_text(value)
    except FieldValueError:
        return None


def identifiers(values: Sequence[Any]) -> list[str | None]:
    """Take many source values as identifiers; see :func:`identifier`."""
    try:
        return texts_of(values)
    except FieldValueError:
        return [identifier(value) for value in values]


def identity_source(kind: FeatureKind, mapping: Mapping[str, str]) -> str | None:
    """Return the source field that names a feature, if there is one."""
    source = mapping.get(ID_FIELD) or (mapping.get(kind.key) if kind.key else None)
    return None if source is None or source.startswith(CONSTANT) else source


@dataclass(frozen=True, slots=True)
class PreparedFeatures:
    """Features that will be stored, column by column; all of one length.

    Attributes
    ----------
    plane : ndarray of geometry, optional
        In the area plane; needed of control areas, whose pieces are stored.
    geometries : ndarray of geometry, optional
        Needed where there is no ``wkb``.
    wkb : ndarray of bytes, optional
        The same as well-known binary, little-endian, where somebody has made it already.
    """

    source_rows: list[int]
    feature_ids: list[str]
    geometries: GeometryArray | None
    plane: GeometryArray | None
    area_ellipsoid_m2: FloatArray
    area_planar_m2: FloatArray
    fields: dict[str, list[Any]]
    attributes: list[str]
    wkb: GeometryArray | None = None

    def __len__(self) -> int:
        return len(self.source_rows)


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
    source_id: str | None
    reason: str
    raw_wkb: bytes | None
    attributes: str


@dataclass(slots=True)
class PreparedBatch:
    """All rows of a batch, and what there is to say about values that were not taken."""

    features: PreparedFeatures
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
        Target field to source field; ``=text`` gives every feature the same value. Targets that the kind does not store are left.
    id_counts : IdentifierCounts
        How often each identifying value occurs in the whole source: what occurs more than once names no feature.
    taken : set of str
        Names that features have already.
    """

    kind: FeatureKind
    control_kind: ControlKind | None
    mapping: Mapping[str, str]
    id_counts: IdentifierCounts
    taken: set[str] = field(default_factory=set)
    _occurrence: Counter[str] = field(default_factory=Counter)
    _repeats: Counter[str] = field(default_factory=Counter)
    _numbered: dict[str, str] = field(default_factory=dict)

    def prepare(
        self, batch: FeatureBatch, settled: SettledBatch, source_rows: Sequence[int] | None = None
    ) -> PreparedBatch:
        """Prepare one batch.

        Parameters
        ----------
        source_rows : sequence of int, optional
            By which the features are to be known where the batch's own rows are not theirs.
        """
        rows = source_rows or range(batch.first_row, batch.first_row + len(batch))
        attributes = attributes_as_json(batch.attributes)
        source_ids = self._source_ids(batch)
        rejected = []
        for position in np.flatnonzero(settled.outcome == Outcome.REJECTED.value).tolist():
            reason, source_id = str(settled.reason[position]), source_ids[position]
            if source_id is not None and reason.startswith(DUPLICATE):
                self._repeats[source_id] += 1
            rejected.append(RejectedRow(rows[position], source_id, reason, batch.wkb[position], attributes[position]))
        kept = np.flatnonzero(settled.outcome != Outcome.REJECTED.value)
        notes: list[tuple[str, str]] = []
        features = self._features(batch, settled, kept, rows, source_ids, attributes, notes)
        names = dict(zip(kept.tolist(), features.feature_ids, strict=True))
        repaired = [
            _repaired(batch, settled, position, rows[position], names[position])
            for position in np.flatnonzero(settled.outcome == Outcome.REPAIRED.value).tolist()
        ]
        notes += [(str(settled.notes[at]), f"row {rows[at]}") for at in kept[settled.notes[kept] != ""].tolist()]
        return PreparedBatch(features, repaired, rejected, notes)

    def renamed(self) -> dict[str, str]:
        """Return the numbered names of features whose identifier is theirs alone after all, with that identifier.

        Of a feature that was delivered several times over one is stored, and it keeps its own name.
        """
        return {
            name: source_id
            for source_id, name in self._numbered.items()
            if self.id_counts.of_value(source_id) - self._repeats[source_id] == 1
        }

    def _features(
        self,
        batch: FeatureBatch,
        settled: SettledBatch,
        kept: np.ndarray[Any, Any],
        rows: Sequence[int],
        source_ids: Sequence[str | None],
        attributes: Sequence[str],
        notes: list[tuple[str, str]],
    ) -> PreparedFeatures:
        positions = kept.tolist()
        # Pieces are stored of control areas alone.
        plane = None if self.control_kind is None else settled.plane
        kept_rows = [rows[position] for position in positions]
        return PreparedFeatures(
            kept_rows,
            [self._name(rows[position], source_ids[position]) for position in positions],
            settled.geometries[kept] if settled.wkb is None else None,
            None if plane is None else plane.chosen(kept).geometries(),
            settled.area_ellipsoid_m2[kept],
            settled.area_planar_m2[kept],
            self._fill([batch.attributes[position] for position in positions], kept_rows, notes),
            [attributes[position] for position in positions],
            None if settled.wkb is None else settled.wkb[kept],
        )

    def _source_ids(self, batch: FeatureBatch) -> list[str | None]:
        source = identity_source(self.kind, self.mapping)
        if source is None:
            return [None] * len(batch)
        return identifiers([attributes.get(source) for attributes in batch.attributes])

    def _name(self, row: int, source_id: str | None) -> str:
        """Name a feature by its own identifier, or by its row.

        An identifier that occurs several times is numbered from its first occurrence on, so that the bare identifier
        never silently means one of them. A name that is made never is one that the source uses itself.
        """
        if source_id is not None and self.id_counts.of_value(source_id) == 1 and source_id not in self.taken:
            return source_id
        while True:
            if source_id is None:
                own = f"{ROW_NAME}{row}"
                name = own + NUMBER_MARK * self._occurrence[own]
                self._occurrence[own] += 1
            else:
                self._occurrence[source_id] += 1
                name = f"{source_id}{NUMBER_MARK}{self._occurrence[source_id]}"
            if not self.id_counts.has_made(name) and name not in self.taken:
                self.taken.add(name)
                if source_id is not None:
                    self._numbered[source_id] = name
                return name

    def _fill(
        self, features: Sequence[Mapping[str, Any]], rows: Sequence[int], notes: list[tuple[str, str]]
    ) -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = {}
        for target, convert in self.kind.fields.items():
            source = self.mapping.get(target)
            if source is None:
                columns[target] = [None] * len(features)
                continue
            constant = source.removeprefix(CONSTANT) if source.startswith(CONSTANT) else None
            values = [attributes.get(source) if constant is None else constant for attributes in features]
            columns[target] = _convert(values, convert, f"field {source}", target, rows, notes)
        if self.control_kind is not None:
            columns["control_zone"] = _normalise_zones(self.control_kind, columns["control_zone"], rows, notes)
        return columns


def _repaired(batch: FeatureBatch, settled: SettledBatch, position: int, row: int, feature_id: str) -> RepairedRow:
    before = float(settled.area_before_m2[position])
    return RepairedRow(
        row,
        feature_id,
        str(settled.reason[position]),
        batch.wkb[position],
        before if np.isfinite(before) else None,
        float(settled.area_ellipsoid_m2[position]),
    )


def _convert(
    values: Sequence[Any],
    convert: Callable[[Any], Any],
    source: str,
    target: str,
    rows: Sequence[int],
    notes: list[tuple[str, str]],
) -> list[Any]:
    """Convert a column; a value that does not fit is left out with a note."""
    try:
        return texts_of(values) if convert is to_text else [convert(value) for value in values]
    except FieldValueError:
        pass
    converted: list[Any] = []
    for value, row in zip(values, rows, strict=True):
        try:
            converted.append(convert(value))
        except FieldValueError as error:
            converted.append(None)
            notes.append((f"{target}: {error}", f"row {row}, {source}: {value!r}"))
    return converted


def _normalise_zones(
    control_kind: ControlKind, values: Sequence[str | None], rows: Sequence[int], notes: list[tuple[str, str]]
) -> list[str | None]:
    zones = [None if value is None else normalise_control_zone(control_kind, value) for value in values]
    notes += [
        ("control_zone: not a zone of this kind", f"row {row}: {value!r}")
        for row, value, zone in zip(rows, values, zones, strict=True)
        if value is not None and zone is None
    ]
    return zones


def count_features(prepared: PreparedBatch) -> tuple[int, int, int]:
    """Return how many were accepted, repaired and rejected."""
    repaired = len(prepared.repaired)
    return len(prepared.features) - repaired, repaired, len(prepared.rejected)
