"""A payload of every kind, as the recorder and people at the desk write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from logger import kinds

NURSE, SECOND = kinds.Person(name="n.example", authenticated=True), kinds.Person(name="s.example")
DAY = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 10, 42, 0, 7, tzinfo=UTC)

EXAMPLES: dict[str, kinds.Payload] = {
    "reading": kinds.ReadingPayload(
        source="manual", readings=(kinds.Value(vital="spo2", value=97.5),), happened_at=AT
    ),
    "unread": kinds.Unread(source="monitor", why="checksum", capture=0, offset=3, length=4),
    "link": kinds.Link(source="monitor", event="lost", cause="unplugged", since=AT),
    "clock": kinds.Clock(event="stepped", wall=AT, step_s=-3600.0, synchronised=False),
    "device": kinds.Device(source="monitor", event="attached", adapter="nonin", url="/dev/ttyUSB0"),
    "wave": kinds.Wave(
        source="monitor",
        wave="pleth",
        start=AT,
        rate=75.0,
        scale=kinds.WaveScale(unit="%", step=0.01),
        count=2,
        samples="AQD//w==",
        capture=0,
        offset=3,
        length=125,
    ),
    "pump.state": kinds.PumpState(
        source="pump", slot="11", state="stopped", was="running", since=AT, delivered_ml=40, vtbi_ml=40
    ),
    "pump.rate": kinds.PumpRate(source="pump", ml_h=50, was=60, capture=0, offset=7),
    "pump.alarm": kinds.PumpAlarm(source="pump", text="AL_OCCLUSION"),
    "pump.drug": kinds.PumpDrug(source="pump", drug="Ketamin 1mg/ml"),
    "session.open": kinds.SessionOpen(
        room="1",
        patient="INVENTED-1",
        protocol="p",
        protocol_digest="0" * 64,
        zone="UTC",
        program="infusionlog",
    ),
    "session.import": kinds.SessionImport(
        file="old.csv",
        sha256="0" * 64,
        form="csv",
        first=AT,
        last=AT,
        values=3,
        not_imported=("the columns x",),
    ),
    "session.resume": kinds.SessionResume(cause="killed", since=AT),
    "session.pause": kinds.SessionPause(cause="stopped"),
    "session.end": kinds.SessionEnd(),
    "session.ended_elsewhere": kinds.EndedElsewhere(ended_at=AT, ref="w:7"),
    "close": kinds.Close(count=0, head=""),
    "session.close_without": kinds.CloseWithout(writer="w", count=3, head="0" * 64, reason="moved"),
    "recorder.enrolled": kinds.RecorderEnrolled(recorder="ward-2", token="0" * 64, rooms=("1", "2")),
    "recorder.dismissed": kinds.RecorderDismissed(recorder="ward-2", reason="replaced"),
    "recorder.connected": kinds.RecorderConnected(
        recorder="ward-2", writer="w", program="infusionlog", ahead_s=-0.25, within_s=0.01
    ),
    "writer.refused": kinds.WriterRefused(writer="w", by="clinic", why="a fork"),
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
    "adopt": kinds.Adopt(target="w:1", taken_at=AT, reason="seen to be taken", second=SECOND),
    "storage": kinds.Storage(event="reserve_given_up"),
    "effect.ongoing": kinds.EffectOngoing(term="nausea", follow_up="call tomorrow"),
    "effect.serious": kinds.EffectSerious(term="nausea", criterion="hospitalisation", description="kept"),
    "dose.ordered": kinds.DoseOrdered(drug="ketamine", route="IV", mg=40, mg_per_kg=0.5, ordered_by=NURSE),
    "dose.drawn": kinds.DoseDrawn(drug="ketamine", mg=50, lot="LOT-1", expiry=DAY, second_check_by=SECOND),
    "dose.given": kinds.DoseGiven(drug="ketamine", route="IV", mg=40, weight_kg=80, given_by=NURSE),
    "dose.wasted": kinds.DoseWasted(
        drug="ketamine", mg=10, method="sink", wasted_by=NURSE, witness=SECOND, line_residue=True
    ),
    "dose.returned": kinds.DoseReturned(drug="ketamine", mg=0, returned_by=NURSE),
    "dose.device": kinds.NasalDevice(number=1, drug="esketamine", mg=28, lot="LOT-2"),
    "dose.injection": kinds.Injection(drug="ketamine", mg=40, site="left deltoid"),
    "dose.swallowed": kinds.Swallowed(drug="ketamine", mg=80),
    "dose.vomited": kinds.Vomited(dose_seen=False),
    "staff.present": kinds.StaffPresent(person=NURSE, role="registered_nurse", responsible=True),
    "staff.left": kinds.StaffLeft(person=SECOND),
    "staff.handover": kinds.StaffHandover(giver=NURSE, taker=SECOND, open_effects=("nausea",)),
    "intervention": kinds.Intervention(what="oxygen 2 L", why="SpO2 90", given_by=NURSE),
    "medication": kinds.Medication(
        drug="ondansetron", amount="4 mg", route="IV", why="nausea", ordered_by=SECOND, given_by=NURSE
    ),
    "notified": kinds.Notified(whom=SECOND, about="pressure 188/112", answer="repeat in 5 min"),
    "gap.reason": kinds.GapReason(source="monitor", start=AT, end=AT, reason="went to the toilet"),
    "downtime": kinds.Downtime(start=AT, end=AT, reason="power cut", instead="paper"),
    "followup": kinds.FollowUp(reached=True, how="telephone", text="slept well"),
    "check.identity": kinds.IdentityCheck(
        identifiers=("name", "birth"), performed_by=NURSE, dosing_confirmed=True
    ),
    "check.consent": kinds.Consent(given=True, reference="folder 3"),
    "check.escort": kinds.Escort(arranged=False, reason="walks home with her neighbour"),
    "check.room": kinds.RoomReady(oxygen=True, suction=True, airway=True, defibrillator=False, oximeter=True),
    "check.medication": kinds.ConcomitantMedication(
        benzodiazepine=True, sedative_hypnotic=False, opioid=False, psychostimulant=False, maoi=False
    ),
    "check.weight": kinds.Weight(kg=80, how="measured", measured_on=DAY, pump_kg=80),
    "check.intake": kinds.Intake(last_food=AT),
    "check.monitor": kinds.MonitorCheck(source="monitor", answer="yes", shown={"spo2": 98, "spo2_pr": 72}),
    "course.assessment": kinds.CourseAssessment(item="laboratory", on=DAY, reference="report 7"),
    "course.factors": kinds.CourseFactors(liver_kidney="normal in 2026"),
    "discharge": kinds.Discharge(
        items={"gait": kinds.DischargeItem(answer="yes")},
        decided_by=NURSE,
        role="registered_nurse_under_protocol",
        escort_present=True,
    ),
    "rems.submitted": kinds.RemsSubmitted(submitted_at=AT, reference="form 12"),
    "assessment.score": kinds.Score(
        instrument="moaas", version="moaas-5", answers={"1": 4}, answered_by="clinician"
    ),
    "move": kinds.Move(direction="out", session="other", target="w:1", count=1, reason="wrong room"),
    "session.patient": kinds.Rebind(was="INVENTED-1", patient="INVENTED-2", reason="namesake", second=SECOND),
    "attribute": kinds.Attribute(target="w:1", reason="the program had locked everybody out"),
    "session.not_treated": kinds.NotTreated(reason="ate an hour ago"),
    "sign": kinds.Sign(
        meaning="review",
        name="P. Example",
        role="physician",
        heads=(kinds.Head(writer="w", count=3, digest="0" * 64),),
    ),
    "user.added": kinds.UserAdded(user="n.example", full_name="N. Example", role="nurse"),
    "user.changed": kinds.UserChanged(user="n.example", active=False, reason="left the clinic"),
    "user.secret": kinds.UserSecret(user="n.example", what="password", by_administrator=True),
    "user.fact": kinds.UserFact(user="n.example", fact="trained", what="version 1", on=DAY),
    "access": kinds.Access(event="viewed", user="n.example", session="s", what="session page"),
    "protocol.approved": kinds.ProtocolApproved(
        digest="0" * 64, title="Clinic's copy", approved_by="P. Example, physician", approved_at=AT
    ),
    "verified": kinds.Verified(sessions={"s": ("0" * 64,)}),
    "checkpoint": kinds.Checkpointed(digest="0" * 64, key="1" * 64, heads=2),
    "audit.run": kinds.AuditRun(
        sessions={"s": ("0" * 64,)},
        rule_set="1" * 64,
        rates={"R01": {"pass": 1}},
        seed=7,
        sample=("s",),
        judged_at=AT,
        outcome="2" * 64,
        verdicts={"s": "pfnc"},
    ),
    "audit.finding": kinds.Finding(session="s", rule="R01", disposition="accepted", reason="seen"),
    "purged": kinds.Purged(session="s", heads=(), opened_at=AT, reason="kept for 10 years"),
    "device.checked": kinds.DeviceChecked(
        source="monitor",
        adapter="nonin",
        program="infusionlog 0.1.0",
        identity="usb:0403:6001:DEMO1",
        model="Invented 1",
        serial="SN-1",
        firmware="1.2",
        session="s",
        heads=(kinds.Head(writer="w", count=3, digest="0" * 64),),
        values=(kinds.CheckedValue(step="spo2", at=AT, typed="97", logged="97", refs=("w:1",), agrees=True),),
        within={"spo2": 10.0},
        passed=False,
        lacks=("spo2: 1 of 10",),
        performed_by=NURSE,
    ),
    "device.registered": kinds.DeviceRegistered(
        adapter="nonin", model="Invented 1", serial="SN-1", calibrated_until=DAY
    ),
}
