"""`demo --course`: eight sessions of an invented patient, some with something that QA has to find.

Six induction and two maintenance sessions, played by simulators and invented people. Each session is the
flawless one with a few lines changed; what was changed on purpose stands beside it, as a promise that the
audit is held to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from devices.simulators.faults import parse_faults
from devices.simulators.plan import Plan
from logger.clock import moment
from logger.demo.rehearsing import Hands, Line, Rehearsal
from logger.demo.story import (
    ADMIN,
    AUDITOR,
    COLLEAGUE,
    NURSE,
    PRESCRIBER,
    REVIEWER,
    Change,
    also,
    flawless,
    leaving,
    line,
    nasal,
    saying,
    typed,
    without,
)
from logger.entering.desk import LedgerDesk, SessionFile
from logger.entering.opening import Opening
from logger.entering.protocols import approved
from logger.entering.sessions import open_ledger
from logger.entering.signing import policy_digest
from logger.errors import CantWrite
from logger.keeping.access import log_verified
from logger.keeping.verifying import verify_ledger
from logger.kinds import SYSTEM, Course
from logger.people.accounts import NEW
from logger.settings import PinnedProtocol, find_protocol

PEOPLE = {
    ADMIN: "admin",
    NURSE: "nurse",
    COLLEAGUE: "nurse",
    PRESCRIBER: "physician",
    REVIEWER: "physician",
    AUDITOR: "qa",
}
PASSWORD = "demo password"  # noqa: S105  a demo's, printed by the demo itself
ROOM = "Demo room"
PATIENT = "DEMO-C01"
SEEN_AFTER = 7 * 24 * 60.0
"""Minutes after the last session at which QA looks: whatever has a time to be done in has had it."""

LEAD = 20.0
"""Minutes from the opening to the start of the treatment."""


@dataclass(frozen=True, slots=True)
class Told:
    """One session of the course.

    Attributes:
        day: of the course, from 0.
        phq9: the answers before it, by item.
        changed: what is different from the flawless session, in words, and the rules that must find it.
    """

    day: int
    course: Course
    phq9: Sequence[int]
    seed: int
    title: str
    changes: tuple[Change, ...] = ()
    found_by: tuple[str, ...] = ()
    protocol: str = "iv_ketamine_40min"
    faults: tuple[str, ...] = ()
    cuff_every: float = 300.0
    signs: tuple[str, ...] = ("entry_complete", "review")


def _interrupted() -> tuple[Change, ...]:
    """The infusion stops for six minutes, and a part of the dose is never given."""
    paused = line(18, "infusion.pause", {"reason": "patient asked to stop, felt sick"})
    back = line(24, "infusion.start", {"drug": "ketamine", "ml_h": 60, "reason": "patient agreed to go on"})
    return (
        also(paused, back),
        saying("dose.given", mg=36, volume_ml=3.6, mg_per_kg=0.45, reason="the patient wished to stop"),
        saying("dose.wasted", mg=14),
    )


def course() -> tuple[Told, ...]:
    """Return the eight sessions, in order."""
    serious = {
        "term": "bp_increase",
        "criterion": "other_important_medical_event",
        "description": "pressure above 180 with headache, seen by the physician on call",
    }
    mistyped = line(15, "reading", typed(nibp_sys=183, nibp_dia=101), remember="typed")
    told = [
        (0, "induction", (2, 3, 2, 3, 2, 2, 2, 1, 0), "Nothing is missing.", (), ()),
        (
            3,
            "induction",
            (2, 2, 2, 3, 2, 2, 2, 1, 0),
            "The infusion is interrupted; 14 mg are wasted before a witness.",
            _interrupted(),
            (),
        ),
        (
            7,
            "induction",
            (2, 2, 2, 2, 1, 2, 2, 1, 0),
            "The waste has no witness, and nobody looked at the room's equipment.",
            (saying("dose.wasted", witness=None),),
            ("R22", "R52"),
        ),
        (
            10,
            "induction",
            (1, 2, 2, 2, 1, 1, 2, 1, 0),
            "A serious side effect that nobody reported on, and a note entered 43 minutes late.",
            (
                also(
                    line(26, "effect.report", {"term": "bp_increase", "severity": "severe"}),
                    line(27, "effect.serious", serious),
                    line(70.6, "note", {"text": "physician came at once", "happened_at": -43}),
                    line(90, "effect.resolved", {"term": "bp_increase"}),
                ),
            ),
            ("R27",),
        ),
        (
            14,
            "induction",
            (1, 1, 2, 2, 1, 1, 1, 1, 0),
            "The cuff fails for half an hour in the infusion; 2 mg are not accounted for.",
            (saying("dose.wasted", mg=8),),
            ("R05", "R21"),
        ),
        (
            17,
            "induction",
            (1, 1, 1, 2, 1, 1, 1, 0, 0),
            "Identity was not compared; a pressure was mistyped and corrected.",
            (
                without("check.identity"),
                also(
                    mistyped,
                    line(
                        16,
                        "amend",
                        {"target": "{typed}", "changes": {"nibp_sys": 138}, "reason": "typed 183 for 138"},
                    ),
                ),
            ),
            ("R14",),
        ),
        (
            31,
            "maintenance",
            (1, 1, 1, 1, 1, 1, 1, 0, 0),
            "A nasal spray; no pressure 40 minutes after it.",
            (),
            ("R07",),
        ),
        (
            45,
            "maintenance",
            (1, 0, 1, 1, 1, 0, 1, 0, 0),
            "The patient leaves 30 minutes after the infusion, and nobody has reviewed the session.",
            (
                lambda story: [line for line in story if line.minute < 70],
                also(*leaving(70)),
            ),
            ("R10", "R44"),
        ),
    ]
    sessions = []
    for place, (day, phase, phq9, title, changes, found) in enumerate(told):
        induction = phase == "induction"
        number, planned = (place + 1, 6) if induction else (place - 5, None)
        where = Course(id="DEMO-COURSE", phase=phase, number=number, planned=planned)
        sessions.append(Told(day, where, phq9, 9700 + place, title, tuple(changes), found))
    sessions[4] = replace(sessions[4], faults=("cuff_failed@2100+1500",))
    sessions[6] = replace(sessions[6], protocol="esketamine_nasal", faults=("cuff_failed@2700+2400",))
    sessions[7] = replace(sessions[7], signs=("entry_complete",))
    return tuple(sessions)


def run_course(folder: Path, tell: Callable[[str], None]) -> bool:
    """Play the course into *folder*, draw its pages, verify it, audit it; return whether QA found the rest.

    What was changed on purpose has to be found by its rules, and nothing in the session without a change.
    """
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / "course.db"
    if database.exists():
        raise CantWrite(f"{database}: there is a course already; give --out another folder")
    tell("A course of eight sessions, played by simulators and invented people.\n")
    desk = open_ledger(f"sqlite:///{database}", create=True)
    try:
        played = play_course(desk, datetime.now(UTC), tell)
        held = _verified(desk, folder, tell)
        for number, (_, session) in enumerate(played, 1):
            draw(desk.file(session), folder / f"session-{number}.pdf")
        draw_all(desk, [session for _, session in played], folder)
        found = _audited(desk, played, tell)
    finally:
        desk.close()
    tell(f"\nThe pages are session-1.pdf to session-{len(played)}.pdf in {folder}, the ledger is {database}.")
    tell("course.pdf has them side by side; audit/ has what the rules say of them, as pictures.")
    tell(f"Everybody signs in there with the password: {PASSWORD}")
    tell(f"Ask it yourself: infusionlog audit --demo --database sqlite:///{database}")
    return held and found


def draw(file: SessionFile, path: Path) -> None:
    """Draw a session's page."""
    from analysis.page import draw_page, save
    from analysis.page.about import about_page
    from logger.reviewing.frames import build

    made = build(file)
    save(draw_page(made), path, about_page(made))


def draw_all(desk: LedgerDesk, sessions: Sequence[str], folder: Path) -> None:
    """Draw the course of *sessions* and the pictures of their audit."""
    from analysis.course import about_course, course_of, draw_course
    from analysis.page import save
    from analysis.qa_pictures import draw_pictures, save_pictures
    from logger.reviewing.auditing import run
    from logger.reviewing.frames import build

    whole = course_of(build(desk.file(session)) for session in sessions)
    save(draw_course(whole), folder / "course.pdf", about_course(whole))
    judged = run(desk, sessions, moment(desk.clock.now())).judged
    said = "the demo's course: demonstrations, which no rate counts"
    save_pictures(draw_pictures(judged, said), folder / "audit", said)


def _verified(desk: LedgerDesk, folder: Path, tell: Callable[[str], None]) -> bool:
    answer = verify_ledger(desk, folder)
    log_verified(desk, AUDITOR, answer)
    records = sum(writer["records"] for one in answer["sessions"] for writer in one["writers"])
    tell(f"\nverify: {'whole' if answer['ok'] else 'BROKEN'}, {records} records")
    return bool(answer["ok"])


def _audited(desk: LedgerDesk, played: Sequence[tuple[Told, str]], tell: Callable[[str], None]) -> bool:
    """Tell of each session what was changed and which rules failed and why; return whether they are those."""
    from logger.reviewing.auditing import run

    judged = run(desk, [session for _, session in played], moment(desk.clock.now())).judged
    as_promised = True
    tell("\naudit: what the rules find in each session")
    for number, ((told, _), one) in enumerate(zip(played, judged, strict=True), 1):
        failed = {rule: answer for rule, answer in one.answers.items() if answer.verdict == "fail"}
        as_promised &= set(told.found_by) <= failed.keys() and bool(told.found_by or not failed)
        tell(f"\nsession {number}: {told.title}")
        for rule, answer in failed.items():
            tell(f"  {rule} fails: {answer.why}")
        if not failed:
            tell("  no rule fails")
    return as_promised


def play_course(desk: LedgerDesk, now: datetime, tell: Callable[[str], None]) -> list[tuple[Told, str]]:
    """Play the course into an empty ledger, its last session some days before *now*; return the sessions.

    Args:
        desk: of the ledger.
        now: aware; the course ends before it.
        tell: takes a line about each session.
    """
    start = (now - timedelta(days=60)).replace(hour=9, minute=0, second=0, microsecond=0)
    hands = Hands(start - timedelta(days=1))
    stage = Rehearsal(desk, hands, dict.fromkeys(PEOPLE, PASSWORD))
    _people(desk, start)
    played = []
    for told in course():
        hands.at = int((start + timedelta(days=told.day)).timestamp()) * 1_000_000
        session = _play(stage, told)
        played.append((told, session))
        tell(f"session {told.course.number} ({told.course.phase}): {told.title}")
    stage.wait(SEEN_AFTER)
    return played


def _play(stage: Rehearsal, told: Told) -> str:
    opening = Opening(
        ROOM,
        PATIENT,
        _approved(told.protocol),
        ZoneInfo("UTC"),
        NURSE,
        name="DEMO, Course",
        born="1900-01-01",
        course=told.course,
    )
    story = (nasal if told.protocol == "esketamine_nasal" else flawless)(told.phq9)
    for change in told.changes:
        story = change(story)
    plan = Plan(
        "datex_dri",
        told.seed,
        faults=parse_faults(told.faults),
        cuff_every=told.cuff_every,
        infusion_at=LEAD * 60,
    )
    if "R52" not in told.found_by:
        ready = dict.fromkeys(("oxygen", "suction", "airway", "defibrillator", "oximeter"), True)
        stage.enter(f"room:{ROOM}", Line(0, "check.room", NURSE, ready))
    session = stage.play(opening, {"monitor": plan}, story, LEAD)
    stage.wait(30)
    signers = {"entry_complete": NURSE, "review": REVIEWER}
    for meaning in told.signs:
        said = {"meaning": meaning, "reason": "see the notes"}
        stage.enter(session, Line(0, "sign", signers[meaning], said))
        stage.wait(60)
    if told.protocol == "esketamine_nasal":
        submitted = stage.now().isoformat()
        stage.enter(session, Line(0, "rems.submitted", NURSE, {"submitted_at": submitted}))
    return session


def _approved(profile: str) -> PinnedProtocol:
    """Return the draft as an invented clinic has approved it."""
    text = find_protocol(profile).text
    at = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    return PinnedProtocol(profile, approved(text, "the demo's protocol", "DEMO Prescriber, physician", at))


def _people(desk: LedgerDesk, start: datetime) -> None:
    day = start.date().isoformat()
    facts: list[dict[str, Any]] = []
    for name, role in PEOPLE.items():
        said = {"user": name, "full_name": f"DEMO {name.removeprefix('demo.').capitalize()}", "role": role}
        first = {ADMIN: PASSWORD, NEW: PASSWORD}
        desk.append(SYSTEM, "user.added", ADMIN, said, first)
        own = {name: PASSWORD, NEW: PASSWORD}
        desk.append(SYSTEM, "user.secret", name, {"user": name, "what": "password"}, own)
        facts += [
            {"user": name, "fact": "trained", "what": "two hours with the demo", "on": day},
            {"user": name, "fact": "identity_verified", "what": "DEMO identity card", "on": day},
        ]
        policy = {"user": name, "fact": "policy_accepted", "on": day, "digest": policy_digest()}
        desk.append(SYSTEM, "user.fact", name, policy, {name: PASSWORD})
    for fact in facts:
        desk.append(SYSTEM, "user.fact", ADMIN, fact, {ADMIN: PASSWORD})
    device = {"adapter": "datex_dri", "model": "DEMO monitor", "serial": "DEMO-SN-1"}
    device |= {"calibrated_until": "2031-12-31"}
    desk.append(f"room:{ROOM}", "device.registered", ADMIN, device, {ADMIN: PASSWORD})
