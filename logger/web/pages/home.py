"""The first page of everybody, and what this program is."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from logger.web.guards import Anybody, TheClinic
from logger.web.rendering import HOMES, Link, render

router = APIRouter()
LINKS = (Link("About", "/about", ("nurse", "physician", "qa", "admin")),)


@router.get("/")
def home(request: Request, visitor: Anybody, clinic: TheClinic) -> Response:
    """Send everybody to where their role begins."""
    if visitor.role is None:
        return RedirectResponse("/lock" if clinic.users() else "/first-day", 303)
    if (begins := HOMES[visitor.role]) in request.app.state.paths:
        return RedirectResponse(begins, 303)
    return render(request, visitor, "home.html")


@router.get("/about")
def about(request: Request, visitor: Anybody) -> Response:
    """Say what this program is and is not."""
    return render(request, visitor, "about.html")
