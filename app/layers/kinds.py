"""What the importer can fill for each kind of layer; a new field of a kind is added here and in its model."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.db.models import ControlArea, LayerKind, Parcel, PlanZone, ReferenceFeature, VectorFeature
from gis.landuse.control_kinds import ControlKind

# From here on neighbouring whole numbers share a float64, so a code that came as one may be another's.
EXACT_BELOW = 2.0**53
# Codes, names and holders; the whole value stays among the attributes.
LONGEST_TEXT = 500
_TOO_LONG = f"expected text of at most {LONGEST_TEXT} characters"
_TEXTS = {str, type(None)}

FeatureModel = type[Parcel | PlanZone | ControlArea | ReferenceFeature | VectorFeature]


class FieldValueError(ValueError):
    """A source value does not fit its field."""


@dataclass(frozen=True, slots=True)
class FeatureKind:
    """The table of a kind, the fields a source can fill, and the field that usually names a feature of it."""

    model: FeatureModel
    fields: Mapping[str, Callable[[Any], Any]]
    key: str | None

    @property
    def table(self) -> str:
        """Name of the table."""
        return self.model.__tablename__


def to_text(value: Any) -> str | None:  # noqa: ANN401  any source value
    """Take a source value as text; whole numbers lose the ``.0`` that a numeric column gives a code.

    Raises
    ------
    FieldValueError
        For a number whose last digits a numeric column has already lost, and for text that is longer than any code or name.
    """
    if value is None:
        return None
    if isinstance(value, float):
        if math.isnan(value):
            return None
        if abs(value) >= EXACT_BELOW:
            raise FieldValueError("expected text: a number this long has lost digits")
        if value.is_integer():
            value = int(value)
    text = str(value).strip()
    if len(text) > LONGEST_TEXT:
        raise FieldValueError(_TOO_LONG)
    return text or None


def texts_of(values: Sequence[Any]) -> list[str | None]:
    """Take many source values as text; see :func:`to_text`.

    Raises
    ------
    FieldValueError
        If one of them does not fit.

    Examples
    --------
    >>> from app.layers.kinds import texts_of
    >>> texts_of([" a", None, "  "]), texts_of([101.0, "b"])
    (['a', None, None], ['101', 'b'])
    """
    if not set(map(type, values)) <= _TEXTS:
        return [to_text(value) for value in values]
    # As nearly all columns come: nothing but texts.
    texts = [None if value is None else value.strip() or None for value in values]
    if max((len(text) for text in texts if text is not None), default=0) > LONGEST_TEXT:
        raise FieldValueError(_TOO_LONG)
    return texts


def to_number(value: Any) -> float | None:  # noqa: ANN401  any source value
    """Take a source value as a number that is not negative.

    Raises
    ------
    FieldValueError
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise FieldValueError("expected a number") from error
    if not 0 <= number < float("inf"):
        raise FieldValueError("expected a number that is not negative")
    return number


KINDS: dict[LayerKind, FeatureKind] = {
    LayerKind.PARCEL: FeatureKind(
        Parcel,
        {
            "parcel_code": to_text,
            "name": to_text,
            "land_use_code": to_text,
            "code_version": to_text,
            "area_registered_m2": to_number,
            "holder": to_text,
        },
        "parcel_code",
    ),
    LayerKind.PLAN: FeatureKind(
        PlanZone,
        {
            "zone_code": to_text,
            "zone_name": to_text,
            "code_version": to_text,
            "floor_area_ratio_max": to_number,
            "building_height_max_m": to_number,
            "building_density_max": to_number,
            "green_ratio_min": to_number,
        },
        None,
    ),
    LayerKind.CONTROL_AREA: FeatureKind(
        ControlArea,
        {"control_code": to_text, "control_name": to_text, "control_zone": to_text},
        "control_code",
    ),
    LayerKind.REFERENCE: FeatureKind(
        ReferenceFeature,
        {"feature_code": to_text, "feature_name": to_text, "code_version": to_text},
        None,
    ),
    # Its features have the fields of their source and no others.
    LayerKind.VECTOR: FeatureKind(VectorFeature, {}, None),
}

# What a layer may be called.
SLUG = re.compile(r"[a-z][a-z0-9_]{0,62}")
# Collections of results; a layer of such a name would hide behind them.
RESERVED_SLUGS = frozenset(
    {
        "findings",
        "idle_cases",
        "land_findings",
        "plan_patches",
        "plan_cells",
        "plan_faults",
        "clearance_items",
        "overlay_pairs",
        "reference",
    }
)

# May be mapped for every kind: the source field that names a feature, where it is not the kind's usual one.
ID_FIELD = "feature_id"


def parse_kind(kind: str) -> tuple[LayerKind, ControlKind | None]:
    """Take ``parcel``, ``plan``, ``reference``, ``vector`` or a kind of control area.

    Raises
    ------
    ValueError
        Naming what there is.
    """
    plain = [LayerKind.PARCEL, LayerKind.PLAN, LayerKind.REFERENCE, LayerKind.VECTOR]
    if kind in plain:
        return LayerKind(kind), None
    if kind in set(ControlKind):
        return LayerKind.CONTROL_AREA, ControlKind(kind)
    known = ", ".join([*plain, *ControlKind])
    raise ValueError(f"There is no kind {kind!r}. Kinds are {known}.")
