"""The table of grant contracts: rows on either side of every day and share that decides whether land is idle.

Each planted case states its verdict outright; only the numbers of days are worked out, by listing the days.

References
----------
.. [1] 《闲置土地处置办法》（国土资源部令第53号）, arts. 2, 8, 14, 22, 30.
.. [2] 《民法典》 arts. 201, 202: the first day is not counted; a period of years ends on the same calendar day.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sample_layers.chance import roll, whole
from sample_layers.naming import COUNTY, parcel_code
from sample_layers.parcels import Parcel, firm_code

AS_OF = date(2026, 6, 30)

COLUMNS = (
    "合同编号",
    "供地方式",
    "宗地代码",
    "受让人",
    "统一社会信用代码",
    "签订日期",
    "出让价款(万元)",
    "约定动工日期",
    "补充协议日期",
    "补充约定动工日期",
    "交地日期",
    "施工许可日期",
    "基础类型",
    "节点完成量",
    "节点总量",
    "节点完成日期",
    "申报动工日期",
    "应动工面积(平方米)",
    "已动工面积(平方米)",
    "总投资额(万元)",
    "已投资额(万元)",
    "中止日期",
    "复工日期",
    "延期原因",
    "备注",
)

# A contract on a parcel that the parcel layer does not have.
UNKNOWN_PARCEL_CODE = parcel_code(99, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One planted contract.

    Attributes
    ----------
    item : str
        What it shows.
    kind : str
        ``idle_not_started``, ``idle_suspended``, ``late_start``, ``insufficient_data`` or ``not_idle``.
    cells : dict
        Column to cell; columns that are left out are empty or get ordinary values.
    agreed_start, idle_since, counted_to : str
        Dates of the verdict, ISO; empty where there is none. ``counted_to`` is the day of the scan unless given.
    year_end : str
        Last day of the year that has to pass (满一年 is true from the next day), where the case is about it.
    missing : tuple of str
        What ``insufficient_data`` lacks.
    disposal : str
        ``fee``, ``recovery`` or ``art_12`` where the Order decides it from the dates and causes.
    sweep : tuple of (date, kind)
        Verdicts as of other days.
    site : tuple of (row, column) or None
        The rectangle of the planted district it is about; else an ordinary parcel.
    """

    item: str
    kind: str
    cells: dict[str, str]
    agreed_start: str = ""
    idle_since: str = ""
    counted_to: str = ""
    year_end: str = ""
    missing: tuple[str, ...] = ()
    disposal: str = ""
    sweep: tuple[tuple[str, str], ...] = ()
    site: tuple[int, int] | None = None


@dataclass
class Contract:
    """One row of ``出让合同.csv`` and what a scan must make of it; ``case`` is None for an ordinary one."""

    number: str
    parcel: Parcel | None
    case: Case | None
    cells: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the entry of ``expected.json``; only for planted contracts."""
        if self.case is None:
            message = f"{self.number} is an ordinary contract"
            raise ValueError(message)
        case = self.case
        gross, net = count_days(case.idle_since, case.counted_to or AS_OF.isoformat(), self.cells["延期原因"])
        entry: dict[str, Any] = {
            "item": case.item,
            "contract_no": self.number,
            "parcel_code": self.cells["宗地代码"],
            "parcel_is_known": self.parcel is not None,
            "kind": case.kind,
            "agreed_start_date": case.agreed_start or None,
            "idle_since": case.idle_since or None,
            "gross_idle_days": gross,
            "net_idle_days": net,
            "missing": list(case.missing),
            "year_end": case.year_end or None,
            "disposal": case.disposal or None,
            "sweep": [{"as_of": day, "kind": kind} for day, kind in case.sweep],
        }
        if case.disposal == "fee":
            entry["fee_yuan"] = str(idle_fee_yuan(Decimal(self.cells["出让价款(万元)"])))
        return entry


def count_days(since: str, until: str, causes: str) -> tuple[int | None, int | None]:
    """Count idle days one by one.

    Parameters
    ----------
    since : str
        The day that is not counted; empty when no days are counted.
    until : str
        The last day counted.
    causes : str
        The cell 延期原因.

    Returns
    -------
    gross, net : int or None
        Net leaves out each day on which a cause other than ``E`` lasted, once.

    Examples
    --------
    >>> from sample_layers.contracts import count_days
    >>> count_days("2026-01-01", "2026-01-31", "G1:2025-12-01/2026-01-10;FM:2026-01-05/2026-01-11;E:2026-01-20/")
    (30, 20)
    """
    if not since:
        return None, None
    counted = set(_days(date.fromisoformat(since) + timedelta(days=1), date.fromisoformat(until)))
    excused: set[date] = set()
    for cause in filter(None, causes.split(";")):
        code, interval = cause.split(":")
        first, last = interval.split("/")
        if code != "E":
            excused.update(_days(date.fromisoformat(first), date.fromisoformat(last or until)))
    return len(counted), len(counted - excused)


def idle_fee_yuan(price_10k_yuan: Decimal) -> Decimal:
    """Return the idle land fee, 20 % of the land price [1]_, to 0.01 yuan half up.

    Examples
    --------
    >>> from decimal import Decimal
    >>> from sample_layers.contracts import idle_fee_yuan
    >>> idle_fee_yuan(Decimal("1234.567891"))
    Decimal('2469135.78')
    """
    return (price_10k_yuan * 10_000 / 5).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def draw_up(cases: Sequence[Case], sites: dict[tuple[int, int], Parcel], ordinary: Sequence[Parcel]) -> list[Contract]:
    """Give every case a contract on a parcel, and add ordinary contracts that were kept.

    Parameters
    ----------
    cases : sequence of Case
    sites : dict
        Parcels of the planted district.
    ordinary : sequence of Parcel
        At least 50 more than the cases.

    Returns
    -------
    list of Contract
        In the order of their numbers.
    """
    spare = iter(ordinary)
    contracts: list[Contract] = []
    for case in cases:
        is_known = not case.cells.get("宗地代码")
        parcel = (sites[case.site] if case.site else next(spare)) if is_known else None
        contracts.append(_fill(len(contracts) + 1, parcel, case.cells, case))
    for parcel in list(spare)[:50]:
        contracts.append(_fill(len(contracts) + 1, parcel, _kept(parcel), None))
    return contracts


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def _fill(sequence: int, parcel: Parcel | None, cells: dict[str, str], case: Case | None) -> Contract:
    dates = [cell for column, cell in cells.items() if column in {"约定动工日期", "交地日期"} and cell]
    signed = date.fromisoformat(min(dates, default="2023-06-01")) - timedelta(days=whole(150, 330, "signed", sequence))
    if agreed := cells.get("约定动工日期"):
        cells = {"交地日期": (date.fromisoformat(agreed) - timedelta(days=90)).isoformat()} | cells
    area = 9600.0 if parcel is None else parcel.area_m2
    number = f"{COUNTY}{signed.year}B{sequence:05d}"
    row = dict.fromkeys(COLUMNS, "")
    row |= {
        "合同编号": number,
        "供地方式": "出让",
        "宗地代码": "" if parcel is None else parcel.code,
        "受让人": "湖南示例未登记有限公司" if parcel is None else parcel.holder,
        "统一社会信用代码": "" if parcel is None else firm_code(parcel),
        "签订日期": signed.isoformat(),
        "出让价款(万元)": f"{area * (0.03 + 0.03 * roll('price', sequence)):.6f}",
        "应动工面积(平方米)": f"{area:.2f}",
        "已动工面积(平方米)": "0.00",
        "总投资额(万元)": f"{area * 0.5:.2f}",
        "已投资额(万元)": "0.00",
        "备注": "" if case is None else f"样例:{case.item}",
    }
    return Contract(number, parcel, case, row | cells)


def _kept(parcel: Parcel) -> dict[str, str]:
    """Write an ordinary contract: started within the year, most of the land under development."""
    agreed = date(2021, 1, 1) + timedelta(days=whole(0, 1400, "agreed", parcel.code))
    started = agreed + timedelta(days=whole(-60, 300, "started", parcel.code))
    piles = whole(60, 400, "piles", parcel.code)
    done = 0.5 + 0.5 * roll("done", parcel.code)
    return {
        "约定动工日期": agreed.isoformat(),
        "施工许可日期": (started - timedelta(days=30)).isoformat(),
        "基础类型": "桩基",
        "节点完成量": str(piles),
        "节点总量": str(piles),
        "节点完成日期": started.isoformat(),
        "申报动工日期": (started - timedelta(days=25)).isoformat(),
        "已动工面积(平方米)": f"{parcel.area_m2 * done:.2f}",
        "已投资额(万元)": f"{parcel.area_m2 * 0.5 * done:.2f}",
    }
