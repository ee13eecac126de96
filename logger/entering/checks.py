"""What is looked at before an entry becomes a record. What happened is never refused for its order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from devices.errors import UsageError
from devices.ports import check_address, clock_speed_of, is_simulated
from devices.registry import adapter
from devices.vocabulary import Vital, facts
from logger import kinds
from logger.clock import SECOND, microseconds, moment
from logger.entering.attached import attached_devices
from logger.errors import BadEntry, NoSuchRecord
from logger.ledger.models import Written
from logger.ledger.store import Store
from logger.people.accounts import UNATTRIBUTED, claimed
from logger.people.roles import CLINICAL

PEOPLE_SAY = CLINICAL - {"session.open", "sign"} | {"session.close_without"}
"""The kinds that may come through the desk; all others are the recorder's own."""

STATED = PEOPLE_SAY - kinds.CORRECTIONS.keys() - {"device", "session.end", "session.close_without"}
"""What people say of a patient and a session: it can be entered anew, or stand on a sheet of paper."""

ASIDE = kinds.SYSTEMS.keys() | kinds.ENROLMENT | {"check.room", "note", "amend"}
"""The kinds that stand in the streams of rooms and of the system."""

AHEAD = 60 * SECOND
"""How far in the future a stated time may lie: two clocks in a clinic differ by seconds, not minutes."""

BEFORE = timedelta(days=7)
"""How long before the opening a stated time may lie: what is older belongs to no session, and a mistyped
year would."""


def checked(
    store: Store, row: Mapping[str, Any], now: int, kind: str, author: str, payload: Mapping[str, Any]
) -> kinds.Payload:
    """Return the payload of an entry as it may be recorded; *row* is the session's, *now* its clock's.

    Raises:
        BadEntry: it is not of the kind's form, states a time that can't be, or would change nothing.
        NoSuchRecord: it speaks of a record that is not there.
    """
    said = checked_alone(row, max(now, store.tail(row["id"])[2]), kind, author, payload)
    if isinstance(said, kinds.Device):
        _check_device(store, row, said)
    elif isinstance(said, kinds.Amend | kinds.Adopt | kinds.Exclude | kinds.Attribute) and said.target:
        meant = _check_target(store, row["id"], said)
        if isinstance(said, kinds.Amend) and said.entry is not None:
            anew = checked(store, row, now, meant.kind, author, said.entry)
            return said.model_copy(update={"entry": json.loads(kinds.text_of(anew))})
    elif isinstance(said, kinds.Rebind):
        _check_rebind(store, row, said)
    return said


def checked_alone(
    row: Mapping[str, Any], newest: int, kind: str, author: str, payload: Mapping[str, Any]
) -> kinds.Payload:
    """Return the payload of an entry by all that can be said of it without a look at other records.

    *newest*: the session's time, which no entry is ahead of. Raises `BadEntry` as `checked` does.
    """
    if kind not in PEOPLE_SAY:
        raise BadEntry(f"{kind} is no kind that a person enters; known are {', '.join(sorted(PEOPLE_SAY))}")
    check_author(author)
    said = parsed(kind, payload)
    _check_time(row, newest, kind, said)
    if kind == "session.end" and row["state"] != "open":
        raise BadEntry(f"session {row['id']} is {row['state']} already")
    if isinstance(said, kinds.ReadingPayload):
        _check_typed(said)
    elif isinstance(said, kinds.Score):
        check_score(said)
    elif isinstance(said, kinds.Exclude) and said.target is None:
        _check_span(said)
    elif isinstance(said, kinds.GapReason | kinds.Downtime) and said.end < said.start:
        raise BadEntry(f"{kind}: it ends before it starts; look at the times")
    return said


def checked_aside(kind: str, author: str, payload: Mapping[str, Any]) -> kinds.Payload:
    """Return the payload of an entry in a stream beside the sessions: of a room, or of the system.

    Raises:
        BadEntry: it is no kind of such a stream, or not of its form.
    """
    if kind not in ASIDE:
        raise BadEntry(f"{kind} stands in a session, not beside them; name the session")
    check_author(author)
    return parsed(kind, payload)


def check_author(author: str) -> None:
    """Raise `BadEntry` unless *author* is a name on one line."""
    if not author.strip() or not author.isprintable():
        raise BadEntry("an entry needs its author's name on one line; give --author")


def parsed(kind: str, payload: Mapping[str, Any]) -> kinds.Payload:
    """Return *payload* as the model of its kind; raises `BadEntry` naming the first wrong field."""
    try:
        return kinds.KINDS[kind].model_validate(dict(payload))
    except ValidationError as error:
        first = error.errors()[0]
        field, why = ".".join(map(str, first["loc"])), first["msg"]
        if first["type"] == "extra_forbidden" and len(first["loc"]) == 1:
            why = f"there is no such field; there are {', '.join(kinds.KINDS[kind].model_fields)}"
        raise BadEntry(f"{kind}: {field + ': ' if field else ''}{why}") from error


def check_device(row: Mapping[str, Any], url: str) -> None:
    """Raise `BadEntry` where a device at *url* does not fit: one clock, and no number of nobody."""
    if is_simulated(url) and not row["demo"]:
        raise BadEntry(f"{url}: its numbers would be taken for a patient's; start a session with it")
    speed = clock_speed_of(url) if is_simulated(url) else 1.0
    if speed != row["clock_speed"]:
        raise BadEntry(
            f"{url}: this session's clock runs at {row['clock_speed']:g}, the device's at {speed:g}"
        )


def check_score(said: kinds.Score) -> None:
    """Raise `BadEntry` where the answers fit no form of their instrument."""
    from analysis.instruments import check_answers  # where a score is entered, and nowhere else

    try:
        check_answers(said.instrument, said.version, said.answers, said.answered_by)
    except UsageError as wrong:
        raise BadEntry(str(wrong)) from wrong


def _check_time(row: Mapping[str, Any], newest: int, kind: str, said: kinds.Payload) -> None:
    """Raise `BadEntry` for a time that can't be: of tomorrow, of long ago, of an end before the opening."""
    if getattr(said, "origin", None) is not None:
        raise BadEntry(f"{kind}: an entry has no origin; `infusionlog move` takes one to another session")
    times = {name: value for name, value in said if isinstance(value, datetime)}
    for stated in times.values():
        if microseconds(stated) > newest + AHEAD:
            raise BadEntry(f"{stated:%Y-%m-%d %H:%M:%S} has not come yet; enter it when it has happened")
    happened = times.get("happened_at") or times.get("taken_at")
    opened = moment(min(row["opened_at"], row.get("ended_at") or row["opened_at"]))  # imported: ended before
    if happened is not None and happened < opened - BEFORE:
        raise BadEntry(
            f"{happened:%Y-%m-%d} lies over {BEFORE.days} days before this session; look at the date"
        )
    if happened is not None and kind in ENDS and happened < opened:
        raise BadEntry(f"{kind}: {happened:%Y-%m-%d %H:%M} lies before the session was opened; look at it")


ENDS = frozenset({"session.end", "session.not_treated", "discharge"})
"""The kinds by which something ends that began with the opening."""


def _check_rebind(store: Store, row: Mapping[str, Any], said: kinds.Rebind) -> None:
    if said.was != row["patient"] or said.patient == said.was:
        raise BadEntry(f"session {row['id']} is of patient {row['patient']}; give that one and another one")
    for other in store.sessions():
        if other["patient"] == said.patient and other["state"] == row["state"] == "open":
            raise BadEntry(
                f"patient {said.patient} has the open session {other['id']} in room {other['room']}; "
                "end it first, or look which patient it is"
            )


def _check_typed(said: kinds.ReadingPayload) -> None:
    if said.source != "manual" or said.capture is not None or said.offset is not None:
        raise BadEntry(f"a person's reading has the source manual, not {said.source}")
    if any(value != kinds.Value(vital=value.vital, value=value.value) for value in said.readings):
        raise BadEntry("a person's reading is a vital sign and its value; when it was taken goes in --at")
    names = [value.vital for value in said.readings]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise BadEntry(f"{twice} is given twice; enter one value")
    _check_plausible({value.vital: value.value for value in said.readings}, confirmed=said.confirmed)


def _check_plausible(typed: Mapping[str, float | None], *, confirmed: bool) -> None:
    known = {str(vital): facts()[vital] for vital in Vital}
    for vital, value in typed.items():
        if vital not in known:
            raise BadEntry(f"{vital} is no vital sign; known are {', '.join(known)}")
        low, high = known[vital].plausible_min, known[vital].plausible_max
        outside = value is not None and (
            (low is not None and value < low) or (high is not None and value > high)
        )
        if outside and not confirmed:
            raise BadEntry(
                f"{vital}={value:g} is outside {low:g}-{high:g} {known[vital].unit}; "
                "check the typing; if it is really so, give --confirmed"
            )


def _check_device(store: Store, row: Mapping[str, Any], said: kinds.Device) -> None:
    if said.event == "detached":
        if said.source not in attached_devices(store.records(row["id"], streamed=False)):
            raise BadEntry(f"{said.source} is no device of this session; `infusionlog show` lists them")
        return
    adapter(str(said.adapter))
    check_address(str(said.url))
    check_device(row, str(said.url))


def _check_span(said: kinds.Exclude) -> None:
    if said.vital not in facts():
        raise BadEntry(f"{said.vital} is no vital sign; known are {', '.join(Vital)}")
    if said.start is None or said.end is None or said.end < said.start:
        raise BadEntry("exclude --vital: give --from and --to, the earlier first")


def _check_target(
    store: Store, session: str, said: kinds.Amend | kinds.Adopt | kinds.Exclude | kinds.Attribute
) -> Written:
    """Return the record that *said* speaks of: of a new entry or a withdrawal the one entered first."""
    writer, _, seq = str(said.target).partition(":")
    found = store.record(session, writer, int(seq))
    if found is None:
        raise NoSuchRecord(f"session {session} has no record {said.target}; `infusionlog show` lists them")
    if isinstance(said, kinds.Attribute):
        if found.author != UNATTRIBUTED:
            raise BadEntry(f"{said.target} has an author, {found.author}: there is nothing to claim")
        if owner := claimed(store.records(session)).get(str(said.target)):
            raise BadEntry(f"{said.target} was claimed by {owner} already")
    elif isinstance(said, kinds.Amend) and not said.changes:
        return _check_entered_anew(_entered_first(store, found), said)
    elif found.kind not in {"reading", "amend", "adopt"}:
        raise BadEntry(f"{said.target} is a record of {found.kind}, and this is for readings only")
    elif isinstance(said, kinds.Amend):
        _check_amended(found, said)
    elif isinstance(said, kinds.Adopt) and found.kind == "reading" and not _holds(found):
        raise BadEntry(f"{said.target} holds no cuff reading back: there is nothing to claim")
    return found


def _entered_first(store: Store, record: Written) -> Written:
    """Return the record that an amendment, or one of an amendment, speaks of in the end."""
    while record.kind == "amend":
        writer, _, seq = str(json.loads(record.payload)["target"]).partition(":")
        before = store.record(record.session, writer, int(seq))
        if before is None:
            break
        record = before
    return record


def _check_entered_anew(record: Written, amend: kinds.Amend) -> Written:
    """Return the record that is entered anew or withdrawn; refuse one that no person entered."""
    machine = record.kind == "reading" and json.loads(record.payload)["source"] != "manual"
    if machine or record.kind not in STATED:
        raise BadEntry(f"{record.ref} is a record of {record.kind}, which is not entered anew or withdrawn")
    if record.kind == "reading" and amend.entry is not None:
        raise BadEntry(f"{record.ref} is a reading: amend it with its new values, as nibp_sys=142")
    return record


def _holds(record: Written) -> bool:
    reading = kinds.ReadingPayload.model_validate_json(record.payload)
    return any(value.reason == "held" and not value.repeat for value in reading.readings)


def _check_amended(record: Written, amend: kinds.Amend) -> None:
    if record.kind == "reading":
        reading = kinds.ReadingPayload.model_validate_json(record.payload)
        had = {value.vital for value in reading.readings if not value.repeat}
        if missing := amend.changes.keys() - had:
            raise BadEntry(
                f"{record.ref} has no {', '.join(sorted(missing))} of its own to amend, "
                f"only {', '.join(sorted(had)) or 'repeats of an earlier cuff reading'}"
            )
    elif record.kind == "amend":
        had = set(kinds.Amend.model_validate_json(record.payload).changes)
        if missing := amend.changes.keys() - had:
            raise BadEntry(f"{record.ref} amended {', '.join(sorted(had))}, not {', '.join(sorted(missing))}")
    changed = {vital: value for vital, value in amend.changes.items() if vital in set(Vital)}
    _check_plausible(changed, confirmed=amend.confirmed)
