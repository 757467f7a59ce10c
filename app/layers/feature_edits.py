"""Changes of single features of the version in force: every change is a new row, and the former one is kept with the time that it held until.

What an import asks of a feature is asked here as well; an edit is one transaction, however many features it is about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import uuid4

import numpy as np
import shapely
from sqlalchemy import Text, cast, func, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB

from app.db.models import Layer, LayerEdit, LayerKind, LayerVersion
from app.db.schema import storage_srid
from app.db.sessions import WriteSession
from app.etags import require_match
from app.layers import repository
from app.layers.attributes import attributes_as_json
from app.layers.feature_errors import (
    FeatureCodeTakenError,
    FeatureExistsError,
    FeatureRefusedError,
    NoSuchFeatureError,
    NotEditableError,
)
from app.layers.given_properties import ATTRIBUTES, take_known, take_own
from app.layers.kinds import KINDS
from app.layers.preparing import PreparedFeatures, identifier
from app.layers.staging import copy_features, copy_pieces
from app.layers.tile_bands import start_preparation
from app.layers.vectors import settle_vectors
from gis.crs import STORAGE_CRS
from gis.formats.features import FeatureBatch
from gis.landuse.counties import shipped_counties
from gis.layer_contracts import AttributeExaminer, load_contract
from gis.validation import Fault, Outcome, Severity
from gis.validation.settling import SettledBatch, Settler

__all__ = ["GivenFeature", "create_features", "delete_feature", "feature_etag", "replace_feature", "update_feature"]

# A tenth of a millimetre, as coordinates are written: what is nearer to the stored geometry is what was read of it.
_WRITTEN_DEG: Final = 1e-9


@dataclass(frozen=True, slots=True)
class GivenFeature:
    """A feature as a client sends it; the geometry in longitude and latitude."""

    geometry: shapely.Geometry | None
    properties: Mapping[str, Any]


def feature_etag(row_id: int) -> str:
    """Return the tag of a feature: every change of it makes a row of its own.

    Examples
    --------
    >>> from app.layers.feature_edits import feature_etag
    >>> feature_etag(7)
    '"7"'
    """
    return f'"{row_id}"'


def create_features(session: WriteSession, slug: str, features: Sequence[GivenFeature], *, today: date) -> list[str]:
    """Add features to the version in force, all or none, and return their ids.

    Raises
    ------
    NotEditableError, FeatureRefusedError, FeatureExistsError
    """
    target = _open(session, slug)
    names = [_new_name(target, feature) for feature in features]
    taken = {name for name in names if names.count(name) > 1} or set(target.rows(session, names))
    if taken:
        raise FeatureExistsError(slug, sorted(taken))
    target.store(session, features, names, today)
    target.note(session, {"created": names})
    return names


def replace_feature(
    session: WriteSession, slug: str, feature_id: str, feature: GivenFeature, if_match: str | None, *, today: date
) -> None:
    """Put a feature in the place of another; one that is the same changes nothing.

    Raises
    ------
    NotEditableError, NoSuchFeatureError, PreconditionRequiredError, PreconditionFailedError, FeatureRefusedError
    """
    target = _open(session, slug)
    present = target.present(session, feature_id, if_match)
    if target.put(session, present, feature, today):
        target.note(session, {"replaced": [feature_id]})


def update_feature(
    session: WriteSession,
    slug: str,
    feature_id: str,
    changes: Mapping[str, Any],
    geometry: shapely.Geometry | None,
    if_match: str | None,
    *,
    today: date,
) -> None:
    """Change some properties of a feature, or its geometry; null takes a value away, and what it is already changes nothing.

    Raises
    ------
    NotEditableError, NoSuchFeatureError, PreconditionRequiredError, PreconditionFailedError, FeatureRefusedError
    """
    target = _open(session, slug)
    present = target.present(session, feature_id, if_match)
    former = target.properties_of(present)
    kept = {name: value for name, value in former.items() if name not in changes}
    given = {name: value for name, value in changes.items() if value is not None or target.kind is LayerKind.VECTOR}
    changed = GivenFeature(present.shape if geometry is None else geometry, kept | given)
    if target.put(session, present, changed, today, former=former):
        target.note(session, {"updated": [feature_id], "properties": sorted(changes)})


def delete_feature(session: WriteSession, slug: str, feature_id: str, if_match: str | None) -> None:
    """Take a feature out of the version in force; its row is kept.

    Raises
    ------
    NotEditableError, NoSuchFeatureError, PreconditionRequiredError, PreconditionFailedError
    """
    target = _open(session, slug)
    target.close(session, target.present(session, feature_id, if_match))
    target.note(session, {"deleted": [feature_id]})


def _open(session: WriteSession, slug: str) -> "_Target":
    layer = repository.find_layer(session, slug)
    if layer is None:
        raise NotEditableError(slug)
    repository.lock_layer(session, layer.id)
    version = repository.find_in_force(session, layer.id)
    if version is None:
        raise NotEditableError(slug)
    # The moment from which the new row is true, which is that of the transaction.
    moment = session.scalar(select(func.now()))
    assert moment is not None  # noqa: S101  a clock always tells
    return _Target(layer, version, LayerKind(layer.kind), moment)


def _new_name(target: "_Target", feature: GivenFeature) -> str:
    key = KINDS[target.kind].key
    code = None if key is None else identifier(feature.properties.get(key))
    return code or f"new-{uuid4().hex[:12]}"


@dataclass(frozen=True, slots=True)
class _Present:
    """The present row of a feature; the geometry in longitude and latitude."""

    row_id: int
    feature_id: str
    shape: shapely.Geometry
    fields: Mapping[str, Any]
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Target:
    """The version that is changed."""

    layer: Layer
    version: LayerVersion
    kind: LayerKind
    moment: datetime

    @property
    def model(self) -> Any:  # noqa: ANN401  one of the tables of features
        return KINDS[self.kind].model

    def rows(self, session: WriteSession, names: Sequence[str]) -> dict[str, int]:
        """Return the present rows of some features."""
        model = self.model
        found = session.execute(
            select(model.feature_id, model.row_id).where(
                model.layer_version_id == self.version.id,
                model.superseded_at.is_(None),
                model.feature_id.in_([name for name in names if "\x00" not in name]),
            )
        )
        return {row.feature_id: row.row_id for row in found}

    def present(self, session: WriteSession, feature_id: str, if_match: str | None) -> _Present:
        """Return the present row of a feature, if it is the one that was read."""
        row_id = self.rows(session, [feature_id]).get(feature_id)
        if row_id is None:
            raise NoSuchFeatureError(self.layer.slug, feature_id)
        require_match(if_match, feature_etag(row_id))
        model, names = self.model, list(KINDS[self.kind].fields)
        columns = [getattr(model, name) for name in names]
        query = select(func.ST_AsBinary(model.geom), model.attributes, *columns).where(model.row_id == row_id)
        wkb, attributes, *values = session.execute(query).one()
        fields = dict(zip(names, values, strict=True))
        return _Present(row_id, feature_id, shapely.from_wkb(bytes(wkb)), fields, attributes)

    def properties_of(self, present: _Present) -> dict[str, Any]:
        """Return the properties of a row as a client would send them."""
        if self.kind is LayerKind.VECTOR:
            return dict(present.attributes)
        said = {name: value for name, value in present.fields.items() if value is not None}
        return {**said, ATTRIBUTES: dict(present.attributes)}

    def put(
        self,
        session: WriteSession,
        present: _Present,
        feature: GivenFeature,
        today: date,
        *,
        former: Mapping[str, Any] | None = None,
    ) -> bool:
        """Store a feature in the place of another; False where it is what is stored already, which stays as it is."""
        if _is_drawn_alike(feature.geometry, present.shape):
            feature = GivenFeature(present.shape, feature.properties)
            if self._says(session, present, feature.properties):
                return False
        self.close(session, present)
        self.store(session, [feature], [present.feature_id], today, former=former, replaced=present)
        return True

    def close(self, session: WriteSession, present: _Present) -> None:
        """Note until when a row was true."""
        model = self.model
        session.execute(update(model).where(model.row_id == present.row_id).values(superseded_at=self.moment))

    def store(
        self,
        session: WriteSession,
        features: Sequence[GivenFeature],
        names: Sequence[str],
        today: date,
        *,
        former: Mapping[str, Any] | None = None,
        replaced: _Present | None = None,
    ) -> None:
        """Store features as present rows, if each is what a delivery should be.

        Parameters
        ----------
        former : mapping of str to object, optional
            The properties that the one feature had. What was wrong with them already does not keep the rest from being mended.
        replaced : _Present, optional
            What the one feature was, closed already. A delivery may have given its code to several, so it may stay.
        """
        prepared = self._prepare(features, names, today, former)
        self._require_free_codes(session, prepared, None if replaced is None else replaced.fields)
        srid = storage_srid(session.connection()) or 0
        copy_features(session, KINDS[self.kind], self.version.id, srid, prepared)
        if self.kind is LayerKind.CONTROL_AREA:
            copy_pieces(session, self.version.id, prepared)

    def _require_free_codes(
        self, session: WriteSession, prepared: PreparedFeatures, former: Mapping[str, Any] | None
    ) -> None:
        """Refuse a code that another present feature has."""
        key, model = KINDS[self.kind].key, self.model
        if key is None:
            return
        codes = prepared.fields[key]
        asked = {code for code in codes if code is not None} - {(former or {}).get(key)}
        column = getattr(model, key)
        having = (
            select(column, model.feature_id)
            .where(model.layer_version_id == self.version.id, model.superseded_at.is_(None), column.in_(asked))
            .order_by(model.feature_id)
        )
        taken = [tuple(row) for row in session.execute(having)] if asked else []
        if taken:
            position = min(codes.index(code) for code, _ in taken)
            holders = [name for code, name in taken if code == codes[position]]
            raise FeatureCodeTakenError(position, key, codes[position], holders)

    def note(self, session: WriteSession, changes: dict[str, Any]) -> None:
        """Keep who changed what, and make the change of the state visible."""
        self.version.edit_count += 1
        noted = LayerEdit(
            layer_id=self.layer.id,
            layer_version_id=self.version.id,
            changes={"features": changes, "version": self.version.number},
            recorded_by=session.actor,
        )
        session.add(noted)
        session.flush()
        start_preparation(session, self.version)

    def _prepare(
        self, features: Sequence[GivenFeature], names: Sequence[str], today: date, former: Mapping[str, Any] | None
    ) -> PreparedFeatures:
        geometries = np.full(len(features), None, dtype=object)
        geometries[:] = [feature.geometry for feature in features]
        columns = [self._take(position, feature.properties) for position, feature in enumerate(features)]
        wkb = np.asarray(shapely.to_wkb(geometries), dtype=object)
        batch = FeatureBatch(1, wkb, geometries, [fields for fields, _ in columns])
        if self.kind is LayerKind.VECTOR:
            settled = settle_vectors(batch, STORAGE_CRS)
        else:
            settled = Settler(STORAGE_CRS).settle(batch)
            self._examine(batch, today, former)
        _require_accepted(settled)
        names_of_fields = list(KINDS[self.kind].fields)
        return PreparedFeatures(
            list(range(1, len(features) + 1)),
            list(names),
            settled.geometries,
            None if settled.plane is None else settled.plane.geometries(),
            settled.area_ellipsoid_m2,
            settled.area_planar_m2,
            {name: [fields.get(name) for fields, _ in columns] for name in names_of_fields},
            attributes_as_json([attributes for _, attributes in columns]),
        )

    def _take(self, position: int, properties: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the values of the fields of the kind, and the attributes."""
        if self.kind is LayerKind.VECTOR:
            return {}, take_own(position, properties, self.version.own_fields or ())
        return take_known(position, properties, self.layer)

    def _says(self, session: WriteSession, present: _Present, properties: Mapping[str, Any]) -> bool:
        """Whether properties are those of a row."""
        fields, attributes = self._take(0, properties)
        if any(fields.get(name) != value for name, value in present.fields.items()):
            return False
        # The database compares what it stores: 1 and 1.0 are the same number, and 1 is not true.
        (document,) = attributes_as_json([attributes])
        model = self.model
        is_same = select(model.attributes == cast(literal(document, Text), JSONB)).where(model.row_id == present.row_id)
        return bool(session.scalar(is_same))

    def _examine(self, batch: FeatureBatch, today: date, former: Mapping[str, Any] | None) -> None:
        """Ask of the values what the contract of the layer asks of a delivery's."""
        known: set[tuple[str, str | None, str | None]] = set()
        if former is not None:
            known = {_same(fault) for fault in self._faults(batch, [former], today)}
        for fault in self._faults(batch, batch.attributes, today):
            if fault.severity is Severity.ERROR and fault.source_row is not None and _same(fault) not in known:
                raise FeatureRefusedError.of_fault(fault)

    def _faults(self, batch: FeatureBatch, values: Sequence[Mapping[str, Any]], today: date) -> list[Fault]:
        present = {name for fields in values for name in fields}
        contract = load_contract(self.kind, self.layer.control_kind)
        mapping = {name: name for name in contract.by_name if name in present}
        if not mapping:
            return []
        attributes = [{name: one.get(name) for name in present} for one in values]
        examiner = AttributeExaminer(contract, mapping, today, None, shipped_counties())
        return examiner.examine(FeatureBatch(1, batch.wkb, batch.geometries, attributes))


def _is_drawn_alike(drawn: shapely.Geometry | None, stored: shapely.Geometry) -> bool:
    """Whether a geometry is a stored one as far as coordinates are written."""
    return drawn is not None and bool(shapely.equals_exact(_as_written(drawn), _as_written(stored), _WRITTEN_DEG))


def _as_written(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a geometry as the service writes it: a polygon as a multipolygon of one, with its rings turned as RFC 7946 asks."""
    turned: shapely.Geometry = shapely.orient_polygons(shape)
    return shapely.MultiPolygon([turned]) if isinstance(turned, shapely.Polygon) else turned


def _same(fault: Fault) -> tuple[str, str | None, str | None]:
    return fault.kind, fault.field, fault.found


def _require_accepted(settled: SettledBatch) -> None:
    """Refuse what an import would reject, and what it would repair: whoever draws a feature sees what is wrong with it."""
    for position, outcome in enumerate(settled.outcome.tolist()):
        if outcome != Outcome.ACCEPTED.value:
            raise FeatureRefusedError(position, "geometry", str(settled.reason[position]), "a valid geometry")
