"""What the land of the zone is used for, in the code tables that the layers use.

References
----------
.. [1] GB/T 21010-2017 《土地利用现状分类》 (parcels).
.. [2] GB 50137-2011 《城市用地分类与规划建设用地标准》 (city plan).
.. [3] TD/T 1055-2019 《第三次全国国土调查技术规程》, working classification (land survey).
"""

from dataclasses import dataclass

from sample_layers.chance import roll, weighted
from sample_layers.layout import Cell


@dataclass(frozen=True)
class Use:
    """One use of urban land, named in three tables.

    Attributes
    ----------
    current, current_name : str
        Code and name in [1]_.
    planned, planned_name : str
        Code and name in [2]_.
    surveyed, surveyed_name : str
        Code and name in [3]_.
    floor_area_ratio, height_m, density_percent, green_percent : float
        Control values of the detailed plan.
    """

    current: str
    current_name: str
    planned: str
    planned_name: str
    surveyed: str
    surveyed_name: str
    floor_area_ratio: float
    height_m: float
    density_percent: float
    green_percent: float


INDUSTRY = Use("0601", "工业用地", "M1", "一类工业用地", "0601", "工业用地", 2.0, 36, 50, 15)
INDUSTRY_2 = Use("0601", "工业用地", "M2", "二类工业用地", "0601", "工业用地", 1.5, 30, 50, 15)
STORAGE = Use("0604", "仓储用地", "W1", "一类物流仓储用地", "0508", "物流仓储用地", 1.5, 24, 55, 15)
HOUSING = Use("0701", "城镇住宅用地", "R2", "二类居住用地", "0701", "城镇住宅用地", 2.5, 80, 25, 35)
SHOPS = Use("0501", "零售商业用地", "B1", "商业用地", "05H1", "商业服务业设施用地", 3.0, 60, 45, 20)
OFFICES = Use("0505", "商务金融用地", "B2", "商务用地", "05H1", "商业服务业设施用地", 4.0, 100, 40, 25)
SCHOOL = Use("0803", "教育用地", "A33", "中小学用地", "08H2", "科教文卫用地", 0.9, 24, 30, 35)
HOSPITAL = Use("0805", "医疗卫生用地", "A51", "医院用地", "08H2", "科教文卫用地", 1.8, 60, 30, 35)
OFFICIAL = Use("0801", "机关团体用地", "A1", "行政办公用地", "08H1", "机关团体新闻出版用地", 2.0, 50, 35, 30)
POWER = Use("0809", "公用设施用地", "U12", "供电用地", "0809", "公用设施用地", 0.8, 20, 40, 25)

# Chances, depth by depth, that a plan does not divide a block further: each plan groups the parcels in its own way.
CITY_STOPS = (0.05, 0.35, 0.75)
LAND_STOPS = (0.25, 0.4, 0.6)
SURVEY_STOPS = (0.0, 0.1, 0.45, 0.8)

_PROFILES = {
    "industry": ((INDUSTRY, 0.45), (INDUSTRY_2, 0.4), (STORAGE, 0.1), (POWER, 0.05)),
    "town": ((HOUSING, 0.55), (SHOPS, 0.17), (OFFICES, 0.1), (SCHOOL, 0.1), (HOSPITAL, 0.04), (OFFICIAL, 0.04)),
}


def group_path(plan: str, stops: tuple[float, ...], cell: Cell) -> str:
    """Return the larger division of its block to which a parcel belongs in a plan.

    Parameters
    ----------
    plan : str
        Key of the choices; every plan groups the parcels in its own way.
    stops : tuple of float
        Chance that a division of depth 0, 1, 2, ... is not divided further; deeper ones never are.
    cell : Cell
        The parcel.

    Returns
    -------
    str
        The first turns of the parcel's path.

    Examples
    --------
    >>> from sample_layers.layout import Box, Cell, CellKind
    >>> from sample_layers.uses import group_path
    >>> group_path("city", (0.0, 1.0), Cell(CellKind.PARCEL, Box(0, 0, 50, 50), "block-00-00", "0110"))
    '0'
    """
    for depth in range(len(cell.path)):
        stop = stops[depth] if depth < len(stops) else 1.0
        if roll("group", plan, cell.place, cell.path[:depth]) < stop:
            return cell.path[:depth]
    return cell.path


def planned_use(place: str, path: str) -> Use:
    """Return the use that the city plan gives a division of a block.

    Blocks east of the river (columns 9 and up) are mostly town, the others mostly industry.

    Examples
    --------
    >>> from sample_layers.uses import planned_use
    >>> planned_use("block-03-01", "01").planned in {"M1", "M2", "W1", "U12", "R2", "B1", "B2", "A33", "A51", "A1"}
    True
    """
    column = int(place.split("-")[1])
    town_share = 0.7 if column >= 9 else 0.2
    profile = "town" if roll("profile", place) < town_share else "industry"
    return weighted(_PROFILES[profile], "use", place, path)
