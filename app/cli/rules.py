"""``duogui rules``: the packs of rules in the database, and what each rule says."""

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.console import out, print_json, print_table
from app.cli.database import local_actor, open_engine
from app.cli.options import AsOf, Json, parse_date
from app.clock import today
from app.db.rule_packs import RuleBook, RuleNotFoundError, import_pack, list_packs, read_rule_book
from app.db.sessions import read_session, write_session
from app.settings import get_settings
from gis.rules import CatalogError, SiteRule

app = typer.Typer(help="Rules of land law: national ones and packs of local ones.", no_args_is_help=True)


@app.command("import")
def import_rules(
    file: Annotated[Path, typer.Argument(help="A pack of rules, JSON.")],
    name: Annotated[str | None, typer.Option(help="Name of the pack; the file's when left out.")] = None,
    *,
    json: Json = False,
) -> None:
    """Add a pack of local rules, or a new version of one. Its examples are measured and judged first; one that fails refuses it."""
    with open_engine(get_settings()) as engine, write_session(engine, actor=local_actor()) as session:
        pack, is_new = import_pack(session, file, name=name)
        facts = {
            "pack": pack.name,
            "version": pack.version,
            "regions": pack.regions,
            "rules": pack.rule_count,
            "examples": pack.example_count,
            "is_new": is_new,
        }
    if json:
        print_json(facts)
        return
    state = "added" if is_new else "applies already"
    out.print(
        f"Pack {facts['pack']} {state}: {facts['rules']} rules for {', '.join(pack.regions)}, "
        f"{facts['examples']} examples hold, version {pack.version[:12]}.",
        highlight=False,
        markup=False,
    )


@app.command("list")
def list_rules(
    region: Annotated[str | None, typer.Option(help="Only rules that hold in this county, city or province.")] = None,
    as_of: AsOf = None,
    *,
    json: Json = False,
) -> None:
    """List the rules in force on a day, with pack, region, source and status."""
    day = parse_date(as_of) or today()
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        book = read_rule_book(session)
        packs = [(pack.name, pack.version, ", ".join(pack.regions), pack.recorded_at) for pack in list_packs(session)]
    rules = [
        _line(book, rule)
        for rule in book.catalog.all_rules
        if rule.source.is_in_force(day) and (region is None or rule.source.applies_in(region))
    ]
    if json:
        print_json({"as_of": day.isoformat(), "packs": [dict(book.packs)], "rules": rules})
        return
    print_table(
        "Packs 规则包",
        ("pack", "version", "regions", "since"),
        [(n, v[:12], r, f"{t:%Y-%m-%d}") for n, v, r, t in packs],
    )
    columns = ("rule_id", "type", "pack", "region", "status", "title_zh")
    print_table(f"Rules in force on {day}", columns, [tuple(rule[name] for name in columns) for rule in rules])


@app.command()
def show(rule_id: Annotated[str, typer.Argument(help="Id of a rule.")]) -> None:
    """Print a rule with its source, outcomes, examples, and the parameter rows that it names, as JSON."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        book = read_rule_book(session)
    try:
        rule = book.catalog.rule(rule_id)
    except CatalogError as error:
        raise RuleNotFoundError(rule_id) from error
    text = rule.model_dump_json()
    rows = [row.model_dump(mode="json") for row in book.catalog.parameters if f'"{row.key}"' in text]
    print_json({"pack": book.pack_of[rule_id], "rule": rule.model_dump(mode="json"), "parameters": rows})


def _line(book: RuleBook, rule: SiteRule) -> dict[str, Any]:
    source = rule.source
    return {
        "rule_id": rule.rule_id,
        "type": rule.type,
        "pack": book.pack_of[rule.rule_id],
        "region": source.region,
        "valid_from": source.valid_from,
        "valid_to": source.valid_to,
        "document": source.document,
        "article": source.article,
        "status": source.status.value,
        "title_zh": rule.title.zh,
        "title_en": rule.title.en,
    }
