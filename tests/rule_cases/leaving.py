"""Observation and leaving: a session at each boundary."""

from judged_sessions import CANNOT_TELL, FAIL, ITEMS, NA, PASS, Case, kept, nasal

CASES = [
    Case("R10", PASS, "60 min after the infusion, escorted", lambda: kept().leaves(100)),
    Case("R10", FAIL, "59 min after the infusion, escorted", lambda: kept().leaves(99)),
    Case("R10", PASS, "120 min after the infusion, alone", lambda: _alone(160)),
    Case("R10", FAIL, "119 min after the infusion, alone", lambda: _alone(159)),
    Case("R10", PASS, "120 min after the first device", lambda: nasal().leaves(120)),
    Case("R10", FAIL, "119 min after the first device", lambda: nasal().leaves(119)),
    Case("R10", NA, "no dose was given", lambda: kept().treated_not()),
    Case("R10", CANNOT_TELL, "no time in the profile", lambda: kept().asks(min_post_end_min=None)),
    Case("R11", PASS, "ended as the patient left", lambda: kept().with_("effect.resolved", at=110)),
    Case("R11", FAIL, "ended a minute after", lambda: kept().with_("effect.resolved", at=111)),
    Case("R11", FAIL, "not ended", lambda: kept().without("effect.resolved")),
    Case("R11", NA, "none of them was reported", lambda: kept().with_("effect.report", term="nausea")),
    Case("R11", CANNOT_TELL, "nobody was asked", lambda: kept().without("effect.")),
    Case(
        "R28",
        PASS,
        "every item answered, a no with its reason",
        lambda: kept().with_("discharge", items=_items(gait={"answer": "no", "reason": "uses a stick"})),
    ),
    Case(
        "R28",
        FAIL,
        "one item not answered",
        lambda: kept().with_("discharge", items=dict(list(_items().items())[1:])),
    ),
    Case(
        "R28",
        FAIL,
        "a no without a reason",
        lambda: kept().with_("discharge", items=_items(gait={"answer": "no"})),
    ),
    Case("R28", FAIL, "decided by another role", lambda: kept().with_("discharge", role="therapist")),
    Case("R28", NA, "no dose was given", lambda: kept().treated_not()),
    Case("R28", CANNOT_TELL, "no discharge is on record", lambda: kept().without("discharge")),
    Case("R29", PASS, "an escort", kept),
    Case(
        "R29", PASS, "alone after 120 min with a reason", lambda: _alone(160, escort_reason="lives next door")
    ),
    Case(
        "R29", FAIL, "alone after 119 min with a reason", lambda: _alone(159, escort_reason="lives next door")
    ),
    Case("R29", FAIL, "alone without a reason", lambda: _alone(160)),
    Case("R29", NA, "no dose was given", lambda: kept().treated_not()),
    Case(
        "R29",
        CANNOT_TELL,
        "alone, and no time in the profile",
        lambda: _alone(160, escort_reason="lives next door").asks(min_post_end_unescorted_min=None),
    ),
    Case("R30", PASS, "given", kept),
    Case(
        "R30",
        FAIL,
        "not given",
        lambda: kept().with_(
            "discharge", instructions_given=False, items=_items(instructions_given={"answer": "no"})
        ),
    ),
    Case("R30", NA, "no dose was given", lambda: kept().treated_not()),
    Case("R30", CANNOT_TELL, "no discharge is on record", lambda: kept().without("discharge")),
]


def _items(**changed):
    return {item: {"answer": "yes"} for item in ITEMS} | changed


def _alone(minute, **more):
    return kept().leaves(minute).with_("discharge", escort_present=False, **more)
