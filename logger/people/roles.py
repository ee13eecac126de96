"""What each role may enter.

Source: 21 CFR 11.10(g): a nurse enters, a physician enters and reviews, QA reads and annotates, an
administrator makes no clinical edits.
"""

from __future__ import annotations

from collections.abc import Mapping

from logger import kinds

CLINICAL = frozenset(
    {"reading", "device", "session.open", "session.end", "session.not_treated", "sign"}
    | kinds.CORRECTIONS.keys()
    | kinds.EFFECTS.keys()
    | kinds.DOSES.keys()
    | kinds.CARE.keys()
    | kinds.CHECKS.keys()
    | kinds.ASSESSMENTS.keys()
)
"""What belongs to a patient's session, and what is seen of its room."""

ANYBODY = frozenset({"access", "verified", "user.fact"})
"""What reading, verifying and accepting a policy leave behind."""

AT_THE_DEVICE = frozenset({"device.checked"})
"""What whoever stands before a monitor can compare."""

ENTERS: Mapping[kinds.Role, frozenset[str]] = {
    "nurse": CLINICAL | ANYBODY | AT_THE_DEVICE,
    "physician": CLINICAL | ANYBODY | AT_THE_DEVICE | {"protocol.approved", "audit.finding"},
    "qa": ANYBODY | {"sign", "audit.run", "audit.finding"},
    "admin": frozenset(kinds.SYSTEMS) | kinds.ENROLMENT | {"session.close_without"},
}
"""The kinds of records that a user of each role may be the author of."""

BY_NOBODY = (CLINICAL | {"access", "verified"}) - {"sign", "attribute", "move", "session.patient"}
"""What is kept although nobody could sign in: facts of a session, and that somebody looked."""

SIGNS: Mapping[kinds.Role, frozenset[str]] = {
    "nurse": frozenset({"entry_complete"}),
    "physician": frozenset({"entry_complete", "review"}),
    "qa": frozenset({"qa"}),
    "admin": frozenset(),
}
"""The meanings of a signature that each role may give."""
