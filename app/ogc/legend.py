"""Legends: by which property a collection is drawn, in which colours, and what they mean."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session

from app.collections.catalog import Collection
from app.collections.repository import distinct_values
from app.collections.rows import Rows, current_scope
from app.collections.schema import CollectionKind
from app.collections.statistics import StateCache, state_keys
from app.deps import AppSettings, ReadSession, allow_parameters
from app.described import DescribedBy
from app.ogc.answers import LegendAnswer
from app.ogc.parameters import FormatJson, JsonAccepted, RequestedCollection
from app.ogc.styles import (
    CELL_STYLES,
    CLEARANCE_STYLES,
    CONFLICT_HATCHES,
    FAULT_STYLES,
    IDLE_STYLES,
    LAND_STYLES,
    OTHER_STYLE,
    OVERLAP_STYLES,
    PALETTE,
    PATCH_HATCHES,
    PATCH_STYLES,
    UNSTYLED,
    VERDICT_STYLES,
    code_order,
    code_style,
)
from gis.landuse.control_zones import MapStyle, control_kind_style, control_zones

MAX_ENTRIES = 500
CodeValues = Sequence[tuple[str, str | None]]

router = APIRouter(tags=["styles"])


@dataclass(frozen=True, slots=True)
class Legend:
    """By which property features are drawn, the style of each of its values, and the style of all others.

    ``hatches`` has the symbol of those values that are told apart without colour too.
    """

    property: str | None
    styles: dict[str, MapStyle]
    default: MapStyle
    hatches: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the legend as the API gives it."""
        return {
            "property": self.property,
            "entries": [
                {"value": value, **_style_json(style), "hatch": self.hatches.get(value)}
                for value, style in self.styles.items()
            ],
            "default": _style_json(self.default) | {"hatch": None},
        }


#: Of the kinds whose features are told apart by values that are always the same.
_KIND_LEGENDS: Mapping[CollectionKind, Legend] = {
    CollectionKind.FINDING: Legend("verdict", VERDICT_STYLES, UNSTYLED),
    CollectionKind.IDLE_CASE: Legend("kind", IDLE_STYLES, UNSTYLED),
    CollectionKind.LAND_FINDING: Legend("topic", LAND_STYLES, UNSTYLED),
    CollectionKind.PLAN_PATCH: Legend("conflict_class", PATCH_STYLES, UNSTYLED, PATCH_HATCHES),
    CollectionKind.PLAN_CELL: Legend("conflict_class", CELL_STYLES, UNSTYLED, CONFLICT_HATCHES),
    CollectionKind.PLAN_FAULT: Legend("fault_kind", FAULT_STYLES, UNSTYLED),
    CollectionKind.CLEARANCE_ITEM: Legend("progress", CLEARANCE_STYLES, UNSTYLED),
    CollectionKind.OVERLAY_PAIR: Legend("overlap_class", OVERLAP_STYLES, UNSTYLED),
    CollectionKind.VECTOR: Legend(None, {}, UNSTYLED),
}


def _style_json(style: MapStyle) -> dict[str, str | None]:
    return {"label_zh": style.name_zh, "label_en": style.name_en, "fill": style.fill, "outline": style.outline}


@router.get(
    "/collections/{collection_id}/legend",
    summary="How a map draws the collection",
    dependencies=[Depends(allow_parameters("f")), JsonAccepted],
)
def get_legend(
    request: Request,
    session: ReadSession,
    settings: AppSettings,
    collection: RequestedCollection,
    _format: FormatJson = None,
) -> Annotated[dict[str, Any], DescribedBy(LegendAnswer)]:
    """Return the property that decides the colour, with names in both languages, in the order of the standards."""
    return find_legend(session, request.app.state.legend_values, collection, settings.storage_srid).as_json()


def find_legend(session: Session, cache: StateCache[CodeValues], collection: Collection, srid: int) -> Legend:
    """Return how a map draws a collection."""
    match collection.schema.kind:
        case CollectionKind.CONTROL_AREA:
            return _control_legend(collection)
        case kind if kind in _KIND_LEGENDS:
            return _KIND_LEGENDS[kind]
        case _:
            return _code_legend(session, cache, collection, srid)


def _control_legend(collection: Collection) -> Legend:
    kind = collection.control_kind or "other"
    zones = {zone.value: zone.style for zone in control_zones(kind)}
    return Legend("control_zone" if zones else None, zones, control_kind_style(kind))


def _code_legend(session: Session, cache: StateCache[CodeValues], collection: Collection, srid: int) -> Legend:
    """Draw by code: those that occur, each as the code table of its version says."""
    name = collection.schema.legend_property
    rows = Rows(collection, current_scope(session, collection))
    key = state_keys(session, [rows])[0]
    values = cache.get(key)
    if values is None:
        columns = [item for item in collection.schema.properties if item.name in {name, "code_version"}]
        ordered = sorted(columns, key=lambda item: item.name != name)
        values = distinct_values(session, rows, ordered, srid, limit=MAX_ENTRIES)
        cache.put(key, values)
    return Legend(name if values else None, dict(_code_styles(values)), OTHER_STYLE if values else UNSTYLED)


def _code_styles(values: CodeValues) -> Iterator[tuple[str, MapStyle]]:
    """Yield the styles of codes; those of no table known here get a colour by their place among them."""
    unknown = 0
    seen: set[str] = set()
    for value, version in sorted(values, key=lambda pair: code_order(*pair)):
        style = code_style(value, version)
        if value in seen:
            continue
        seen.add(value)
        if style is None:
            style = MapStyle(value, value, *PALETTE[unknown % len(PALETTE)])
            unknown += 1
        yield value, style
