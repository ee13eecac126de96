"""Side effects: a session at each boundary."""

from judged_sessions import CANNOT_TELL, FAIL, HOUR, NA, NOW, PASS, Case, E, iso, kept

CASES = [
    Case("R25", PASS, "ended", kept),
    Case(
        "R25",
        PASS,
        "ongoing, with a follow-up",
        lambda: (
            kept()
            .without("effect.resolved")
            .says(109, "effect.ongoing", term="dissociation", follow_up="call tomorrow")
        ),
    ),
    Case(
        "R25",
        FAIL,
        "one of two has neither",
        lambda: kept().says(50, "effect.report", term="nausea", severity="mild"),
    ),
    Case("R25", NA, "asked, and none", lambda: kept().without("effect.").says(20, "effect.none")),
    Case("R25", CANNOT_TELL, "nobody was asked", lambda: kept().without("effect.")),
    Case("R26", PASS, "begins with the opening", lambda: kept().with_("effect.report", at=-20)),
    Case("R26", FAIL, "begins a minute before the opening", lambda: kept().with_("effect.report", at=-21)),
    Case(
        "R26",
        FAIL,
        "ends a minute from now",
        lambda: (
            kept()
            .without("effect.resolved")
            .says(NOW + 1, "effect.resolved", entered=60, term="dissociation")
        ),
    ),
    Case("R26", FAIL, "ends before it begins", lambda: kept().with_("effect.resolved", at=21)),
    Case("R26", NA, "asked, and none", lambda: kept().without("effect.").says(20, "effect.none")),
    Case("R26", CANNOT_TELL, "nobody was asked", lambda: kept().without("effect.")),
    Case("R27", PASS, "reported after 24 h", lambda: _serious(24 * HOUR)),
    Case("R27", FAIL, "reported after 24 h and a minute", lambda: _serious(24 * HOUR + 1)),
    Case("R27", FAIL, "reported to nobody", lambda: _serious(60).with_("effect.serious", reported_to=None)),
    Case("R27", FAIL, "no form was sent", lambda: _serious(60).with_("effect.serious", form_sent=None)),
    Case(
        "R27",
        FAIL,
        "when is not on record, and no form was sent",
        lambda: _serious(60).with_("effect.serious", reported_at=None, form_sent=None),
    ),
    Case("R27", NA, "nothing serious", kept),
    Case(
        "R27",
        CANNOT_TELL,
        "when is not on record",
        lambda: _serious(60).with_("effect.serious", reported_at=None),
    ),
]


def _serious(waited):
    return kept().says(
        E, "effect.serious", term="dissociation", criterion="hospitalisation", description="kept overnight",
        reported_to="the medical director", reported_at=iso(E + waited), form_sent=True,
    )  # fmt: skip
