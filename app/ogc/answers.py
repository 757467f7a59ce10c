"""What is answered about collections and how a map draws them: the map page takes its types from here, by the OpenAPI document."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.collections.schema import CollectionKind
from app.described import Described
from gis.landuse.control_kinds import ControlKind

__all__ = ["CollectionAnswer", "CollectionList", "LegendAnswer"]


class OGCLink(Described):
    """A link to something of the service."""

    href: str
    rel: str
    type: str
    title: str | None = None


class SpatialExtent(Described):
    """Where the features lie."""

    bbox: Annotated[list[list[float]], Field(description="One box: west, south, east, north.")]
    crs: str


class TemporalExtent(Described):
    """When the version is in force."""

    interval: Annotated[list[list[str | None]], Field(description="One interval; null is open.")]


class CollectionExtent(Described):
    """Where the features lie, and when they apply; a collection without features has no place."""

    spatial: SpatialExtent | None = None
    temporal: TemporalExtent | None = None


class ShownVersion(Described):
    """Which delivery of a layer is shown."""

    number: int
    valid_from: date
    valid_to: date | None
    approval_no: str | None


class CollectionFacts(Described):
    """What the standard has no place for."""

    kind: CollectionKind
    control_kind: ControlKind | None
    title_zh: str
    title_en: str
    geometry: Literal["point", "line", "polygon", "mixed"]
    feature_count: Annotated[int, Field(ge=0)]
    version: Annotated[ShownVersion | None, Field(description="Results have none.")]


class CollectionAnswer(Described):
    """A collection: a published layer, or results."""

    id: str
    title: str
    description: str
    itemType: Literal["feature"]  # noqa: N815  the standard's name
    crs: list[str]
    storageCrs: str  # noqa: N815
    extent: CollectionExtent
    links: list[OGCLink]
    duogui: CollectionFacts


class CollectionList(Described):
    """All collections."""

    links: list[OGCLink]
    collections: list[CollectionAnswer]


class LegendStyle(Described):
    """What something is called and how it is drawn; colours are ``#rrggbb``."""

    label_zh: str
    label_en: str
    fill: str
    outline: str
    hatch: Annotated[
        Literal["diagonal", "back_diagonal", "cross", "dots", "horizontal", "vertical"] | None,
        Field(description="The symbol beside the colour."),
    ]


class LegendEntryAnswer(LegendStyle):
    """A value and how it is drawn."""

    value: str


class LegendAnswer(Described):
    """How a map draws a collection."""

    property: Annotated[
        str | None, Field(description="Its value chooses the entry; null where one style draws the whole layer.")
    ]
    entries: list[LegendEntryAnswer]
    default: LegendStyle
