"""Sessions with all that people enter, decide and sign; invented, as those of invented_sessions are."""

from __future__ import annotations

import invented_sessions as invented
from invented_sessions import (
    at,
    cycles,
    discharged,
    event,
    infusion,
    score,
    seconds,
    session,
    signed,
    with_seconds,
)

from analysis.session import Session

PERSON, OTHER = {"name": "n.example", "authenticated": True}, {"name": "s.example"}
SIX_OF_23 = ("1", "2", "6", "7", "15", "22")


def cared_for() -> Session:
    """A session with every record that people make, signed by nurse and physician, and nothing amiss."""
    asked = [(-10, 5), (10, 5), (20, 4), (30, 3), (40, 4), (55, 5), (70, 5), (95, 5)]
    felt = [(20, 4.0), (40, 6.0), (70, 1.0), (95, 0.0)]
    answers = {"bp_back": "yes", "spo2_room_air": "yes", "alert": "yes", "gait": "yes", "iv_removed": "yes"}
    answers |= {"dissociation_resolved": "yes", "nausea_minimal": "yes", "safety_check": "yes"}
    answers |= {"escort_present": "yes", "instructions_given": "yes"}
    events = [
        event(-15, "check.identity", 60, identifiers=["name", "birth"], performed_by=PERSON,
              summary="Identity compared by n.example: name, birth; dosing confirmed"),
        event(-14, "check.weight", 61, kg=80.0, how="measured", summary="Weight 80 kg (measured)"),
        event(-14, "staff.present", 62, person=PERSON, role="nurse", responsible=True,
              summary="n.example present as nurse, responsible"),
        event(-13, "dose.ordered", 63, drug="ketamine", route="IV", mg=40.0, ordered_by=OTHER),
        event(-6, "dose.drawn", 64, drug="ketamine", mg=50.0, lot="LOT-1", second_check_by=OTHER),
        event(41, "dose.given", 65, drug="ketamine", route="IV", mg=40.0, given_by=PERSON),
        event(46, "dose.wasted", 66, drug="ketamine", mg=10.0, method="sink", wasted_by=PERSON,
              witness=OTHER),
        *infusion(),
        event(12, "effect.report", 67, term="dissociation", severity="mild"),
        event(55, "effect.resolved", 68, term="dissociation"),
        event(20, "effect.none", 69), event(40, "effect.none", 70), event(70, "effect.none", 71),
        event(30, "staff.handover", 72, giver=PERSON, taker=OTHER,
              summary="Handover from n.example to s.example (named, not authenticated); open: dissociation"),
        score(-12, "phq9", 73, {str(item): 1 + item % 3 for item in range(1, 10)}),
        *(score(minute, "moaas", 80 + i, {"1": value}) for i, (minute, value) in enumerate(asked)),
        *(score(m, "nrs", 90 + i, {"dissociation": v}) for i, (m, v) in enumerate(felt)),
        discharged(98, 96, ready=85, **answers),
        signed(119, 97, "entry_complete", a1=99_999, b2=97),
        signed(140, 98, a1=99_999, b2=98),
    ]  # fmt: skip
    return with_seconds(session(cycles(last=97), events, ended_at=at(98)), seconds(last=98))


def troubled() -> Session:
    """Everything that people record where a session does not go well, and changed after it was signed."""
    sedated = [(10, 4), (20, 1), (22, 0), (40, 3)]
    long_text = "turned on the left side, suction at hand, the physician at the bedside until he answered"
    events = [
        *infusion(36),
        event(-13, "dose.ordered", 60, drug="ketamine", route="IV", mg=45.0, mg_per_kg=0.5, ordered_by=OTHER),
        event(-12, "check.weight", 61, kg=90.0, how="stated", summary="Weight 90 kg (stated)"),
        event(14, "infusion.pause", 62, reason="occlusion"),
        event(17, "infusion.rate", 63, ml_h=50.0),
        event(37, "dose.given", 64, drug="ketamine", route="IV", mg=37.5, given_by=OTHER,
              reason="stopped for vomiting, the rest was not given"),
        event(39, "dose.drawn", 65, drug="ketamine", mg=50.0),
        event(31, "intervention", 66, what="oxygen 2 L by mask", why="SpO2 89", given_by=PERSON,
              summary="oxygen 2 L by mask (SpO2 89), by n.example"),
        event(33, "intervention", 67, what=long_text, why="sedation", given_by=PERSON,
              summary=f"{long_text} (sedation), by n.example"),
        event(35, "medication", 68, drug="ondansetron", amount="4 mg", route="IV", why="vomiting",
              ordered_by=OTHER, given_by=PERSON, summary="ondansetron 4 mg IV (vomiting)"),
        event(36, "intervention", 69, what="head up", why="vomiting", given_by=PERSON,
              summary="head up (vomiting), by n.example"),
        event(32, "notified", 70, whom=OTHER, about="SpO2 89", summary="Told s.example: SpO2 89"),
        event(18, "effect.report", 71, term="dissociation", severity="severe"),
        event(30, "effect.report", 72, term="vomiting", severity="severe"),
        event(60, "effect.serious", 73, term="vomiting", criterion="other_important_medical_event",
              description="aspiration feared, X-ray", reported_to="clinic's physician"),
        event(100, "effect.ongoing", 74, term="vomiting", follow_up="telephone tomorrow at 9"),
        *(score(m, "moaas", 80 + i, {"1": v}) for i, (m, v) in enumerate(sedated)),
        score(25, "nrs", 86, {"dissociation": 10}, answered_by="patient"),
        score(45, "cadss", 87, {str(item): 3 for item in range(1, 24)}),
        score(46, "cadss6", 88, dict.fromkeys(SIX_OF_23, 3) | {"22": None}),
        score(50, "cssrs", 89, {"1": 0, "2": 0, "6": 0}),
        discharged(110, 95, gait="no", alert="yes", iv_removed="no", nausea_minimal="no"),
        signed(112, 96, "entry_complete", a1=99_999, b2=96),
        event(115, "exclude", 97, summary="a1:10003 excluded: arm moved"),
        signed(120, 98, a1=99_999, b2=98),
        signed(130, 99, "qa", a1=99_999, b2=99),
        event(150, "amend", 100, summary="b2:71 entered anew: it was moderate"),
    ]  # fmt: skip
    return with_seconds(session(cycles(last=108), events, ended_at=at(110)), seconds(last=110))


def not_treated() -> Session:
    """Nobody gave a dose, and the reason is on record."""
    events = [
        event(6, "session.not_treated", 3, reason="ate an hour ago; comes again on Thursday"),
        score(2, "moaas", 4, {"1": 5}),
        discharged(12, 5, ready=12),
    ]
    return session(cycles(first=-15, last=5), events, ended_at=at(12))


EVERY = (*invented.EVERY, cared_for, troubled, not_treated)
"""All invented sessions, to be tested and to be looked at."""
