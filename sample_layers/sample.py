"""The whole sample in memory: the zone, its parcels, what is planted, and the tables that follow."""

from collections.abc import Sequence
from dataclasses import dataclass

from sample_layers.contract_cases import planted_cases
from sample_layers.contracts import Contract, draw_up
from sample_layers.hard_lines import FLEXIBLE_BLOCKS, RESTRICTED_BLOCK, Coverage, coverage_rings, draw_hard_lines
from sample_layers.land_cover import Patch, road_and_river_patches, survey_patches
from sample_layers.layout import SITE_COLUMNS, SITE_ROWS
from sample_layers.parcels import Parcel, block_prefix, number_rows, ordinary_parcels
from sample_layers.plans import Contradiction, PlanZone, city_zones, contradictions, land_zones
from sample_layers.planted_faults import PlantedRows, plant_rows
from sample_layers.planting import Plantation, Shape, Site
from sample_layers.projection import Millimetres
from sample_layers.site_text import Plot, plots
from sample_layers.uses import INDUSTRY
from sample_layers.zone import Zone

# The land-use plan's zone on this site gets an edge that goes out and back.
SPIKED_SITE = (8, 9)
_FREE_SITE, _CROSSED_SITE = (8, 7), (0, 2)


@dataclass(frozen=True)
class Sample:
    """Everything that is written and everything that is expected."""

    zone: Zone
    plantation: Plantation
    rows: PlantedRows
    parcels: list[Parcel]
    survey: list[Patch]
    roads: list[Patch]
    contradictions: list[Contradiction]
    city: list[PlanZone]
    land: list[PlanZone]
    coverage: list[list[Millimetres]]
    coverages: list[Coverage]
    contracts: list[Contract]
    plots: list[Plot]

    def shapes(self, layer: str) -> list[Shape]:
        """Return the features of one hard line."""
        return [shape for shape in self.plantation.shapes if shape.layer == layer]

    @property
    def spiked_zone(self) -> int:
        """Position of the land-use zone with the spike."""
        row, column = SPIKED_SITE
        ring = self.plantation.sites[row, column].ring
        return next(number for number, zone in enumerate(self.land) if set(zone.polygons[0][0]) == set(ring))


def make_sample() -> Sample:
    """Make the sample; the same seed makes the same."""
    zone = Zone()
    town, village = ordinary_parcels(zone)
    plantation = Plantation(Site(row, column) for row in range(SITE_ROWS) for column in range(SITE_COLUMNS))
    draw_hard_lines(zone, plantation, town, village)
    rows = plant_rows(plantation.sites)
    parcels = [*town, *rows.parcels, *village]
    number_rows(parcels)
    coverage, coverages = coverage_rings(zone, plantation)
    planted = contradictions(plantation.sites)
    site_parcels = {place: site.parcel for place, site in plantation.sites.items()}
    return Sample(
        zone=zone,
        plantation=plantation,
        rows=rows,
        parcels=parcels,
        survey=survey_patches(zone),
        roads=road_and_river_patches(zone),
        contradictions=planted,
        city=city_zones(zone, planted),
        land=land_zones(zone, planted),
        coverage=coverage,
        coverages=coverages,
        contracts=draw_up(planted_cases(), site_parcels, _contract_parcels(town)),
        plots=plots(plantation.sites[_FREE_SITE], plantation.sites[_CROSSED_SITE]),
    )


def _contract_parcels(town: Sequence[Parcel]) -> list[Parcel]:
    """Return industrial parcels all over the town, away from the blocks that a line takes whole."""
    taken = {block_prefix(place) for place in (RESTRICTED_BLOCK, *FLEXIBLE_BLOCKS)}
    eligible = [parcel for parcel in town if parcel.use_code == INDUSTRY.current and parcel.code[6:12] not in taken]
    return eligible[::7]
