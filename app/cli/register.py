"""``duogui register``: the register of difference patches, from the first proposal to what is applied."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli import exporting
from app.cli.console import ExitCode, fail, out, print_json, print_table, progress_bar
from app.cli.database import local_actor, open_engine
from app.cli.options import LARGEST_NUMBER, AsOf, Json, parse_date, read_asked
from app.db.sessions import read_session, write_session
from app.exports.naming import Language
from app.plans import register_repository as repository
from app.plans.balancing import balance_of
from app.plans.deciding import decide_patches
from app.plans.proposing import propose
from app.plans.register_schemas import PatchChange, PatchFilter
from app.plans.register_tags import describe_decision, describe_patch
from app.settings import get_settings

app = typer.Typer(help="Settle the differences between plans, and keep who decided what.", no_args_is_help=True)

Comparison = Annotated[int, typer.Argument(min=1, max=LARGEST_NUMBER, help="Number of the comparison of plans.")]
Where = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUE",
        help=(
            "Only patches of this value; all must hold. patches, states (separated by commas), conflict_class, "
            "overlap_class, plan, plan_status, plan_code, line, reason_code, owner, unit (LAYER:ID), min_area_m2, "
            "max_area_m2, bbox (W,S,E,N)."
        ),
    ),
]
Filter = Annotated[
    str | None,
    typer.Option(
        "--filter",
        metavar="CQL2",
        help="Only patches that meet a condition in CQL2 over the queryables of the collection plan_patches, beside --where: "
        "\"conflict_class = 'conflict' AND area_m2 > 1000\".",
    ),
]
LISTS = frozenset({"patches", "states", "bbox"})


@app.command("list")
def list_command(comparison: Comparison, where: Where = None, filter_: Filter = None, *, json: Json = False) -> None:
    """List the patches of a comparison with what is decided of them."""
    chosen = read_filter(where, filter_)
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        row = repository.require_comparison(session, comparison)
        patches = [dict(describe_patch(patch)) for patch in repository.select_patches(session, row, chosen)]
    if json:
        print_json(patches)
        return
    columns = ("patch", "state", "conflict_class", "area_m2", "plan_codes", "decided_plan", "decided_code", "owner")
    rows = [[_shown(patch[name]) for name in columns] for patch in patches]
    print_table(f"Register 台账 {comparison}: {len(patches):,} patches", (*columns,), rows)


@app.command("propose")
def propose_command(
    comparison: Comparison,
    where: Where = None,
    filter_: Filter = None,
    survey: Annotated[
        str | None, typer.Option(help="Slug of a layer of the land survey: what is already built.")
    ] = None,
    as_of: AsOf = None,
    *,
    json: Json = False,
) -> None:
    """Propose how to resolve open patches by the order of resolution; nothing is agreed by it."""
    chosen, day = read_filter(where, filter_), parse_date(as_of)
    with open_engine(get_settings()) as engine, progress_bar("propose 提出方案") as progress:
        result = propose(
            engine,
            comparison,
            chosen=chosen,
            survey=survey,
            as_of=day,
            actor=local_actor(),
            progress=progress,
        )
    if json:
        print_json(result)
        return
    out.print(
        f"{result['considered']:,} patches considered: {result['proposed']:,} proposed, {result['still_open']:,} still open.",
        highlight=False,
    )
    print_table("Rules 协调规则", ("rule", "patches"), list(result["rules"].items()))
    print_balance(result["balance"])


@app.command("decide")
def decide_command(
    comparison: Comparison,
    where: Where = None,
    filter_: Filter = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help=(
                "state (open, proposed, agreed, applied, rejected), decided_plan, decided_code and decided_code_version, "
                "owner, deadline, district_opinion, leading_group_opinion, city_opinion, document, effective_on, method, "
                "adjusted_lines, approval, approved_on, key_project, quota_source, has_existing_right, is_built_lawfully, is_inside_scale_boundary; null takes back."
            ),
        ),
    ] = None,
    note: Annotated[str | None, typer.Option(help="Why; kept in the history.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All patches of the comparison.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would happen, and change nothing.")] = False,
    json: Json = False,
) -> None:
    """Decide all patches that --where and --filter select, or none of them where one cannot be decided like that."""
    if not where and filter_ is None and not everything:
        fail("Name the patches with --where or --filter, or decide all of them with --all.", ExitCode.USAGE)
    values: dict[str, Any] = {name: _value(name, text) for name, text in _pairs(set_ or [])}
    if isinstance(lines := values.get("adjusted_lines"), str):
        values["adjusted_lines"] = lines.split(",")
    change = read_asked(PatchChange, values | ({} if note is None else {"note": note}))
    chosen = read_filter(where, filter_)
    with open_engine(get_settings()) as engine, write_session(engine, actor=local_actor()) as session:
        result = decide_patches(session, comparison, chosen, change, dry_run=dry_run)
    if json:
        print_json(result)
        return
    would = "would be changed; nothing was" if dry_run else "changed"
    out.print(f"{result['selected']:,} patches selected, {result['changed']:,} {would}.", highlight=False)
    print_balance(result["balance"])


@app.command("history")
def history_command(
    comparison: Comparison,
    patch: Annotated[str | None, typer.Argument(help="Id of one patch; all when left out.")] = None,
    *,
    json: Json = False,
) -> None:
    """Tell who decided what and when, the oldest first."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        repository.require_comparison(session, comparison)
        if patch is None:
            found = repository.list_history(session, comparison)
        else:
            found = repository.list_patch_history(session, repository.find_patch(session, comparison, patch))
        entries = [dict(describe_decision(*entry)) for entry in found]
    if json:
        print_json(entries)
        return
    rows = [
        (
            entry["patch"],
            entry["recorded_at"].strftime("%Y-%m-%d %H:%M:%S"),
            entry["recorded_by"],
            f"{entry['from_state']} → {entry['to_state']}",
            ", ".join(entry["changes"]),
            entry["note"],
        )
        for entry in entries
    ]
    print_table(f"History 协调记录 {comparison}", ("patch", "when", "who", "state", "changed", "note"), rows)


@app.command("balance")
def balance_command(comparison: Comparison, *, json: Json = False) -> None:
    """Tell how much construction land the decisions add to and take from each plan, and what quota that needs."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        balance = balance_of(session, repository.require_comparison(session, comparison))
    if json:
        print_json(balance)
    else:
        print_balance(balance)


@app.command("export")
def export_command(
    comparison: Comparison,
    file: Annotated[Path, typer.Argument(help="File to write; its ending names the format: .xlsx, .gpkg, .csv …")],
    language: Annotated[Language, typer.Option(help="Language of the names of fields and values.")] = Language.ZH,
    *,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")] = False,
    json: Json = False,
) -> None:
    """Write the register to a file, with its geometry where the format has one."""
    exporting.export(
        "plan_patches",
        file,
        where=[f"plan_comparison_id={comparison}"],
        language=language,
        overwrite=overwrite,
        json=json,
    )


def print_balance(balance: dict[str, Any]) -> None:
    """Print the patches of each state and the balance of each plan."""
    states = [
        (f"{item['name_zh']} {item['state']}", item["patches"], item["area_ha"], item["area_mu"])
        for item in balance["states"]
    ]
    print_table("States 协调状态", ("state", "patches", "ha", "mu 亩"), states)
    parts = ("added", "removed", "net", "added_agricultural", "added_arable", "added_unknown")
    for plan in balance["plans"]:
        rows = [
            (stage, *(numbers[f"{part}_ha"] for part in parts), "yes 是" if numbers["grows"] else "no 否")
            for stage, numbers in plan["stages"].items()
        ]
        title = f"{plan['title_zh']} {plan['plan']}: construction land 建设用地增减 (ha)"
        print_table(title, ("if carried out", *parts, "total grows 总量增加"), rows)


def read_filter(conditions: list[str] | None, cql2: str | None = None) -> PatchFilter:
    """Read ``NAME=VALUE`` conditions and one in CQL2; everything without any."""
    values: dict[str, Any] = {} if cql2 is None else {"cql2": cql2}
    for name, value in _pairs(conditions or []):
        if name == "unit":
            layer, _, feature_id = value.partition(":")
            values[name] = {"layer": layer, "feature_id": feature_id}
        else:
            values[name] = value.split(",") if name in LISTS else value
    return read_asked(PatchFilter, values or {"everything": True})


def _pairs(conditions: Sequence[str]) -> list[tuple[str, str]]:
    """Read ``NAME=VALUE``, each name once: of two values one would be lost without a word."""
    pairs = [condition.partition("=") for condition in conditions]
    for condition, (name, separator, _) in zip(conditions, pairs, strict=True):
        if not separator or not name:
            fail(f"{condition!r}: expected NAME=VALUE, for example state=agreed.", ExitCode.USAGE)
    names = Counter(name for name, _, _ in pairs)
    if twice := [name for name, count in names.items() if count > 1]:
        fail(f"{', '.join(twice)}: given more than once; lists are separated by commas.", ExitCode.USAGE)
    return [(name, value) for name, _, value in pairs]


def _value(name: str, text: str) -> str | None:
    """Read a value: ``null`` takes one back, and an approval or project that is empty is known not to be."""
    if text == "null" or (not text and name not in {"approval", "key_project"}):
        return None
    return text


def _shown(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value
