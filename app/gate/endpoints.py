"""The joint gate (项目布局联合把关) over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from app.deps import AppSettings, Checker, ReadSession, Writer, WriteSession, allow_parameters
from app.extracts.signing import Signer
from app.gate import repository, service
from app.gate.schemas import (
    CheckRequest,
    DecisionRequest,
    OpinionRequest,
    ProjectRequest,
    SubmissionRequest,
    WithdrawalRequest,
)
from app.links import absolute_url, request_origin

ProjectId = Annotated[int, Path(ge=1, lt=2**63, description="Number of the project.")]

router = APIRouter(prefix="/projects", tags=["joint gate"], dependencies=[Depends(allow_parameters())])


@router.get("", summary="The latest projects")
def list_projects(session: ReadSession) -> dict[str, Any]:
    """List the latest projects and where they stand, the newest first."""
    projects = repository.list_projects(session)
    return {"projects": [service.describe(session, project, with_history=False) for project in projects]}


@router.post("", status_code=201, summary="Make a project")
def create_project(
    request: Request, response: Response, body: ProjectRequest, session: WriteSession, _writer: Writer
) -> dict[str, Any]:
    """Store a project with its sites; nobody is asked before it is submitted."""
    project = service.create_project(session, body)
    response.headers["Location"] = absolute_url(request, "projects", str(project.id))
    return service.describe(session, project, with_history=True)


@router.get("/{project_id}", summary="A project with its history")
def get_project(project_id: ProjectId, session: ReadSession) -> dict[str, Any]:
    """Return a project: checks, opinions, what stands against passing, and everything that happened."""
    return service.describe(session, repository.require_project(session, project_id), with_history=True)


@router.post("/{project_id}/submission", summary="Ask the offices")
def submit(
    request: Request,
    project_id: ProjectId,
    body: SubmissionRequest,
    session: WriteSession,
    settings: AppSettings,
    _writer: Writer,
) -> dict[str, Any]:
    """Start a round: every site is checked, and every office has until its last day to give its opinion."""
    service.submit(
        session,
        project_id,
        body.deadlines,
        signer=Signer.of(settings.data_dir),
        base_url=request_origin(request).base_url,
        as_of=body.as_of,
    )
    return _described(session, project_id)


@router.post("/{project_id}/checks", summary="Check the sites again")
def check_again(
    request: Request, project_id: ProjectId, body: CheckRequest, session: WriteSession, settings: AppSettings
) -> dict[str, Any]:
    """Check all sites again, for example after a plan was changed; the new checks count."""
    service.check_again(
        session,
        project_id,
        signer=Signer.of(settings.data_dir),
        base_url=request_origin(request).base_url,
        as_of=body.as_of,
    )
    return _described(session, project_id)


@router.post("/{project_id}/opinions", summary="Give the opinion of an office")
def give_opinion(project_id: ProjectId, body: OpinionRequest, session: WriteSession, caller: Checker) -> dict[str, Any]:
    """Store an opinion; the key has to be of that office, or of no office and may write."""
    service.give_opinion(session, project_id, body, caller)
    return _described(session, project_id)


@router.post("/{project_id}/decision", summary="Pass or refuse")
def decide(project_id: ProjectId, body: DecisionRequest, session: WriteSession, _writer: Writer) -> dict[str, Any]:
    """End a round. A project does not pass while a DENY is open, an opinion is missing or an office disagrees."""
    service.decide(session, project_id, body)
    return _described(session, project_id)


@router.post("/{project_id}/withdrawal", summary="Withdraw a project")
def withdraw(project_id: ProjectId, body: WithdrawalRequest, session: WriteSession, _writer: Writer) -> dict[str, Any]:
    """Take a project back; it can be submitted again."""
    service.withdraw(session, project_id, body.text)
    return _described(session, project_id)


def _described(session: WriteSession, project_id: int) -> dict[str, Any]:
    return service.describe(session, repository.require_project(session, project_id), with_history=True)
