"""``duogui site-search``: parcels that suit a use, with what speaks for each and against it."""

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from app.cli.console import ExitCode, fail, out, print_json, print_table
from app.cli.database import open_engine
from app.cli.options import Json
from app.db.sessions import read_session
from app.settings import get_settings
from app.site_search.schemas import SearchRequest
from app.site_search.service import search_sites


def site_search(
    file: Annotated[Path, typer.Argument(help="What is looked for: JSON as POST /site-search takes it.", exists=True)],
    *,
    json: Json = False,
) -> None:
    """Find a site: parcels of a size that keep conditions, ranked with the reasons for and against."""
    try:
        request = SearchRequest.model_validate_json(file.read_text(encoding="utf-8"))
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        fail(f"{file}: {'.'.join(map(str, found['loc'])) or 'search'}: {found['msg']}", ExitCode.USAGE)
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        answer = search_sites(session, request)
    if json:
        print_json(answer)
    else:
        print_search(answer)


def print_search(answer: dict[str, Any]) -> None:
    """Print what was found, the best first, and what was left out and why."""
    rows = [
        (
            one["rank"],
            " + ".join(parcel["parcel_code"] or parcel["feature_id"] for parcel in one["parcels"]),
            one["area_ha"],
            one["availability"],
            one["verdict"],
            len(one["reasons_for"]),
            len(one["reasons_against"]),
        )
        for one in answer["results"]
    ]
    print_table(
        f"Sites as of {answer['as_of']}",
        ("rank", "parcels 宗地", "ha", "availability", "verdict", "for", "against"),
        rows,
    )
    for one in answer["results"]:
        out.print(f"[bold]{one['rank']}[/bold] {one['verdict']}")
        for sign, name in (("+", "reasons_for"), ("-", "reasons_against")):
            for reason in one[name]:
                out.print(f"  {sign} {reason['text_zh']} / {reason['text_en']}", markup=False, highlight=False)
    out.print(
        f"{answer['parcels_of_size']} parcels of that size, left out {answer['excluded']}, {answer['denied']} denied by a rule.",
        markup=False,
        highlight=False,
    )
    if not answer["is_complete"]:
        out.print("There are more candidates than were checked: narrow the search.", markup=False)
