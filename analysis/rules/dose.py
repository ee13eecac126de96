"""Rules about the dose: who checked it, its arithmetic, its balance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np

from analysis.rules.cut import Cut, beyond, refs
from analysis.rules.said import Said
from analysis.rules.verdict import Answer, cannot_tell, failed, not_applicable, passed, rule, told, weighed

LOOSE = 1e-9
"""What two sums of the same milligrams may differ by in floating point."""


@rule("R14", "Identity / time-out", 1, "Sanacora [M]")
def identity_checked(c: Cut) -> Answer:
    """Between the opening and the first dose, a named person compared the patient's identifiers.

    In a session without a dose: at any time of it.
    """
    if c.not_treated:
        until = c.ended
    else:
        c.need_dose()
        until = 0.0
    checks = c.said("check.identity")
    good = [one for one in checks if not beyond(c.opened, one.minute) and not beyond(one.minute, until)]
    named = [one for one in good if one.person("performed_by")]
    if named:
        return passed(f"by {named[0].person('performed_by')} at {c.clock(named[0].minute)}", *refs(named))
    if good:
        return failed("identity was compared, but nobody is named", *refs(good))
    when = f"the only check is of {c.clock(checks[0].minute)}" if checks else "no check is on record"
    return failed(f"not from the opening at {c.clock(c.opened)} to {c.clock(until)}: {when}", *refs(checks))


@rule("R15", "Two-person dose check", 1, "D/SOP", "profile.self_administered")
def two_people_checked(c: Cut) -> Answer:
    """Of each dose the giver and a second checker are two active users, and the check was made before it.

    The check stands in dose.given, or in dose.drawn of that drug; one check is of one dose. A dose of an
    infusion begins with it, the first one with the first dose. Where the profile says that the patient gives
    it to themselves under supervision it does not apply; an entry that says so against the profile is a fail.
    """
    c.need_dose()
    given = c.said("dose.given")
    if c.protocol.profile.self_administered:
        raise not_applicable("the patient gave the dose to themselves under supervision", *refs(given))
    if not given:
        raise cannot_tell("no record says who gave the dose (dose.given)")
    wrong: list[str] = []
    unsure, good, evidence = [], [], []
    used: set[str] = set()
    for begin, one in _doses(c, given):
        evidence.append(one.reference)
        if one.payload.get("self_administered"):
            wrong.append(
                f"{_what(one)} is entered as given by the patient, and the profile does not say that they do"
            )
            continue
        checks = [check for check in _checks(c, one) if check.reference not in used]
        answers = [(_check_fault(c, check, one, begin), check) for check in checks]
        evidence += [check.reference for _, check in answers]
        held = [check for fault, check in answers if fault == ""]
        if held:
            used.add(held[0].reference)
            why = f"{_what(one)} given by {one.person('given_by')}"
            good.append(f"{why}, checked by {held[0].person('second_check_by')} at {c.clock(held[0].minute)}")
        elif not answers:
            wrong.append(f"no second checker of {_what(one)} is named")
        elif any(fault is None for fault, _ in answers):
            unsure.append("the ledger has no users: nobody can say whether these two were")
        else:
            wrong.append(str(answers[0][0]))
    return weighed(wrong, unsure, "; ".join(good), *dict.fromkeys(evidence))


@rule("R16", "Weight consistency", 2, "D", "qa.R16.max_weight_difference_kg", "qa.R16.max_weight_age_d")
def weight_consistent(c: Cut) -> Answer:
    """The session's weight and the pump's do not differ by more than the limit, and the weight is not old.

    Compared with the pump's where there is an infusion. Without the pump's weight, or the day of the
    measurement, it can't be told; a day after the session's is a fail.
    """
    c.need_dose()
    weights = c.said("check.weight")
    if not weights:
        raise cannot_tell("no weight is on record")
    said = weights[-1]
    apart, oldest = c.limit("qa.R16.max_weight_difference_kg"), c.limit("qa.R16.max_weight_age_d")
    pump, kg = said.payload.get("pump_kg"), float(said.payload["kg"])
    wrong: list[str] = []
    good: list[str] = []
    unsure = []
    if pump is not None:
        why = f"{kg:g} kg in the session, {float(pump):g} kg in the pump (limit {apart:g})"
        (wrong if abs(kg - pump) > apart + LOOSE else good).append(why)
    elif c.said("infusion.start"):
        unsure.append("the weight in the pump is not on record")
    measured = said.payload.get("measured_on")
    if measured is None:
        unsure.append(f"the weight was {said.payload['how']}, and no day of a measurement is on record")
    else:
        age = (c.moment(0).date() - date.fromisoformat(measured)).days
        why = f"measured {age} d before (limit {oldest:g})" if age >= 0 else f"measured {-age} d after"
        (good if 0 <= age <= oldest else wrong).append(why)
    return weighed(wrong, unsure, "; ".join(good), said.reference)


@rule(
    "R17",
    "Dose arithmetic",
    1,
    "ALCOA accurate",
    "quality.dose_volume_balance_mg",
    "qa.R17.max_mg_per_kg_difference",
)
def dose_adds_up(c: Cut) -> Answer:
    """The milligrams given are concentration times volume, and mg/kg is the milligrams by the weight.

    Within the protocol's tolerances. A nasal device has neither concentration nor volume: not applicable.
    """
    c.need_dose()
    given = c.said("dose.given")
    if not given and c.said("dose.device"):
        raise not_applicable("nasal devices hold a fixed amount", *refs(c.said("dose.device")))
    if not given:
        raise cannot_tell("no record says what was given (dose.given)")
    slack, shown = c.limit("quality.dose_volume_balance_mg"), c.limit("qa.R17.max_mg_per_kg_difference")
    wrong, unsure = [], []
    for one in given:
        mg, body = float(one.payload["mg"]), one.payload
        if body.get("concentration_mg_ml") is None or body.get("volume_ml") is None:
            unsure.append("the concentration or the volume is not on record")
        else:
            product = body["concentration_mg_ml"] * body["volume_ml"]
            if abs(mg - product) > slack + LOOSE:
                wrong.append(f"{mg:g} mg given, {product:g} mg by concentration and volume (limit {slack:g})")
        if body.get("mg_per_kg") is not None and body.get("weight_kg") is None:
            unsure.append("mg/kg without the weight it was made for")
        elif body.get("mg_per_kg") is not None:
            ratio = mg / body["weight_kg"]
            if abs(body["mg_per_kg"] - ratio) > shown + LOOSE:
                wrong.append(
                    f"{body['mg_per_kg']:g} mg/kg written, {ratio:.4g} by the weight (limit {shown:g})"
                )
    return weighed(wrong, unsure, f"{len(given)} doses add up", *refs(given))


@rule("R18", "Order vs given", 1, "D")
def given_as_ordered(c: Cut) -> Answer:
    """What was given is what was ordered last before it, in milligrams, or the difference has a reason.

    Each drug by its own orders; an order that came after the dose had begun is none for it. Doses under one
    order are added up.
    """
    c.need_dose()
    given, orders = _given(c), c.said("dose.ordered")
    if not given or not orders:
        raise cannot_tell(
            f"no record says what was {'ordered' if given else 'given'}", *refs([*given, *orders])
        )
    under: dict[str, tuple[Said, list[Said]]] = {}
    wrong, unsure, good = [], [], []
    for begin, one in _doses(c, given):
        own = [order for order in orders if _drug(order) == _drug(one)]
        before = [order for order in own if not beyond(order.minute, begin)]
        if before:
            under.setdefault(before[-1].reference, (before[-1], []))[1].append(one)
        elif own:
            late = c.clock(own[0].minute)
            wrong.append(f"{_what(one)} was ordered at {late}, after it began at {c.clock(begin)}")
        else:
            wrong.append(f"{_what(one)} was not ordered")
    for order, doses in under.values():
        said, ordered = _ordered(order, doses), sum(float(one.payload["mg"]) for one in doses)
        if said is None:
            unsure.append("the order has neither milligrams nor mg/kg with a weight")
            continue
        why = f"{said:.4g} mg ordered, {ordered:.4g} mg given"
        reasons = [one.payload["reason"] for one in doses if one.payload.get("reason")]
        if abs(ordered - said) <= LOOSE:
            good.append(why)
        elif reasons:
            good.append(f"{why}; {reasons[0]}")
        else:
            wrong.append(f"{why}; without a reason")
    return weighed(wrong, unsure, "; ".join(good), *refs([*orders, *given]))


@rule("R19", "Duration documented", 2, "D")
def duration_documented(c: Cut) -> Answer:
    """The infusion has a start and a later end, and every interruption has a reason."""
    c.need_dose()
    starts = c.said("infusion.start")
    if not starts:
        raise not_applicable("the dose was no infusion")
    steps = c.said("infusion.start", "infusion.pause", "infusion.rate", "infusion.end")
    end = c.infusion_end
    if end is None:
        return failed("no end of the infusion is on record", *refs(starts))
    if not beyond(end, starts[0].minute):
        return failed(f"it ends at {c.clock(end)} and starts at {c.clock(starts[0].minute)}", *refs(steps))
    bare = [one for one in steps if one.kind == "infusion.pause" and not one.payload.get("reason")]
    if bare:
        times = ", ".join(c.clock(one.minute) for one in bare)
        return failed(f"interrupted at {times} without a reason", *refs(bare))
    ran = sum(flow.end - flow.start for flow in c.timeline.flows if flow.end is not None)
    pauses = sum(one.kind == "infusion.pause" for one in steps)
    why = f"{c.clock(0)} to {c.clock(end)}, {end:.4g} min; the drug ran {ran:.4g} min, {pauses} interruptions"
    return passed(why, *refs(steps))


@rule("R20", "Lot and expiry", 2, "REMS lot [C]")
def lot_and_expiry(c: Cut) -> Answer:
    """Everything that was drawn or opened has a lot, and had not expired on that day.

    Looked at are dose.drawn and dose.device; where there is neither, dose.given.
    """
    c.need_dose()
    units = c.said("dose.drawn", "dose.device") or c.said("dose.given")
    if not units:
        raise cannot_tell("no record says what was drawn or given")
    today, wrong, unsure = c.moment(0).date(), [], []
    for one in units:
        if not one.payload.get("lot"):
            wrong.append(f"no lot of {one.payload['drug']}")
        elif one.payload.get("expiry") is None:
            unsure.append(f"the expiry of lot {one.payload['lot']} is not on record")
        elif date.fromisoformat(one.payload["expiry"]) < today:
            wrong.append(f"lot {one.payload['lot']} expired on {one.payload['expiry']}")
    return weighed(wrong, unsure, f"{len(units)} with lot, not expired", *refs(units))


@rule("R21", "Substance balance", 1, "DEA letter [C]", "quality.dose_volume_balance_mg")
def substance_balances(c: Cut) -> Answer:
    """Of each drug, what was drawn is what was given, wasted and returned together, within the tolerance."""
    drawn = c.said("dose.drawn")
    given = _given(c)
    gone = c.said("dose.wasted", "dose.returned")
    if not drawn and c.not_treated:
        raise not_applicable("no dose was given and nothing was drawn", *refs(c.said("session.not_treated")))
    if not drawn:
        raise cannot_tell("what was drawn is not on record (dose.drawn)", *refs([*given, *gone]))
    if not given and not c.not_treated:
        raise cannot_tell("what was given is not on record (dose.given)", *refs([*drawn, *gone]))
    slack = c.limit("quality.dose_volume_balance_mg")
    wrong, evidence = [], refs([*drawn, *given, *gone])
    for drug in dict.fromkeys(str(one.payload["drug"]).casefold() for one in [*drawn, *given, *gone]):
        took, gave = _sum(drawn, drug), _sum(given, drug)
        wasted, returned = (_sum(c.said(kind), drug) for kind in ("dose.wasted", "dose.returned"))
        rest = took - gave - wasted - returned
        said = f"{drug}: drawn {took:g}, given {gave:g}, wasted {wasted:g}, returned {returned:g} mg"
        wrong.append((abs(rest) > slack + LOOSE, f"{said}; rest {rest:.4g} (limit {slack:g})"))
    return told(not any(bad for bad, _ in wrong), "; ".join(said for _, said in wrong), *evidence)


@rule("R22", "Waste witnessed", 1, "DEA letter [C]", "qa.R22.within_min")
def waste_witnessed(c: Cut) -> Answer:
    """Whatever was wasted has a witness who is somebody else, within the limit of the end of dosing.

    The end of dosing is the infusion's end, else the last dose; without a dose, the decision not to treat.
    """
    wasted = [one for one in c.said("dose.wasted") if one.payload["mg"] > 0]
    if not wasted:
        raise not_applicable("nothing was wasted", *refs(c.said("dose.wasted")))
    limit, end = c.limit("qa.R22.within_min"), _end_of_dosing(c)
    wrong = []
    for one in wasted:
        witness, by = one.person("witness"), one.person("wasted_by")
        if not witness:
            wrong.append(f"{one.payload['mg']:g} mg without a witness")
        elif witness == by:
            wrong.append(f"{by} wasted and is named as the witness too")
        elif beyond(abs(one.minute - end), limit):
            late = abs(one.minute - end)
            wrong.append(f"wasted {late:.4g} min from the end of dosing at {c.clock(end)} (limit {limit:g})")
    why = "; ".join(wrong) or f"{_sum(wasted):g} mg wasted before a witness within {limit:g} min"
    return told(not wrong, why, *refs(wasted))


def _drug(one: Said) -> str:
    return str(one.payload["drug"]).strip().casefold()


def _what(one: Said) -> str:
    return f"{float(one.payload['mg']):g} mg of {one.payload['drug']}"


def _doses(c: Cut, given: Sequence[Said]) -> list[tuple[float, Said]]:
    """Return each dose and when it began.

    The first begins with the session's first dose; another with the infusion that was started for it since
    the one before was entered, else when it was given.
    """
    found: list[tuple[float, Said]] = []
    last = -np.inf
    for one in given:
        starts = [s.minute for s in c.said("infusion.start") if last < s.minute <= one.minute]
        begin = starts[0] if found and starts else one.minute if found else 0.0
        found.append((begin, one))
        last = one.minute
    return found


def _checks(c: Cut, dose: Said) -> list[Said]:
    """Return what names a second checker and may speak of a dose: what was drawn of its drug, and itself."""
    drawn = [one for one in c.said("dose.drawn") if _drug(one) == _drug(dose)]
    return [one for one in [*drawn, dose] if one.person("second_check_by")]


def _check_fault(c: Cut, check: Said, dose: Said, begin: float) -> str | None:
    """Return what is wrong with a second check of a dose, "" where nothing is, None: nobody can tell."""
    giver, second = dose.person("given_by"), check.person("second_check_by")
    if not giver:
        return f"nobody is named who gave {_what(dose)}"
    if second.casefold() == giver.casefold():
        return f"{giver} gave {_what(dose)} and is named as the second checker too"
    if beyond(check.minute, begin):
        return f"checked at {c.clock(check.minute)}, after the dose at {c.clock(begin)}"
    if c.context.users is None:
        return None
    at, users = c.moment(check.minute), c.context.users
    unknown = [name for name in (giver, second) if name not in users or not users[name].was_active(at)]
    return f"not an active user at {c.clock(check.minute)}: {', '.join(unknown)}" if unknown else ""


def _ordered(order: Said, doses: Sequence[Said]) -> float | None:
    """Return the milligrams of an order, None where it says neither them nor how to come to them."""
    said = order.payload
    if said.get("mg") is not None:
        return float(said["mg"])
    weight = said.get("weight_kg") or doses[0].payload.get("weight_kg")
    return None if said.get("mg_per_kg") is None or weight is None else float(said["mg_per_kg"]) * weight


def _given(c: Cut) -> list[Said]:
    """Return what was given: dose.given, else the devices, injections and doses by mouth."""
    return c.said("dose.given") or c.said("dose.device", "dose.injection", "dose.swallowed")


def _sum(records: Iterable[Said], drug: str | None = None) -> float:
    return sum(float(r.payload["mg"]) for r in records if drug in (None, str(r.payload["drug"]).casefold()))


def _end_of_dosing(c: Cut) -> float:
    if c.infusion_end is not None:
        return c.infusion_end
    if c.said("infusion.start"):
        raise cannot_tell("no end of the infusion is on record")
    last = c.said("dose.device", "dose.injection", "dose.swallowed", "session.not_treated")
    if not last:
        raise cannot_tell("no dose is on record, nor that none was given")
    return last[-1].minute
