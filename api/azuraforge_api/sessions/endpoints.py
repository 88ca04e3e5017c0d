"""Logging in by a link, and who is logged in."""

import base64
import hashlib
from typing import Final

from fastapi import APIRouter, Request, Response, status
from fastapi.responses import HTMLResponse

from azuraforge_api.http.dependencies import AppSettings, WriteSession
from azuraforge_api.problems.responses import problems
from azuraforge_api.security.authentication import SESSION_COOKIE, Admin, Viewer
from azuraforge_api.security.origin import check_origin
from azuraforge_api.security.principal import Role
from azuraforge_api.sessions.repository import remove_session
from azuraforge_api.sessions.schemas import Login, LoginLink, Myself, NewLoginLink
from azuraforge_api.sessions.service import SESSION_LIFETIME, create_link, log_in

__all__ = ["pages", "router"]

router = APIRouter(prefix="/session", tags=["session"], responses=problems("unauthenticated"))
pages = APIRouter()
_SCRIPT: Final = """
const code = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
const say = (text) => { document.querySelector("p").textContent = text; };
if (!code) { say("This link is not whole: copy all of it, also what follows the #."); }
else {
  fetch("/api/v1/session", {method: "POST", headers: {"Content-Type": "application/json"},
                            body: JSON.stringify({code})})
    .then(async (answer) => {
      if (answer.ok) {
        say("You are logged in. What this service has, to look at:");
        document.querySelector("nav").hidden = false;
        return;
      }
      const problem = await answer.json();
      say(`${problem.detail} ${problem.remedy}`);
    }, () => say("The service does not answer. Try again."));
}
"""
_PAGE: Final = f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>AzuraForge</title>
<meta name="viewport" content="width=device-width"><p role="status">Logging in …</p>
<nav hidden><a href="/api/v1/jobs">jobs</a> · <a href="/api/v1/models">models</a> ·
<a href="/api/v1/predictions">forecasts</a> · <a href="/api/v1/datasets">data sets</a> ·
<a href="/api/v1/pipelines">pipelines</a> · <a href="/api/v1/openapi.json">all addresses</a></nav>
<script>{_SCRIPT}</script></html>"""
_DIGEST: Final = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
_POLICY: Final = f"default-src 'none'; script-src 'sha256-{_DIGEST}'; connect-src 'self'"
"""The page runs the one script that we wrote, and nothing else."""


@pages.get("/login", include_in_schema=False)
async def show_login() -> HTMLResponse:
    """Show the page that a login link opens; its secret stands behind the # and is sent by post.

    What stands behind the # is in no log of a proxy, and a mail scanner that fetches the link does
    not use it up.
    """
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})


@router.post("", status_code=status.HTTP_204_NO_CONTENT, responses=problems("foreign-origin"))
async def create_session(
    login: Login, request: Request, session: WriteSession, settings: AppSettings
) -> Response:
    """Log in with the secret of a login link; answers with a session cookie."""
    check_origin(request, settings)
    secret = await log_in(session, login.code)
    response = Response(status_code=status.HTTP_204_NO_CONTENT)
    response.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=int(SESSION_LIFETIME.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=settings.public_url.startswith("https://"),
    )
    return response


@router.get("")
async def show_myself(principal: Viewer) -> Myself:
    """Tell who asks, and what they may do."""
    return Myself(name=principal.name, role=principal.role.word, kind=principal.kind)


@router.delete("", status_code=status.HTTP_204_NO_CONTENT)
async def end_session(_: Viewer, request: Request, session: WriteSession) -> Response:
    """Log out."""
    secret = request.cookies.get(SESSION_COOKIE)
    if secret is not None:
        await remove_session(session, secret)
    response = Response(status_code=status.HTTP_204_NO_CONTENT)
    response.delete_cookie(SESSION_COOKIE)
    return response


@router.post("/links", status_code=status.HTTP_201_CREATED, responses=problems("forbidden"))
async def create_login_link(
    _: Admin, wanted: NewLoginLink, session: WriteSession, settings: AppSettings
) -> LoginLink:
    """Create a link that logs a person in, once."""
    secret = await create_link(session, wanted.name, Role[wanted.role.upper()])
    return LoginLink(url=f"{settings.public_url}/login#{secret}")
