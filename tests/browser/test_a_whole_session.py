"""A session from signing in to the review's signature, on real pages, with a monitor on a real line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from clinic import COLLEAGUE, NURSE, PHYSICIAN, password
from nursing import count, kinds_of, said, signs_in, stands_in
from watched_pages import Taps
from whole_clinic import PINS, Monitor, WholeClinic, wait_for

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect


@pytest.fixture
def monitor(ward: WholeClinic) -> Iterator[Monitor]:
    """A pulse oximeter that speaks once a second."""
    made = Monitor(ward.folder)
    yield made
    made.cut()


def test_a_session_from_signing_in_to_the_review(
    ward: WholeClinic, monitor: Monitor, opened: Callable[..., Any]
) -> None:
    page = opened(ward)
    signs_in(page, NURSE)
    stands_in(page, "A")
    session = starts(ward, page, monitor)
    here, taps = f"/sessions/{session}", Taps(page)

    prepares(page, here)
    gives_the_dose(page, here)

    page.goto("/rooms/A")
    taps.on(page.locator("main button.mark"))
    wait_for(lambda: count(ward, session, "mark") == 1)
    assert taps.done() == 1
    taps.words("Nausea")
    taps.button("Mild")
    wait_for(lambda: count(ward, session, "effect.report") == 1)
    assert taps.done() == 2
    taps.on(page.get_by_role("button", name="Ended"))
    wait_for(lambda: count(ward, session, "effect.resolved") == 1)
    assert taps.done() == 1

    taps.link("Due check")
    digits = page.get_by_role("group", name="Digits")
    for digit in "14":  # the field of the respiratory rate waits for them; they are not counted
        digits.get_by_role("button", name=digit, exact=True).click()
    taps.words("5 readily", "no", "Asked: none")
    taps.button("Save as")
    wait_for(lambda: count(ward, session, "effect.none") == 1)
    assert taps.done() == 5
    typed = [one for _, one in said(ward, session, "reading") if one["source"] == "manual"]
    assert typed[0]["readings"] == [{"vital": "resp_rate", "value": 14.0}]

    page.wait_for_url("**/rooms/A")
    for vital, number in {"nibp_sys": 131, "nibp_dia": 84, "spo2": 97}.items():
        page.fill(f"#pad-{vital}", str(number))
    page.get_by_role("button", name="Save as").last.click()
    wait_for(
        lambda: len([one for _, one in said(ward, session, "reading") if one["source"] == "manual"]) == 2
    )
    last = [one for _, one in said(ward, session, "reading") if one["source"] == "manual"][-1]
    assert [one["value"] for one in last["readings"]] == [131.0, 84.0, 97.0]

    page.goto(f"{here}/handover")
    page.locator("label").filter(has_text="M. DEMO-Nurse").click()
    page.fill("#giver_pin", PINS[NURSE])
    page.fill("#taker_pin", PINS[COLLEAGUE])
    page.get_by_role("button", name="Save as").click()
    wait_for(lambda: count(ward, session, "staff.handover") == 1)

    leaves(page, here)
    wait_for(lambda: count(ward, session, "discharge") == 1)
    page.goto(f"{here}/end")
    expect(page.locator("main")).to_contain_text("Everything that the protocol asks for is on record")
    page.get_by_role("button", name="End ·").click()
    page.wait_for_url("**/sign")
    wait_for(lambda: state(ward, session) == "closed", "the recorder never closed its chain")
    page.reload()
    page.locator("label").filter(has_text="accept it").click()
    page.fill("#password", password(NURSE))
    page.get_by_role("button", name="Sign as").click()
    page.wait_for_url("**/entries")

    reviews(opened(ward, "desktop"), session)
    assert [author for author, _ in said(ward, session, "sign")] == [NURSE, PHYSICIAN]
    assert said(ward, session, "check.monitor")[0][0] == NURSE
    assert {"infusion.start", "infusion.end", "session.end", "close"} <= set(kinds_of(ward, session))
    assert ward.is_whole()


def starts(ward: WholeClinic, page: Any, monitor: Monitor) -> str:
    """Start in three steps: who, which line, and whether it is the monitor beside this patient."""
    monitor.speaks()
    page.goto("/rooms/A/start")
    page.fill("#patient", "DEMO-A")
    page.fill("#name", "Ada Demo")
    page.get_by_role("button", name="Start ·").click()
    page.wait_for_url("**/start/device")
    page.select_option("#adapter", monitor.adapter)
    page.fill("#url", monitor.url)
    page.get_by_role("button", name="Connect").click()
    page.get_by_role("link", name="Go on").click()
    page.get_by_text("Does the monitor beside this patient show SpO2 9").wait_for()
    page.get_by_role("button", name="Yes", exact=True).click()
    expect(page.get_by_text("Does the monitor beside this patient show")).to_be_hidden()
    return str(ward.sessions()[-1]["id"])


def state(ward: WholeClinic, session: str) -> str:
    return next(str(one["state"]) for one in ward.sessions() if one["id"] == session)


def saves(page: Any, path: str, chosen: str = "", **typed: str) -> None:
    """Fill in one form: *chosen* are answers that are tapped, ``field=answer``, the rest is typed."""
    page.goto(path)
    for one in chosen.split():
        chooses(page, *one.split("="))
    for name, text in typed.items():
        page.fill(f"[name='{name}']", text)
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.get_by_role("button", name="Save as").last.click()
    assert answered.value.status in (200, 303), (path, page.inner_text("main"))


def chooses(page: Any, name: str, answer: str) -> None:
    page.locator(f"label:has([name='{name}'][value='{answer}'])").click()


def prepares(page: Any, here: str) -> None:
    """Time-out, consent, weight, escort, medication."""
    said_of = "identifiers=name identifiers=birth dosing_confirmed=yes"
    saves(page, f"{here}/enter/check.identity", said_of, performed_by=NURSE)
    saves(page, f"{here}/enter/check.consent", "given=yes")
    saves(page, f"{here}/enter/check.escort", "arranged=yes", name="friend")
    saves(page, f"{here}/enter/check.weight", "how=measured", kg="80")
    drugs = ("benzodiazepine", "sedative_hypnotic", "opioid", "psychostimulant", "maoi")
    saves(page, f"{here}/enter/check.medication", " ".join(f"{drug}=no" for drug in drugs))


def gives_the_dose(page: Any, here: str) -> None:
    saves(page, f"{here}/enter/dose.drawn", drug="ketamine", mg="40")
    saves(page, f"{here}/enter/infusion.start", drug="ketamine", mg="40", ml_h="60")
    saves(page, f"{here}/enter/infusion.end")
    saves(page, f"{here}/enter/dose.given", "route=IV", drug="ketamine", mg="40", given_by=NURSE)


def leaves(page: Any, here: str) -> None:
    """Answer what is asked before the patient leaves."""
    page.goto(f"{here}/discharge")
    for answer in page.locator("fieldset.rating label").filter(has_text="yes").all():
        answer.click()
    page.locator("label").filter(has_text="registered nurse").click()
    page.fill("[name='decided_by']", NURSE)
    chooses(page, "escort_present", "yes")
    chooses(page, "instructions_given", "yes")
    page.get_by_role("button", name="Save as").click()
    page.wait_for_url("**/end")


def reviews(page: Any, session: str) -> None:
    """Find the session in the queue, look at its page, sign it."""
    signs_in(page, PHYSICIAN)
    page.goto(f"/sessions/{session}")
    page.locator("#sign").wait_for(timeout=30_000)
    page.locator("label").filter(has_text="accept it").click()
    page.fill("#password", password(PHYSICIAN))
    page.get_by_role("button", name="Sign as").click()
    page.wait_for_url("**/review**")
