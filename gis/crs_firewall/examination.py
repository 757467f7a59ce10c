"""Examining the reference system of a delivery: what is declared against how the coordinates are written and where they lie."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyproj

from gis.arrays import FloatArray, GeometryInput
from gis.crs import require_exact_path
from gis.crs_firewall.candidates import propose
from gis.crs_firewall.grids import GaussKruegerGrid, grid_of, names_old_datum, plain_grid_epsg, prefixed_grid_epsg
from gis.crs_firewall.location import Reference, find_location_faults
from gis.crs_firewall.places import ExpectedPlace
from gis.crs_firewall.proposal import CRSProposal
from gis.crs_firewall.wording import shown_epsg, shown_range
from gis.crs_firewall.writing import Writing, WrittenBounds, tell_writing
from gis.errors import CRSRefusedError
from gis.validation.model import Fault, describe_fault
from gis.validation.severity import Severity

__all__ = ["CRSExamination", "examine_crs"]

_ZONE_UNIT_M: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class CRSExamination:
    """What was found, and the likely reference system where there is one answer.

    Attributes
    ----------
    findings : tuple of Fault
        Empty for a file that is what it says.
    proposal : CRSProposal or None
    """

    findings: tuple[Fault, ...]
    proposal: CRSProposal | None = None

    @property
    def is_refused(self) -> bool:
        """Whether the file must not be read as it is declared."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)

    @property
    def is_settled_by_proposal(self) -> bool:
        """Whether the proposal answers every error; data with a datum, a shift or units that cannot be mended stay refused."""
        return self.proposal is not None and not any(finding.kind in _BEYOND_MENDING for finding in self.findings)


_BEYOND_MENDING: Final = frozenset(
    {
        "crs_datum_refused",
        "crs_unusable",
        "crs_mixed_units",
        "crs_gcj02_shift",
        "crs_bd09_shift",
        "crs_outside_expected",
    }
)


def examine_crs(
    declared: pyproj.CRS | None,
    bounds: FloatArray,
    *,
    crs_text: str | None = None,
    expected: ExpectedPlace | None = None,
    geometries: GeometryInput = None,
    reference: Reference = None,
) -> CRSExamination:
    """Examine the reference system of a file before anything of it is stored.

    Parameters
    ----------
    declared : CRS or None
        What the file or the caller says.
    bounds : ndarray of float64, shape (n, 4)
        minx, miny, maxx, maxy of every feature as the file has them, in the order of its rows; NaN where there is no geometry.
    crs_text : str, optional
        The declaration as it stands in the file, where names of an old datum are looked for.
    expected : ExpectedPlace, optional
        Where the layer must lie: the extent of the former version or of other layers, or of the province that its codes name.
    geometries : array_like of geometry or None, optional
        Some hundred features as the file has them, to be compared with ``reference``.
    reference : array_like of geometry or None, or callable, optional
        (lon, lat) in degrees: the same ground as another source draws it; or a function that returns what is drawn around a place.

    Returns
    -------
    CRSExamination
        Each finding is an error unless it says otherwise. Where exactly one reference system explains the coordinates it is proposed with the
        reason; several make no proposal.

    Examples
    --------
    >>> import numpy as np, pyproj
    >>> from gis.crs_firewall import examine_crs
    >>> examination = examine_crs(pyproj.CRS("EPSG:4547"), np.array([[38409706.2, 3125381.9, 38409806.2, 3125481.9]]))
    >>> [finding.kind for finding in examination.findings], examination.proposal.epsg
    (['crs_zone_prefix_unexpected'], 4526)
    """
    written = tell_writing(np.asarray(bounds, dtype=np.float64).reshape(-1, 4))
    findings = list(_declaration_faults(declared, crs_text))
    if findings and declared is not None:
        return CRSExamination(tuple(findings))
    findings += _mixture_faults(written)
    if written.writing is None:
        return CRSExamination((*findings, *([] if declared is not None else [_undeclared(None, written)])))
    if declared is None:
        proposal = propose(written, expected)
        return CRSExamination((*findings, _undeclared(proposal, written)), proposal)
    fault, proposal = _writing_fault(declared, written, expected)
    if fault is not None:
        return CRSExamination((*findings, fault), proposal)
    if findings:
        return CRSExamination(tuple(findings))
    located, proposal = find_location_faults(declared, written, expected, geometries=geometries, reference=reference)
    return CRSExamination(tuple(located), proposal)


def _declaration_faults(declared: pyproj.CRS | None, crs_text: str | None) -> Iterator[Fault]:
    if declared is None:
        return
    names = f"{declared.name} {crs_text or ''}"
    try:
        require_exact_path(declared)
    except CRSRefusedError:
        base = declared.geodetic_crs
        if base is None and not names_old_datum(names):
            yield describe_fault("crs_unusable", found=declared.name)
            return
        datum = declared.name if base is None or base.datum is None else base.datum.name
        yield describe_fault("crs_datum_refused", found=declared.name, expected="CGCS2000", values={"datum": datum})
        return
    if names_old_datum(names):
        # The name and the parameters contradict each other: somebody has exchanged the datum without transforming.
        yield describe_fault(
            "crs_datum_refused", found=declared.name, expected="CGCS2000", values={"datum": declared.name}
        )


def _mixture_faults(written: WrittenBounds) -> Iterator[Fault]:
    """Tell whether features of one file are written in different ways; metres that fit no grid may be any way."""
    ways = [way for way in written.counts if way is not Writing.OTHER_METRES]
    differing = len(ways) > 1 or (bool(ways) and ways[0].is_degrees and Writing.OTHER_METRES in written.counts)
    if not differing:
        yield from _several_zones(written)
        return
    counted = {way: count for way, count in written.counts.items() if way in ways or ways[0].is_degrees}
    fewest = min(counted, key=lambda way: counted[way])
    parts_zh = "，".join(
        f"{way.title_zh} {count} 个（首行 {written.first_rows[way]}）" for way, count in counted.items()
    )
    parts_en = "; ".join(
        f"{count} in {way.title_en}, the first in row {written.first_rows[way]}" for way, count in counted.items()
    )
    yield describe_fault(
        "crs_mixed_units",
        source_row=written.first_rows[fewest],
        found=", ".join(f"{way.value} {count}" for way, count in counted.items()),
        values={"found_zh": parts_zh, "found_en": parts_en},
    )


def _several_zones(written: WrittenBounds) -> Iterator[Fault]:
    zones = written.zones
    if len(zones) > 1:
        shown = ", ".join(map(str, sorted(zones)))
        values = {"found_zh": f"带号 {shown} 的坐标", "found_en": f"coordinates with the zone numbers {shown}"}
        yield describe_fault("crs_mixed_units", found=shown, values=values)


def _undeclared(proposal: CRSProposal | None, written: WrittenBounds) -> Fault:
    if proposal is not None:
        said = {
            "reason_zh": f"建议 {shown_epsg(proposal.epsg)}：{proposal.reason_zh}",
            "reason_en": f"{shown_epsg(proposal.epsg)} is likely: {proposal.reason_en}",
        }
        return describe_fault("crs_missing", expected=f"EPSG:{proposal.epsg}", values=said)
    if written.writing is None:
        return describe_fault("crs_missing", values={"reason_zh": "", "reason_en": ""})
    shown = shown_range(written.bounds)
    said = {
        "reason_zh": f"坐标为{written.writing.title_zh} {shown}，不足以断定是哪一个坐标系。",
        "reason_en": f"The coordinates, {written.writing.title_en} {shown}, fit several.",
    }
    return describe_fault("crs_missing", found=shown, values=said)


def _writing_fault(
    declared: pyproj.CRS, written: WrittenBounds, expected: ExpectedPlace | None
) -> tuple[Fault | None, CRSProposal | None]:
    """Compare how coordinates are written with how the declared system writes them."""
    way = written.writing
    assert way is not None  # noqa: S101 - asked before
    shown = shown_range(written.bounds)
    named = {"crs": declared.name}
    if declared.is_geographic:
        if not way.is_degrees:
            return describe_fault("crs_metres_as_degrees", found=shown, values=named), propose(written, expected)
        return _swapped(declared, written) if way.is_swapped else (None, None)
    if way.is_degrees:
        return describe_fault("crs_degrees_as_metres", found=shown, expected="EPSG:4490", values=named), propose(
            written, expected
        )
    grid = grid_of(declared)
    if grid is None or way is Writing.OTHER_METRES:
        return None, None
    return _zone_fault(declared, grid, written, expected)


def _swapped(declared: pyproj.CRS, written: WrittenBounds) -> tuple[Fault, CRSProposal | None]:
    way = written.writing
    assert way is not None  # noqa: S101 - asked before
    is_degrees = way.is_degrees
    found, right = ("lat, lon", "lon, lat") if is_degrees else ("northing, easting", "easting, northing")
    epsg = declared.to_epsg()
    proposal = None
    if epsg is not None:
        shown = shown_range(written.bounds)
        proposal = CRSProposal(
            epsg,
            swap_axes=True,
            reason_zh=f"x、y 的范围 {shown} 只有交换后才落在“{declared.name}”内。",
            reason_en=f"The ranges of x and y, {shown}, lie in {declared.name} only when they are swapped.",
        )
    return describe_fault("crs_swapped_axes", found=found, expected=right), proposal


def _zone_fault(
    declared: pyproj.CRS, grid: GaussKruegerGrid, written: WrittenBounds, expected: ExpectedPlace | None
) -> tuple[Fault | None, CRSProposal | None]:
    """Compare the zone number before the eastings, and the order of the axes, with a zone of the national grid."""
    way = written.writing
    assert way is not None  # noqa: S101 - asked before
    column = 1 if way.is_swapped else 0
    eastings = f"{written.bounds[:, column].min():.0f}…{written.bounds[:, column + 2].max():.0f}"
    named = {"crs": declared.name}
    if way.has_zone and grid.zone is None:
        right = prefixed_grid_epsg(written.zones[0])
        fault = describe_fault("crs_zone_prefix_unexpected", found=eastings, expected=shown_epsg(right), values=named)
        return fault, propose(written, expected)
    if not way.has_zone and grid.zone is not None:
        epsg = plain_grid_epsg(grid.central_meridian)
        fault = describe_fault("crs_zone_prefix_missing", found=eastings, expected=shown_epsg(epsg), values=named)
        return fault, _without_number(declared, grid, written)
    if way.has_zone and grid.zone is not None and written.zones[0] != grid.zone:
        right = prefixed_grid_epsg(written.zones[0])
        said = {"where_zh": "带号所示的", "where_en": "the zone of their number"}
        fault = describe_fault("crs_wrong_zone", found=eastings, expected=shown_epsg(right), values=named | said)
        return fault, propose(written, expected)
    return _swapped(declared, written) if way.is_swapped else (None, None)


def _without_number(declared: pyproj.CRS, grid: GaussKruegerGrid, written: WrittenBounds) -> CRSProposal | None:
    epsg = plain_grid_epsg(grid.central_meridian)
    assert written.writing is not None  # noqa: S101 - asked before
    if epsg is None:
        return None
    return CRSProposal(
        epsg,
        swap_axes=written.writing.is_swapped,
        reason_zh=f"东坐标为 6 位，中央经线 {grid.central_meridian}° 取自所声明的“{declared.name}”。",
        reason_en=f"The eastings have 6 digits; the central meridian, {grid.central_meridian}°, is that of the declared {declared.name}.",
    )
