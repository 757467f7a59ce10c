"""Options that several commands share."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, TypeVar

import typer
from pydantic import BaseModel, ValidationError

from app.cli.console import ExitCode, fail

Asked = TypeVar("Asked", bound=BaseModel)
# What the database counts its rows with.
LARGEST_NUMBER = 2**63 - 1

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]

Slug = Annotated[str, typer.Argument(help="Slug of the layer.")]
Version = Annotated[int | None, typer.Option("--version", help="Number of the version; the newest when left out.")]

ParcelLayer = Annotated[
    str | None,
    typer.Option(
        "--target",
        help="Slug of the layer of parcels. When left out that of the current scan for idle land, else the one called parcels, else the only one.",
    ),
]


def parse_date(text: str | None) -> date | None:
    """Read a date as ISO 8601 writes it.

    Raises
    ------
    typer.BadParameter
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no date; write it as YYYY-MM-DD") from error


def read_asked(model: type[Asked], values: Mapping[str, Any]) -> Asked:
    """Read what a command is asked for; end it where that cannot be meant."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'all'}: {item['msg']}" for item in error.errors())
        fail(f"Not understood: {found}.", ExitCode.USAGE)


AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="YYYY-MM-DD", help="The day the answer is for; today when left out."),
]


def parse_bounds(text: str) -> tuple[float, float, float, float]:
    """Read ``W,S,E,N`` in degrees.

    Raises
    ------
    typer.BadParameter
    """
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is no extent; write W,S,E,N in degrees, for example 112.9,28.0,113.3,28.5"
        ) from error
    return west, south, east, north
