"""What was measured when: a session at each boundary."""

from judged_sessions import CANNOT_TELL, FAIL, NA, PASS, Case, at, iso, kept, nasal

CASES = [
    Case("R01", PASS, "a pressure 15 min before the dose", lambda: kept().cuffs(-15, 10)),
    Case("R01", FAIL, "the last pressure is 16 min old", lambda: kept().cuffs(-16, 10)),
    Case("R01", FAIL, "a pressure that is held is nobody's", lambda: kept().cuffs(-5, reason="held")),
    Case("R01", NA, "no dose was given", lambda: kept().treated_not()),
    Case("R01", CANNOT_TELL, "no dose is on record", lambda: kept().without("infusion.")),
    Case(
        "R01",
        CANNOT_TELL,
        "no window in the protocol",
        lambda: kept().limits("metrics", baseline_window_min=None),
    ),
    Case(
        "R01",
        CANNOT_TELL,
        "taken between 20 and 5 min before",
        lambda: kept().cuffs(-5, measured_from=at(-20)),
    ),
    Case(
        "R02",
        PASS,
        "sedation rated 15 min before",
        lambda: kept().without_scores("moaas").scored(-15, "moaas", "moaas-5", _1=5),
    ),
    Case(
        "R02",
        FAIL,
        "sedation rated 16 min before",
        lambda: kept().without_scores("moaas").scored(-16, "moaas", "moaas-5", _1=5),
    ),
    Case("R02", NA, "no dose was given", lambda: kept().treated_not()),
    Case(
        "R02",
        CANNOT_TELL,
        "no window in the protocol",
        lambda: kept().limits("metrics", baseline_window_min=None),
    ),
    Case(
        "R04",
        PASS,
        "13 min between two pressures of the infusion",
        lambda: kept().cuffs(-5, 13, 26, 39, 40, 60, 80, 100),
    ),
    Case(
        "R04",
        FAIL,
        "14 min between two pressures of the infusion",
        lambda: kept().cuffs(-5, 14, 26, 39, 40, 60, 80, 100),
    ),
    Case("R04", PASS, "nasal: a pressure at 50 min", lambda: nasal().cuffs(-5, 50, 115)),
    Case("R04", FAIL, "nasal: a pressure at 51 min", lambda: nasal().cuffs(-5, 51, 115)),
    Case(
        "R04",
        NA,
        "the profile expects none",
        lambda: (
            kept()
            .schedules("infusion", "nibp", mode="continuous")
            .schedules("recovery", "nibp", mode="continuous")
        ),
    ),
    Case("R04", CANNOT_TELL, "no discharge is on record", lambda: kept().without("discharge")),
    Case("R05", PASS, "13 min from the dose on", lambda: kept().cuffs(-5, 13, 26, 39, 55)),
    Case("R05", FAIL, "14 min from the dose on", lambda: kept().cuffs(-5, 14, 26, 39, 55)),
    Case("R05", FAIL, "14 min to the infusion's end", lambda: kept().cuffs(-5, 13, 26, 55)),
    Case("R05", NA, "no end of an infusion", lambda: kept().without("infusion.end")),
    Case(
        "R05",
        CANNOT_TELL,
        "no longest gap in the protocol",
        lambda: kept().schedules("infusion", "nibp", max_gap_min=None),
    ),
    Case("R06", PASS, "20 min in recovery", lambda: kept().cuffs(40, 60, 80, 100)),
    Case("R06", FAIL, "21 min in recovery", lambda: kept().cuffs(40, 61, 80, 100)),
    Case("R06", NA, "no end of an infusion", lambda: kept().without("infusion.end")),
    Case("R06", CANNOT_TELL, "no discharge is on record", lambda: kept().without("discharge")),
    Case("R07", PASS, "a pressure at 50 min", lambda: nasal().cuffs(50)),
    Case("R07", PASS, "a pressure at 35 min", lambda: nasal().cuffs(35)),
    Case("R07", FAIL, "a pressure at 51 min", lambda: nasal().cuffs(51)),
    Case("R07", FAIL, "a pressure at 34 min", lambda: nasal().cuffs(34)),
    Case("R07", NA, "an infusion", kept),
    Case(
        "R07",
        CANNOT_TELL,
        "no tolerance in the protocol",
        lambda: nasal().schedules("observation", "nibp", tol_after_min=None),
    ),
    Case("R08", PASS, "15 min before leaving", lambda: kept().cuffs(95)),
    Case("R08", FAIL, "16 min before leaving", lambda: kept().cuffs(94)),
    Case("R08", NA, "no dose was given", lambda: kept().treated_not()),
    Case("R08", CANNOT_TELL, "no discharge is on record", lambda: kept().without("discharge")),
    Case("R09", PASS, "a gap of 120 s", lambda: _loose().silent(10, 12)),
    Case("R09", FAIL, "a gap of 130 s", lambda: _loose().silent(10, 12 + 1 / 6)),
    Case("R09", PASS, "95 % of the time", lambda: kept().cuffs(30).silent(10, 12).silent(15, 15.5)),
    Case("R09", FAIL, "94.6 % of the time", lambda: kept().cuffs(30).silent(10, 12).silent(15, 15 + 2 / 3)),
    Case(
        "R09",
        PASS,
        "the gap is explained",
        lambda: (
            kept()
            .silent(10, 20)
            .says(20, "gap.reason", source="monitor", start=iso(10), end=iso(20), reason="toilet")
        ),
    ),
    Case("R09", CANNOT_TELL, "all of the time is explained", lambda: _explained(-20)),
    Case("R09", CANNOT_TELL, "all but what a value before it covers", lambda: _explained(-0.1)),
    Case("R09", FAIL, "nothing read, and nothing explained", lambda: kept().silent(-20, 111)),
    Case("R09", NA, "the profile asks for no continuous SpO2", nasal),
    Case("R09", CANNOT_TELL, "no share in the protocol", lambda: kept().limits("qa.R09", min_coverage=None)),
    Case(
        "R12",
        PASS,
        "18 min between two ratings of the infusion",
        lambda: _rated(18, 36, 40, 60, 80, 100, 109),
    ),
    Case(
        "R12",
        FAIL,
        "19 min between two ratings of the infusion",
        lambda: _rated(19, 36, 40, 60, 80, 100, 109),
    ),
    Case("R12", NA, "no dose was given", lambda: kept().treated_not()),
    Case("R12", CANNOT_TELL, "no discharge is on record", lambda: kept().without("discharge")),
    Case("R13", PASS, "rated a minute after the dose", lambda: _asked(1)),
    Case("R13", FAIL, "rated with the dose, and never after", lambda: _asked(0)),
    Case(
        "R13",
        PASS,
        "asked, and none",
        lambda: kept().without("effect.", "assessment.").says(1, "effect.none"),
    ),
    Case("R13", NA, "no dose was given", lambda: kept().treated_not()),
    Case("R13", CANNOT_TELL, "nothing was asked", lambda: kept().without("effect.", "assessment.")),
]


def _explained(silent):
    span = {"start": iso(0), "end": iso(40)}
    return _loose().silent(silent, 111).says(20, "gap.reason", source="monitor", reason="toilet", **span)


def _rated(*minutes):
    made = kept().without_scores("moaas")
    for minute in minutes:
        made.scored(minute, "moaas", "moaas-5", _1=5)
    return made


def _asked(minute):
    return (
        kept()
        .without("effect.")
        .without_scores("dissociation")
        .scored(minute, "nrs", "nrs-11", dissociation=3)
    )


def _loose():
    return kept().cuffs(30).limits("qa.R09", min_coverage=0.9)
