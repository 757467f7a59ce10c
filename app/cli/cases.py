"""``duogui cases``: follow cases of idle land from the clue to the end."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from pydantic import ValidationError

from app.cases import repository
from app.cases.attaching import attach_imagery
from app.cases.describing import describe, describe_options, describe_publication, summarise
from app.cases.ledger_service import LedgerFormat, make_ledger
from app.cases.letter_texts import LetterKind
from app.cases.letters import describe_letter, issue_letter, render_letter
from app.cases.opening import open_from_scan
from app.cases.planning import plan_cases
from app.cases.reserve import list_reserve
from app.cases.schemas import PlanRequest
from app.cases.service import make_move, numbers_of, options_of
from app.cases.warnings import list_warnings
from app.cli.console import ExitCode, fail, out, print_json, print_table
from app.cli.database import local_actor, open_engine
from app.cli.options import AsOf, Json, parse_date
from app.clock import today
from app.db.sessions import read_session, write_session
from app.settings import get_settings
from gis.disposal import MOVE, CaseStage, Move
from gis.formats.reading import file_sha256

app = typer.Typer(help="Follow cases of idle land: open, move, publish, end.", no_args_is_help=True)

CaseId = Annotated[int, typer.Argument(help="Number of the case.")]
On = Annotated[
    str | None, typer.Option("--on", metavar="YYYY-MM-DD", help="Day on which it was done; today when left out.")
]
EVERYTHING = 10_000_000


@app.command("open")
def open_command(
    contract: Annotated[
        list[str] | None, typer.Argument(help="Contracts; all idle land of the scan when left out.")
    ] = None,
    on: On = None,
    *,
    json: Json = False,
) -> None:
    """Open a case for each contract that the current scan flags; a contract whose case runs keeps it."""
    with open_engine(get_settings()) as engine, write_session(engine, actor=local_actor()) as session:
        result = open_from_scan(session, contract or None, on=_past(on)).as_dict()
    if json:
        print_json(result)
        return
    for name, numbers in result.items():
        out.print(
            f"{name}: {len(numbers):,}" + (f" ({', '.join(map(str, numbers))})" if numbers else ""), highlight=False
        )


@app.command("list")
def list_command(
    stage: Annotated[CaseStage | None, typer.Option(help="Only cases in this stage.")] = None,
    *,
    running: Annotated[bool, typer.Option("--running", help="Only cases that have not ended.")] = False,
    json: Json = False,
) -> None:
    """List cases with the period that runs in each."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        found = repository.list_cases(session, stage=stage, only_running=running, limit=EVERYTHING)
        cases = [summarise(case) for case in found]
    if json:
        print_json(cases)
        return
    names = ("case_id", "contract_no", "parcel_code", "kind", "stage_zh", "due_name", "due_on", "is_overdue")
    print_table("Cases of idle land 闲置土地案件", names, [[case[name] for name in names] for case in cases])


@app.command("show")
def show_command(case_id: CaseId, *, json: Json = False) -> None:
    """Show a case with its facts, what may be done now, and everything that was done."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        case = repository.require_case(session, case_id)
        answer = describe(session, case, numbers_of(session, case, today()))
    _print_case(answer, json=json)


@app.command("options")
def options_command(case_id: CaseId, on: On = None, *, json: Json = False) -> None:
    """Tell which ways of disposal are lawful, and why the others are not."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        case = repository.require_case(session, case_id)
        answers = describe_options(options_of(session, case, on=parse_date(on)))
    if json:
        print_json(answers)
        return
    rows = [
        (each["option"], "✓" if each["is_offered"] else "✗", "; ".join(why["zh"] for why in each["obstacles"]))
        for each in answers
    ]
    print_table(f"Ways of disposal 处置方式, case {case_id}", ("option", "lawful", "why not"), rows)


@app.command("move")
def move_command(
    case_id: CaseId,
    action: Annotated[str, typer.Argument(help="What is done (docs/idle-land.md lists the moves).")],
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A member of the move; plan.option=extension reaches inside."),
    ] = None,
    on: On = None,
    document: Annotated[str | None, typer.Option(help="Number of the document.")] = None,
    note: Annotated[str | None, typer.Option(help="Why; kept in the history.")] = None,
    *,
    json: Json = False,
) -> None:
    """Make a move in a case; what is not lawful is refused with the article."""
    move = _read_move(action, set_ or [], on=_past(on), document=document, note=note)
    with open_engine(get_settings()) as engine, write_session(engine, actor=local_actor()) as session:
        # Whoever types the command has the case as it is now.
        case = make_move(session, case_id, move, if_match="*")
        answer = describe(session, case, numbers_of(session, case, today()))
    _print_case(answer, json=json)


@app.command("attach")
def attach_command(
    case_id: CaseId,
    file: Annotated[
        Path | None,
        typer.Argument(help="A document; what imagery shows of the land when left out.", exists=True, dir_okay=False),
    ] = None,
    says: Annotated[str, typer.Option(help="supports, contradicts or cannot_tell what was reported.")] = "cannot_tell",
    text: Annotated[str | None, typer.Option(help="What the document shows; its name when left out.")] = None,
    on: On = None,
    *,
    json: Json = False,
) -> None:
    """Put evidence on the file of a case: a document by its name and SHA-256, or the current evidence from imagery."""
    day = _past(on)
    with open_engine(get_settings()) as engine, write_session(engine, actor=local_actor()) as session:
        if file is None:
            case = attach_imagery(session, case_id, on=day, if_match="*")
        else:
            settings = [f"source={file.name}", "method=document", f"says={says}", f"text={text or file.name}"]
            settings.append(f"sha256={file_sha256(file)}")
            move = _read_move("attach_evidence", settings, on=day, document=None, note=None)
            case = make_move(session, case_id, move, if_match="*")
        answer = describe(session, case, numbers_of(session, case, today()))
    _print_case(answer, json=json)


@app.command("letter")
def letter_command(
    case_id: CaseId,
    kind: Annotated[LetterKind, typer.Argument(help="Which letter.")],
    file: Annotated[Path, typer.Argument(help="PDF file to write.")],
    office: Annotated[str, typer.Option(help="Who issues it: the head of the letter.")],
    *,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")] = False,
    json: Json = False,
) -> None:
    """Issue the letter of the latest move that it belongs to; one that was issued already is written again as it is."""
    if file.exists() and not overwrite:
        fail(f"{file} exists; give another name, or --overwrite.", ExitCode.USAGE)
    with open_engine(get_settings()) as engine, write_session(engine, actor=local_actor()) as session:
        letter = issue_letter(session, case_id, kind, office=office)
        file.write_bytes(render_letter(letter))
        answer = describe_letter(letter)
    if json:
        print_json(answer)
    else:
        out.print(f"{answer['title']} {answer['letter_no']} → {file}", highlight=False, markup=False)


@app.command("plan")
def plan_command(
    demand: Annotated[
        list[str], typer.Argument(help="USE:AREA_M2 or USE:PLACE:AREA_M2, for example 1001:430121:50000.")
    ],
    officer_days: Annotated[str, typer.Option(help="Days of work that there are.")],
    budget: Annotated[str, typer.Option(help="Yuan for compensation.")] = "0",
    case: Annotated[
        list[str] | None,
        typer.Option(help="CASE:NAME=VALUE, for example 7:compensation_yuan=800000 or 7:is_required=true."),
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Plan which cases to take first, and tell why each is in or out."""
    request = _read_plan(demand, officer_days, budget, case or [])
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        answer = plan_cases(session, request)
    if json:
        print_json(answer)
        return
    names = (
        "case_id",
        "contract_no",
        "area_m2",
        "use",
        "place",
        "officer_days",
        "compensation_yuan",
        "reason",
        "short_by",
    )
    rows = [("✓" if each["is_taken"] else "✗", *(each[name] for name in names)) for each in answer["cases"]]
    print_table("Recovery plan 收回计划", ("taken", *names), rows)
    out.print(
        f"{answer['served_m2']} m² of the demand served, {answer['officer_days']} days, {answer['compensation_yuan']} yuan.",
        highlight=False,
    )
    for each in answer["not_planned"]:
        out.print(f"Not planned: case {each['case_id']}, missing {', '.join(each['missing'])}", highlight=False)


@app.command("ledger")
def ledger_command(
    file: Annotated[Path, typer.Argument(help="File to write: .xlsx for people, .csv for uploads.")],
    office: Annotated[str, typer.Option(help="Who fills it in.")] = "",
    *,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")] = False,
) -> None:
    """Write the ledger (台账) of all cases, with what is suspected beyond them and the rates."""
    kind = file.suffix.lower().removeprefix(".")
    if kind not in set(LedgerFormat):
        fail(f"{file.name}: found {file.suffix or 'no ending'}, expected .xlsx or .csv.", ExitCode.USAGE)
    if file.exists() and not overwrite:
        fail(f"{file} exists; give another name, or --overwrite.", ExitCode.USAGE)
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        file.write_bytes(make_ledger(session, LedgerFormat(kind), office=office))
    out.print(f"Ledger 台账 → {file}", highlight=False, markup=False)


@app.command("publication")
def publication_command(*, json: Json = False) -> None:
    """Print the public list: place, holder, idle time."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        found = repository.list_cases(session, is_published=True, limit=EVERYTHING)
        listed = [describe_publication(session, case) for case in found]
    if json:
        print_json(listed)
        return
    names = ("case_id", "place", "holder", "idle_since", "idle_days", "cause")
    print_table("Public list 闲置土地公开", names, [[each[name] for name in names] for each in listed])


@app.command("reserve")
def reserve_command(*, json: Json = False) -> None:
    """List the land that cases brought to the reserve: how ready it is, and what it lacks to be clean land."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        found = [asdict(each) for each in list_reserve(session)]
    if json:
        print_json(found)
        return
    names = (
        "case_id",
        "contract_no",
        "parcel_code",
        "area_m2",
        "reserved_on",
        "connections",
        "is_supply_ready",
        "is_clean_land",
    )
    rows = [(*(each[name] for name in names), ", ".join(each["missing_for_clean_land"])) for each in found]
    print_table("Reserve 储备土地", (*names, "missing"), rows)


@app.command("warnings")
def warnings_command(as_of: AsOf = None, *, json: Json = False) -> None:
    """Print the local warning level of the contracts that are not started."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        found = list(list_warnings(session, as_of=parse_date(as_of)))
    rows = [
        (each.contract_no, each.parcel_code, each.agreed_start_date, each.warning.level.value, each.warning.next_on)
        for each in found
    ]
    names = ("contract_no", "parcel_code", "agreed_start_date", "level", "next_on")
    if json:
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        print_table("Warnings 动工预警", names, rows)


def _past(text: str | None) -> date:
    day = parse_date(text) or today()
    if day > today():
        fail(f"{day} is in the future; name a day that is over or today, {today()}.", ExitCode.USAGE)
    return day


def _read_move(action: str, settings: list[str], *, on: date, document: str | None, note: str | None) -> Move:
    values: dict[str, Any] = {"action": action, "on": on.isoformat()}
    values |= {name: value for name, value in (("document_no", document), ("note", note)) if value is not None}
    for setting in settings:
        path, separator, value = setting.partition("=")
        if not separator or not path:
            fail(f"{setting!r}: expected NAME=VALUE, for example cause=G2.", ExitCode.USAGE)
        *outer, last = path.split(".")
        target = values
        for name in outer:
            target = target.setdefault(name, {})
        target[last] = _list_of(value) if last in LISTS else value
    try:
        return MOVE.validate_json(orjson.dumps(values))
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, each['loc'])) or action}: {each['msg']}" for each in error.errors())
        fail(f"Not understood: {found}.", ExitCode.USAGE)


def _read_plan(demands: list[str], officer_days: str, budget: str, cases: list[str]) -> PlanRequest:
    wanted = [dict(zip(("use", "area_m2", "place"), _demand_parts(text), strict=False)) for text in demands]
    values: dict[str, dict[str, str]] = {}
    for text in cases:
        number, _, setting = text.partition(":")
        name, _, value = setting.partition("=")
        values.setdefault(number, {"case_id": number})[name] = value
    asked = {"officer_days": officer_days, "budget_yuan": budget, "demands": wanted, "cases": list(values.values())}
    try:
        return PlanRequest.model_validate(asked)
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        fail(f"Not understood: {found}.", ExitCode.USAGE)


def _demand_parts(text: str) -> list[str]:
    use, *rest = text.split(":")
    return [use, *reversed(rest)]


LISTS = frozenset({"mortgagees"})


def _list_of(value: str) -> list[str]:
    return [part for part in value.split(",") if part]


def _print_case(answer: dict[str, Any], *, json: bool) -> None:
    if json:
        print_json(answer)
        return
    title = f"Case {answer['case_id']} {answer['contract_no']} {answer['parcel_code'] or ''}: {answer['stage']} {answer['stage_zh']}"
    out.print(title, highlight=False, markup=False)
    if answer["due_on"] is not None:
        overdue = " (overdue 已逾期)" if answer["is_overdue"] else ""
        out.print(f"{answer['due_name']} until {answer['due_on']}{overdue}", highlight=False, markup=False)
    out.print("In order now: " + ", ".join(answer["moves_in_order"]), highlight=False, markup=False)
    rows = [
        (
            each["number"],
            each["done_on"],
            each["action"],
            each["stage"],
            each["document_no"],
            each["due_on"],
            each["recorded_by"],
        )
        for each in answer["history"]
    ]
    print_table("History 办理记录", ("no", "on", "move", "stage", "document", "due", "by"), rows)
