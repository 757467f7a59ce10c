"""What can be wrong with a boundary-point file, in Chinese and English."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["BoundaryPointFault", "BoundaryPointFaultKind"]


class BoundaryPointFaultKind(StrEnum):
    """The kinds of fault."""

    TEXT_ENCODING = "text_encoding"
    SECTION_MISSING = "section_missing"
    NO_PLOTS = "no_plots"
    HEAD_LINE_UNREADABLE = "head_line_unreadable"
    ATTRIBUTE_CONTRADICTS = "attribute_contradicts"
    UNIT_NOT_METRE = "unit_not_metre"
    DATUM_UNKNOWN = "datum_unknown"
    DATUM_NOT_CGCS2000 = "datum_not_cgcs2000"
    ZONE_WIDTH_NOT_THREE = "zone_width_not_three"
    ZONE_UNREADABLE = "zone_unreadable"
    ZONE_UNKNOWN = "zone_unknown"
    ZONE_MISMATCH = "zone_mismatch"
    SEVERAL_CRS = "several_crs"
    HEADER_WITHOUT_AT = "header_without_at"
    HEADER_SHORT = "header_short"
    PLOT_KIND_UNKNOWN = "plot_kind_unknown"
    POINT_COUNT_UNREADABLE = "point_count_unreadable"
    POINT_COUNT = "point_count"
    AREA_UNREADABLE = "area_unreadable"
    AREA_OFF = "area_off"
    DUPLICATE_NUMBER = "duplicate_number"
    POINT_WITHOUT_PLOT = "point_without_plot"
    POINT_UNREADABLE = "point_unreadable"
    RING_TOO_SHORT = "ring_too_short"
    CLOSING_DIFFERS = "closing_differs"
    SELF_INTERSECTION = "self_intersection"
    SWAPPED_AXES = "swapped_axes"
    OUTSIDE_CHINA = "outside_china"


_Kind = BoundaryPointFaultKind

#: A plot with one of these has no geometry that can be trusted.
_FATAL: Final = frozenset(
    {
        _Kind.UNIT_NOT_METRE,
        _Kind.ZONE_UNKNOWN,
        _Kind.SEVERAL_CRS,
        _Kind.POINT_UNREADABLE,
        _Kind.RING_TOO_SHORT,
        _Kind.OUTSIDE_CHINA,
    }
)

# Title and what was expected, Chinese and English; {wanted} stands for a value of the file.
_TEXTS: Final[dict[BoundaryPointFaultKind, tuple[str, str, str, str]]] = {
    _Kind.TEXT_ENCODING: ("文字编码无法识别", "text in no known encoding", "GBK 或 UTF-8", "GBK or UTF-8"),
    _Kind.SECTION_MISSING: (
        "缺少[地块坐标]段",
        "section [地块坐标] missing",
        "地块之前有[地块坐标]",
        "[地块坐标] before the plots",
    ),
    _Kind.NO_PLOTS: ("没有地块", "no plots", "至少一个地块", "at least one plot"),
    _Kind.HEAD_LINE_UNREADABLE: ("属性行无法识别", "line of the head not understood", "键=值", "KEY=VALUE"),
    _Kind.ATTRIBUTE_CONTRADICTS: (
        "同一属性的值前后矛盾",
        "an attribute contradicts itself",
        "与前面相同: {wanted}",
        "the same as before: {wanted}",
    ),
    _Kind.UNIT_NOT_METRE: ("计量单位不是米", "unit is not the metre", "米", "米 (metre)"),
    _Kind.DATUM_UNKNOWN: (
        "坐标系无法识别",
        "coordinate system not understood",
        "2000国家大地坐标系",
        "2000国家大地坐标系 (CGCS2000)",
    ),
    _Kind.DATUM_NOT_CGCS2000: (
        "坐标系不是2000国家大地坐标系",
        "coordinate system is not CGCS2000",
        "2000国家大地坐标系",
        "2000国家大地坐标系 (CGCS2000)",
    ),
    _Kind.ZONE_WIDTH_NOT_THREE: ("几度分带不符", "width of the zones does not fit", "{wanted}", "{wanted}"),
    _Kind.ZONE_UNREADABLE: ("带号无法识别", "zone number not understood", "25 至 45", "25 to 45"),
    _Kind.ZONE_UNKNOWN: (
        "带号未知",
        "zone unknown",
        "Y 坐标带 25 至 45 的带号，或属性中有带号",
        "an easting with a zone number of 25 to 45, or 带号 in the head",
    ),
    _Kind.ZONE_MISMATCH: ("带号与坐标不符", "zone number and coordinates differ", "带号 {wanted}", "zone {wanted}"),
    _Kind.SEVERAL_CRS: (
        "一个文件含多个坐标系",
        "several coordinate systems in one file",
        "与其他地块相同的带号 {wanted}",
        "zone {wanted} like the other plots",
    ),
    _Kind.HEADER_WITHOUT_AT: ("地块行没有“@”", "header of a plot without “@”", "行末为 @", "@ at the end"),
    _Kind.HEADER_SHORT: (
        "地块行字段不足",
        "header of a plot is too short",
        "点数,面积,地块编号,地块名称,图形属性,图幅号,用途,地类编码,@",
        "point count, area, number, name, kind, map sheet, use, land-use code, @",
    ),
    _Kind.PLOT_KIND_UNKNOWN: ("图形属性无法识别", "kind of the plot not understood", "面、线或点", "面, 线 or 点"),
    _Kind.POINT_COUNT_UNREADABLE: ("界址点数不是整数", "number of points is no whole number", "整数", "a whole number"),
    _Kind.POINT_COUNT: ("界址点数与实际不符", "number of points differs", "{wanted} 个点", "{wanted} points"),
    _Kind.AREA_UNREADABLE: ("面积不是数字", "area is no number", "公顷数", "a number of hectares"),
    _Kind.AREA_OFF: ("面积与坐标计算不符", "area differs from that of the coordinates", "{wanted} 公顷", "{wanted} ha"),
    _Kind.DUPLICATE_NUMBER: (
        "地块编号重复",
        "number of the plot is not unique",
        "第 {wanted} 行之外的编号",
        "a number that line {wanted} does not have",
    ),
    _Kind.POINT_WITHOUT_PLOT: (
        "界址点前没有地块行",
        "boundary point before any plot",
        "地块行",
        "the header of a plot",
    ),
    _Kind.POINT_UNREADABLE: (
        "界址点行无法识别",
        "boundary point not understood",
        "点号,圈号,X,Y",
        "point number, ring number, X, Y",
    ),
    _Kind.RING_TOO_SHORT: (
        "界址点圈的点太少",
        "ring has too few points",
        "至少 {wanted} 个不同的点",
        "at least {wanted} different points",
    ),
    _Kind.CLOSING_DIFFERS: (
        "闭合点坐标与起点不符",
        "closing point is not where the first one is",
        "{wanted}",
        "{wanted}",
    ),
    _Kind.SELF_INTERSECTION: ("界址线自相交", "boundary crosses itself", "有效的多边形", "a valid polygon"),
    _Kind.SWAPPED_AXES: (
        "X、Y 坐标颠倒，已调换",
        "X and Y are swapped, they were put right",
        "先北后东",
        "northing before easting",
    ),
    _Kind.OUTSIDE_CHINA: ("坐标在中国之外", "coordinate outside of China", "中国境内的坐标", "a coordinate in China"),
}


@dataclass(frozen=True, slots=True)
class BoundaryPointFault:
    """One fault: its line (from 1), what was found there, and what was expected.

    Examples
    --------
    >>> from gis.formats.boundary_points import BoundaryPointFault, BoundaryPointFaultKind
    >>> fault = BoundaryPointFault(13, BoundaryPointFaultKind.POINT_COUNT, "9", "10")
    >>> fault.text_en
    'line 13: number of points differs: found 9, expected 10 points'
    >>> fault.text_zh
    '第13行：界址点数与实际不符：发现 9，应为10 个点'
    """

    line: int
    kind: BoundaryPointFaultKind
    found: str
    wanted: str = ""

    @property
    def is_fatal(self) -> bool:
        """Whether the plot cannot be used."""
        return self.kind in _FATAL

    @property
    def expected(self) -> str:
        """Return what was expected, in English."""
        return _TEXTS[self.kind][3].format(wanted=self.wanted)

    @property
    def expected_zh(self) -> str:
        """Return what was expected, in Chinese."""
        return _TEXTS[self.kind][2].format(wanted=self.wanted)

    @property
    def text_zh(self) -> str:
        """Return the sentence in Chinese."""
        return f"第{self.line}行：{_TEXTS[self.kind][0]}：发现 {self.found or '空'}，应为{self.expected_zh}"

    @property
    def text_en(self) -> str:
        """Return the sentence in English."""
        return f"line {self.line}: {_TEXTS[self.kind][1]}: found {self.found or 'nothing'}, expected {self.expected}"
