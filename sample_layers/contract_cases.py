"""The planted contracts, one by one. The day of the scan is 30 June 2026."""

from typing import TypedDict, Unpack

from sample_layers.contracts import UNKNOWN_PARCEL_CODE, Case

_STARTED = {
    "施工许可日期": "2024-03-01",
    "基础类型": "桩基",
    "节点完成量": "120",
    "节点总量": "120",
    "节点完成日期": "2024-05-10",
    "申报动工日期": "2024-03-05",
}
_AREA, _DEVELOPED = "应动工面积(平方米)", "已动工面积(平方米)"
_TOTAL, _INVESTED = "总投资额(万元)", "已投资额(万元)"


def planted_cases() -> list[Case]:
    """Return all planted contracts.

    Examples
    --------
    >>> from sample_layers.contract_cases import planted_cases
    >>> cases = planted_cases()
    >>> len({case.item for case in cases}) == len(cases)
    True
    """
    return [
        *_first_and_second_year(),
        *_calendar(),
        *_supplements(),
        *_deliveries(),
        *_starts(),
        *_late_starts(),
        *_causes(),
        *_suspension_days(),
        *_shares(),
        *_unknown_shares(),
        *_odd_rows(),
    ]


class _Facts(TypedDict, total=False):
    """What may be said of a case beside its name and cells."""

    agreed_start: str
    idle_since: str
    counted_to: str
    year_end: str
    missing: tuple[str, ...]
    disposal: str
    sweep: tuple[tuple[str, str], ...]
    site: tuple[int, int]


def _unstarted(
    item: str,
    agreed: str,
    *,
    kind: str = "idle_not_started",
    cells: dict[str, str] | None = None,
    **facts: Unpack[_Facts],
) -> Case:
    """Idle since the agreed start, unless said otherwise."""
    given: _Facts = {"agreed_start": agreed, **facts}
    if kind == "idle_not_started":
        given = {"idle_since": given["agreed_start"], "disposal": "fee", **given}
    return Case(item=item, kind=kind, cells={"约定动工日期": agreed} | (cells or {}), **given)


def _first_and_second_year() -> list[Case]:
    return [
        _unstarted("one_year_ends_tomorrow", "2025-07-01", kind="not_idle", year_end="2026-07-01"),
        _unstarted("one_year_ends_today", "2025-06-30", kind="not_idle", year_end="2026-06-30"),
        _unstarted("one_year_ended_yesterday", "2025-06-29", year_end="2026-06-29", site=(8, 1)),
        _unstarted("two_years_end_tomorrow", "2024-07-01"),
        _unstarted("two_years_end_today", "2024-06-30"),
        _unstarted("two_years_ended_yesterday", "2024-06-29", disposal="recovery", site=(8, 2)),
        _unstarted("start_still_to_come", "2026-12-01", kind="not_idle"),
    ]


def _calendar() -> list[Case]:
    return [
        _unstarted(
            "agreed_on_a_leap_day",
            "2024-02-29",
            year_end="2025-02-28",
            disposal="recovery",
            sweep=(
                ("2025-02-27", "not_idle"),
                ("2025-02-28", "not_idle"),
                ("2025-03-01", "idle_not_started"),
            ),
        ),
        _unstarted(
            "year_ends_before_a_leap_day",
            "2023-02-28",
            year_end="2024-02-28",
            disposal="recovery",
            sweep=(("2024-02-28", "not_idle"), ("2024-02-29", "idle_not_started")),
        ),
        _unstarted(
            "agreed_on_the_last_of_a_month",
            "2024-08-31",
            year_end="2025-08-31",
            sweep=(("2025-08-31", "not_idle"), ("2025-09-01", "idle_not_started")),
        ),
        _unstarted(
            "agreed_on_new_year",
            "2025-01-01",
            year_end="2026-01-01",
            sweep=(("2025-12-31", "not_idle"), ("2026-01-01", "not_idle"), ("2026-01-02", "idle_not_started")),
        ),
    ]


def _supplement(item: str, replaced_by: str, kind: str = "idle_not_started", **facts: Unpack[_Facts]) -> Case:
    cells = {"补充协议日期": "2025-05-20", "补充约定动工日期": replaced_by}
    facts["agreed_start"] = replaced_by or "2023-05-01"
    return _unstarted(item, "2023-05-01", kind=kind, cells=cells, **facts)


def _supplements() -> list[Case]:
    return [
        _supplement("supplement_year_ended_yesterday", "2025-06-29", year_end="2026-06-29"),
        _supplement("supplement_year_ends_today", "2025-06-30", kind="not_idle", year_end="2026-06-30"),
        _supplement("supplement_year_ends_tomorrow", "2025-07-01", kind="not_idle", year_end="2026-07-01"),
        _supplement("supplement_without_a_start_date", "", disposal="recovery"),
    ]


def _deliveries() -> list[Case]:
    def delivered(item: str, day: str, agreed: str, kind: str = "idle_not_started", **facts: Unpack[_Facts]) -> Case:
        cells = {"交地日期": day, "约定动工日期": ""}
        facts["agreed_start"] = agreed
        return _unstarted(item, "", kind=kind, cells=cells, **facts)

    return [
        delivered("delivery_year_ended_yesterday", "2024-06-29", "2025-06-29", year_end="2026-06-29"),
        delivered("delivery_year_ends_today", "2024-06-30", "2025-06-30", kind="not_idle", year_end="2026-06-30"),
        delivered("delivery_year_ends_tomorrow", "2024-07-01", "2025-07-01", kind="not_idle", year_end="2026-07-01"),
        delivered(
            "delivered_on_a_leap_day",
            "2024-02-29",
            "2025-02-28",
            year_end="2026-02-28",
            sweep=(("2026-02-28", "not_idle"), ("2026-03-01", "idle_not_started")),
        ),
        Case(
            item="neither_agreed_start_nor_delivery",
            kind="insufficient_data",
            cells={},
            missing=("agreed_start_date", "delivery_date"),
        ),
        _unstarted(
            "delivered_after_the_agreed_start",
            "2025-03-01",
            cells={"交地日期": "2025-10-01", "延期原因": "G1:2025-03-01/2025-10-01"},
            disposal="art_12",
        ),
    ]


def _starts() -> list[Case]:
    agreed = "2025-01-15"

    def claimed(item: str, kind: str, foundation: str, done: str, total: str, **cells: str) -> Case:
        progress = {
            "施工许可日期": "2025-03-01",
            "基础类型": foundation,
            "节点完成量": done,
            "节点总量": total,
        } | cells
        return _unstarted(item, agreed, kind=kind, cells=progress)

    reached = {"节点完成日期": "2025-06-01"}
    idle = "idle_not_started"
    return [
        claimed("all_piles_but_one", idle, "桩基", "119", "120"),
        claimed("all_piles", "not_idle", "桩基", "120", "120", **reached),
        claimed("pit_not_finished", idle, "深基坑", "17999.5", "18000"),
        claimed("pit_finished", "not_idle", "深基坑", "18000", "18000", **reached),
        claimed("pit_finished_without_permit", idle, "深基坑", "18000", "18000", **reached, 施工许可日期=""),
        claimed("foundation_just_below_one_third", idle, "其他", "999.99", "3000"),
        claimed("foundation_exactly_one_third", "not_idle", "其他", "1000", "3000", **reached),
        claimed("foundation_just_above_one_third", "not_idle", "其他", "1000.01", "3000", **reached),
        _unstarted("only_reported_as_started", agreed, cells={"申报动工日期": "2025-02-01"}),
        _unstarted(
            "starts_after_the_scan",
            agreed,
            cells=_STARTED | {"施工许可日期": "2026-07-15", "节点完成日期": "2026-07-20"},
        ),
        _unstarted(
            "permit_without_kind_of_foundation",
            agreed,
            kind="insufficient_data",
            missing=("foundation_type",),
            cells={"施工许可日期": "2025-03-01"},
        ),
    ]


def _late_starts() -> list[Case]:
    def started(item: str, kind: str, agreed: str, permit: str, reached: str, **facts: Unpack[_Facts]) -> Case:
        cells = _STARTED | {"施工许可日期": permit, "节点完成日期": reached} | _HALF_DONE
        return _unstarted(item, agreed, kind=kind, cells=cells, **facts)

    late: _Facts = {"idle_since": "2024-01-15", "counted_to": "2025-01-16", "year_end": "2025-01-15"}
    return [
        started("started_a_day_before_the_year_ended", "not_idle", "2024-01-15", "2024-12-01", "2025-01-14"),
        started("started_on_the_last_day_of_the_year", "not_idle", "2024-01-15", "2024-12-01", "2025-01-15"),
        started("started_the_day_after_the_year", "late_start", "2024-01-15", "2024-12-01", "2025-01-16", **late),
        started("permit_after_the_milestone", "late_start", "2024-01-15", "2025-01-16", "2024-12-01", **late),
        started("started_before_the_agreed_day", "not_idle", "2024-06-01", "2024-03-01", "2024-05-10"),
    ]


_HALF_DONE = {_AREA: "30000", _DEVELOPED: "15000", _TOTAL: "10000", _INVESTED: "5000"}


def _causes() -> list[Case]:
    def delayed(item: str, causes: str, disposal: str = "art_12") -> Case:
        return _unstarted(item, "2025-03-01", cells={"延期原因": causes}, disposal=disposal)

    return [
        delayed("plan_changed", "G2:2025-05-01/2025-08-31"),
        delayed("overlapping_causes", "G1:2025-04-01/2025-06-30;FM:2025-06-16/2025-07-15"),
        delayed("cause_still_going_on", "G4:2026-01-01/"),
        delayed("cause_begins_before_the_agreed_start", "G5:2024-12-01/2025-03-31"),
        delayed("excused_all_the_time", "G6:2025-02-01/"),
        delayed("own_fault", "E:2025-03-02/2025-12-31", "fee"),
        delayed("own_fault_and_flood", "E:2025-03-02/2025-05-31;FM:2025-06-01/2025-06-20"),
    ]


def _suspended(
    item: str,
    kind: str,
    since: str,
    numbers: tuple[str, str, str, str],
    cells: dict[str, str] | None = None,
    **facts: Unpack[_Facts],
) -> Case:
    """Describe a contract that was started in time and then suspended, with the areas and amounts that decide."""
    progress = dict(zip((_AREA, _DEVELOPED, _TOTAL, _INVESTED), numbers, strict=True))
    row = _STARTED | progress | {"中止日期": since} | (cells or {})
    given: _Facts = {**facts}
    if kind == "idle_suspended":
        given = {"idle_since": since, "disposal": "art_12", **given}
    return _unstarted(item, "2024-02-01", kind=kind, cells=row, **given)


_LITTLE = ("30000", "6000", "10000", "1800")


def _suspension_days() -> list[Case]:
    idle = "idle_suspended"
    return [
        _suspended("suspension_year_ended_yesterday", idle, "2025-06-29", _LITTLE, year_end="2026-06-29", site=(8, 3)),
        _suspended("suspension_year_ends_today", "not_idle", "2025-06-30", _LITTLE),
        _suspended("suspension_year_ends_tomorrow", "not_idle", "2025-07-01", _LITTLE),
        _suspended(
            "suspended_on_a_leap_day",
            idle,
            "2024-02-29",
            _LITTLE,
            year_end="2025-02-28",
            cells={"施工许可日期": "2023-12-01", "节点完成日期": "2024-02-20"},
            sweep=(("2025-02-28", "not_idle"), ("2025-03-01", idle)),
        ),
        _suspended("resumed", "not_idle", "2024-09-01", _LITTLE, cells={"复工日期": "2026-05-06"}),
        _suspended("suspended_by_flood", idle, "2025-01-10", _LITTLE, cells={"延期原因": "FM:2025-06-01/2025-07-10"}),
    ]


def _shares() -> list[Case]:
    idle, since = "idle_suspended", "2025-01-10"
    return [
        _suspended("exactly_one_third_and_one_quarter", "not_idle", since, ("30000", "10000", "10000", "2500")),
        _suspended("just_below_one_third", idle, since, ("30000", "9999.99", "10000", "2500")),
        _suspended("just_above_one_third", "not_idle", since, ("30000", "10000.01", "10000", "2500")),
        _suspended("one_third_that_no_decimal_can_write", idle, since, ("100000", "33333.33", "10000", "9000")),
        _suspended("just_below_one_quarter", idle, since, ("30000", "10000", "10000", "2499.99")),
        _suspended("just_above_one_quarter", "not_idle", since, ("30000", "10000", "10000", "2500.01")),
        _suspended(
            "exactly_at_both_thresholds_in_cents", "not_idle", since, ("10000.2", "3333.4", "12345.68", "3086.42")
        ),
        _suspended("little_land_but_much_money", idle, since, ("30000", "3000", "10000", "9000"), site=(8, 4)),
        _suspended("much_land_but_little_money", idle, since, ("30000", "29000", "10000", "1000")),
    ]


def _unknown_shares() -> list[Case]:
    unknown, since = "insufficient_data", "2025-01-10"

    def lacking(item: str, numbers: tuple[str, str, str, str], *missing: str) -> Case:
        return _suspended(item, unknown, since, numbers, missing=missing)

    return [
        lacking("area_to_start_is_0", ("0", "0", "10000", "5000"), "should_start_area"),
        lacking("developed_area_is_missing", ("30000", "", "10000", "5000"), "developed_area"),
        lacking("total_investment_is_missing", ("30000", "20000", "", "5000"), "total_investment"),
        lacking("invested_amount_is_missing", ("30000", "20000", "10000", ""), "invested"),
        lacking("both_totals_are_missing", ("", "20000", "0", "5000"), "should_start_area", "total_investment"),
        _suspended("unknown_area_but_little_money", "idle_suspended", since, ("", "", "10000", "1000")),
        _suspended("unknown_shares_but_suspended_lately", "not_idle", "2026-01-10", ("", "", "", "")),
    ]


def _odd_rows() -> list[Case]:
    return [
        _unstarted("parcel_is_not_in_the_layer", "2025-02-01", cells={"宗地代码": UNKNOWN_PARCEL_CODE}),
        _unstarted("allocated_land", "2025-02-01", cells={"供地方式": "划拨"}),
        _unstarted("built_as_agreed", "2024-04-01", kind="not_idle", cells=_STARTED | _HALF_DONE, site=(8, 5)),
    ]
