"""The JSON of the live panel against its own description, asked as schemathesis thinks of asking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from clinic import NURSE
from hypothesis import HealthCheck, given, settings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from web_clinic import ClinicOnTheWeb, clinic_on_the_web

JSON_ADDRESSES = {"/board.json", "/rooms/{room}/live.json"}


@pytest.fixture(scope="module")
def clinic_web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClinicOnTheWeb]:
    with (
        pytest.MonkeyPatch.context() as patch,
        clinic_on_the_web(tmp_path_factory.mktemp("api"), patch) as it,
    ):
        yield it


@pytest.fixture(scope="module")
def cookies(clinic_web: ClinicOnTheWeb) -> dict[str, str]:
    """What a nurse's browser on the room's screen sends."""
    browser = clinic_web.on_a_rooms_screen(clinic_web.of(NURSE))
    return {name: str(browser.client.cookies[name]) for name in ("visit", "screen")}


@pytest.fixture(scope="module")
def described(clinic_web: ClinicOnTheWeb) -> Any:
    """The pages, with their description where schemathesis looks for it."""

    def description(_: Request) -> JSONResponse:
        return JSONResponse(clinic_web.app.openapi())

    served = Starlette(routes=[Route("/openapi.json", description), Mount("/", clinic_web.app)])
    return schemathesis.openapi.from_asgi("/openapi.json", served)


def asked(described: Any, check: Callable[[Any], None]) -> None:
    """Have *check* look at whatever schemathesis thinks of asking every address."""
    for operation in described.get_all_operations():
        strategy = operation.ok().as_strategy()
        many = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
        many(given(strategy)(check))()


def test_what_is_described_is_the_json_and_nothing_else(clinic_web: ClinicOnTheWeb) -> None:
    assert set(clinic_web.app.openapi()["paths"]) == JSON_ADDRESSES


def test_every_answer_is_as_described(described: Any, cookies: dict[str, str]) -> None:
    def check(case: Any) -> None:
        case.call_and_validate(cookies=cookies, headers={"host": "127.0.0.1"})

    asked(described, check)


def test_a_stranger_gets_no_value(described: Any) -> None:
    def check(case: Any) -> None:
        answer = case.call(headers={"host": "127.0.0.1"}, allow_redirects=False)
        assert answer.status_code in (303, 401, 403, 404, 405)
        assert b'"values"' not in answer.content

    asked(described, check)
