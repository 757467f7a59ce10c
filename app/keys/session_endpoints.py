"""The session of the map page: who looks at it, sign-in and sign-out."""

from datetime import timedelta

from fastapi import APIRouter, Depends, Request, Response

from app.db import sessions as database
from app.deps import AppEngine, AppSettings, Caller, DatabaseTurn, KeyHolder, allow_parameters
from app.keys import sessions
from app.keys.cookies import clear_cookie, read_cookie, require_own_page, set_cookie
from app.keys.session_schemas import SessionInfo, SignIn

# Who is stored as having changed something while nobody is known yet.
SIGN_IN_ACTOR = "sign-in"

router = APIRouter(tags=["session"], dependencies=[Depends(allow_parameters())])


@router.get("/session", summary="Who looks at the page")
def get_session(
    request: Request, response: Response, engine: AppEngine, caller: Caller, key_holder: KeyHolder, _turn: DatabaseTurn
) -> SessionInfo:
    """Tell who calls and what the caller may do; also a caller who may do nothing is told so."""
    response.headers["Cache-Control"] = "no-store"
    cookie = read_cookie(request)
    with database.read_session(engine) as session:
        found = None if cookie is None else sessions.find_signed_in(session, cookie)
    return SessionInfo(
        holder=None if key_holder is None else key_holder.name,
        office=None if key_holder is None else key_holder.office,
        scope=None if caller is None else caller.scope,
        expires_at=None if found is None else found[1],
    )


@router.post("/session", status_code=201, summary="Sign in")
def post_session(
    request: Request, response: Response, body: SignIn, engine: AppEngine, settings: AppSettings, _turn: DatabaseTurn
) -> SessionInfo:
    """Begin a session of this browser; its cookie is the answer's `Set-Cookie`."""
    require_own_page(request)
    lifetime = timedelta(hours=settings.session_hours)
    with database.write_session(engine, actor=SIGN_IN_ACTOR) as session:
        if body.key is not None:
            signed_in = sessions.sign_in_with_key(session, body.key.get_secret_value().strip(), lifetime)
        else:
            link = "" if body.link is None else body.link.get_secret_value()
            signed_in = sessions.sign_in_with_link(session, link, lifetime)
    set_cookie(request, response, signed_in)
    response.headers["Cache-Control"] = "no-store"
    actor = signed_in.actor
    return SessionInfo(holder=actor.name, office=actor.office, scope=actor.scope, expires_at=signed_in.expires_at)


@router.delete("/session", status_code=204, summary="Sign out")
def delete_session(request: Request, response: Response, engine: AppEngine, _turn: DatabaseTurn) -> None:
    """End the session of this browser; without one nothing happens."""
    cookie = read_cookie(request)
    if cookie is not None:
        require_own_page(request)
        with database.write_session(engine, actor=SIGN_IN_ACTOR) as session:
            sessions.sign_out(session, cookie)
    clear_cookie(response)
