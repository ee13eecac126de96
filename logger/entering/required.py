"""What a session's protocol asks to be recorded, and what of it is not.

Nothing is refused for it: the list is shown when a session is closed, and signing asks for a reason.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable

from logger.entering.standing import standing
from logger.ledger.models import Written

STANDS_FOR = {
    "identity_check": {"check.identity"},
    "consent_on_file": {"check.consent"},
    "escort_arranged": {"check.escort"},
    "concomitant_medication": {"check.medication"},
    "weight_used": {"check.weight"},
    "dose_administered": {"dose.given", "dose.device", "dose.injection", "dose.swallowed"},
    "controlled_substance_balance": {"dose.drawn"},
}
"""The kinds of record that satisfy each required record of a protocol; those that only some sessions have
(interruptions, interventions, serious events) are never missing."""

OF_A_DOSE = {"dose_administered", "controlled_substance_balance"}


def missing(protocol: str, records: Iterable[Written]) -> tuple[str, ...]:
    """Return the ids of the protocol's required records that a session has no record of, in its order.

    A record that was withdrawn or moved away is none. A session that ended before any dose needs no record
    of one; every other one needs its discharge.
    """
    found = {one.kind for one in standing(records)}
    not_treated = "session.not_treated" in found
    asked = [str(entry["id"]) for entry in tomllib.loads(protocol).get("required_record", ())]
    lacking = [
        one
        for one in asked
        if one in STANDS_FOR and not STANDS_FOR[one] & found and not (not_treated and one in OF_A_DOSE)
    ]
    if not not_treated and "discharge" not in found:
        lacking.append("discharge")
    return tuple(lacking)
