"""Where recorders post what they record. No page: a bearer token opens it, and JSON answers."""

from __future__ import annotations

import gzip
import zlib
from io import BytesIO
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from pydantic import ValidationError

from devices.errors import InfusionlogError
from logger.errors import ServerRefuses
from logger.forwarding.captures import LARGEST_PIECE, Offered
from logger.forwarding.enrolling import Enrolled
from logger.forwarding.messages import LARGEST, Post
from logger.forwarding.receiving import Receiving
from logger.web.guards import with_a_token

router = APIRouter(prefix="/forwarding", dependencies=[Depends(with_a_token)])


async def _body(request: Request) -> bytes:
    return await request.body()


Body = Annotated[bytes, Depends(_body)]


@router.post("", max_body_size=LARGEST)
def post(request: Request, body: Body) -> Response:
    """Take a post of a recorder."""
    try:
        receiving, recorder = _admitted(request)
        said = Post.model_validate_json(_unpacked(request, body))
        return Response(receiving.post(recorder, said).model_dump_json(), media_type="application/json")
    except (ValidationError, InfusionlogError) as error:
        return _refused(error)


@router.post("/captures", max_body_size=LARGEST)
def captures(request: Request, body: Body) -> Response:
    """Say which of the raw captures that a recorder has are not here."""
    try:
        receiving, _ = _admitted(request)
        offered = Offered.model_validate_json(_unpacked(request, body))
        return JSONResponse({"wanted": receiving.captures.wanted(offered)})
    except (ValidationError, InfusionlogError) as error:
        return _refused(error)


@router.put("/captures/{session}/{name}", max_body_size=LARGEST_PIECE)
def capture(request: Request, session: str, name: str, body: Body) -> Response:
    """Take a piece of a raw capture."""
    try:
        receiving, _ = _admitted(request)
        receiving.captures.keep(session, name, request.headers.get("x-from", ""), body)
        return JSONResponse({"kept": len(body)})
    except (ValidationError, InfusionlogError) as error:
        return _refused(error)


def _admitted(request: Request) -> tuple[Receiving, Enrolled]:
    receiving: Receiving | None = getattr(request.app.state, "receiving", None)
    if receiving is None:
        raise ServerRefuses("this server takes no recorder's records")
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return receiving, receiving.admit(token.strip() if scheme.lower() == "bearer" else "")


def _unpacked(request: Request, body: bytes) -> bytes:
    if request.headers.get("content-encoding") != "gzip":
        return body
    try:
        with gzip.GzipFile(fileobj=BytesIO(body)) as packed:
            found = packed.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ServerRefuses("the body can't be unpacked; send it again") from error
    if len(found) > LARGEST:
        raise ServerRefuses(f"a post has at most {LARGEST} bytes; send less at once")
    return found


def _refused(error: ValidationError | InfusionlogError) -> Response:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        said = f"{'.'.join(map(str, first['loc']))}: {first['msg']}; is the recorder of another version?"
        return JSONResponse({"error": said}, 422)
    status = 403 if isinstance(error, ServerRefuses) else 503
    return JSONResponse({"error": str(error)}, status)
