"""Entries, amendments and exclusions: a session at each boundary."""

from typing import Any

from judged_sessions import CANNOT_TELL, FAIL, NA, NURSE, PASS, SECOND, Case, Told, kept

CASES = [
    Case("R31", PASS, "15 min after is not late", lambda: _waited(15, of=1)),
    Case("R31", FAIL, "16 min after, and not marked", lambda: _waited(16, of=1)),
    Case("R31", PASS, "1 of 10 late", lambda: _waited(16, of=10, late=True)),
    Case("R31", FAIL, "1 of 9 late", lambda: _waited(16, of=9, late=True)),
    Case("R31", PASS, "1 of 10 typed readings late", lambda: _typed(10)),
    Case("R31", FAIL, "1 of 9 typed readings late", lambda: _typed(9)),
    Case("R31", NA, "nothing was entered by hand", lambda: _nothing()),
    Case(
        "R31", CANNOT_TELL, "no share in the protocol", lambda: kept().limits("qa.R31", max_late_share=None)
    ),
    Case("R32", PASS, "30 s ahead", lambda: kept().says(20.5, "note", entered=20, text="x")),
    Case("R32", FAIL, "31 s ahead", lambda: kept().says(20 + 31 / 60, "note", entered=20, text="x")),
    Case("R32", FAIL, "a typed reading a minute ahead", lambda: kept().types(21, entered=20, spo2=97)),
    Case("R32", NA, "nothing was entered by hand", lambda: _nothing()),
    Case(
        "R32",
        CANNOT_TELL,
        "no tolerance in the protocol",
        lambda: kept().limits("quality", clock_offset_warn_s=None),
    ),
    Case("R33", PASS, "a reason, and the old note kept", lambda: _amended()),
    Case("R33", FAIL, "no reason", lambda: _amended(reason="")),
    Case("R33", FAIL, "the old note is not there", lambda: _amended(target="b2:999")),
    Case(
        "R33",
        FAIL,
        "nobody has claimed it, and the old note is not there",
        lambda: _amended(author="unattributed", target="b2:999"),
    ),
    Case("R33", NA, "nothing was amended", kept),
    Case("R33", CANNOT_TELL, "nobody has claimed it", lambda: _amended(author="unattributed")),
    Case(
        "R34",
        PASS,
        "amended, and both signed again",
        lambda: _amended(at=190).says(191, "sign", **NURSES).says(191, "sign", **REVIEW),
    ),
    Case("R34", FAIL, "amended a minute after the last signature", lambda: _amended(at=181)),
    Case("R34", FAIL, "only the nurse signed again", lambda: _amended(at=190).says(191, "sign", **NURSES)),
    Case(
        "R34",
        FAIL,
        "one signature names no heads, the other does not cover it",
        lambda: _amended(at=190).says(191, "sign", heads=[], **NURSES),
    ),
    Case(
        "R34",
        FAIL,
        "a note of the session was entered after the last signature",
        lambda: kept().says(20, "note", entered=190, late=True, text="x"),
    ),
    Case("R34", NA, "amended before anybody signed", lambda: _amended(at=119)),
    Case("R34", NA, "nobody has signed", lambda: _amended().without("sign")),
    Case(
        "R34",
        CANNOT_TELL,
        "the signature names no heads",
        lambda: _amended(at=190).says(191, "sign", heads=[], **NURSES).says(191, "sign", **REVIEW),
    ),
    Case("R35", PASS, "1 of 10 excluded", lambda: _excluded(10, 120)),
    Case("R35", FAIL, "1 of 9 excluded", lambda: _excluded(9, 120)),
    Case("R35", PASS, "4 of 5 excluded meet the marker", lambda: _excluded(50, 170, 170, 170, 170, 120)),
    Case("R35", FAIL, "5 of 5 excluded meet the marker", lambda: _excluded(50, 170, 170, 170, 170, 170)),
    Case("R35", FAIL, "5 of 5 excluded rise by 40", lambda: _excluded(50, 158, 158, 158, 158, 158)),
    Case("R35", PASS, "4 of 5 excluded rise by 40", lambda: _excluded(50, 158, 158, 158, 158, 157)),
    Case("R35", CANNOT_TELL, "no baseline to rise from", lambda: _excluded(11, 120).without_reads(-5)),
    Case("R35", FAIL, "no reason", lambda: _excluded(10, 120).with_("exclude", reason="")),
    Case("R35", NA, "nothing was excluded", kept),
    Case(
        "R35",
        CANNOT_TELL,
        "no share in the protocol",
        lambda: _excluded(10, 120).limits("qa.R35", max_excluded_share=None),
    ),
]
NURSES = {"meaning": "entry_complete", "name": "N. Example", "role": "nurse"}
REVIEW = {"meaning": "review", "name": "P. Example", "role": "physician"}


def _nothing() -> Told:
    made = kept()
    made.words = [
        word for word in made.words if word.kind.startswith(("session.", "clock", "link", "device"))
    ]
    return made


def _waited(minutes: float, of: int, late: bool = False) -> Told:
    """Return a session with *of* notes, one of them entered so many minutes after its time."""
    made = _nothing()
    for minute in range(of - 1):
        made.says(minute, "note", text="x")
    return made.says(20, "note", entered=20 + minutes, late=late, text="x")


def _typed(of: int) -> Told:
    made = _nothing()
    for minute in range(of - 1):
        made.types(minute, spo2=97)
    return made.types(20, entered=36, late=960, spo2=97)


def _amended(at: float = 118, author: str = NURSE, target: str = "note", **more: Any) -> Told:
    """Return a session in which a note was amended by a new entry."""
    said = {"entry": {"text": "y"}, "reason": "typed wrong"} | more
    made = kept().says(21, "note", called="note", superseded_by="anew", text="x")
    return made.says(at, "amend", author=author, called="anew", target=target, **said)


def _excluded(of: int, *values: float) -> Told:
    """Return a session of *of* systolic pressures, one before the dose; those of *values* are excluded."""
    made = kept().cuffs().says(100, "exclude", author=SECOND, vital="nibp_sys", reason="arm moved")
    for place in range(of):
        value, out = (values[place], True) if place < len(values) else (118, False)
        made.reads(-5 if place == of - 1 else 1 + place, "nibp_sys", value, excluded=out)
    return made
