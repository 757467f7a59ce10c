"""``duogui key``: who may read, check or write."""

from typing import Annotated

import typer

from app.cli.addresses import address_of, sign_in_address
from app.cli.console import out, print_json, print_table, say
from app.cli.database import local_actor, open_engine
from app.cli.options import Json
from app.db.sessions import read_session, write_session
from app.keys import service
from app.keys.access import Scope
from app.keys.sessions import make_link
from app.settings import get_settings

app = typer.Typer(help="Make, list and revoke keys.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the key; it is stored with every change made with it.")]


@app.command()
def add(
    name: Name,
    *,
    scope: Annotated[Scope, typer.Option(help="What the key allows; each includes the one before.")] = Scope.READ,
    office: Annotated[str | None, typer.Option(help="The office that the key belongs to.")] = None,
    json: Json = False,
) -> None:
    """Make a key and print it. It is stored as a digest only and cannot be shown again."""
    with open_engine(get_settings()) as engine, write_session(engine, actor=local_actor()) as session:
        plaintext = service.create_key(session, name, scope, office)
    if json:
        print_json({"name": name, "scope": scope, "office": office, "key": plaintext})
        return
    say(f"A key of scope {scope.value}. Keep it now; it cannot be shown again:")
    out.print(plaintext, highlight=False, markup=False, soft_wrap=True)


@app.command()
def link(name: Name, *, json: Json = False) -> None:
    """Make a link that signs a browser in to the map page with a key: once, within the hour."""
    settings = get_settings()
    with open_engine(settings) as engine, write_session(engine, actor=local_actor()) as session:
        address = sign_in_address(address_of(settings, settings.port), make_link(session, name))
    if json:
        print_json({"name": name, "link": address})
        return
    say("Whoever opens this first is signed in; it works once, within the hour:")
    out.print(address, highlight=False, markup=False, soft_wrap=True)


@app.command("list")
def list_keys(*, json: Json = False) -> None:
    """List the keys, revoked ones included."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        keys = [key.model_dump(mode="json") for key in service.list_keys(session)]
    if json:
        print_json(keys)
        return
    columns = ("name", "scope", "office", "created_at", "created_by", "revoked_at", "revoked_by")
    print_table("Keys", columns, [tuple(key[column] for column in columns) for key in keys])


@app.command()
def revoke(name: Name, *, json: Json = False) -> None:
    """Take a key out of use, at once and for good."""
    with open_engine(get_settings()) as engine, write_session(engine, actor=local_actor()) as session:
        key = service.revoke_key(session, name)
    if json:
        print_json(key.model_dump(mode="json"))
    else:
        out.print(f"Key {name!r} is revoked.", highlight=False, markup=False)
