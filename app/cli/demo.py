"""``duogui demo``: from nothing to a checked, flagged and served land map."""

from typing import Annotated

import typer

from app.cli.check import print_findings, print_layers
from app.cli.console import out, print_json, print_table, progress_bar
from app.cli.database import local_actor, open_engine
from app.cli.idle import print_idle_cases
from app.cli.importing import as_json
from app.cli.options import Json
from app.cli.plans import print_classes
from app.cli.serve import serve_with
from app.demo import DemoResult, load_sample
from app.settings import get_settings


def demo(
    *,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Do all but serve.")] = False,
    json: Json = False,
) -> None:
    """Import the sample zone, check it, scan it for idle land, and serve the map."""
    with open_engine(get_settings()) as engine:
        result = load_sample(engine, actor=local_actor(), bar=progress_bar)
    if json:
        print_json(
            {
                "layers": [as_json(layer) for layer in result.layers],
                "tables": result.tables,
                "check": result.check,
                "plan_comparison": result.comparison,
                "idle_scan": result.scan,
                "evidence": result.evidence,
            }
        )
    else:
        print_demo(result)
    if not no_serve:
        serve_with(get_settings(), offer_sign_in=True)
    elif not json:
        out.print("Next: duogui serve, then open http://127.0.0.1:8000/map")


def print_demo(result: DemoResult) -> None:
    """Print the summary: layers, findings by rule, plan conflicts, idle cases by kind."""
    counts = ("read", "accepted", "repaired", "rejected")
    print_table(
        "Layers 图层",
        ("layer", "version", *counts),
        [(layer.layer, layer.number, *(layer.report[name] for name in counts)) for layer in result.layers],
    )
    print_layers(result.check)
    print_findings(result.check)
    print_classes(result.comparison)
    print_idle_cases(result.scan)
    if not any(layer.is_new for layer in result.layers) and not result.check["is_new"]:
        out.print("Everything was there already; nothing was changed.")
