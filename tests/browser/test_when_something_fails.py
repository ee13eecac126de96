"""Cables, networks, servers and people fail in mid-session: nothing is lost, nothing is saved twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from clinic import COLLEAGUE, NURSE
from nursing import count, kinds_of, opens, said, signs_in, stands_in
from whole_clinic import Monitor, WholeClinic, wait_for

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def monitor(ward: WholeClinic) -> Iterator[Monitor]:
    made = Monitor(ward.folder)
    yield made
    made.cut()


@pytest.fixture(scope="module")
def session(ward: WholeClinic, monitor: Monitor) -> str:
    """A session in room B, for all that goes wrong there."""
    return opens(ward, monitor, "B")


@pytest.fixture
def tablet(ward: WholeClinic, session: str, opened: Open) -> Any:
    """The tablet of room B, at which a nurse has signed in."""
    page = opened(ward)
    signs_in(page, NURSE)
    stands_in(page, "B")
    return page


def test_two_tablets_on_one_session_both_enter(
    ward: WholeClinic, session: str, tablet: Any, opened: Open
) -> None:
    other, before = opened(ward, "phone"), count(ward, session, "effect.none")
    signs_in(other, COLLEAGUE)
    for page in (tablet, other):
        page.goto(f"/sessions/{session}/effects")
    for page in (tablet, other):
        page.get_by_role("button", name="Asked: none").click()
        expect(page.locator("#unsaved")).to_contain_text("Saved: Asked")
    authors = [author for author, _ in said(ward, session, "effect.none")[before:]]
    assert authors == [NURSE, COLLEAGUE]


def test_a_tap_without_a_network_is_saved_once(ward: WholeClinic, session: str, tablet: Any) -> None:
    tablet.goto(f"/sessions/{session}/effects")
    before = count(ward, session, "effect.none")
    tablet.context.set_offline(True)
    tablet.get_by_role("button", name="Asked: none").click()
    expect(tablet.locator("#unsaved")).to_contain_text("Not saved yet: 1. Asked: no side effect")
    tablet.context.set_offline(False)
    expect(tablet.locator("#unsaved")).to_contain_text("Saved: Asked")
    tablet.reload()
    assert count(ward, session, "effect.none") == before + 1


def test_a_server_that_is_killed_loses_neither_numbers_nor_taps(
    ward: WholeClinic, session: str, tablet: Any
) -> None:
    tablet.goto(f"/sessions/{session}/effects")
    recorder, before = ward.recorder(), count(ward, session, "effect.report")
    ward.is_killed()
    at_recorder = len(ward.records(session, at_recorder=True))
    tablet.locator("label").filter(has_text="Dizziness").click()
    tablet.get_by_role("button", name="Moderate").click()
    expect(tablet.locator("#unsaved")).to_contain_text("Not saved yet: 1.")
    wait_for(lambda: len(ward.records(session, at_recorder=True)) > at_recorder + 1, "recording stood still")
    ward.serves()
    assert ward.recorder() == recorder
    made = {(one.writer, one.seq) for one in ward.records(session, at_recorder=True)}
    wait_for(lambda: made <= {(one.writer, one.seq) for one in ward.records(session)}, "it never arrived")
    signs_in(tablet, NURSE)
    wait_for(lambda: count(ward, session, "effect.report") == before + 1, "the tap never arrived")


def test_a_double_submit_is_one_record(ward: WholeClinic, session: str, tablet: Any) -> None:
    before = count(ward, session, "note")
    tablet.goto(f"/sessions/{session}/enter/note")
    tablet.fill("[name=text]", "asked for water")
    tablet.evaluate("const form = document.querySelector('main form'); form.submit(); form.submit();")
    tablet.wait_for_url("**/rooms/B")
    texts = [one["text"] for _, one in said(ward, session, "note")[before:]]
    assert texts == ["asked for water"]


def test_a_form_from_before_the_last_sign_in_is_shown_again_with_what_was_typed(
    session: str, tablet: Any
) -> None:
    tablet.goto(f"/sessions/{session}/enter/note")
    tablet.fill("[name=text]", "typed before")
    elsewhere = tablet.context.new_page()
    elsewhere.goto("/about")
    elsewhere.get_by_role("button", name="Sign out").click()
    elsewhere.wait_for_url("**/sign-in")
    signs_in(elsewhere, NURSE)
    tablet.get_by_role("button", name="Save as").click()
    expect(tablet.locator("main")).to_contain_text("opened before the last sign-in")
    expect(tablet.locator("main [name=text]")).to_have_value("typed before")


NONSENSE = (
    "<script>alert(1)</script>",
    "'; DROP TABLE record; --",
    "\u202e\u0000\ufffd",
    "9" * 400,
    "{{7*7}}",
    "۱۲۰",
)


@pytest.mark.parametrize("path", ["readings", "enter/check.weight", "enter/infusion.start", "due"])
def test_nonsense_in_a_number_is_refused_at_its_field(
    ward: WholeClinic, session: str, tablet: Any, path: str
) -> None:
    before = [kind for kind in kinds_of(ward, session) if kind in ("check.weight", "infusion.start")]
    manual = [one for _, one in said(ward, session, "reading") if one["source"] == "manual"]
    for text in NONSENSE:
        tablet.goto(f"/sessions/{session}/{path}")
        field = tablet.locator("main form .digits input, main form input[inputmode=decimal]").first
        field.evaluate("(field, text) => { field.removeAttribute('maxlength'); field.value = text; }", text)
        if path.endswith("weight"):
            tablet.locator("label:has([value=measured])").click()
        tablet.locator("main form button:not([type=button])").last.click()
        expect(tablet.locator("main .wrong").first).to_be_visible()
    assert [kind for kind in kinds_of(ward, session) if kind in ("check.weight", "infusion.start")] == before
    assert [one for _, one in said(ward, session, "reading") if one["source"] == "manual"] == manual


def test_right_to_left_text_stays_as_it_was_typed(ward: WholeClinic, session: str, tablet: Any) -> None:
    text = "המטופל ביקש מים، طلب ماء"
    tablet.goto(f"/sessions/{session}/enter/note")
    tablet.fill("[name=text]", text)
    tablet.get_by_role("button", name="Save as").click()
    tablet.wait_for_url("**/rooms/B")
    assert said(ward, session, "note")[-1][1]["text"] == text
    tablet.goto(f"/sessions/{session}/entries")
    assert tablet.get_by_text(text).first.evaluate("it => getComputedStyle(it).direction") == "rtl"


def test_a_note_of_ten_thousand_letters_is_refused_and_kept_in_its_field(session: str, tablet: Any) -> None:
    tablet.goto(f"/sessions/{session}/enter/note")
    tablet.fill("[name=text]", "word " * 2000)
    tablet.get_by_role("button", name="Save as").click()
    expect(tablet.locator("main .wrong").first).to_be_visible()
    assert len(tablet.input_value("[name=text]")) >= 9_999


def test_a_tablet_whose_clock_is_wrong_dates_nothing(ward: WholeClinic, session: str, opened: Open) -> None:
    page = opened(ward)
    page.clock.install(time=datetime.now(UTC) - timedelta(days=900))
    signs_in(page, NURSE)
    page.goto(f"/sessions/{session}/effects")
    before = count(ward, session, "effect.report")
    page.locator("label").filter(has_text="Nausea").click()
    page.get_by_role("button", name="Mild").click()
    wait_for(lambda: count(ward, session, "effect.report") == before + 1)
    assert "happened_at" not in said(ward, session, "effect.report")[-1][1]
    at = [one.at for one in ward.records(session) if one.kind == "effect.report"][-1]
    assert abs(datetime.now(UTC).timestamp() - at / 1e6) < 600


def test_an_effect_is_entered_by_the_keyboard_alone(ward: WholeClinic, session: str, tablet: Any) -> None:
    tablet.goto(f"/sessions/{session}/effects")
    before = count(ward, session, "effect.report")
    reaches(tablet, "[name=term]")
    tablet.keyboard.press("Space")
    reaches(tablet, "button[name=severity]")
    tablet.keyboard.press("Enter")
    wait_for(lambda: count(ward, session, "effect.report") == before + 1)


def reaches(page: Any, selector: str) -> None:
    """Press Tab until the keyboard stands there; each stop on the way must be seen to have it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("what => document.activeElement.matches(what)", selector):
            return
    pytest.fail(f"the keyboard never came to {selector}")


def test_where_nobody_can_sign_in_a_mark_is_kept_and_claimed_later(
    ward: WholeClinic, session: str, tablet: Any
) -> None:
    tablet.get_by_role("button", name="Sign out").click()
    tablet.wait_for_url("**/sign-in")
    before = count(ward, session, "mark")
    tablet.click("button.mark")
    wait_for(lambda: count(ward, session, "mark") == before + 1)
    assert said(ward, session, "mark")[-1][0] == "unattributed"
    signs_in(tablet, NURSE)
    tablet.goto(f"/sessions/{session}/entries")
    tablet.get_by_role("button", name="It was mine").first.click()
    wait_for(lambda: count(ward, session, "attribute") == 1)
    assert said(ward, session, "attribute")[0][0] == NURSE


def test_a_cable_that_is_pulled_leaves_a_gap_and_the_numbers_come_back(
    ward: WholeClinic, monitor: Monitor, session: str, tablet: Any
) -> None:
    events = [one["event"] for _, one in said(ward, session, "link")]
    tablet.goto("/rooms/B")
    tablet.get_by_role("button", name="Yes", exact=True).click()
    expect(tablet.get_by_text("Does the monitor beside this patient")).to_be_hidden()
    monitor.cut()
    expect(tablet.locator("#standing")).to_contain_text(
        "Nothing is being recorded from the monitor", timeout=30_000
    )
    expect(tablet.locator("#standing")).to_contain_text("Not heard since")
    assert said(ward, session, "link")[len(events) :] != []
    before = count(ward, session, "reading")
    monitor.speaks()
    wait_for(lambda: count(ward, session, "reading") > before, "the numbers never came back")
    expect(tablet.locator("#standing")).not_to_contain_text("Not heard since")


def test_a_sessions_page_prints_and_its_files_are_there(
    ward: WholeClinic, session: str, opened: Open
) -> None:
    page = opened(ward, "desktop")
    signs_in(page, NURSE)
    page.goto(f"/sessions/{session}")
    page.locator(".report").wait_for(timeout=30_000)
    printed = page.pdf(format="A4")
    assert printed.startswith(b"%PDF-")
    assert len(printed) > 20_000
    answer = page.request.get(f"/sessions/{session}/page.pdf")
    assert answer.body().startswith(b"%PDF-")


def test_at_the_end_the_ledger_is_whole(ward: WholeClinic) -> None:
    assert ward.is_whole()
