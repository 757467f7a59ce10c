"""How commands print: results to standard output, everything else to standard error."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, NoReturn

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

# Where nobody looks on, such as in a file, nothing has to fit a screen.
out = Console() if sys.stdout.isatty() else Console(width=200)
err = Console(stderr=True)
# Texts up to this many characters are not broken in a table.
WHOLE_BELOW = 28


class ExitCode(IntEnum):
    """What a command's exit code says."""

    OK = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    DATABASE_UNAVAILABLE = 4


def print_json(data: Any) -> None:  # noqa: ANN401  any JSON value
    """Print a result for a program: one JSON document on standard output, without colours or line breaks of a terminal."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n")


def print_json_parts(parts: Iterable[bytes]) -> None:
    """Print one JSON document that comes in parts, because it may be too large to be held."""
    sys.stdout.flush()
    sys.stdout.buffer.writelines(parts)
    sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a result for a person; numbers are set to the right."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    for position, name in enumerate(columns):
        known = [row[position] for row in rows if row[position] is not None]
        numeric = bool(known) and all(isinstance(value, int | float) for value in known)
        # Numbers, codes and the names of rows stay in one piece: half a number is another number.
        whole = numeric or position == 0 or all(len(_shown(row[position])) <= WHOLE_BELOW for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold", no_wrap=whole)
    for row in rows:
        # What comes out of data is text, whatever brackets it has.
        table.add_row(*(Text(_shown(value)) for value in row))
    # Not as the table's own title, which is broken to the width of the table.
    out.print(Text(title, style="bold"))
    out.print(table)


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


def say(text: str) -> None:
    """Tell a person what is going on, on standard error."""
    err.print(text, highlight=False, markup=False, soft_wrap=True)


def fail(paragraph: str, code: ExitCode = ExitCode.FAILED) -> NoReturn:
    """End the command with one clear paragraph."""
    err.print(paragraph, style="red", highlight=False, markup=False, soft_wrap=True)
    raise SystemExit(int(code))


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on standard error; call what it gives with (done, total)."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err) as progress:
        task = progress.add_task(title, total=None)

        def update(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield update
