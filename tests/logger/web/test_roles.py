"""Every page, asked alike: its roles, another role, a stranger, a bad id, a wrong method, no token.

No list names the pages: a new module is taken up by itself. Where an address has a part that is not known
here, the module says an example of it: ``EXAMPLES = {"instrument": "phq9"}``. A route for which a session
has to be ended is asked all the same; it answers in a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clinic import NURSE, QA
from web_clinic import ONE_OF_EACH, ClinicOnTheWeb, clinic_on_the_web

from logger.ledger.finding import of_kind
from logger.web.app import guards_of, page_modules, routes_of
from logger.web.guards import NOBODY
from logger.web.rendering import static_digest

NO_SESSION = "00000000-0000-7000-8000-000000000000"
ENDLESS = "/events"
"""What the address of an event stream ends with: it never answers to the end."""


def routes() -> Iterator[Any]:
    for module in page_modules():
        for route in routes_of(module):
            for method in sorted(route.methods - {"HEAD"}):
                name = f"{module.__name__.rpartition('.')[2]} {method} {route.path}"
                yield pytest.param(module, route, method, id=name)


EVERY = pytest.mark.parametrize(("module", "route", "method"), list(routes()))


@pytest.fixture(scope="module")
def clinic_web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClinicOnTheWeb]:
    """One clinic for all pages: nothing that is refused changes it."""
    folder: Path = tmp_path_factory.mktemp("roles")
    with pytest.MonkeyPatch.context() as patch, clinic_on_the_web(folder, patch) as made:
        an_audit(made)
        yield made


@EVERY
def test_each_of_its_roles_has_it(clinic_web: ClinicOnTheWeb, module: Any, route: Any, method: str) -> None:
    (guard,) = guards_of(route)
    if guard.bearer or route.path.endswith(ENDLESS) or route.path == "/sign-out":
        pytest.skip("asked in tests of its own")
    for role in guard.roles - {NOBODY} or {"nurse"}:
        browser = clinic_web.on_a_rooms_screen(clinic_web.of(role))
        path = address(clinic_web, module, route)
        answer = browser.posts(path) if method != "GET" else browser.gets(path)
        assert answer.status_code < 500, f"{role}: {answer.status_code}"
        assert method != "GET" or answer.status_code in (200, 303), f"{role}: {answer.status_code}"
        assert answer.status_code not in (401, 405), f"{role}: {answer.status_code}"
        clinic_web.forget(role)


@EVERY
def test_another_role_is_refused(clinic_web: ClinicOnTheWeb, module: Any, route: Any, method: str) -> None:
    (guard,) = guards_of(route)
    for role in ONE_OF_EACH.keys() - guard.roles if guard.roles else ():
        browser = clinic_web.of(role)
        path = address(clinic_web, module, route)
        answer = browser.posts(path) if method != "GET" else browser.gets(path)
        assert answer.status_code == 403, f"{role}: {answer.status_code}"


@EVERY
def test_a_stranger_is_refused(clinic_web: ClinicOnTheWeb, module: Any, route: Any, method: str) -> None:
    (guard,) = guards_of(route)
    browser, path = clinic_web.browser(), address(clinic_web, module, route)
    if guard.bearer:
        assert browser.client.request(method, path).status_code in (401, 403)
    elif guard.roles:
        answer = browser.posts(path) if method != "GET" else browser.gets(path)
        assert answer.status_code == (303 if method == "GET" else 401)
        assert method != "GET" or answer.headers["location"].startswith("/sign-in")


@EVERY
def test_a_session_that_is_not_there_is_said_so(
    clinic_web: ClinicOnTheWeb, module: Any, route: Any, method: str
) -> None:
    (guard,) = guards_of(route)
    if "{session}" not in route.path or guard.bearer:
        return
    browser = clinic_web.of(sorted(guard.roles - {NOBODY})[0])
    for wrong in (NO_SESSION, "no-session", "%00"):
        path = address(clinic_web, module, route, session=wrong)
        answer = browser.posts(path) if method != "GET" else browser.gets(path)
        assert answer.status_code == 404, f"{path}: {answer.status_code}"


@EVERY
def test_a_wrong_method_is_refused(clinic_web: ClinicOnTheWeb, module: Any, route: Any, method: str) -> None:
    path = address(clinic_web, module, route)
    answer = clinic_web.of(NURSE).client.request("PATCH", path, follow_redirects=False)
    assert answer.status_code == 405


@EVERY
def test_a_form_without_its_token_writes_nothing(
    clinic_web: ClinicOnTheWeb, module: Any, route: Any, method: str
) -> None:
    (guard,) = guards_of(route)
    if method == "GET" or guard.bearer:
        return
    browser = clinic_web.of(sorted(guard.roles - {NOBODY} or {"nurse"})[0])
    before = records(clinic_web)
    answer = browser.client.request(method, address(clinic_web, module, route), follow_redirects=False)
    assert answer.status_code == 412
    assert records(clinic_web) == before


def an_audit(clinic_web: ClinicOnTheWeb) -> None:
    said = {"sessions": {}, "rule_set": "0" * 64, "rates": {}, "signed_as": QA}
    clinic_web.desk.append("system", "audit.run", QA, said, {}, proved=True)


def records(clinic_web: ClinicOnTheWeb) -> int:
    streams = clinic_web.desk.store.streams()
    return sum(clinic_web.desk.store.tail(stream)[0] for stream in streams)


def address(clinic_web: ClinicOnTheWeb, module: Any, route: Any, **given: str) -> str:
    """Return the address of a route with examples in the place of its parts."""
    known = {
        "session": clinic_web.session,
        "room": "1",
        "patient": "INVENTED-1",
        "user": NURSE,
        "ref": clinic_web.records()[0].ref,
        "digest": static_digest(),
        "run": of_kind(clinic_web.desk.store, "system", "audit.run")[0].ref,
    }
    known |= getattr(module, "EXAMPLES", {}) | given
    return re.sub(r"{(\w+)(?::\w+)?}", lambda part: known.get(part[1], "example"), route.path)
