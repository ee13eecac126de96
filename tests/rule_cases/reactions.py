"""What followed a value that the protocol marks: a session at each boundary."""

from invented_sessions import reading
from judged_sessions import CANNOT_TELL, FAIL, NA, PASS, PHYSICIAN, SECOND, Case, kept, person

CASES = [
    Case("R03", NA, "140 over 90 is not above it", lambda: _before(140, 90)),
    Case("R03", FAIL, "141 over 90, and nothing said", lambda: _before(141, 90)),
    Case("R03", FAIL, "140 over 91, and nothing said", lambda: _before(140, 91)),
    Case(
        "R03",
        PASS,
        "a physician's note with the dose",
        lambda: _before(141, 90).says(0, "note", author=PHYSICIAN, text="go on"),
    ),
    Case(
        "R03",
        FAIL,
        "a physician's note a minute after the dose",
        lambda: _before(141, 90).says(1, "note", author=PHYSICIAN, text="go on"),
    ),
    Case("R03", FAIL, "a nurse's note", lambda: _before(141, 90).says(-2, "note", text="seems high")),
    Case(
        "R03",
        PASS,
        "a physician was told and answered",
        lambda: _before(141, 90).says(-2, "notified", whom=person(PHYSICIAN), about="141/90", answer="go on"),
    ),
    Case("R03", CANNOT_TELL, "no pressure before the dose", lambda: kept().cuffs(10)),
    Case(
        "R03",
        CANNOT_TELL,
        "nobody knows who entered the note",
        lambda: _before(141, 90).beside(users=None).says(-2, "note", author="somebody", text="go on"),
    ),
    Case(
        "R23",
        PASS,
        "repeated after 5 min, told after 10",
        lambda: _marked(35).says(40, "notified", whom=person(SECOND), about="188/112"),
    ),
    Case(
        "R23",
        FAIL,
        "repeated after 6 min",
        lambda: _marked(36).says(40, "notified", whom=person(SECOND), about="188/112"),
    ),
    Case(
        "R23",
        FAIL,
        "told after 11 min",
        lambda: _marked(35).says(41, "notified", whom=person(SECOND), about="188/112"),
    ),
    Case("R23", NA, "the protocol does not turn it on", kept),
    Case("R23", NA, "no reading meets the marker", lambda: kept().limits("qa.R23", enabled=True)),
    Case(
        "R23",
        CANNOT_TELL,
        "no limit in the protocol",
        lambda: _marked(35).limits("qa.R23", repeat_within_min=None),
    ),
    Case(
        "R24", PASS, "a note 10 min after the low SpO2", lambda: _low().says(41, "note", text="probe moved")
    ),
    Case(
        "R24", FAIL, "a note 11 min after the low SpO2", lambda: _low().says(42, "note", text="probe moved")
    ),
    Case("R23", CANNOT_TELL, "the marker is a rise", lambda: _marked(35).limits("qa.R23", marker=RISE)),
    Case("R24", CANNOT_TELL, "the marker is a rise", lambda: _low().limits("qa.R24", marker=RISE)),
    Case("R24", NA, "the protocol does not turn it on", kept),
    Case("R24", NA, "low for less than it asks", lambda: _low(seconds=20)),
    Case(
        "R24", CANNOT_TELL, "no limit in the protocol", lambda: _low().limits("qa.R24", entry_within_min=None)
    ),
]


RISE = "bp_rise_40_25"


def _before(systolic, diastolic):
    made = kept().cuffs(10)
    for vital, value in (("nibp_sys", systolic), ("nibp_dia", diastolic)):
        made.rows.append(reading(-3, vital, value, 77))
    return made


def _marked(again):
    made = kept().without("assessment.").limits("qa.R23", enabled=True).cuffs(-5, again)
    made.rows.append(reading(30, "nibp_sys", 180, 77))
    return made


def _low(seconds=60):
    made = kept().limits("qa.R24", enabled=True).silent(30, 31.1)
    for second in range(0, seconds + 1, 10):
        made.rows.append(reading(30 + second / 60, "spo2", 91, 900 + second))
    return made
