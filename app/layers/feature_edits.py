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
from sqlalchemy import func, select, update

from app.db.models import Layer, LayerEdit, LayerKind, LayerVersion
from app.db.schema import storage_srid
from app.db.sessions import WriteSession
from app.etags import require_match
from app.layers import repository
from app.layers.attributes import attributes_as_json
from app.layers.feature_errors import FeatureExistsError, FeatureRefusedError, NoSuchFeatureError, NotEditableError
from app.layers.kinds import KINDS, FieldValueError
from app.layers.preparing import PreparedFeatures
from app.layers.staging import copy_features, copy_pieces
from app.layers.tile_bands import start_preparation
from app.layers.vectors import settle_vectors
from gis.crs import STORAGE_CRS
from gis.formats.features import FeatureBatch
from gis.landuse.control_kinds import ControlKind
from gis.landuse.control_zones import normalise_control_zone
from gis.landuse.counties import shipped_counties
from gis.layer_contracts import AttributeExaminer, load_contract
from gis.validation import Fault, Outcome, Severity
from gis.validation.settling import SettledBatch, Settler

__all__ = ["GivenFeature", "create_features", "delete_feature", "feature_etag", "replace_feature", "update_feature"]

ATTRIBUTES: Final = "attributes"
# What is computed or belongs to the layer: a client that sends back what it read may send it, and it changes nothing.
_COMPUTED: Final = frozenset({"area_ellipsoid_m2", "area_planar_m2", "layer_version_id", "control_kind", "feature_id"})
# What a value of a field of a reference layer may be.
_JSON_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "date": (str,),
    "timestamp": (str,),
    "object": (dict, list),
}


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
    """Put a feature in the place of another.

    Raises
    ------
    NotEditableError, NoSuchFeatureError, PreconditionRequiredError, PreconditionFailedError, FeatureRefusedError
    """
    target = _open(session, slug)
    target.close(session, feature_id, if_match)
    target.store(session, [feature], [feature_id], today)
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
    """Change some properties of a feature, or its geometry; null takes a value away.

    Raises
    ------
    NotEditableError, NoSuchFeatureError, PreconditionRequiredError, PreconditionFailedError, FeatureRefusedError
    """
    target = _open(session, slug)
    former = target.close(session, feature_id, if_match)
    kept = {name: value for name, value in target.properties_of(former).items() if name not in changes}
    given = {name: value for name, value in changes.items() if value is not None or target.kind is LayerKind.VECTOR}
    shape = shapely.from_wkb(bytes(former["wkb"])) if geometry is None else geometry
    target.store(session, [GivenFeature(shape, kept | given)], [feature_id], today, former=target.properties_of(former))
    target.note(session, {"updated": [feature_id], "properties": sorted(changes)})


def delete_feature(session: WriteSession, slug: str, feature_id: str, if_match: str | None) -> None:
    """Take a feature out of the version in force; its row is kept.

    Raises
    ------
    NotEditableError, NoSuchFeatureError, PreconditionRequiredError, PreconditionFailedError
    """
    target = _open(session, slug)
    target.close(session, feature_id, if_match)
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
    code = None if key is None else feature.properties.get(key)
    return code.strip() if isinstance(code, str) and code.strip() else f"new-{uuid4().hex[:12]}"


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

    def close(self, session: WriteSession, feature_id: str, if_match: str | None) -> dict[str, Any]:
        """Note until when the present row of a feature was true, and return it."""
        row_id = self.rows(session, [feature_id]).get(feature_id)
        if row_id is None:
            raise NoSuchFeatureError(self.layer.slug, feature_id)
        require_match(if_match, feature_etag(row_id))
        model = self.model
        names = [*KINDS[self.kind].fields, ATTRIBUTES]
        columns = [getattr(model, name) for name in names]
        closed = (
            update(model)
            .where(model.row_id == row_id)
            .values(superseded_at=self.moment)
            .returning(func.ST_AsBinary(model.geom), *columns)
        )
        wkb, *values = session.execute(closed).one()
        return {"wkb": wkb, **dict(zip(names, values, strict=True))}

    def properties_of(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the properties of a row as a client would send them."""
        if self.kind is LayerKind.VECTOR:
            return dict(row[ATTRIBUTES])
        return {name: value for name, value in row.items() if name != "wkb" and value is not None}

    def store(
        self,
        session: WriteSession,
        features: Sequence[GivenFeature],
        names: Sequence[str],
        today: date,
        *,
        former: Mapping[str, Any] | None = None,
    ) -> None:
        """Store features as present rows, if each is what a delivery should be.

        Parameters
        ----------
        former : mapping of str to object, optional
            The properties that the one feature had. What was wrong with them already does not keep the rest from being mended.
        """
        prepared = self._prepare(features, names, today, former)
        srid = storage_srid(session.connection()) or 0
        copy_features(session, KINDS[self.kind], self.version.id, srid, prepared)
        if self.kind is LayerKind.CONTROL_AREA:
            copy_pieces(session, self.version.id, prepared)

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
        is_own = self.kind is LayerKind.VECTOR
        split = self._own if is_own else self._known
        columns = [split(position, feature.properties) for position, feature in enumerate(features)]
        wkb = np.asarray(shapely.to_wkb(geometries), dtype=object)
        batch = FeatureBatch(1, wkb, geometries, [fields for fields, _ in columns])
        if is_own:
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

    def _own(self, position: int, properties: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Take the properties of a feature of a reference layer: those of its fields, each of its type."""
        types = {item["name"]: item["type"] for item in self.version.own_fields or ()}
        for name, value in properties.items():
            if name not in types:
                raise FeatureRefusedError(position, name, "unknown property", f"one of {', '.join(types)}")
            is_wrong = isinstance(value, bool) and types[name] != "boolean"
            if value is not None and (is_wrong or not isinstance(value, _JSON_TYPES[types[name]])):
                raise FeatureRefusedError(position, name, repr(value)[:80], f"a value of type {types[name]}")
            if value is not None and types[name] in {"date", "timestamp"}:
                _require_time(position, name, value, types[name])
        return {}, {name: properties.get(name) for name in types}

    def _known(self, position: int, properties: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Take the properties of a feature: the fields of its kind, and what else its source said."""
        kind = KINDS[self.kind]
        attributes = properties.get(ATTRIBUTES)
        if not isinstance(attributes, dict | None):
            raise FeatureRefusedError(position, ATTRIBUTES, repr(attributes)[:80], "an object")
        fields: dict[str, Any] = {}
        for name, value in properties.items():
            if name in _COMPUTED or name == ATTRIBUTES:
                continue
            if name not in kind.fields:
                known = ", ".join([*kind.fields, ATTRIBUTES])
                raise FeatureRefusedError(position, name, "unknown property", f"one of {known}")
            if not isinstance(value, str | int | float | None) or isinstance(value, bool):
                raise FeatureRefusedError(position, name, repr(value)[:80], "a text or a number")
            try:
                fields[name] = kind.fields[name](value)
            except FieldValueError as error:
                raise FeatureRefusedError(position, name, repr(value)[:80], str(error)) from error
        if self.layer.control_kind is not None and fields.get("control_zone") is not None:
            fields["control_zone"] = _zone(position, ControlKind(self.layer.control_kind), fields["control_zone"])
        return fields, attributes or {}

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


def _same(fault: Fault) -> tuple[str, str | None, str | None]:
    return fault.kind, fault.field, fault.found


def _zone(position: int, kind: ControlKind, value: str) -> str:
    zone = normalise_control_zone(kind, value)
    if zone is None:
        raise FeatureRefusedError(position, "control_zone", repr(value), f"a zone of {kind}")
    return zone


def _require_accepted(settled: SettledBatch) -> None:
    """Refuse what an import would reject, and what it would repair: whoever draws a feature sees what is wrong with it."""
    for position, outcome in enumerate(settled.outcome.tolist()):
        if outcome != Outcome.ACCEPTED.value:
            raise FeatureRefusedError(position, "geometry", str(settled.reason[position]), "a valid geometry")


def _require_time(position: int, name: str, value: object, type_: str) -> None:
    if not _is_time(str(value), type_):
        example = "2024-06-30" if type_ == "date" else "2024-06-30T12:00:00Z"
        raise FeatureRefusedError(position, name, repr(value)[:80], f"a {type_} such as {example}")


def _is_time(text: str, type_: str) -> bool:
    try:
        if type_ == "date":
            date.fromisoformat(text)
            return True
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
