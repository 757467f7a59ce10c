"""Sites that somebody asks about, each on a rectangle of the planted district, with the verdict that the law gives.

What they overlap with is what is planted there (``planted_lines.py``, ``hard_lines.coverage_rings``); the verdicts follow
from the law and the accuracy of the lines alone, and are written here by hand.

References
----------
.. [1] 《关于加强生态保护红线管理的通知（试行）》自然资发〔2022〕142号: in the core no activity but those named, elsewhere the
   limited activities of its list.
.. [2] 《基本农田保护条例》 art. 15 and 《土地管理法》 art. 35: permanent basic farmland is not built on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sample_layers.hard_lines import Coverage
from sample_layers.planting import BOUNDARY, FARMLAND, FUNCTIONAL, REDLINE, Overlap, Plantation
from sample_layers.projection import degrees

LINES: Final = (REDLINE, FARMLAND, BOUNDARY, FUNCTIONAL)
FACTORY, HOUSING = "100101", "070101"
#: What the city plan, whose ground here is for industry, says of a use; None: nobody said what is to be built.
_PLANNED_USE: Final = {FACTORY: "PASS", HOUSING: "DENY", None: "REVIEW"}
_WORSE: Final = ("PASS", "WARN", "NO_DATA", "REVIEW", "DENY")


@dataclass(frozen=True)
class PlantedSite:
    """A site: the rectangle of the district, its question, and the verdict of each line that it meets.

    Attributes
    ----------
    lines : mapping of (layer, zone) to verdict
        Of every overlap that is planted there.
    near : tuple of layers
        Prohibitions that come nearer than their survey's accuracy of 0.5 m without an overlap: REVIEW.
    missing : tuple of str
        Facts that the red line asks for and nobody said.
    """

    item: str
    place: tuple[int, int]
    lines: Mapping[tuple[str, str], str] = field(default_factory=dict)
    use: str | None = FACTORY
    activity: str | None = "none"
    near: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


PLANTED: Final = (
    PlantedSite("free_ground", (8, 7)),
    PlantedSite("housing_on_ground_for_industry", (8, 7), use=HOUSING),
    PlantedSite("use_not_said", (8, 7), use=None),
    PlantedSite("red_line_core", (0, 0), {(REDLINE, "core"): "DENY"}),
    PlantedSite("red_line_30_percent", (0, 2), {(REDLINE, "general"): "DENY"}),
    PlantedSite(
        "red_line_activity_not_said",
        (0, 2),
        {(REDLINE, "general"): "REVIEW"},
        activity=None,
        missing=("activity_code",),
    ),
    PlantedSite("red_line_diagonally", (0, 3), {(REDLINE, "core"): "DENY"}),
    PlantedSite("red_line_touched", (0, 4), near=(REDLINE,)),
    PlantedSite("red_line_10_mm", (0, 5), {(REDLINE, "general"): "REVIEW"}),
    PlantedSite("red_line_counted_once", (0, 6), {(REDLINE, "general"): "DENY"}),
    PlantedSite("red_line_core_and_general", (0, 7), {(REDLINE, "core"): "DENY", (REDLINE, "general"): "DENY"}),
    PlantedSite("red_line_apart_by_10_mm", (1, 3), near=(REDLINE,)),
    PlantedSite("farmland_artefact", (1, 6), near=(FARMLAND,)),
    PlantedSite("two_lines", (1, 9), {(REDLINE, "general"): "DENY", (FARMLAND, ""): "DENY"}),
    PlantedSite("farmland_25_percent", (2, 1), {(FARMLAND, ""): "DENY"}),
    PlantedSite("farmland_10_mm", (2, 3), {(FARMLAND, ""): "REVIEW"}),
    PlantedSite("within_01", (3, 0)),
    PlantedSite("outside_40_percent", (3, 1), {(BOUNDARY, ""): "DENY"}),
    PlantedSite("outside_wholly", (3, 2), {(BOUNDARY, ""): "DENY"}),
    PlantedSite("flexible_part", (3, 6), {(BOUNDARY, "02"): "REVIEW"}),
    PlantedSite("forbidden_zone_40_percent", (4, 1), {(FUNCTIONAL, "forbidden"): "DENY"}),
    PlantedSite("restricted_zone_20_percent", (4, 3), {(FUNCTIONAL, "restricted"): "REVIEW"}),
    PlantedSite("nothing_known", (7, 0)),
    PlantedSite("half_known", (7, 1)),
    PlantedSite("hit_in_the_known_half", (8, 0), {(FARMLAND, ""): "DENY"}),
)


def site_features(plantation: Plantation) -> list[dict[str, Any]]:
    """Return the sites as GeoJSON features, with the corners of their rectangles."""
    features = []
    for planted in PLANTED:
        ring = [list(point) for point in degrees(plantation.sites[planted.place].ring)]
        features.append(
            {
                "type": "Feature",
                "properties": {"name": planted.item},
                "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
            }
        )
    return features


def expected_answers(plantation: Plantation, coverages: Sequence[Coverage]) -> list[dict[str, Any]]:
    """Return what must be answered about each site."""
    return [_answer(planted, plantation, coverages) for planted in PLANTED]


def _answer(planted: PlantedSite, plantation: Plantation, coverages: Sequence[Coverage]) -> dict[str, Any]:
    parcel = plantation.sites[planted.place].parcel
    covered = next((one.covered_share for one in coverages if one.parcel is parcel), 1.0)
    met = [overlap for overlap in plantation.overlaps if overlap.parcel is parcel and overlap.is_finding]
    layers = {layer: _layer(planted, layer, met, covered) for layer in LINES}
    # The land-use plan is written in a table of which the rules do not know how it stands to today's: always REVIEW.
    parts = [layer["verdict"] for layer in layers.values()] + [_PLANNED_USE[planted.use], "REVIEW"]
    return {
        "item": planted.item,
        "question": {"use_code": planted.use, "activity_code": planted.activity},
        "verdict": _worst(parts),
        "area_m2": round(parcel.area_m2, 4),
        "city_plan": _PLANNED_USE[planted.use],
        "layers": layers,
    }


def _layer(planted: PlantedSite, layer: str, met: Sequence[Overlap], covered: float) -> dict[str, Any]:
    findings = list(_findings(planted, layer, met))
    verdicts = [finding["verdict"] for finding in findings]
    if layer in planted.near:
        verdicts.append("REVIEW")
    status = "hit" if verdicts else ("clear" if covered > 0 else "not_covered")
    return {
        "status": status,
        "verdict": _worst([*verdicts, "PASS" if covered == 1.0 else "NO_DATA"]),
        "covered_share": round(covered, 6),
        "is_near": layer in planted.near,
        "findings": findings,
    }


def _findings(planted: PlantedSite, layer: str, met: Sequence[Overlap]) -> Iterator[dict[str, Any]]:
    for overlap in met:
        if overlap.layer != layer:
            continue
        yield {
            "zone": overlap.zone or None,
            "verdict": planted.lines[layer, overlap.zone],
            "overlap_area_m2": round(overlap.area_m2, 4),
            "tolerance_m2": max(overlap.tolerance_m2, 0.006),
            "overlap_class": overlap.overlap_class,
            "missing": list(planted.missing),
        }


def _worst(verdicts: Sequence[str]) -> str:
    return max(verdicts, key=_WORSE.index)
