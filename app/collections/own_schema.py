"""What the features of a reference layer carry: the fields of their source, as its import found them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Date, DateTime, Double, Text, cast
from sqlalchemy.types import TypeEngine

from app.collections.schema import CollectionKind, FeatureSchema, Property, PropertyType
from app.db.models import VectorFeature

__all__ = ["OwnLayer", "vector_schema"]

_SQL_TYPES: Final[dict[PropertyType, TypeEngine[Any]]] = {
    PropertyType.STRING: Text(),
    PropertyType.NUMBER: Double(),
    PropertyType.INTEGER: BigInteger(),
    PropertyType.BOOLEAN: Boolean(),
    PropertyType.DATE: Date(),
    PropertyType.TIMESTAMP: DateTime(timezone=True),
}


@dataclass(frozen=True, slots=True)
class OwnLayer:
    """The fields of a version and what GDAL calls its type of geometry."""

    fields: Sequence[dict[str, str]]
    geometry_type: str | None


def vector_schema(layer: OwnLayer) -> FeatureSchema:
    """Return the schema of a version of a reference layer; each field of its source is a property and a queryable."""
    return FeatureSchema(
        CollectionKind.VECTOR,
        VectorFeature,
        VectorFeature.layer_version_id,
        tuple(_property(item["name"], PropertyType(item["type"])) for item in layer.fields),
        None,
        document=VectorFeature.attributes,
        geometry_type=layer.geometry_type or "Unknown",
    )


def _property(name: str, type_: PropertyType) -> Property:
    if type_ is PropertyType.OBJECT:
        return Property(name, type_, name, name, VectorFeature.attributes[name])
    text = VectorFeature.attributes[name].astext
    return Property(name, type_, name, name, text if type_ is PropertyType.STRING else cast(text, _SQL_TYPES[type_]))
