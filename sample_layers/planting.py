"""What it takes to plant an overlap whose size is known.

A ``Site`` is a rectangle of the planted district with its parcel; a ``Shape`` is one feature of a hard line as it is
delivered; an ``Overlap`` is what must be found, with the area that plain clipping in the equal-area plane gives for
the vertices as they are written to the file.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sample_layers.layout import SITE_HEIGHT, SITE_WIDTH, site_box
from sample_layers.parcels import Parcel, site_parcel
from sample_layers.projection import GAUSS_KRUGER, GAUSS_KRUGER_PREFIXED, GEOGRAPHIC, Millimetres, degrees, source_ring
from sample_layers.truth import Point, covered_area_m2
from sample_layers.zone import corners

REDLINE = "ecological_redline"
FARMLAND = "permanent_basic_farmland"
BOUNDARY = "urban_development_boundary"
FUNCTIONAL = "functional_zones"

DELIVERED_IN = {REDLINE: GEOGRAPHIC, FARMLAND: GAUSS_KRUGER_PREFIXED, BOUNDARY: GEOGRAPHIC, FUNCTIONAL: GAUSS_KRUGER}
# GeoJSON carries nine decimals of a degree, a tenth of a millimetre; the other files carry full double precision.
GEOJSON_DECIMALS = 9

# Planted overlaps are settled by exact vertices; what is left is floating-point noise.
PLANTED_TOLERANCE_M2 = 0.001


@dataclass
class Site:
    """A rectangle of the planted district and the parcel on it.

    Examples
    --------
    >>> from sample_layers.planting import Site
    >>> Site(0, 0).window(0, 0, 120, 80) == Site(0, 0).ring
    True
    """

    row: int
    column: int
    parcel: Parcel = field(init=False)

    def __post_init__(self) -> None:
        self.parcel = site_parcel(self.row, self.column, self.ring)

    @property
    def ring(self) -> list[Millimetres]:
        """Corners, counter-clockwise from the south-west."""
        return corners(site_box(self.row, self.column))

    def at(self, east: float, north: float) -> Millimetres:
        """Return the place so many metres east and north of the south-west corner."""
        west, south = self.ring[0]
        return west + round(east * 1000), south + round(north * 1000)

    def window(self, west: float, south: float, east: float, north: float) -> list[Millimetres]:
        """Return a rectangle along the grid, given in metres from the south-west corner."""
        return [self.at(west, south), self.at(east, south), self.at(east, north), self.at(west, north)]

    def geographic_window(self, west: float, south: float, east: float, north: float) -> list[Point]:
        """Return a rectangle of meridians and parallels through the middles of the sides of such a rectangle."""
        middle_east, middle_north = SITE_WIDTH / 2, SITE_HEIGHT / 2
        left, right = degrees([self.at(west, middle_north), self.at(east, middle_north)])
        bottom, top = degrees([self.at(middle_east, south), self.at(middle_east, north)])
        return [(left[0], bottom[1]), (right[0], bottom[1]), (right[0], top[1]), (left[0], top[1])]


@dataclass(frozen=True)
class Shape:
    """One feature of a hard line.

    Attributes
    ----------
    layer : str
        Slug.
    zone : str
        Zone as the service calls it: ``core``, ``general``, ``01``, ``key``, ...; empty where a layer has none.
    name : str
    polygons : tuple of polygons
        Each a tuple of rings in the layer's own coordinates, the shell first.
    """

    layer: str
    zone: str
    name: str
    polygons: tuple[tuple[tuple[Point, ...], ...], ...]


@dataclass(frozen=True)
class Overlap:
    """What a check must say about one parcel and one zone of a layer.

    Attributes
    ----------
    item : str
        What was planted.
    layer, zone : str
    parcel : Parcel
    relation : str
        ``inside``, ``crossing``, ``covers``, ``touching``, ``apart``, ``outside`` or ``partly_outside``.
    area_m2 : float
        Ellipsoidal; for a required containment the area outside.
    overlap_class : str
        ``real``, ``sliver``, ``artefact`` or ``none``; the last two are never findings.
    how : str
        How the area was found.
    tolerance_m2 : float
    """

    item: str
    layer: str
    zone: str
    parcel: Parcel
    relation: str
    area_m2: float
    overlap_class: str
    how: str
    tolerance_m2: float = PLANTED_TOLERANCE_M2

    @property
    def is_finding(self) -> bool:
        """Whether a check must report it."""
        return self.overlap_class in {"real", "sliver"}

    def as_dict(self) -> dict[str, Any]:
        """Return the entry of ``expected.json``."""
        return {
            "item": self.item,
            "parcel_code": self.parcel.code,
            "parcel_bsm": self.parcel.identifier,
            "control_layer": self.layer,
            "control_zone": self.zone or None,
            "relation": self.relation,
            "overlap_area_m2": round(self.area_m2, 4),
            "tolerance_m2": self.tolerance_m2,
            "target_share": round(min(self.area_m2 / self.parcel.area_m2, 1.0), 9),
            "overlap_class": self.overlap_class,
            "how": self.how,
        }


class Plantation:
    """Collects what is planted.

    Attributes
    ----------
    shapes : list of Shape
    overlaps : list of Overlap
    sites : dict
        (row, column) to site; every site of the district is here once.
    """

    def __init__(self, sites: Iterable[Site]) -> None:
        self.sites = {(site.row, site.column): site for site in sites}
        self.shapes: list[Shape] = []
        self.overlaps: list[Overlap] = []

    def draw(self, layer: str, zone: str, name: str, *rings: Sequence[Millimetres]) -> None:
        """Add a feature of one polygon, given on the grid: the shell, then holes."""
        self.shapes.append(Shape(layer, zone, name, (tuple(deliver(layer, ring) for ring in rings),)))

    def draw_geographic(self, layer: str, zone: str, name: str, *rings: Sequence[Point]) -> None:
        """Add a feature of one polygon, given in degrees."""
        self.shapes.append(Shape(layer, zone, name, (tuple(tuple(ring) for ring in rings),)))

    def draw_parts(self, layer: str, zone: str, name: str, *shells: Sequence[Millimetres]) -> None:
        """Add a feature of several polygons without holes, given on the grid."""
        self.shapes.append(Shape(layer, zone, name, tuple((deliver(layer, ring),) for ring in shells)))

    def expect(
        self,
        item: str,
        layer: str,
        zone: str,
        site: Site,
        relation: str,
        overlap_class: str = "real",
        covering: Sequence[Sequence[Point]] = (),
    ) -> None:
        """Add what must be found on a site.

        Parameters
        ----------
        item, layer, zone, relation, overlap_class : str
        site : Site
        covering : sequence of rings
            Convex rings in degrees that cover the site; none stands for no common area.
        """
        area = covered_area_m2(degrees(site.ring), covering)
        how = "convex clipping in the equal-area plane" if covering else "no common area by construction"
        self.overlaps.append(Overlap(item, layer, zone, site.parcel, relation, area, overlap_class, how))

    def expect_whole(
        self,
        item: str,
        layer: str,
        zone: str,
        parcel: Parcel,
        relation: str,
        tolerance_m2: float = PLANTED_TOLERANCE_M2,
    ) -> None:
        """Add that a parcel lies in a zone (or outside a boundary) as a whole."""
        how = "area formula over the parcel's own vertices"
        self.overlaps.append(Overlap(item, layer, zone, parcel, relation, parcel.area_m2, "real", how, tolerance_m2))


def deliver(layer: str, ring: Sequence[Millimetres]) -> tuple[Point, ...]:
    """Return a ring of the grid in the coordinates of a layer's file.

    Examples
    --------
    >>> from sample_layers.planting import FUNCTIONAL, deliver
    >>> deliver(FUNCTIONAL, [(1000, 2000)])
    ((1.0, 2.0),)
    """
    if layer == BOUNDARY:
        return tuple(degrees(ring, places_after_point=GEOJSON_DECIMALS))
    return tuple(source_ring(ring, DELIVERED_IN[layer]))


def as_read(layer: str, ring: Sequence[Millimetres]) -> list[Point]:
    """Return a ring of the grid in degrees, as a reader of the layer's file gets it."""
    return degrees(ring, places_after_point=GEOJSON_DECIMALS if layer == BOUNDARY else None)
