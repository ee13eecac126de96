"""Rules about side effects."""

from __future__ import annotations

from datetime import datetime

from analysis.effects import Episode
from analysis.rules.cut import Cut, beyond, refs
from analysis.rules.verdict import Answer, cannot_tell, failed, not_applicable, passed, rule, weighed


@rule("R25", "AE closed", 2, "seed; REMS")
def effects_closed(c: Cut) -> Answer:
    """Every side effect has a severity, and its end with an outcome or a follow-up after leaving."""
    episodes = _episodes(c)
    ongoing = {one.payload["term"]: one for one in c.said("effect.ongoing") if one.payload.get("follow_up")}
    open_ones = [one for one in episodes if one.resolved is None and one.term not in ongoing]
    evidence = (*(one.reports[0].reference for one in episodes), *refs(list(ongoing.values())))
    if open_ones:
        return failed(
            f"neither ended nor followed up: {', '.join(one.label for one in open_ones)}", *evidence
        )
    followed = sum(one.resolved is None for one in episodes)
    return passed(f"{len(episodes) - followed} ended, {followed} ongoing with a follow-up", *evidence)


@rule("R26", "AE onset sane", 3, "D")
def onsets_sane(c: Cut) -> Answer:
    """No side effect begins before the session was opened, ends before it begins, or ends in the future."""
    episodes = _episodes(c)
    wrong = []
    for one in episodes:
        if beyond(c.opened, one.onset):
            wrong.append(f"{one.label} at {c.clock(one.onset)}, before the opening at {c.clock(c.opened)}")
        if one.resolved is not None and beyond(one.resolved, c.now):
            wrong.append(f"{one.label} ends at {c.clock(one.resolved)}, which has not come")
        if one.resolved is not None and beyond(one.onset, one.resolved):
            wrong.append(f"{one.label} ends before it begins")
    wrong += [f"{one.label} ended at {c.clock(one.minute)} and was not open" for one in c.effects.strays]
    evidence = tuple(one.reports[0].reference for one in episodes)
    if wrong:
        return failed("; ".join(wrong), *evidence)
    return passed(f"{len(episodes)} side effects in order", *evidence)


@rule("R27", "Serious AE routed", 1, "312.32 / REMS [M/C]", "qa.R27.within_h")
def serious_effects_routed(c: Cut) -> Answer:
    """What meets a seriousness criterion was reported to somebody within the limit, and the form went out."""
    serious = c.said("effect.serious")
    if not serious:
        _episodes(c)
        raise not_applicable("nothing that was reported is marked as serious")
    limit = c.limit("qa.R27.within_h") * 60
    wrong, unsure = [], []
    for one in serious:
        term, at = one.payload["term"], one.payload.get("reported_at")
        if not one.payload.get("reported_to"):
            wrong.append(f"{term}: reported to nobody")
        elif at is None:
            unsure.append(f"{term}: when it was reported is not on record")
        elif beyond(c.minute(datetime.fromisoformat(at)) - one.minute, limit):
            hours = (c.minute(datetime.fromisoformat(at)) - one.minute) / 60
            wrong.append(f"{term}: reported after {hours:.4g} h (limit {limit / 60:g})")
        if not one.payload.get("form_sent"):
            wrong.append(f"{term}: no form was sent")
    why = f"{len(serious)} reported within {limit / 60:g} h, with the form"
    return weighed(wrong, unsure, why, *refs(serious))


def _episodes(c: Cut) -> tuple[Episode, ...]:
    if not c.said("effect.report", "effect.none", "effect.resolved"):
        raise cannot_tell("nobody was asked about side effects: no record says so")
    if not c.effects.episodes and not c.effects.strays:
        raise not_applicable("asked, and none was reported", *refs(c.said("effect.none")))
    return c.effects.episodes
