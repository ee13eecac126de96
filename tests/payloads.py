"""A payload of every kind, as the recorder and people at the desk write them."""

from __future__ import annotations

from datetime import UTC, datetime

from logger import kinds

AT = datetime(2026, 11, 20, 10, 42, 0, 7, tzinfo=UTC)

EXAMPLES: dict[str, kinds.Payload] = {
    "reading": kinds.ReadingPayload(
        source="manual", readings=(kinds.Value(vital="spo2", value=97.5),), happened_at=AT
    ),
    "unread": kinds.Unread(source="monitor", why="checksum", capture=0, offset=3, length=4),
    "link": kinds.Link(source="monitor", event="lost", cause="unplugged", since=AT),
    "clock": kinds.Clock(event="stepped", wall=AT, step_s=-3600.0, synchronised=False),
    "device": kinds.Device(source="monitor", event="attached", adapter="nonin", url="/dev/ttyUSB0"),
    "session.open": kinds.SessionOpen(
        room="1",
        patient="INVENTED-1",
        protocol="p",
        protocol_digest="0" * 64,
        zone="UTC",
        program="infusionlog",
    ),
    "session.resume": kinds.SessionResume(cause="killed", since=AT),
    "session.pause": kinds.SessionPause(cause="stopped"),
    "session.end": kinds.SessionEnd(),
    "close": kinds.Close(count=0, head=""),
    "session.close_without": kinds.CloseWithout(writer="w", count=3, head="0" * 64, reason="moved"),
    "effect.report": kinds.EffectReport(term="nausea", severity="mild", text="Übelkeit\n„leicht“"),
    "effect.resolved": kinds.EffectResolved(term="nausea"),
    "effect.none": kinds.EffectNone(),
    "infusion.start": kinds.Infusion(drug="ketamine", mg=40, ml_h=60),
    "infusion.pause": kinds.Infusion(reason="vomiting"),
    "infusion.rate": kinds.Infusion(ml_h=0),
    "infusion.end": kinds.Infusion(),
    "note": kinds.Note(text="zwei\nZeilen"),
    "mark": kinds.Mark(),
    "amend": kinds.Amend(target="w:1", changes={"spo2": None, "nibp_sys": 142}, reason="typed wrong"),
    "exclude": kinds.Exclude(vital="spo2", start=AT, reason="sensor on the cuff's arm", undo=True),
    "adopt": kinds.Adopt(target="w:1", taken_at=AT, reason="seen to be taken"),
    "storage": kinds.Storage(event="reserve_given_up"),
}
