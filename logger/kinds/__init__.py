"""What a record can say: one pydantic model a kind. `KINDS` is the whole list.

A payload is stored as canonical JSON and hashed as stored. Fields that stand at their default are left out.
"""

from __future__ import annotations

from logger.kinds.assessments import (
    ASSESSMENTS,
    Score,
)
from logger.kinds.base import (
    Origin,
    Part,
    Payload,
    Person,
    Stated,
    canonical,
    text_of,
)
from logger.kinds.care import (
    CARE,
    Downtime,
    FollowUp,
    GapReason,
    Interval,
    Intervention,
    Mark,
    Medication,
    Note,
    Notified,
    StaffHandover,
    StaffLeft,
    StaffPresent,
)
from logger.kinds.checks import (
    CHECKS,
    ConcomitantMedication,
    Consent,
    CourseAssessment,
    CourseFactors,
    Discharge,
    DischargeItem,
    Escort,
    IdentityCheck,
    Intake,
    MonitorCheck,
    RemsSubmitted,
    RoomReady,
    Weight,
)
from logger.kinds.corrections import (
    CORRECTIONS,
    Adopt,
    Amend,
    Attribute,
    Exclude,
    Move,
    Rebind,
)
from logger.kinds.doses import (
    DOSES,
    DoseDrawn,
    DoseGiven,
    DoseOrdered,
    DoseReturned,
    DoseWasted,
    Infusion,
    Injection,
    NasalDevice,
    Swallowed,
    Vomited,
)
from logger.kinds.effects import (
    EFFECTS,
    EffectNone,
    EffectOngoing,
    EffectReport,
    EffectResolved,
    EffectSerious,
    Grade,
    Severity,
)
from logger.kinds.pumps import (
    PUMPS,
    PumpAlarm,
    PumpDrug,
    PumpRate,
    PumpState,
)
from logger.kinds.readings import (
    DEVICES,
    Device,
    Link,
    ReadingPayload,
    Unread,
    Value,
)
from logger.kinds.recorders import (
    ENROLMENT,
    RECORDERS,
    RecorderConnected,
    RecorderDismissed,
    RecorderEnrolled,
    WriterRefused,
)
from logger.kinds.sessions import (
    SESSIONS,
    Clock,
    Close,
    CloseWithout,
    Course,
    EndedElsewhere,
    Head,
    NotTreated,
    SessionEnd,
    SessionImport,
    SessionOpen,
    SessionPause,
    SessionResume,
    Sign,
    Storage,
)
from logger.kinds.system import (
    ROOM,
    SYSTEM,
    SYSTEMS,
    Access,
    AuditRun,
    CheckedValue,
    Checkpointed,
    DeviceChecked,
    DeviceRegistered,
    Finding,
    ProtocolApproved,
    Purged,
    Role,
    UserAdded,
    UserChanged,
    UserFact,
    UserSecret,
    Verified,
)
from logger.kinds.waves import (
    WAVES,
    Wave,
    WaveScale,
)

KINDS: dict[str, type[Payload]] = {
    **DEVICES,
    **WAVES,
    **PUMPS,
    **SESSIONS,
    **CORRECTIONS,
    **EFFECTS,
    **DOSES,
    **CARE,
    **CHECKS,
    **ASSESSMENTS,
    **SYSTEMS,
    **RECORDERS,
}
"""Every kind of record and the model of its payload."""
