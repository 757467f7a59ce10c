"""``duogui project``: projects before the joint gate (项目布局联合把关)."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from app.cli.console import ExitCode, fail, out, print_json, print_table
from app.cli.database import local_actor, open_engine
from app.cli.options import AsOf, Json, parse_date
from app.db.models import GateProject
from app.db.sessions import WriteSession, read_session, write_session
from app.extracts.signing import Signer
from app.gate import repository, service
from app.gate.schemas import DecisionRequest, OpinionRequest, ProjectRequest, SiteRequest
from app.gate.state import Office, Opinion, Status
from app.keys.access import Actor, Scope
from app.settings import get_settings

app = typer.Typer(help="Projects before the joint gate: sites, opinions, decision.", no_args_is_help=True)

ProjectId = Annotated[int, typer.Argument(help="Number of the project.")]
Text = Annotated[str, typer.Option(help="Reasons, for the record.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Name of the project.")],
    sites: Annotated[list[str], typer.Argument(help="Parcel codes, or ids of features.")],
    layer: Annotated[str | None, typer.Option(help="Slug of the layer of parcels.")] = None,
    use: Annotated[str | None, typer.Option(help="Intended land-use code.")] = None,
    industry: Annotated[str | None, typer.Option(help="Industry code, GB/T 4754.")] = None,
    *,
    json: Json = False,
) -> None:
    """Make a project with one or more sites."""
    try:
        request = ProjectRequest(
            name=name,
            intended_use=use,
            industry_code=industry,
            sites=[SiteRequest(code=code, layer=layer) for code in sites],
        )
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        fail(f"{'.'.join(map(str, found['loc']))}: {found['msg']}", ExitCode.USAGE)
    _change(lambda session: service.create_project(session, request), json=json)


@app.command("list")
def list_command(*, json: Json = False) -> None:
    """List the latest projects."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        found = [
            service.describe(session, project, with_history=False) for project in repository.list_projects(session)
        ]
    if json:
        print_json(found)
        return
    rows = [(item["project_id"], item["name"], item["status"], item["combined"], item["verdict"]) for item in found]
    print_table("Projects 项目", ("id", "name", "status", "combined", "verdict"), rows)


@app.command()
def show(project_id: ProjectId, *, json: Json = False) -> None:
    """Show a project with its history."""
    with open_engine(get_settings()) as engine, read_session(engine) as session:
        answer = service.describe(session, repository.require_project(session, project_id), with_history=True)
    _print(answer, json=json)


@app.command()
def submit(
    project_id: ProjectId,
    deadline: Annotated[
        list[str], typer.Option(help="OFFICE=YYYY-MM-DD, or one day for all: planning, land, environment, investment.")
    ],
    as_of: AsOf = None,
    *,
    json: Json = False,
) -> None:
    """Check the sites and ask the offices."""
    deadlines = _deadlines(deadline)
    settings = get_settings()

    def work(session: WriteSession) -> GateProject:
        service.submit(
            session,
            project_id,
            deadlines,
            signer=Signer.of(settings.data_dir),
            base_url=_base_url(),
            as_of=parse_date(as_of),
        )
        return repository.require_project(session, project_id)

    _change(work, json=json)


@app.command()
def recheck(project_id: ProjectId, as_of: AsOf = None, *, json: Json = False) -> None:
    """Check the sites of an open project again."""
    signer = Signer.of(get_settings().data_dir)

    def work(session: WriteSession) -> GateProject:
        service.check_again(session, project_id, signer=signer, base_url=_base_url(), as_of=parse_date(as_of))
        return repository.require_project(session, project_id)

    _change(work, json=json)


@app.command()
def opinion(
    project_id: ProjectId,
    office: Annotated[Office, typer.Argument(help="Whose opinion it is.")],
    said: Annotated[Opinion, typer.Argument(help="What the office says.")],
    text: Text,
    condition: Annotated[list[str] | None, typer.Option(help="May be given several times.")] = None,
    *,
    json: Json = False,
) -> None:
    """Record the opinion of an office."""
    request = OpinionRequest(office=office, opinion=said, text=text, conditions=condition or [])
    caller = Actor(name=local_actor(), scope=Scope.WRITE)

    def work(session: WriteSession) -> GateProject:
        service.give_opinion(session, project_id, request, caller)
        return repository.require_project(session, project_id)

    _change(work, json=json)


@app.command()
def decide(
    project_id: ProjectId,
    result: Annotated[Status, typer.Argument(help="passed or refused.")],
    text: Text,
    *,
    json: Json = False,
) -> None:
    """Pass or refuse a project."""
    if result not in {Status.PASSED, Status.REFUSED}:
        fail(f"{result.value} is no decision; expected passed or refused.", ExitCode.USAGE)
    request = DecisionRequest.model_validate({"result": result.value, "text": text})

    def work(session: WriteSession) -> GateProject:
        service.decide(session, project_id, request)
        return repository.require_project(session, project_id)

    _change(work, json=json)


@app.command()
def withdraw(project_id: ProjectId, text: Text, *, json: Json = False) -> None:
    """Take an open project back."""

    def work(session: WriteSession) -> GateProject:
        service.withdraw(session, project_id, text)
        return repository.require_project(session, project_id)

    _change(work, json=json)


def _change(work: Callable[[WriteSession], GateProject], *, json: bool) -> None:
    with open_engine(get_settings()) as engine, write_session(engine, actor=local_actor()) as session:
        answer = service.describe(session, work(session), with_history=True)
    _print(answer, json=json)


def _base_url() -> str:
    public_url = get_settings().public_url
    return "" if public_url is None else str(public_url).rstrip("/")


def _deadlines(given: list[str]) -> dict[Office, date]:
    deadlines: dict[Office, date] = {}
    for text in given:
        name, separator, day = text.rpartition("=")
        read = parse_date(day)
        if separator and name not in set(Office):
            fail(f"{name!r} is no office; expected one of {', '.join(Office)}.", ExitCode.USAGE)
        if read is not None:
            deadlines |= dict.fromkeys([Office(name)] if separator else Office, read)
    return deadlines


def _print(answer: dict[str, Any], *, json: bool) -> None:
    if json:
        print_json(answer)
        return
    title = f"{answer['project_id']} {answer['name']}: {answer['status']}, {answer['combined']}"
    out.print(title, highlight=False, markup=False)
    sites = [
        (site["parcel_code"] or site["feature_id"], site["layer"], site["check"] and site["check"]["verdict"])
        for site in answer["sites"]
    ]
    print_table("Sites 用地", ("parcel", "layer", "verdict"), sites)
    offices = [
        (item["office"], item["deadline"], item["is_overdue"], item["opinion"] and item["opinion"]["opinion"])
        for item in answer["offices"]
    ]
    print_table("Offices 部门意见", ("office", "deadline", "overdue", "opinion"), offices)
    for obstacle in answer["obstacles"]:
        out.print("✗ " + " ".join(map(str, obstacle.values())), highlight=False, markup=False)
