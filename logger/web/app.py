"""The application of the pages: every module of `logger.web.pages`, behind the same doors."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from functools import partial
from types import ModuleType
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from logger.ledger.models import Written
from logger.web import pages
from logger.web.attempts import Attempts
from logger.web.clinic import Clinic
from logger.web.displayed import Displayed
from logger.web.drawing import Drawings
from logger.web.guards import Guard
from logger.web.headers import Heads
from logger.web.live.watching import Watching
from logger.web.refusals import DOCUMENTED, answer_refusals, too_large, unexpected
from logger.web.screens import Screens
from logger.web.visits import Visits
from logger.web.waiting import Waiting


def application(
    clinic: Clinic,
    *,
    secure: bool = False,
    hosts: Iterable[str] | None = None,
    first_code: str | None = None,
    clock: Callable[[], float] | None = None,
    workers: Callable[[], Executor] | None = None,
) -> FastAPI:
    """Return the pages over *clinic*.

    Args:
        clinic: the ledger; the caller closes it.
        secure: pages come by TLS: cookies for nothing else.
        hosts: see `logger.web.headers.Heads`.
        first_code: what makes the first administrator of a ledger without users.
        clock: seconds for the visits, that never run back; None: the machine's.
        workers: see `logger.web.drawing.Drawings`; the caller closes ``app.state.drawings``.

    Raises:
        LookupError: a page has no guard, or two.
    """
    app = FastAPI(title="infusionlog", openapi_url=None, redirect_slashes=False)
    settings, timed = clinic.settings, {} if clock is None else {"clock": clock}
    state = app.state
    state.clinic, state.secure, state.first_code = clinic, secure, first_code
    state.cookie = "__Host-visit" if secure else "visit"
    state.visits = Visits(settings.lock_minutes * 60, settings.logoff_minutes * 60, **timed)
    state.attempts = Attempts(**timed)
    with clinic.desk() as desk:
        state.screens = Screens(desk.store.path.with_name(desk.store.path.name + ".screens"))
    state.drawings, state.waiting = Drawings(clinic, workers), Waiting(clinic)
    state.displayed, state.watching = Displayed(), Watching(clinic)
    state.links, state.paths, state.no_forms = [], set(), set()
    for module in page_modules():
        check_guards(module)
        for route in routes_of(module):  # OpenAPI is for programs: what answers by a model, not the pages
            route.include_in_schema = route.response_model is not None
        app.include_router(module.router, responses=DOCUMENTED)
        state.links += getattr(module, "LINKS", ())
        state.paths |= {route.path for route in routes_of(module)}
        state.no_forms |= {_first(route) for route in routes_of(module) if guards_of(route)[0].bearer}
    answer_refusals(app)
    clinic.listen(partial(_end_visits, state.visits))
    app.add_middleware(
        Heads, cookie=state.cookie, secure=secure, unexpected=unexpected, too_large=too_large, hosts=hosts
    )
    return app


def _end_visits(visits: Visits, records: Sequence[Written]) -> None:
    """Sign out whose role, name or password an administrator has changed, or who left."""
    for record in records:
        if record.kind in ("user.changed", "user.secret"):
            said = json.loads(record.payload)
            if record.kind == "user.changed" or said.get("by_administrator"):
                visits.end_all_of(said["user"])


def page_modules() -> Iterator[ModuleType]:
    """Yield every module of pages, by name."""
    for found in pkgutil.iter_modules(pages.__path__):
        yield importlib.import_module(f"{pages.__name__}.{found.name}")


def check_guards(module: ModuleType) -> None:
    """Raise `LookupError` unless each of a module's routes has one guard."""
    for route in routes_of(module):
        if len(guards_of(route)) != 1:
            raise LookupError(f"{module.__name__}: {route.path} needs one guard, has {len(guards_of(route))}")


def routes_of(module: ModuleType) -> list[APIRoute]:
    """Return a module's routes."""
    return [route for route in module.router.routes if isinstance(route, APIRoute)]


def _first(route: APIRoute) -> str:
    return route.path.split("/")[1]


def guards_of(route: APIRoute) -> list[Guard]:
    """Return the guards of a route."""
    calls: list[Any] = [dependency.call for dependency in route.dependant.dependencies]
    return [call for call in calls if isinstance(call, Guard)]
