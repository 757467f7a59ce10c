"""The commands by name. A command's module is loaded when the command is used, so that quick ones stay quick."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

# In the order of ``duogui --help``: where a command, or a group of commands, is defined.
COMMANDS = {
    "demo": "app.cli.demo:demo",
    "serve": "app.cli.serve:serve",
    "worker": "app.cli.worker:worker",
    "validate": "app.cli.validate:validate",
    "import": "app.cli.importing:import_layer",
    "export": "app.cli.exporting:export",
    "overlay": "app.cli.overlay:overlay_command",
    "layers": "app.cli.layers:app",
    "check": "app.cli.check:app",
    "site-search": "app.cli.site_search:site_search",
    "extract": "app.cli.extract:extract",
    "verify": "app.cli.extract:verify_command",
    "project": "app.cli.project:app",
    "rules": "app.cli.rules:app",
    "code-tables": "app.cli.code_tables:app",
    "plans": "app.cli.plans:app",
    "register": "app.cli.register:app",
    "clearance": "app.cli.clearance:app",
    "idle": "app.cli.idle:app",
    "cases": "app.cli.cases:app",
    "land": "app.cli.land:app",
    "imagery": "app.cli.imagery:app",
    "db": "app.cli.db:app",
    "key": "app.cli.key:app",
    "version": "app.cli.version:version",
}


class CommandsOnDemand(TyperGroup):
    """A group that knows its commands by name and loads one when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002  the type is private to typer
        """Return the names, without loading anything."""
        return [*COMMANDS, *self.commands]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401  the types are private to typer
        """Return a command, loading it the first time."""
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            self.commands[cmd_name] = _load(cmd_name, COMMANDS[cmd_name])
        return super().get_command(ctx, cmd_name)


def _load(name: str, place: str) -> Any:  # noqa: ANN401  the type is private to typer
    module, attribute = place.split(":")
    found: typer.Typer | Callable[..., None] = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        group = typer.main.get_group(found)
        group.name = name
        return group
    single = typer.Typer(add_completion=False)
    single.command(name)(found)
    return typer.main.get_command(single)
