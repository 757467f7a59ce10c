"""Land-use code tables by version: names, three land classes, the construction test and the standard colours."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Self

from gis.landuse.control_zones import MapStyle
from gis.landuse.reading import read_table

_OUTLINE = "#6e6e6e"


class CodeVersion(StrEnum):
    """A code table; codes mean nothing without it, since 0601 is industry in one and a rural road in another.

    Blanks, signs and case of a standard's number do not matter.

    Examples
    --------
    >>> from gis.landuse import CodeVersion
    >>> CodeVersion("gbt21010-2017")
    <CodeVersion.GBT21010_2017: 'GB/T 21010-2017'>
    """

    GB50137_2011 = "GB 50137-2011"  # 城市用地分类与规划建设用地标准
    LAND_USE_PLAN_2010 = "TD/T 1027-2010"  # 县级土地利用总体规划数据库标准 (old 土规)
    GBT21010_2017 = "GB/T 21010-2017"  # 土地利用现状分类
    THIRD_SURVEY_2019 = "TD/T 1055-2019"  # 第三次全国国土调查工作分类
    GUIDE_2023 = "GUIDE-2023"  # 国土空间调查、规划、用途管制用地用海分类指南（自然资发〔2023〕234号）

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        written = _letters_and_digits(str(value))
        return next((version for version in cls if _letters_and_digits(version.value) == written), None)


class LandClass(StrEnum):
    """The three classes of the Land Administration Law (三大类), and the sea, which has none."""

    CONSTRUCTION = "construction"
    AGRICULTURAL = "agricultural"
    UNUSED = "unused"
    SEA = "sea"


class ConstructionStatus(StrEnum):
    """Whether a code is construction land; what is not known is no data and never non-construction."""

    CONSTRUCTION = "construction"
    NON_CONSTRUCTION = "non_construction"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True)
class LandUseCode:
    """One code of a table.

    Attributes
    ----------
    version : CodeVersion
    code, name_zh, name_en : str
    level : int
        1 for the highest.
    parent : str or None
    land_class : LandClass or None
        None where the classes below it differ.
    construction_status : ConstructionStatus
        ``no_data`` where the codes below it differ: the level-1 code 10 holds both highways and rural roads.
    fill : str
        Standard colour ``#rrggbb``.

    References
    ----------
    .. [1] Colours: 《市级国土空间总体规划制图规范（试行）》附录 B, carried over to the other tables by meaning.
    """

    version: CodeVersion
    code: str
    name_zh: str
    name_en: str
    level: int
    parent: str | None
    land_class: LandClass | None
    construction_status: ConstructionStatus
    fill: str

    @property
    def style(self) -> MapStyle:
        """Names and colours for a legend."""
        return MapStyle(self.name_zh, self.name_en, self.fill, _OUTLINE)


_FILES = {
    CodeVersion.GB50137_2011: "gb50137_2011.csv",
    CodeVersion.LAND_USE_PLAN_2010: "land_use_plan_2010.csv",
    CodeVersion.GBT21010_2017: "gbt21010_2017.csv",
    CodeVersion.THIRD_SURVEY_2019: "third_survey_2019.csv",
    CodeVersion.GUIDE_2023: "guide_2023.csv",
}


@cache
def code_table(code_version: CodeVersion | str) -> dict[str, LandUseCode]:
    """Load a code table, in the order of the standard.

    Parameters
    ----------
    code_version : CodeVersion or str

    Returns
    -------
    dict of str to LandUseCode

    Raises
    ------
    ValueError
        For an unknown version.
    """
    version = CodeVersion(code_version)
    return {row["code"]: _read_code(version, row) for row in read_table(_FILES[version])}


def lookup(code: str | None, code_version: CodeVersion | str) -> LandUseCode | None:
    """Look up a code.

    Parameters
    ----------
    code : str or None
        Full-width characters, blanks and case do not matter.
    code_version : CodeVersion or str

    Returns
    -------
    LandUseCode or None
        None when the table has no such code.

    Examples
    --------
    >>> from gis.landuse import lookup
    >>> lookup("0601", "GBT21010-2017").name_zh, lookup("0601", "GUIDE-2023").name_zh
    ('工业用地', '农村道路')
    """
    return None if code is None else code_table(code_version).get(_plain(code))


def construction_status(code: str | None, code_version: CodeVersion | str) -> ConstructionStatus:
    """Tell whether a code is construction land (建设用地).

    A code that the table does not have, such as a local subdivision, has the status of the nearest code above it.

    Parameters
    ----------
    code : str or None
    code_version : CodeVersion or str

    Returns
    -------
    ConstructionStatus
        ``no_data`` for no code, an unknown one, or one whose subdivisions differ.

    References
    ----------
    .. [1] 《中华人民共和国土地管理法》第四条; the three classes by code follow TD/T 1055-2019 and 自然资发〔2023〕234号.

    Examples
    --------
    >>> from gis.landuse import construction_status
    >>> [construction_status(code, "GBT21010-2017").value for code in ("1003", "1006", "10", "", None)]
    ['construction', 'non_construction', 'no_data', 'no_data', 'no_data']
    """
    known = nearest_code(code, code_version)
    return ConstructionStatus.NO_DATA if known is None else known.construction_status


def nearest_code(code: str | None, code_version: CodeVersion | str) -> LandUseCode | None:
    """Look up a code, or else the nearest one above it: a local subdivision belongs to the code that it divides.

    Parameters
    ----------
    code : str or None
    code_version : CodeVersion or str

    Returns
    -------
    LandUseCode or None
        None when the table has nothing above it either.

    Examples
    --------
    >>> from gis.landuse.codes import nearest_code
    >>> nearest_code("060102", "TD/T 1055-2019").code
    '0601'
    """
    table = code_table(code_version)
    return None if code is None else next((table[name] for name in _spellings(code) if name in table), None)


def _spellings(code: str) -> Iterator[str]:
    """Give a code and the codes above it: cut from the right, or filled with zeros as the land-use plans write groups."""
    written = _plain(code)
    for length in range(len(written), 0, -1):
        yield written[:length]
        if written.isdigit():
            yield written[:length].ljust(len(written), "0")


def _read_code(version: CodeVersion, row: dict[str, str]) -> LandUseCode:
    return LandUseCode(
        version=version,
        code=row["code"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        level=int(row["level"]),
        parent=row["parent"] or None,
        land_class=LandClass(row["land_class"]) if row["land_class"] else None,
        construction_status=ConstructionStatus(row["construction_status"] or ConstructionStatus.NO_DATA),
        fill=row["fill"],
    )


def _letters_and_digits(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text))).upper()


def _plain(code: str) -> str:
    return "".join(unicodedata.normalize("NFKC", code).split()).upper()
