"""Pages from templates: what every one of them has, and how times are said."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analysis.wording import DEMO, LIVE_STATEMENT, NAMED_ONLY
from devices.program import program
from logger.clock import moment
from logger.web.clinic import Clinic
from logger.web.visits import Visitor

_HERE = Path(__file__).parent
STATIC = _HERE / "static"

SHORT_STATEMENT = "Recording aid, not an alarm. Watch the patient and the bedside monitor."
"""`LIVE_STATEMENT` where a telephone has no room for it. Source: requirements, section 9."""

HOMES = {"nurse": "/rooms", "physician": "/review", "qa": "/audit", "admin": "/admin"}
"""Where each role begins."""


@dataclass(frozen=True, slots=True)
class Link:
    """A page's place in the navigation of some roles; a page module lists its own as ``LINKS``."""

    label: str
    path: str
    roles: tuple[str, ...]


def render(
    request: Request, visitor: Visitor, template: str, /, *, status: int = 200, **values: Any
) -> HTMLResponse:
    """Return the page that *template* makes of *values*.

    A page of a session gives ``place`` (`place_of`). Every template has besides: ``visitor``, ``path`` (of
    this page), ``links`` (the navigation of this role), ``home``, ``now`` (aware, the ledger's clock),
    ``zone`` (the clinic's), ``statement``, ``short_statement``, ``static(name)``, ``new_key()``. Filters:
    ``clock`` (10:42), ``seconds`` (10:42:07), ``day`` (2026-11-20), ``moment`` (2026-11-20 10:42); they take
    microseconds or an aware time, and the zone in which it is said.
    """
    state = request.app.state
    made = environment().get_template(template)
    standing = {
        "visitor": visitor,
        "path": request.url.path,
        "links": [link for link in state.links if visitor.role in link.roles],
        "now": state.clinic.now(),
        "zone": state.clinic.zone(),
        "lock_after": state.clinic.settings.lock_minutes * 60,
        "home": HOMES.get(visitor.role or "", "/"),
    }
    return HTMLResponse(made.render(standing | values), status_code=status)


@cache
def environment() -> Environment:
    """Return the templates; a name that a page does not give is an error, and all text is escaped."""
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "static": static_url,
        "new_key": new_key,
        "statement": LIVE_STATEMENT,
        "short_statement": SHORT_STATEMENT,
        "demo": DEMO,
        "named_only": NAMED_ONLY,
        "program": program(),
    }
    for name, form in FORMS.items():
        made.filters[name] = _said(form)
    return made


FORMS = {"clock": "%H:%M", "seconds": "%H:%M:%S", "day": "%Y-%m-%d", "moment": "%Y-%m-%d %H:%M"}


def _said(form: str) -> Any:
    def said(at: int | datetime, zone: ZoneInfo | str) -> str:
        when = moment(at) if isinstance(at, int) else at
        return when.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone).strftime(form)

    return said


def new_key() -> str:
    """Return a new form's key: what is sent twice with it is saved once."""
    return secrets.token_urlsafe(16)


@cache
def static_digest() -> str:
    """Return what changes with any static file: it stands in their addresses, so that they keep for ever."""
    whole = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        whole.update(path.name.encode() + path.read_bytes())
    return whole.hexdigest()[:12]


def static_url(name: str) -> str:
    """Return the address of a static file; a name that is not there fails where the page is made."""
    if not (STATIC / name).is_file():
        raise FileNotFoundError(name)
    return f"/static/{static_digest()}/{name}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a session is: what stands on the page and on each of its buttons.

    Attributes:
        room: of the session.
        patient: initials, else the pseudonym.
        demo: its numbers are simulated.
    """

    room: str
    patient: str
    demo: bool

    def __str__(self) -> str:
        """Return what stands on buttons: ``Room 1, A.B.``."""
        return f"{self.room}, {self.patient}"


def place_of(clinic: Clinic, row: Mapping[str, Any]) -> Place:
    """Return where a session of this *row* is; give it to `render` as ``place``."""
    return Place(row["room"], initials(clinic.patient(row["patient"])), bool(row["demo"]))


def initials(patient: Mapping[str, Any]) -> str:
    """Return what pages and buttons call a patient: the initials of the name, else the pseudonym."""
    words = (patient.get("name") or "").replace(",", " ").split()
    return "".join(f"{word[0].upper()}." for word in words) or str(patient["id"])


def typed(fields: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield the fields of a form as they were typed, without what is secret or the form's own."""
    for name, value in fields:
        secret = any(word in name for word in SECRET)
        if name not in OWN and not secret and isinstance(value, str):
            yield name, value


OWN = frozenset({"csrf", "key", "author"})
"""The fields of `templates/_form.html` that nobody types."""

SECRET = ("password", "pin", "code")
"""What the name of a field has in it whose value is never shown or kept."""
