"""The monitors as Device, their modules and channels beneath them, and what each measures as DeviceMetric.

Source: ISO/IEEE 11073-10201 (MDS, VMD, channel, metric), HL7 Personal Health and Point-of-Care Devices.
A monitor is what its source is called in the session; which one it is, it has said itself or nobody has.
"""

from __future__ import annotations

from analysis.exports.device_places import MONITOR, Place, place_of
from analysis.exports.fhir.contents import Contents
from analysis.exports.fhir.elements import MDC, OWN, Json, coding, concept
from analysis.series import MANUAL
from devices.vocabulary import codes_of, mdc_unit

Metrics = dict[tuple[str, str], Json]
"""Reference to the DeviceMetric of each source and vital; a cuff's pressures have one together, ``nibp``."""

CUFF_PRESSURES = ("nibp_sys", "nibp_dia", "nibp_map")


def add_monitors(contents: Contents) -> Metrics:
    """Add every device that a reading came from or that was attached; return what they measure."""
    readings = contents.session.readings
    pairs = readings[["source", "vital", "unit"]].drop_duplicates(["source", "vital"])
    sent: dict[str, dict[str, str]] = {}
    for entry in contents.entries:
        if entry.kind == "device" and entry.payload["event"] == "attached":
            sent.setdefault(entry.payload["source"], {})
    for source, vital, unit in pairs.itertuples(index=False, name=None):
        if source != MANUAL:
            sent.setdefault(source, {})["nibp" if vital in CUFF_PRESSURES else vital] = unit
    found: Metrics = {}
    for source, vitals in sent.items():
        found |= _monitor(contents, source, vitals)
    return found


def _monitor(contents: Contents, source: str, vitals: dict[str, str]) -> Metrics:
    places = {vital: _place(vital) for vital in vitals}
    many = len(set(places.values())) > 1
    whole = contents.add("Device", f"device/{source}", _device(contents, source, many=many))
    parents = {
        place: _part(contents, source, place, whole)
        for place in sorted(set(places.values()) - {MONITOR}, key=lambda place: place.number)
    }
    found: Metrics = {}
    for vital, unit in vitals.items():
        module, channel = parents.get(places[vital], (whole, whole))
        found[source, vital] = contents.add(
            "DeviceMetric", f"metric/{source}/{vital}", _metric(vital, unit, module, channel)
        )
    return found


def _place(vital: str) -> Place:
    return place_of(CUFF_PRESSURES[0] if vital == "nibp" else vital)


def _device(contents: Contents, source: str, *, many: bool) -> Json:
    """Return a monitor; its kind has a code only where it measures with several modules."""
    attached, identities = "", []
    for entry in contents.entries:
        if entry.payload.get("source") != source:
            continue
        if entry.kind == "device" and entry.payload["event"] == "attached":
            attached = entry.payload["adapter"]
        if entry.kind == "link" and entry.payload.get("identity"):
            identities.append(entry.payload["identity"])
    said: Json = {
        "identifier": [{"system": f"{OWN}device", "value": one} for one in dict.fromkeys(identities)]
    }
    said["deviceName"] = [{"name": source, "type": "user-friendly-name"}]
    codes = codes_of(MONITOR.module)
    known = [coding(MDC, codes.mdc, codes.refid)] if many else []
    said["type"] = concept(*known, text=f"heard by the adapter {attached}" if attached else source)
    return said


def _part(contents: Contents, source: str, place: Place, whole: Json) -> tuple[Json, Json]:
    """Add a module and its channel where that has a code; return both, the module twice where it has not."""
    parent, found = whole, []
    for part in filter(None, (place.module, place.channel)):
        codes = codes_of(part)
        body = {"type": concept(coding(MDC, codes.mdc, codes.refid), text=codes.label), "parent": parent}
        parent = contents.add("Device", f"device/{source}/{part}", body)
        found.append(parent)
    return found[0], found[-1]


def _metric(vital: str, unit: str, module: Json, channel: Json) -> Json:
    codes = codes_of(vital)
    kind = coding(MDC, codes.mdc, codes.refid) if codes.mdc else coding(f"{OWN}vital", vital)
    said: Json = {"type": concept(kind, text=codes.label or vital)}
    code, name = mdc_unit(unit, vital)
    if code:
        said["unit"] = concept(coding(MDC, code, name))
    return said | {"source": module, "parent": channel, "category": "measurement"}
