"""The report as one HTML page that needs nothing else: for the screen, for paper, in Chinese or English."""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import shapely
from jinja2 import Environment, PackageLoader, StrictUndefined

from gis.validation.kinds import fault_kind
from gis.validation.labels import LABELS
from gis.validation.model import Fault
from gis.validation.report import DeliveryReport, FaultTally
from gis.validation.severity import Severity

__all__ = ["Language", "render_html"]

Language: TypeAlias = Literal["zh", "en"]

#: Faults of one kind that are listed; the fault layer has the others.
LISTED: Final = 50
_COLOURS: Final = {Severity.ERROR: "#b42318", Severity.WARNING: "#c58a00", Severity.NOTE: "#3a5a8c"}
_MAP_WIDTH: Final = 1000.0
_MAP_MARGIN: Final = 24.0
_MOST_DOTS: Final = 3_000


def render_html(report: DeliveryReport, language: Language = "zh") -> str:
    """Render a report as a page of its own.

    Parameters
    ----------
    report : DeliveryReport
    language : {"zh", "en"}

    Returns
    -------
    str
        HTML without scripts and without anything that is loaded; what comes out of data is escaped.

    Examples
    --------
    >>> from gis.validation import DeliveryReport, render_html
    >>> page = render_html(DeliveryReport(source={"name": "<b>.shp"}), "en")
    >>> "&lt;b&gt;.shp" in page, "<script" in page
    (True, False)
    """
    document = report.as_json()
    given = [
        {"target": target, "source": source, "zh": "指定", "en": "given"}
        for target, source in report.settings.get("given_mapping", {}).items()
    ]
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            language=language,
            label=LABELS[language],
            source=_SOURCE | report.source,
            settings=_SETTINGS | report.settings,
            counts=document["counts"],
            checks=document["checks"],
            areas=report.areas,
            tallies=[_shown_tally(tally) for tally in report.tallies],
            verdict=_verdict(report),
            places=_places(report),
            mapping=[*given, *report.settings.get("proposed_mapping", [])],
        )
    )


_SOURCE: Final[dict[str, Any]] = dict.fromkeys(("name", "layer", "driver", "crs", "crs_epsg", "encoding", "sha256"))
_SETTINGS: Final[dict[str, Any]] = {
    "kind": "",
    "title_zh": "",
    "title_en": "",
    "proposal": None,
    "proposal_accepted": False,
    "contract_version": "",
    "documents": [],
    "examined_on": None,
}


@cache
def _environment() -> Environment:
    environment = Environment(loader=PackageLoader("gis.validation"), autoescape=True, undefined=StrictUndefined)
    environment.filters["number"] = lambda value: f"{value:,}"
    environment.filters["square_metres"] = lambda value: f"{value:,.2f} m²"
    environment.trim_blocks = True
    return environment


def _verdict(report: DeliveryReport) -> str:
    counts = report.severity_counts
    if counts[Severity.ERROR]:
        return "error"
    return "warning" if counts[Severity.WARNING] else "good"


def _shown_tally(tally: FaultTally) -> dict[str, Any]:
    known = fault_kind(tally.kind)
    listed = tally.kept[:LISTED]
    return {
        "severity": tally.severity.value,
        "title_zh": known.title_zh,
        "title_en": known.title_en,
        "remedy_zh": known.remedy_zh,
        "remedy_en": known.remedy_en,
        "count": tally.count,
        "kept": len(tally.kept),
        "more": tally.count > len(listed),
        "faults": [_shown_fault(fault) for fault in listed],
    }


def _shown_fault(fault: Fault) -> dict[str, Any]:
    place = ""
    if fault.geometry is not None:
        centre = shapely.get_coordinates(shapely.centroid(fault.geometry))
        place = "" if len(centre) == 0 else f"{centre[0, 0]:.6f}, {centre[0, 1]:.6f}"
    return {
        "source_row": fault.source_row,
        "feature_id": fault.feature_id,
        "found": fault.found,
        "text_zh": fault.text_zh,
        "text_en": fault.text_en,
        "place": place,
    }


def _places(report: DeliveryReport) -> dict[str, Any] | None:
    """Lay the places of faults out as dots of a small map, the notes below the warnings and these below the errors."""
    dots = list(_dots(report))[:_MOST_DOTS]
    if not dots:
        return None
    points = np.array([point for point, _, _ in dots])
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    stretch = float(np.cos(np.radians((south + north) / 2)))
    span = max((east - west) * stretch, north - south, 1e-6)
    scale = (_MAP_WIDTH - 2 * _MAP_MARGIN) / max((east - west) * stretch, span / 3)
    height = max((north - south) * scale + 2 * _MAP_MARGIN, 120.0)
    drawn = [
        {
            "x": f"{_MAP_MARGIN + (lon - west) * stretch * scale:.1f}",
            "y": f"{height - _MAP_MARGIN - (lat - south) * scale:.1f}",
            "r": 3 if severity is Severity.NOTE else 5,
            "colour": _COLOURS[severity],
            "text": text,
        }
        for (lon, lat), severity, text in reversed(dots)
    ]
    return {
        "width": f"{_MAP_WIDTH:.0f}",
        "height": f"{height:.0f}",
        "dots": drawn,
        "west": f"{west:.4f}°",
        "east": f"{east:.4f}°",
        "south": f"{south:.4f}°",
        "north": f"{north:.4f}°",
    }


def _dots(report: DeliveryReport) -> Iterator[tuple[tuple[float, float], Severity, str]]:
    for fault in report.faults:
        if fault.geometry is None:
            continue
        centre = shapely.get_coordinates(shapely.centroid(fault.geometry))
        if len(centre):
            name = f"{fault.kind} {fault.source_row or ''} {fault.feature_id or ''}".strip()
            yield (float(centre[0, 0]), float(centre[0, 1])), fault.severity, name
