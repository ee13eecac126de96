"""One line for people about each record."""

from __future__ import annotations

import json
from typing import Any

import pytest
from payloads import EXAMPLES

from logger.entering.summaries import summary
from logger.kinds import KINDS, text_of

SAID = {
    "reading": "manual: spo2 97.5",
    "unread": "monitor: 4 bytes not read: checksum",
    "link": "monitor lost: unplugged",
    "clock": "Clock stepped by -3600.0 s (not synchronised)",
    "device": "monitor attached (nonin on /dev/ttyUSB0)",
    "wave": "monitor: 2 samples of pleth",
    "pump.state": "pump 11: stopped, was running; 40 of 40 mL delivered",
    "pump.rate": "pump: rate 50 mL/h, was 60",
    "pump.alarm": "pump: alarm AL_OCCLUSION",
    "pump.drug": "pump: drug Ketamin 1mg/ml",
    "session.open": "Session opened in room 1, protocol p",
    "session.import": "3 values imported from old.csv",
    "session.resume": "Recording resumed: killed",
    "session.pause": "Recording paused: stopped",
    "session.end": "Session ended",
    "session.ended_elsewhere": "Session ended by w:7; its devices are let go",
    "close": "Chain closed after 0 records",
    "recorder.enrolled": "Recorder ward-2 enrolled for rooms 1, 2",
    "recorder.dismissed": "Recorder ward-2 dismissed: replaced",
    "recorder.connected": "Recorder ward-2 connected as writer w; its clock is ahead by -0.25 s",
    "writer.refused": "Writer w refused by clinic: a fork",
    "session.close_without": "Chain of w closed after 3 records: moved",
    "effect.report": "nausea, mild (Übelkeit „leicht“)",
    "effect.resolved": "nausea resolved",
    "effect.none": "Asked: no side effect",
    "infusion.start": "Infusion started: ketamine, 40 mg, 60 mL/h",
    "infusion.pause": "Infusion paused: vomiting",
    "infusion.rate": "Infusion rate changed: 0 mL/h",
    "infusion.end": "Infusion ended",
    "note": "zwei Zeilen",
    "mark": "Mark",
    "amend": "w:1 corrected: nibp_sys = 142, spo2 = no value; typed wrong",
    "exclude": "spo2 from 2026-11-20T10:42:00.000007Z no longer excluded: sensor on the cuff's arm",
    "adopt": "w:1 is this patient's, taken 2026-11-20T10:42:00.000007Z: seen to be taken",
    "storage": "The disk was full: the reserve was given up",
    "effect.ongoing": "nausea not ended at discharge; call tomorrow",
    "effect.serious": "Serious (hospitalisation): nausea; kept",
    "dose.ordered": "Ordered: ketamine IV 40 mg, 0.5 mg/kg, ordered by n.example",
    "dose.drawn": "Drawn: ketamine 50 mg, second check by s.example (named, not authenticated)",
    "dose.given": "Given: ketamine IV 40 mg, given by n.example",
    "dose.wasted": "Wasted: ketamine 10 mg, wasted by n.example, "
    "witness s.example (named, not authenticated)",
    "dose.returned": "Returned: ketamine 0 mg, returned by n.example",
    "dose.device": "Nasal device no. 1: esketamine 28 mg",
    "dose.injection": "Injection: ketamine 40 mg",
    "dose.swallowed": "Swallowed: ketamine 80 mg",
    "dose.vomited": "Vomited: dose seen no",
    "staff.present": "n.example present as registered nurse, responsible",
    "staff.left": "s.example (named, not authenticated) left",
    "staff.handover": "Handover from n.example to s.example (named, not authenticated); open: nausea",
    "intervention": "oxygen 2 L (SpO2 90), by n.example",
    "medication": (
        "ondansetron 4 mg IV (nausea), ordered by s.example (named, not authenticated), given by n.example"
    ),
    "notified": "Told s.example (named, not authenticated): pressure 188/112",
    "gap.reason": (
        "Gap of monitor from 2026-11-20T10:42:00.000007Z to 2026-11-20T10:42:00.000007Z: went to the toilet"
    ),
    "downtime": (
        "Logger not running from 2026-11-20T10:42:00.000007Z to 2026-11-20T10:42:00.000007Z: power cut"
    ),
    "followup": "Follow-up by telephone: slept well",
    "check.identity": "Identity compared by n.example: name, birth; dosing confirmed",
    "check.consent": "Consent on file: given yes, folder 3",
    "check.escort": "Escort: arranged no, walks home with her neighbour",
    "check.room": "Room: oxygen yes, suction yes, airway yes, defibrillator no, oximeter yes",
    "check.medication": (
        "Takes: benzodiazepine yes, sedative hypnotic no, opioid no, psychostimulant no, maoi no"
    ),
    "check.weight": "Weight 80 kg (measured)",
    "check.intake": "last food 2026-11-20T10:42:00.000007Z",
    "check.monitor": "monitor: spo2 98, spo2_pr 72: the monitor beside the patient shows it",
    "course.assessment": "Laboratory of 2026-11-20",
    "course.factors": "liver kidney: normal in 2026",
    "discharge": "Discharge decided by n.example (registered nurse under protocol)",
    "rems.submitted": "REMS form submitted 2026-11-20T10:42:00.000007Z",
    "assessment.score": "moaas (moaas-5): 1 = 4",
    "move": "w:1 (1 records) moved to session other: wrong room",
    "session.patient": "Patient INVENTED-1 corrected to INVENTED-2: namesake",
    "attribute": "w:1 is this author's entry: the program had locked everybody out",
    "session.not_treated": "No dose given: ate an hour ago",
    "sign": "Signed (review) by P. Example, physician",
    "user.added": "User n.example (N. Example) added as nurse",
    "user.changed": "User n.example: deactivated; left the clinic",
    "user.secret": "User n.example: new password",
    "user.fact": "User n.example trained 2026-11-20",
    "access": "viewed n.example s session page",
    "protocol.approved": "Protocol Clinic's copy approved by P. Example, physician",
    "verified": "Verified 1 sessions, 0 broken",
    "checkpoint": "Checkpoint over 2 heads",
    "audit.run": "Audit of 1 sessions",
    "audit.finding": "R01 in s: accepted; seen",
    "purged": "Session s removed: kept for 10 years",
    "device.checked": (
        "monitor (nonin, Invented 1 SN-1, firmware 1.2) checked at this site: not passed, spo2: 1 of 10"
    ),
    "device.registered": "Invented 1 SN-1 (nonin) registered",
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_line(kind):
    assert summary(kind, body_of(kind)) == SAID[kind]


@pytest.mark.parametrize(
    ("kind", "more", "said"),
    [
        ("exclude", {"vital": None, "target": "w:1", "start": None}, "w:1 no longer excluded"),
        ("exclude", {"start": None, "undo": False}, "spo2 excluded"),
        ("exclude", {"end": "10:50"}, "spo2 from 2026-11-20T10:42:00.000007Z to 10:50"),
        ("clock", {"step_s": 60.0, "synchronised": True}, "Clock stepped by +60.0 s (synchronised)"),
        ("clock", {"synchronised": None}, "(not known to be kept)"),
        ("link", {"event": "device_clock", "cause": None, "offset_s": -12.34}, "device clock -12.3 s"),
        ("device", {"event": "detached", "adapter": None}, "monitor detached"),
        ("pump.alarm", {"text": None, "was": "AL_X"}, "pump: no alarm said any more, was AL_X"),
        ("pump.state", {"by": "volume", "was": None}, "pump 11: stopped (by its volume); 40"),
        ("pump.state", {"vtbi_ml": None}, "; 40 mL delivered"),
        ("mark", {"text": "cuff moved"}, "cuff moved"),
        ("session.end", {"reason": "went home"}, "Session ended: went home"),
        ("reading", {"readings": []}, "manual: no value"),
        (
            "reading",
            {"readings": [{"vital": "spo2", "value": None, "reason": "sensor_off"}]},
            "manual: spo2 - (sensor_off)",
        ),
        ("reading", {"readings": [{"vital": "spo2", "value": 0.0}]}, "manual: spo2 0"),
    ],
)
def test_what_a_record_says_stands_in_its_line(kind, more, said):
    assert said in summary(kind, body_of(kind) | more)


def test_a_kind_of_a_newer_program_still_has_a_line():
    assert summary("room.readied", {}) == "room.readied"


def body_of(kind: str) -> dict[str, Any]:
    return dict(json.loads(text_of(EXAMPLES[kind])))
