"""From bytes to lines to the records of a boundary-point file; nothing is measured here."""

import math
import re
from dataclasses import dataclass, field
from typing import Final

from gis.formats.boundary_points.faults import BoundaryPointFaultKind as Kind
from gis.formats.boundary_points.model import BoundaryPoint, BoundaryPointFault, HeadAttribute, PlotKind

__all__ = ["RawFile", "RawPlot", "decode", "parse_lines", "parse_number"]

PLOTS_SECTION: Final = "地块坐标"
HEAD_SECTION: Final = "属性描述"
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{0,15})?")
_COUNT: Final = re.compile(r"[0-9]{1,9}")
_SECTION: Final = re.compile(r"\[([^\[\]]+)\]")
_LEVELS: Final = frozenset({"地上", "地下"})
_SHORTEST_HEADER: Final = 7


@dataclass(slots=True)
class RawPlot:
    """The header of a plot, its points as they stand in the file, and what is wrong with the lines."""

    line: int
    declared_points: int | None = None
    declared_area_ha: float | None = None
    number: str = ""
    name: str = ""
    kind: PlotKind = PlotKind.AREA
    map_sheet: str = ""
    use: str = ""
    code: str = ""
    level: str = ""
    extra: tuple[str, ...] = ()
    lines: list[str] = field(default_factory=list)
    points: list[BoundaryPoint] = field(default_factory=list)
    faults: list[BoundaryPointFault] = field(default_factory=list)

    def report(self, line: int, kind: Kind, found: str, wanted: str = "") -> None:
        """Note a fault."""
        self.faults.append(BoundaryPointFault(line, kind, found, wanted))


@dataclass(slots=True)
class RawFile:
    """What the lines of a file say."""

    attributes: list[HeadAttribute] = field(default_factory=list)
    plots: list[RawPlot] = field(default_factory=list)
    faults: list[BoundaryPointFault] = field(default_factory=list)
    line_count: int = 0


def decode(content: bytes) -> tuple[str, str, list[BoundaryPointFault]]:
    """Decode a file: UTF-8 with or without BOM, UTF-16 with BOM, else GBK.

    Returns
    -------
    text, encoding : str
    faults : list of BoundaryPointFault
        Of the first line that is in none of them; its bytes are shown as U+FFFD.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decode(content, "utf-16")
    try:
        return content.decode("utf-8-sig"), "UTF-8", []
    except UnicodeDecodeError:
        return _decode(content, "GB18030")


def _decode(content: bytes, encoding: str) -> tuple[str, str, list[BoundaryPointFault]]:
    try:
        return content.decode(encoding), encoding, []
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = content[error.start : error.start + 4].hex(" ")
        faults = [BoundaryPointFault(line, Kind.TEXT_ENCODING, found)]
        return content.decode(encoding, errors="replace"), encoding, faults


def parse_number(text: str) -> float | None:
    """Read a decimal number as surveyors write it; None for anything else."""
    return float(text) if _NUMBER.fullmatch(text) else None


def parse_lines(text: str) -> RawFile:
    """Sort the lines of a file: attributes of the head, headers of plots and their points."""
    raw = RawFile()
    section = ""
    # Only line ends count as such: str.splitlines would also split at characters that a name may hold.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    raw.line_count = len(lines)
    for number, delivered in enumerate(lines, start=1):
        line = delivered.strip().strip("\ufeff")
        if not line:
            continue
        if (found := _SECTION.fullmatch(line)) is not None:
            section = found[1].strip()
        elif section == PLOTS_SECTION or _is_header(line):
            if section != PLOTS_SECTION:
                raw.faults.append(BoundaryPointFault(number, Kind.SECTION_MISSING, _shown(line)))
                section = PLOTS_SECTION
            _parse_plot_line(raw, number, line, delivered)
        else:
            _parse_attribute(raw, number, section, line)
    return raw


def _parse_attribute(raw: RawFile, number: int, section: str, line: str) -> None:
    key, separator, value = line.partition("=")
    if separator and key.strip():
        raw.attributes.append(HeadAttribute(number, section, key.strip(), value.strip()))
    elif section in {"", HEAD_SECTION}:
        raw.faults.append(BoundaryPointFault(number, Kind.HEAD_LINE_UNREADABLE, _shown(line)))
    else:
        # Sections of surveyors' own programs hold what they like; it is kept.
        raw.attributes.append(HeadAttribute(number, section, "", line))


def _is_header(line: str) -> bool:
    return line.endswith("@") and line.count(",") >= _SHORTEST_HEADER


def _parse_plot_line(raw: RawFile, number: int, line: str, delivered: str) -> None:
    cells = [cell.strip() for cell in line.split(",")]
    if cells[-1] == "@" or line.endswith("@") or sum(map(bool, cells)) > 4 or _names_kind(cells):
        raw.plots.append(_parse_header(number, cells, delivered))
        return
    point = _parse_point(number, cells)
    if not raw.plots:
        raw.faults.append(BoundaryPointFault(number, Kind.POINT_WITHOUT_PLOT, _shown(line)))
        # The points are kept with a plot that has no header.
        raw.plots.append(RawPlot(number))
    plot = raw.plots[-1]
    plot.lines.append(delivered)
    if point is None:
        plot.report(number, Kind.POINT_UNREADABLE, _shown(line))
    else:
        plot.points.append(point)


def _names_kind(cells: list[str]) -> bool:
    return len(cells) >= _SHORTEST_HEADER and any(cell in set(PlotKind) for cell in cells)


def _parse_point(number: int, cells: list[str]) -> BoundaryPoint | None:
    while len(cells) > 4 and not cells[-1]:
        cells = cells[:-1]
    if len(cells) != 4 or not _COUNT.fullmatch(cells[1]):
        return None
    northing, easting = parse_number(cells[2]), parse_number(cells[3])
    if northing is None or easting is None or not math.isfinite(northing + easting):
        return None
    return BoundaryPoint(number, cells[0], int(cells[1]), easting, northing)


def _parse_header(line: int, cells: list[str], delivered: str) -> RawPlot:
    plot = RawPlot(line, lines=[delivered])
    if cells[-1].endswith("@"):
        cells = [*cells[:-1], cells[-1].removesuffix("@").strip()]
        cells = cells if cells[-1] or len(cells) == 1 else cells[:-1]
    else:
        plot.report(line, Kind.HEADER_WITHOUT_AT, _shown(delivered.strip()))
    if len(cells) < _SHORTEST_HEADER:
        plot.report(line, Kind.HEADER_SHORT, _shown(delivered.strip()))
    _parse_measures(plot, cells)
    cells, kind = _join_name(cells)
    if kind is None:
        plot.report(line, Kind.PLOT_KIND_UNKNOWN, cells[4])
    plot.kind = kind or PlotKind.AREA
    plot.number, plot.name, plot.map_sheet, plot.code = cells[2], cells[3], cells[5], cells[7]
    # Some programs write whether a plot is above or below ground where its use belongs.
    plot.level, plot.use = (cells[6], "") if cells[6] in _LEVELS else ("", cells[6])
    plot.extra = tuple(cells[8:])
    return plot


def _parse_measures(plot: RawPlot, cells: list[str]) -> None:
    if _COUNT.fullmatch(cells[0]):
        plot.declared_points = int(cells[0])
    else:
        plot.report(plot.line, Kind.POINT_COUNT_UNREADABLE, cells[0])
    area = cells[1] if len(cells) > 1 else ""
    plot.declared_area_ha = parse_number(area)
    if plot.declared_area_ha is None:
        plot.report(plot.line, Kind.AREA_UNREADABLE, area)


def _join_name(cells: list[str]) -> tuple[list[str], PlotKind | None]:
    """Find the kind of the plot; where it stands further behind, the name held commas."""
    kinds = set(PlotKind)
    position = next((place for place in range(4, len(cells)) if cells[place] in kinds), None)
    if position is not None and position > 4:
        cells = [*cells[:3], ",".join(cells[3:position]), *cells[position:]]
    padded = cells + [""] * (8 - len(cells))
    return padded, None if position is None else PlotKind(padded[4])


def _shown(line: str) -> str:
    return line if len(line) <= 80 else f"{line[:77]}…"
