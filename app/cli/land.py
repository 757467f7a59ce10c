"""``duogui land``: low-efficiency land, zombie firms, approvals, holdings, terms, promises and per-mu evaluations."""

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.console import out, print_json, print_table
from app.cli.database import local_actor, open_engine
from app.cli.options import AsOf, Json, ParcelLayer, parse_date
from app.db.sessions import write_session
from app.idle.land_answers import list_land_findings
from app.idle.land_scan import evaluate_firms, list_class_d, mark_appeal, scan_land
from app.settings import get_settings

app = typer.Typer(help="Supervise land after its approval, and evaluate firms by the mu.", no_args_is_help=True)

Year = Annotated[int, typer.Option(help="Year of the evaluation.", min=1990, max=2200)]


@app.command("scan")
def scan_command(
    topic: Annotated[list[str] | None, typer.Option(help="A topic, may be repeated; all when left out.")] = None,
    as_of: AsOf = None,
    target: ParcelLayer = None,
    *,
    json: Json = False,
) -> None:
    """Scan the delivered tables topic by topic; the same findings are not stored twice."""
    with open_engine(get_settings()) as engine:
        summary = scan_land(engine, topics=topic, as_of=parse_date(as_of), target=target, actor=local_actor())
    if json:
        print_json(summary)
        return
    print_table(
        f"Findings as of {summary['as_of']} 批后监管",
        ("topic", "findings", "kinds"),
        [(name, each["findings"], _kinds(each["kinds"])) for name, each in summary["topics"].items()],
    )


@app.command("evaluate")
def evaluate_command(
    year: Year,
    scheme: Annotated[str, typer.Option(help="Scoring scheme (docs/idle-land.md).")] = "huangyan_2022",
    policy: Annotated[str, typer.Option(help="Rules of classes (docs/idle-land.md).")] = "zhejiang",
    scheme_file: Annotated[list[Path] | None, typer.Option(help="JSON file of further schemes.", exists=True)] = None,
    policy_file: Annotated[list[Path] | None, typer.Option(help="JSON file of further rules.", exists=True)] = None,
    *,
    json: Json = False,
) -> None:
    """Evaluate the firms of a year by the mu (亩均效益评价)."""
    with open_engine(get_settings()) as engine:
        summary = evaluate_firms(
            engine,
            year=year,
            scheme=scheme,
            policy=policy,
            scheme_files=scheme_file or (),
            policy_files=policy_file or (),
            actor=local_actor(),
        )
    if json:
        print_json(summary)
        return
    print_table(f"Classes of {year} 亩均效益评价", ("class", "firms"), list(summary["tiers"].items()))
    out.print(f"{summary['findings']:,} firms: {_kinds(summary['kinds'])}", highlight=False)


@app.command("appeal")
def appeal_command(
    credit_code: Annotated[str, typer.Argument(help="统一社会信用代码 of the firm.")],
    year: Year,
    *,
    settled: Annotated[bool, typer.Option("--settled", help="The appeal has been answered.")] = False,
) -> None:
    """Mark the class of a firm as under appeal: it is published with that mark and feeds no other list."""
    with open_engine(get_settings()) as engine, write_session(engine, actor=local_actor()) as session:
        mark_appeal(session, year=year, credit_code=credit_code, is_open=not settled)
    out.print(f"{credit_code}, {year}: {'settled' if settled else 'under appeal'}", highlight=False)


@app.command("class-d")
def class_d_command(year: Year, *, json: Json = False) -> None:
    """List the firms that were class D year after year, up to a year: their land is low-efficiency land."""
    with open_engine(get_settings()) as engine:
        codes = list_class_d(engine, year=year)
    if json:
        print_json({"year": year, "credit_codes": codes})
    else:
        print_table(f"Class D up to {year} 连续D类", ("credit code",), [(code,) for code in codes])


@app.command("list")
def list_command(
    topic: Annotated[str, typer.Argument(help="A topic, or per_mu with --year.")],
    kind: Annotated[str | None, typer.Option(help="Only findings of this kind.")] = None,
    year: Annotated[int | None, typer.Option(help="Year of the evaluation, for per_mu.")] = None,
    *,
    json: Json = False,
) -> None:
    """List what the current scan of a topic found, with its reasons."""
    with open_engine(get_settings()) as engine:
        answer = list_land_findings(engine, topic=topic, kind=kind, year=year)
    if json:
        print_json(answer)
        return
    rows = [(each["subject"], each["kind"], each["reason_zh"]) for each in answer["findings"]]
    print_table(f"{topic} as of {answer['as_of']}", ("subject", "kind", "reason"), rows)


def _kinds(kinds: dict[str, Any]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in kinds.items()) or "none"
