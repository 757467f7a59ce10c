"""The cadastral parcels (宗地): what is registered for each.

References
----------
.. [1] TD/T 1016 《不动产登记数据库标准》: fields of 宗地基本信息, rights QLLX and QLXZ.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from shapely import Polygon

from sample_layers.chance import roll, whole
from sample_layers.layout import Cell, CellKind
from sample_layers.naming import COUNTY_NAME, TOWNSHIP_NAME, credit_code, feature_number, firm_name, parcel_code
from sample_layers.projection import Millimetres, degrees, metres
from sample_layers.truth import polygon_area_m2, shoelace_m2
from sample_layers.uses import CITY_STOPS, INDUSTRY, Use, group_path, planned_use
from sample_layers.zone import Zone

FIRMS = 160
_SITE_CADASTRAL_DISTRICT = 20
_VILLAGE_CADASTRAL_DISTRICT = 31
_HOMESTEAD = ("0702", "农村宅基地")


@dataclass
class Parcel:
    """One row of ``宗地.shp``.

    Attributes
    ----------
    code : str
        Parcel code, usually 19 characters.
    rings : list of rings or None
        Millimetres in EPSG:4547 as delivered; None for a row without geometry.
    use_code, use_name : str
        GB/T 21010-2017.
    firm : int or None
        Number of the firm that holds it.
    holder : str
    location : str
        坐落.
    right : str
        QLLX and QLXZ [1]_, e.g. ``3-102`` state-owned construction land, granted.
    registered_m2 : Decimal or None
        Registered area; None when the register has none.
    area_m2 : float
        Ellipsoidal area of the rings, 0 without geometry.
    number : int
        Row number, from 1; set when all rows are known.
    """

    code: str
    rings: list[list[Millimetres]] | None
    use_code: str
    use_name: str
    firm: int | None
    holder: str
    location: str
    right: str
    registered_m2: Decimal | None
    area_m2: float
    number: int = field(default=0)

    @property
    def identifier(self) -> str:
        """标识码 (BSM)."""
        return feature_number(2001, self.number)

    @property
    def planar_m2(self) -> float:
        """Planar area in EPSG:4547, which some registers still hold."""
        if self.rings is None:
            return 0.0
        shell, *holes = (shoelace_m2(metres(ring)) for ring in self.rings)
        return shell - sum(holes)

    @property
    def polygon(self) -> Polygon | None:
        """The geometry as delivered, in EPSG:4547."""
        if self.rings is None:
            return None
        shell, *holes = (metres(ring) for ring in self.rings)
        return Polygon(shell, holes)


def round_half_up(value: float, places: int = 2) -> Decimal:
    """Round as the registers do: half up.

    Examples
    --------
    >>> from sample_layers.parcels import round_half_up
    >>> round_half_up(2.5, 0)
    Decimal('3')
    """
    return Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def ordinary_parcels(zone: Zone) -> tuple[list[Parcel], list[Parcel]]:
    """Return the parcels on which nothing is planted.

    Returns
    -------
    town : list of Parcel
        Those of the blocks, in the order of the layout.
    village : list of Parcel
        Homesteads of the four villages outside the urban development boundary.
    """
    sequence: Counter[str] = Counter()
    town: list[Parcel] = []
    village: list[Parcel] = []
    villages: dict[str, int] = {}
    for number in zone.select(CellKind.PARCEL, CellKind.HOMESTEAD):
        cell, area = zone.cells[number], zone.area_m2(number)
        sequence[cell.place] += 1
        if cell.kind is CellKind.PARCEL:
            town.append(_town_parcel(cell, sequence[cell.place], zone.rings[number], area))
        else:
            subdistrict = villages.setdefault(cell.place, len(villages) + 1)
            village.append(_homestead(subdistrict, sequence[cell.place], zone.rings[number], area))
    return town, village


def site_parcel(
    row: int, column: int, ring: Sequence[Millimetres], holes: Sequence[Sequence[Millimetres]] = ()
) -> Parcel:
    """Return the parcel on one rectangle of the planted district.

    Parameters
    ----------
    row, column : int
        Place in the district; they give the parcel code.
    ring : sequence of (easting, northing)
        Millimetres; usually the corners of the rectangle.
    holes : sequence of rings
        Courtyards.

    Returns
    -------
    Parcel
    """
    rings = [list(ring), *(list(hole) for hole in holes)]
    area = polygon_area_m2([degrees(part) for part in rings])
    firm = whole(0, FIRMS - 1, "site firm", row, column)
    return Parcel(
        code=parcel_code(_SITE_CADASTRAL_DISTRICT, row + 1, column + 1),
        rings=rings,
        use_code=INDUSTRY.current,
        use_name=INDUSTRY.current_name,
        firm=firm,
        holder=firm_name(firm),
        location=f"{COUNTY_NAME}{TOWNSHIP_NAME}标准地{row + 1}排{column + 1}号",
        right="3-102",
        registered_m2=round_half_up(area),
        area_m2=area,
    )


def block_prefix(place: str) -> str:
    """Return what the parcel codes of a block have in common: 地籍区 and 地籍子区.

    Examples
    --------
    >>> from sample_layers.parcels import block_prefix
    >>> block_prefix("block-10-02")
    '011003'
    """
    _, column, row = place.split("-")
    return f"{int(column) + 1:03d}{int(row) + 1:03d}"


def number_rows(parcels: Sequence[Parcel]) -> None:
    """Give the rows their numbers, from 1 in the order of the file."""
    for number, parcel in enumerate(parcels, start=1):
        parcel.number = number


def firm_code(parcel: Parcel) -> str:
    """Return the credit code of the holder, empty for a holder who is no firm."""
    return "" if parcel.firm is None else credit_code(parcel.firm)


def _town_parcel(cell: Cell, sequence: int, ring: list[Millimetres], area: float) -> Parcel:
    prefix = block_prefix(cell.place)
    use = planned_use(cell.place, group_path("city", CITY_STOPS, cell))
    firm, holder = _holder(use, cell.place, cell.path)
    parcel = Parcel(
        code=parcel_code(int(prefix[:3]), int(prefix[3:]), sequence),
        rings=[ring],
        use_code=use.current,
        use_name=use.current_name,
        firm=firm,
        holder=holder,
        location=f"{COUNTY_NAME}{TOWNSHIP_NAME}{prefix[1:3]}街区{prefix[4:]}号地块{sequence}",
        right="3-101" if use.planned.startswith(("A", "U")) else "3-102",
        registered_m2=round_half_up(area),
        area_m2=area,
    )
    # Registers that were filled before the third survey hold planar areas.
    if roll("planar", parcel.code) < 0.05:
        parcel.registered_m2 = round_half_up(parcel.planar_m2)
    return parcel


def _homestead(subdistrict: int, sequence: int, ring: list[Millimetres], area: float) -> Parcel:
    code, name = _HOMESTEAD
    return Parcel(
        code=parcel_code(_VILLAGE_CADASTRAL_DISTRICT, subdistrict, sequence, "JC"),
        rings=[ring],
        use_code=code,
        use_name=name,
        firm=None,
        holder=f"示例村民{subdistrict}组{sequence:02d}户",
        location=f"{COUNTY_NAME}{TOWNSHIP_NAME}示例村{subdistrict}组",
        right="5-203",
        registered_m2=round_half_up(area),
        area_m2=area,
    )


def _holder(use: Use, place: str, path: str) -> tuple[int | None, str]:
    if use.planned.startswith("A"):
        return None, f"{COUNTY_NAME}{TOWNSHIP_NAME}示例{use.current_name.removesuffix('用地')}单位"
    if use.planned.startswith("U"):
        return None, "湖南示例供电服务单位"
    # Neighbouring parcels often belong to one firm.
    firm = whole(0, FIRMS - 1, "holder", place, path[:3])
    return firm, firm_name(firm)
