"""A candidate as JSON, with what speaks for it and against it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import geopandas as gpd
import numpy as np

from app.checks.repository import for_storage
from app.figures import PLACES_DEGREES, area
from app.site_checks.written_shapes import write_shapes
from app.site_search.candidates import AVAILABLE, Availability, Candidate, availability_of
from app.site_search.conditions import Outcome
from gis.rules import Verdict


def describe_candidate(candidate: Candidate, site: Mapping[str, Any], parcels: gpd.GeoDataFrame) -> dict[str, Any]:
    """Write a candidate with the verdict of the site check about it."""
    members = parcels.loc[list(candidate.rows)]
    availability = availability_of(members)
    (shape,) = write_shapes(for_storage(np.array([candidate.geometry], dtype=object)), PLACES_DEGREES)
    reasons = [*_own_reasons(candidate), *_reasons_of_law(site)]
    return {
        "verdict": site["verdict"],
        "text_zh": site["text_zh"],
        "text_en": site["text_en"],
        "availability": candidate.availability.name.lower(),
        **area(candidate.area_m2),
        "parcels": [
            {
                "layer": row["layer"],
                "feature_id": row["feature_id"],
                "parcel_code": row["parcel_code"],
                "name": row["name"],
                "land_use_code": row["land_use_code"],
                "code_version": row["code_version"],
                "availability": availability[row_id].name.lower(),
                **area(row["area_m2"]),
            }
            for row_id, row in zip(candidate.rows, members.to_dict("records"), strict=True)
        ],
        "reasons_for": [one for speaks_for, one in reasons if speaks_for],
        "reasons_against": [one for speaks_for, one in reasons if not speaks_for],
        "geometry": json.loads(shape),
    }


def _own_reasons(candidate: Candidate) -> Iterator[tuple[bool, dict[str, Any]]]:
    zh, en = AVAILABLE[candidate.availability]
    yield candidate.availability is not Availability.HELD, _reason("availability", "", zh, en)
    if len(candidate.rows) > 1:
        yield (
            False,
            _reason(
                "combination",
                "",
                f"须合并 {len(candidate.rows)} 宗土地",
                f"{len(candidate.rows)} parcels have to be combined",
            ),
        )
    for reason in candidate.reasons:
        is_met = reason.outcome is Outcome.MET
        yield is_met, _reason("condition", "" if is_met else Verdict.NO_DATA.value, reason.text_zh, reason.text_en)


def _reasons_of_law(site: Mapping[str, Any]) -> Iterator[tuple[bool, dict[str, Any]]]:
    """Take the findings of the site check; kinds of which there is no layer speak against a site, for they are not known."""
    for finding in [*(one for layer in site["layers"] for one in layer["findings"]), *site["project"]]:
        speaks_for = finding["verdict"] == Verdict.PASS
        yield speaks_for, _reason(finding["rule_id"], finding["verdict"], finding["text_zh"], finding["text_en"])
    clear = [layer for layer in site["layers"] if layer["verdict"] == Verdict.PASS and not layer["findings"]]
    if clear:
        titles_zh, titles_en = (
            "、".join(layer["title_zh"] for layer in clear),
            ", ".join(layer["title_en"] for layer in clear),
        )
        yield (
            True,
            _reason("clear", Verdict.PASS.value, f"已核查、未涉及：{titles_zh}", f"checked and clear: {titles_en}"),
        )
    for missing in site["missing_layers"]:
        if missing["verdict"] == Verdict.NO_DATA:
            kind = missing["control_kind"]
            yield (
                False,
                _reason(kind, missing["verdict"], f"{kind}：{missing['text_zh']}", f"{kind}: {missing['text_en']}"),
            )


def _reason(source: str, verdict: str, zh: str, en: str) -> dict[str, Any]:
    return {"source": source, "verdict": verdict or None, "text_zh": zh, "text_en": en}
