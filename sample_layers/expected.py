"""What must be found in the sample: the contents of ``expected.json``, all of it from how things were planted."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sample_layers.contracts import AS_OF
from sample_layers.enterprises import CLOSURES
from sample_layers.layer_files import (
    land_plan_identifier,
    plan_zone_area_m2,
    planted_survey_rows,
    survey_area_m2,
)
from sample_layers.line_files import farmland_identifier
from sample_layers.naming import credit_code
from sample_layers.parcels import Parcel
from sample_layers.plans import total_areas_m2
from sample_layers.planted_sites import expected_answers
from sample_layers.planting import BOUNDARY, FARMLAND, FUNCTIONAL, REDLINE, Overlap
from sample_layers.rasters import PLANTED_GREEN, YEARS
from sample_layers.sample import Sample

HARD_LINES = (REDLINE, FARMLAND, BOUNDARY, FUNCTIONAL)
_REPAIR_TOLERANCE_M2 = 0.05


def expected_contents(sample: Sample) -> dict[str, Any]:
    """Return everything that tests compare with; the README says how it is organised."""
    return {
        "as_of": AS_OF.isoformat(),
        "imports": _imports(sample),
        "parcels": _parcels(sample),
        "findings": {layer: _findings(sample, layer) for layer in HARD_LINES},
        "coverage": _coverage(sample),
        "plan_conflicts": _plan_conflicts(sample),
        "idle": _idle(sample),
        "site": _site(sample),
        "site_answers": expected_answers(sample.plantation, sample.coverages),
        "enterprises": _enterprises(),
        "ndvi": _ndvi(sample),
    }


def _imports(sample: Sample) -> dict[str, Any]:
    faulty = [row.as_dict() for row in sample.rows.faulty]
    plain = {
        "ecological_redline": len(sample.shapes(REDLINE)),
        "urban_development_boundary": len(sample.shapes(BOUNDARY)),
        "functional_zones": len(sample.shapes(FUNCTIONAL)),
        "roads_rivers": len(sample.roads),
    }
    return {
        "parcels": _outcome(len(sample.parcels), faulty),
        "land_survey": _outcome(len(sample.survey) + 1, _survey_faults(sample)),
        "city_plan": _outcome(len(sample.city) + 1, [_fault("zone_never_drawn", None, "rejected", "missing")]),
        "land_use_plan": _outcome(len(sample.land), [_spike(sample)]),
        "permanent_basic_farmland": _outcome(
            len(sample.shapes(FARMLAND)) + 1,
            [_fault("patch_delivered_twice", farmland_identifier(0), "rejected", "duplicate")],
        ),
        **{slug: _outcome(count, []) for slug, count in plain.items()},
    }


def _outcome(read: int, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Count outcomes; ``accepted`` are those that needed no repair."""
    outcomes = Counter(item["outcome"] for item in items)
    return {
        "read": read,
        "accepted": read - outcomes["repaired"] - outcomes["rejected"],
        "repaired": outcomes["repaired"],
        "rejected": outcomes["rejected"],
        "items": list(items),
    }


def _fault(
    item: str, feature_id: str | None, outcome: str, fault: str, area_after_m2: float | None = None
) -> dict[str, Any]:
    entry: dict[str, Any] = {"item": item, "feature_id": feature_id, "outcome": outcome, "fault": fault}
    if area_after_m2 is not None:
        entry |= {"area_after_m2": round(area_after_m2, 4), "tolerance_m2": _REPAIR_TOLERANCE_M2}
    return entry


def _survey_faults(sample: Sample) -> list[dict[str, Any]]:
    outlying, empty = planted_survey_rows(sample.survey)
    position = int(outlying[-8:]) - 1
    area = survey_area_m2(sample.survey[position])
    return [
        _fault("hole_outside_its_shell", outlying, "repaired", "hole_outside_shell", area),
        _fault("empty_geometry", empty, "rejected", "empty"),
    ]


def _spike(sample: Sample) -> dict[str, Any]:
    position = sample.spiked_zone
    area = plan_zone_area_m2(sample.land[position])
    return _fault("zone_with_a_spike", land_plan_identifier(position), "repaired", "spike", area)


def _parcels(sample: Sample) -> dict[str, Any]:
    rows = sample.rows
    return {
        "rows": len(sample.parcels),
        "registered_areas": [_registered(item, parcel) for item, parcel in rows.registered],
        "odd_codes": [{"item": item, **_named(parcel)} for item, parcel in rows.odd_codes],
        "same_code": [{"item": item, "parcels": [_named(p) for p in group]} for item, group in rows.same_code],
        "same_ground": [{"item": item, "parcels": [_named(p) for p in group]} for item, group in rows.same_ground],
        "overlapping": [
            {"item": item, "parcels": [_named(p) for p in group], "common_area_m2": round(area, 4)}
            for item, group, area in rows.overlapping
        ],
        "area_ellipsoid_m2": {
            parcel.identifier: round(parcel.area_m2, 4) for parcel in sample.parcels if parcel.area_m2 > 0
        },
    }


def _named(parcel: Parcel) -> dict[str, str]:
    return {"parcel_code": parcel.code, "parcel_bsm": parcel.identifier}


def _registered(item: str, parcel: Parcel) -> dict[str, Any]:
    return {
        "item": item,
        **_named(parcel),
        "area_registered_m2": None if parcel.registered_m2 is None else str(parcel.registered_m2),
        "area_ellipsoid_m2": round(parcel.area_m2, 4),
        "area_planar_m2": round(parcel.planar_m2, 4),
    }


def _findings(sample: Sample, layer: str) -> dict[str, Any]:
    overlaps = [overlap for overlap in sample.plantation.overlaps if overlap.layer == layer]
    found = [overlap for overlap in overlaps if overlap.is_finding]
    return {
        "complete": True,
        "findings": [overlap.as_dict() for overlap in _ordered(found)],
        "no_findings": [overlap.as_dict() for overlap in overlaps if not overlap.is_finding],
    }


def _ordered(overlaps: Sequence[Overlap]) -> list[Overlap]:
    return sorted(overlaps, key=lambda overlap: (overlap.parcel.number, overlap.zone))


def _coverage(sample: Sample) -> dict[str, Any]:
    return {
        "layers": list(HARD_LINES),
        "not_wholly_covered": [
            {
                "item": coverage.item,
                **_named(coverage.parcel),
                "uncovered_area_m2": round(coverage.uncovered_m2, 4),
                "covered_share": round(coverage.covered_share, 9),
            }
            for coverage in sample.coverages
        ],
    }


def _plan_conflicts(sample: Sample) -> dict[str, Any]:
    return {
        "classes": {
            "1": "两规均为建设用地",
            "2": "城规建设,土规非建设",
            "3": "土规建设,城规非建设",
            "4": "两规均为非建设用地",
            "gap_city": "城规无数据",
            "gap_land": "土规无数据",
            "gap_both": "两规均无数据",
        },
        "planted": [
            {
                "item": contradiction.item,
                "parcel_code": contradiction.site.parcel.code,
                "areas_m2": {name: round(area, 4) for name, area in sorted(contradiction.areas_m2().items())},
                "tolerance_m2": 0.05,
            }
            for contradiction in sample.contradictions
        ],
        "totals_m2": {
            name: round(area, 2) for name, area in total_areas_m2(sample.zone, sample.contradictions).items()
        },
        "totals_tolerance_m2": 1.0,
    }


def _idle(sample: Sample) -> dict[str, Any]:
    planted = [contract.as_dict() for contract in sample.contracts if contract.case is not None]
    cases = [entry for entry in planted if entry["kind"] != "not_idle"]
    return {
        "as_of": AS_OF.isoformat(),
        "contracts": len(sample.contracts),
        "complete": True,
        "count_by_kind": dict(sorted(Counter(entry["kind"] for entry in cases).items())),
        "cases": cases,
        "not_idle": [entry for entry in planted if entry["kind"] == "not_idle"],
    }


def _site(sample: Sample) -> dict[str, Any]:
    crossed = [overlap for overlap in sample.plantation.overlaps if overlap.parcel.code == _code_of(sample, 0, 2)]
    return {
        "plots": [plot.as_dict() for plot in sample.plots],
        "findings": [
            {
                "plot": sample.plots[1].number,
                "control_layer": overlap.layer,
                "control_zone": overlap.zone,
                "overlap_area_m2": round(overlap.area_m2, 4),
                "overlap_class": overlap.overlap_class,
                "tolerance_m2": overlap.tolerance_m2,
            }
            for overlap in crossed
        ],
    }


def _code_of(sample: Sample, row: int, column: int) -> str:
    return sample.plantation.sites[row, column].parcel.code


def _enterprises() -> dict[str, Any]:
    return {
        "years_due": [2023, 2024],
        "planted": [
            {"item": closure.item, "credit_code": credit_code(closure.firm), "is_zombie": closure.is_zombie}
            for closure in CLOSURES
        ],
    }


def _ndvi(sample: Sample) -> list[dict[str, Any]]:
    return [
        {
            "item": planted.item,
            "parcel_code": _code_of(sample, *planted.place),
            "mean": {str(year): value for year, value in zip(YEARS, planted.ndvi, strict=True)},
        }
        for planted in PLANTED_GREEN
    ]
