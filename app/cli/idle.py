"""``duogui idle``: tables of contracts and enterprises, and the scan for idle land."""

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cases.observing import scan_and_tell
from app.cli.console import out, print_json, print_table
from app.cli.database import local_actor, open_engine
from app.cli.options import AsOf, Json, ParcelLayer, parse_date
from app.db.sessions import read_session
from app.idle.reporting import idle_statistics, list_changes, list_trend
from app.idle.service import CONTRACTS, TABLE_KINDS, import_table
from app.settings import get_settings
from gis.idle import IdleKind

app = typer.Typer(help="Find idle land in contracts.", no_args_is_help=True)


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="A .csv or .xlsx table.", exists=True, dir_okay=False)],
    kind: Annotated[str, typer.Option(help=f"What the table holds: {', '.join(TABLE_KINDS)}.")] = CONTRACTS,
    *,
    confirm_drop: Annotated[
        bool,
        typer.Option("--confirm-drop", help="The table is complete, although it has much less than the former one."),
    ] = False,
    json: Json = False,
) -> None:
    """Import a table; it replaces the former one of its kind. Rows that cannot be read are told and kept."""
    with open_engine(get_settings()) as engine:
        report = import_table(engine, file, kind, actor=local_actor(), confirm_drop=confirm_drop)
    if json:
        print_json(report)
    else:
        print_table_report(report)


@app.command("scan")
def scan_command(
    as_of: AsOf = None,
    target: ParcelLayer = None,
    *,
    json: Json = False,
) -> None:
    """Assess every contract as of a day, store the findings and tell the cases that run; the same inputs are not scanned twice."""
    with open_engine(get_settings()) as engine:
        summary = scan_and_tell(engine, as_of=parse_date(as_of), target=target, actor=local_actor())
    if json:
        print_json(summary)
    else:
        print_scan(summary)


def print_table_report(report: dict[str, Any]) -> None:
    """Print what became of a table's rows."""
    if not report["is_new"]:
        out.print(f"{report['file']} is the current table of {report['kind']} already; nothing was changed.")
    out.print(
        f"{report['file']}: {report['read']:,} rows read = {report['accepted']:,} accepted + "
        f"{report['rejected']:,} rejected",
        highlight=False,
    )
    if report["unknown_columns"]:
        out.print(f"Columns kept but not understood: {', '.join(report['unknown_columns'])}", highlight=False)
    if report["unread_sheets"]:
        out.print(f"Sheets not read: {', '.join(report['unread_sheets'])}", highlight=False)
    for error in report["errors"]:
        out.print(f"  {error}", highlight=False, markup=False)


def print_scan(summary: dict[str, Any]) -> None:
    """Print the cases by kind, and how many of them found their parcel."""
    if not summary["is_new"]:
        out.print(f"Scan {summary['idle_scan_id']} was made of the same data already; nothing was changed.")
    print_idle_cases(summary)
    matches = summary["parcel_matches"]
    out.print(
        f"{summary['contract_count']:,} contracts; cases whose code names one parcel {matches['one']:,}, "
        f"none {matches['none']:,}, several {matches['many']:,} (layer {summary['parcel_layer']}).",
        highlight=False,
    )
    if summary["cases_told"]:
        told = ", ".join(map(str, summary["cases_told"]))
        out.print(
            f"Noted in the cases that run, as the scan says something else of them: {told} 已记入案件", highlight=False
        )


def print_idle_cases(summary: dict[str, Any]) -> None:
    """Print the cases by kind, in the order in which the law names them."""
    cases = summary["cases"]
    print_table(
        f"Idle cases as of {summary['as_of']} 闲置土地",
        ("kind", "cases"),
        [(kind.value, cases[kind.value]) for kind in IdleKind if kind.value in cases],
    )


@app.command("statistics")
def statistics_command(as_of: AsOf = None, *, json: Json = False) -> None:
    """Print idle rate and supply rate by zone and year."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        answer = idle_statistics(session, as_of=parse_date(as_of))
    if json:
        print_json(answer)
        return
    idle = [
        (each["zone"], rate["day"], rate["supplied_ha"], rate["idle_ha"], rate["idle_percent"])
        for each in answer["idle"]
        for rate in each["rates"]
    ]
    print_table("Idle rate 土地闲置率", ("zone", "day", "supplied ha", "idle ha", "%"), idle)
    supply = [
        (each["zone"], rate["year"], rate["approved_ha"], rate["supplied_ha"], rate["supply_percent"])
        for each in answer["supply"]
        for rate in each["rates"]
    ]
    print_table("Supply rate 供地率", ("zone", "year", "approved ha", "supplied ha", "%"), supply)
    means = [(each["zone"], name, each["mean_percent"]) for name in ("idle", "supply") for each in answer[name]]
    print_table(f"Mean of {answer['mean_years']} years 平均", ("zone", "rate", "%"), means)


@app.command("trend")
def trend_command(*, json: Json = False) -> None:
    """Print what each scan found, the first first."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        scans = list_trend(session)
    if json:
        print_json(scans)
        return
    kinds = [kind.value for kind in IdleKind if kind is not IdleKind.NOT_IDLE]
    rows = [
        (scan["idle_scan_id"], scan["as_of"], scan["contracts"], *(scan["cases"].get(kind, 0) for kind in kinds))
        for scan in scans
    ]
    print_table("Scans 历次扫描", ("scan", "as of", "contracts", *kinds), rows)


@app.command("changes")
def changes_command(
    former: Annotated[int | None, typer.Option("--from", help="A scan; the last but one when left out.")] = None,
    latter: Annotated[int | None, typer.Option("--to", help="A later scan; the last when left out.")] = None,
    *,
    json: Json = False,
) -> None:
    """Tell which cases are new, gone or of another kind from one scan to another, and why."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        answer = list_changes(session, former=former, latter=latter)
    if json:
        print_json(answer)
        return
    names = ("contract_no", "change", "before", "after", "reason", "changed_fields")
    rows = [[_told(each[name]) for name in names] for each in answer["changes"]]
    print_table(f"Changes 变化 {answer['from']['as_of']} → {answer['to']['as_of']}", names, rows)


def _told(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else value
