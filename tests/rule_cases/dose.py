"""The dose: a session at each boundary."""

from judged_sessions import (
    CANNOT_TELL,
    FAIL,
    NA,
    NURSE,
    OPENED,
    PASS,
    SECOND,
    Case,
    at,
    day,
    kept,
    nasal,
    person,
)

from analysis.rules.context import User

CASES = [
    Case("R14", PASS, "compared with the dose", lambda: kept().with_("check.identity", at=0)),
    Case("R14", FAIL, "compared a minute after the dose", lambda: kept().with_("check.identity", at=1)),
    Case(
        "R14",
        FAIL,
        "compared a minute before the opening",
        lambda: kept().with_("check.identity", at=OPENED - 1),
    ),
    Case("R14", FAIL, "never compared", lambda: kept().without("check.identity")),
    Case("R14", PASS, "no dose was given, and compared", lambda: kept().treated_not()),
    Case("R14", CANNOT_TELL, "no dose is on record", lambda: kept().without("infusion.")),
    Case("R15", PASS, "checked with the dose", lambda: kept().with_("dose.drawn", at=0)),
    Case("R15", FAIL, "checked a minute after the dose", lambda: kept().with_("dose.drawn", at=1)),
    Case(
        "R15", FAIL, "one person for both", lambda: kept().with_("dose.drawn", second_check_by=person(NURSE))
    ),
    Case("R15", FAIL, "the second left the clinic before", lambda: _left(SECOND)),
    Case("R15", FAIL, "a second dose, and nobody drew or checked it", lambda: _again()),
    Case(
        "R15", FAIL, "a second dose, drawn and not checked", lambda: _again().says(45, "dose.drawn", **MORE)
    ),
    Case(
        "R15",
        PASS,
        "a second dose, checked with it",
        lambda: _again(second_check_by=person(SECOND)),
    ),
    Case(
        "R15",
        FAIL,
        "a second dose, checked by its giver in capitals",
        lambda: _again(second_check_by=person(NURSE.upper())),
    ),
    Case(
        "R15",
        FAIL,
        "entered as self-administered, against the profile",
        lambda: kept().with_("dose.given", self_administered=True),
    ),
    Case("R15", NA, "the patient gives it to themselves", nasal),
    Case("R15", CANNOT_TELL, "the ledger has no users", lambda: kept().beside(users=None)),
    Case(
        "R16",
        PASS,
        "0.5 kg apart, 30 days old",
        lambda: kept().with_("check.weight", pump_kg=80.5, measured_on=day(-30)),
    ),
    Case("R16", FAIL, "0.6 kg apart", lambda: kept().with_("check.weight", pump_kg=80.6)),
    Case("R16", FAIL, "31 days old", lambda: kept().with_("check.weight", measured_on=day(-31))),
    Case("R16", PASS, "nasal, without a pump", lambda: nasal().with_("check.weight", pump_kg=None)),
    Case("R16", CANNOT_TELL, "no weight of the pump", lambda: kept().with_("check.weight", pump_kg=None)),
    Case("R16", CANNOT_TELL, "measured on no day", lambda: kept().with_("check.weight", measured_on=None)),
    Case("R16", FAIL, "measured the day after", lambda: kept().with_("check.weight", measured_on=day(1))),
    Case("R16", NA, "no dose was given", lambda: kept().treated_not()),
    Case("R16", CANNOT_TELL, "no weight is on record", lambda: kept().without("check.weight")),
    Case(
        "R17",
        PASS,
        "1 mg more than in the volume",
        lambda: kept().with_("dose.given", mg=41.0, mg_per_kg=0.51),
    ),
    Case(
        "R17",
        FAIL,
        "1.1 mg more than in the volume",
        lambda: kept().with_("dose.given", mg=41.1, mg_per_kg=0.51),
    ),
    Case("R17", PASS, "0.51 mg/kg written for 0.50", lambda: kept().with_("dose.given", mg_per_kg=0.51)),
    Case("R17", FAIL, "0.52 mg/kg written for 0.50", lambda: kept().with_("dose.given", mg_per_kg=0.52)),
    Case(
        "R17",
        FAIL,
        "no volume, and wrong by the weight",
        lambda: kept().with_("dose.given", volume_ml=None, mg_per_kg=0.6),
    ),
    Case("R17", NA, "nasal devices", nasal),
    Case("R17", CANNOT_TELL, "no volume is on record", lambda: kept().with_("dose.given", volume_ml=None)),
    Case("R18", PASS, "as ordered", kept),
    Case("R18", FAIL, "1 mg less, without a reason", lambda: kept().with_("dose.given", mg=39.0)),
    Case(
        "R18",
        PASS,
        "1 mg less, with a reason",
        lambda: kept().with_("dose.given", mg=39.0, reason="line residue"),
    ),
    Case(
        "R18",
        FAIL,
        "ordered a minute after the dose",
        lambda: kept().with_("dose.ordered", at=1),
    ),
    Case(
        "R18",
        FAIL,
        "an order after the dose makes it right",
        lambda: kept().with_("dose.given", mg=60.0).says(41, "dose.ordered", drug="ketamine", mg=60.0),
    ),
    Case(
        "R18",
        PASS,
        "another drug's order came between",
        lambda: kept().says(-12, "dose.ordered", drug="midazolam", mg=2.0),
    ),
    Case("R18", FAIL, "another drug was ordered", lambda: kept().with_("dose.ordered", drug="midazolam")),
    Case("R18", PASS, "a second order, and its dose", lambda: _again().says(49, "dose.ordered", **MORE)),
    Case("R18", FAIL, "a second dose under one order", lambda: _again()),
    Case("R18", NA, "no dose was given", lambda: kept().treated_not()),
    Case("R18", CANNOT_TELL, "no order is on record", lambda: kept().without("dose.ordered")),
    Case("R19", PASS, "a minute long", lambda: kept().with_("infusion.end", at=1)),
    Case("R19", FAIL, "ends as it starts", lambda: kept().with_("infusion.end", at=0)),
    Case("R19", FAIL, "no end", lambda: kept().without("infusion.end")),
    Case(
        "R19",
        FAIL,
        "interrupted without a reason",
        lambda: kept().says(20, "infusion.pause").says(22, "infusion.start"),
    ),
    Case("R19", NA, "no infusion", nasal),
    Case("R19", CANNOT_TELL, "no dose is on record", lambda: kept().without("infusion.")),
    Case("R20", PASS, "expires that day", kept),
    Case("R20", FAIL, "expired the day before", lambda: kept().with_("dose.drawn", expiry=day(-1))),
    Case("R20", FAIL, "no lot", lambda: kept().with_("dose.drawn", lot=None)),
    Case(
        "R20",
        FAIL,
        "no expiry of the first, and the second expired",
        lambda: (
            kept()
            .with_("dose.drawn", expiry=None)
            .says(-7, "dose.drawn", drug="ketamine", mg=1.0, lot="LOT-2", expiry=day(-1))
        ),
    ),
    Case("R20", NA, "no dose was given", lambda: kept().treated_not()),
    Case("R20", CANNOT_TELL, "no expiry is on record", lambda: kept().with_("dose.drawn", expiry=None)),
    Case("R21", PASS, "1 mg is left over", lambda: kept().with_("dose.wasted", mg=9.0)),
    Case("R21", FAIL, "1.1 mg are left over", lambda: kept().with_("dose.wasted", mg=8.9)),
    Case(
        "R21",
        FAIL,
        "drawn, not given, and not wasted",
        lambda: kept().treated_not().says(-8, "dose.drawn", drug="ketamine", mg=50.0),
    ),
    Case("R21", NA, "nothing was drawn and no dose given", lambda: kept().treated_not()),
    Case("R21", CANNOT_TELL, "what was drawn is not on record", lambda: kept().without("dose.drawn")),
    Case("R22", PASS, "60 min after the infusion", lambda: kept().with_("dose.wasted", at=100)),
    Case("R22", FAIL, "61 min after the infusion", lambda: kept().with_("dose.wasted", at=101)),
    Case("R22", FAIL, "no witness", lambda: kept().with_("dose.wasted", witness=None)),
    Case("R22", FAIL, "the same person", lambda: kept().with_("dose.wasted", witness=person(NURSE))),
    Case("R22", NA, "nothing was wasted", lambda: kept().without("dose.wasted")),
    Case("R22", CANNOT_TELL, "no end of the infusion", lambda: kept().without("infusion.end")),
]
MORE = {"drug": "ketamine", "route": "IV", "mg": 10.0}


def _again(**more):
    """Return a session in which 10 mg more are given at minute 50."""
    return kept().says(50, "dose.given", given_by=person(NURSE), **MORE, **more)


def _left(name):
    gone = User(name, "nurse", ((at(-1000), at(-9)),))
    made = kept()
    return made.beside(users={**made.context.users, name: gone})
