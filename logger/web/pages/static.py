"""Styles, scripts and pictures of the pages, kept by browsers for ever: their address has their digest."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse, Response

from logger.web.guards import Anybody
from logger.web.rendering import STATIC, static_digest

router = APIRouter()

EXAMPLES = {"name": "style.css"}
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png"}
FOR_EVER = "public, max-age=31536000, immutable"


@router.get("/static/{digest}/{name}")
def static(digest: str, name: str, visitor: Anybody) -> Response:
    """Return a static file."""
    path = STATIC / name
    if digest != static_digest() or path.parent != STATIC or path.suffix not in TYPES or not path.is_file():
        raise HTTPException(404)
    return FileResponse(path, media_type=TYPES[path.suffix], headers={"Cache-Control": FOR_EVER})


@router.get("/favicon.ico")
def icon(visitor: Anybody) -> Response:
    """Return the picture of the tab."""
    return FileResponse(STATIC / "icon.svg", media_type="image/svg+xml", headers={"Cache-Control": FOR_EVER})
