"""The ``duogui`` command. Errors are one clear paragraph; exit codes are in ``app.cli.console``.

0 done · 1 failed, or the data has errors · 2 wrong usage · 3 refused for safety · 4 the database cannot be reached
"""

import sys
from importlib.metadata import version as package_version
from typing import Annotated

import typer
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from app.cli import check, db, idle, key, layers
from app.cli.console import ExitCode, fail, out, print_json
from app.cli.demo import demo
from app.cli.importing import import_layer
from app.cli.overlay import overlay_command
from app.cli.serve import serve
from app.cli.worker import worker
from app.db.cluster import ClusterError
from app.db.errors import DatabaseUnavailableError, translate_db_errors
from app.errors import AppError
from gis.errors import GisError

app = typer.Typer(
    name="duogui",
    help="Duogui (多规): land-use and zoning GIS: plan integration, hard-line checks and idle land.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo)
app.command("serve")(serve)
app.command("worker")(worker)
app.command("import")(import_layer)
app.command("overlay")(overlay_command)
app.add_typer(layers.app, name="layers")
app.add_typer(check.app, name="check")
app.add_typer(idle.app, name="idle")
app.add_typer(db.app, name="db")
app.add_typer(key.app, name="key")


@app.command()
def version(*, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Print the version."""
    number = package_version("duogui")
    if json:
        print_json({"version": number})
    else:
        out.print(f"duogui {number}", highlight=False)


def main() -> None:
    """Run a command; what goes wrong is told in a paragraph, never as a traceback."""
    try:
        with translate_db_errors():
            app()
    except ValidationError as error:
        fail(_settings_paragraph(error), ExitCode.REFUSED)
    except DatabaseUnavailableError as error:
        fail(_with_cause(error), ExitCode.DATABASE_UNAVAILABLE)
    except ClusterError as error:
        fail(str(error), ExitCode.DATABASE_UNAVAILABLE)
    except (AppError, GisError) as error:
        fail(str(error))
    except SQLAlchemyError as error:
        fail(f"The database refused: {str(error).splitlines()[0]}")
    except KeyboardInterrupt:
        sys.exit(130)


def _settings_paragraph(error: ValidationError) -> str:
    """Name each setting by its environment variable, what was found and what was expected."""
    problems = [
        f"{'DUOGUI_' + '_'.join(map(str, item['loc'])).upper() if item['loc'] else 'Settings'}: {item['msg']}"
        for item in error.errors(include_url=False)
    ]
    return "The settings are refused. " + "; ".join(problems) + "."


def _with_cause(error: AppError) -> str:
    cause = str(error.__cause__).splitlines()[0] if error.__cause__ else ""
    return f"{error} {cause}".strip()


if __name__ == "__main__":
    main()
