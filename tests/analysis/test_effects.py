import invented_sessions as invented
from invented_sessions import event

from analysis.effects import Effects, effects_of
from analysis.protocol import read_protocol
from analysis.timeline import timeline_of


def test_an_effect_lasts_from_its_report_to_its_resolution():
    (episode,) = effects(
        event(5, "effect.report", 1, term="nausea", severity="mild"),
        event(25, "effect.resolved", 2, term="nausea"),
    ).episodes
    assert (episode.label, episode.onset, episode.resolved) == ("Nausea", 5, 25)


def test_a_second_report_is_a_new_severity_of_the_same_effect():
    (episode,) = effects(
        event(5, "effect.report", 1, term="nausea", severity="mild"),
        event(9, "effect.report", 2, term="nausea", severity="severe"),
        event(20, "effect.report", 3, term="nausea", severity="moderate"),
    ).episodes
    assert [(r.minute, r.grade) for r in episode.reports] == [(5, 1), (9, 3), (20, 2)]
    assert (episode.worst.minute, episode.resolved) == (9, None)


def test_after_a_resolution_the_same_term_is_a_new_effect():
    found = effects(
        event(5, "effect.report", 1, term="nausea", severity="mild"),
        event(9, "effect.resolved", 2, term="nausea"),
        event(30, "effect.report", 3, term="nausea", severity="mild"),
    )
    assert [(e.onset, e.resolved) for e in found.episodes] == [(5, 9), (30, None)]
    assert len(found.ongoing) == 1


def test_effects_run_side_by_side():
    found = effects(
        event(5, "effect.report", 1, term="nausea", severity="mild"),
        event(6, "effect.report", 2, term="dizziness", severity="mild"),
        event(8, "effect.resolved", 3, term="nausea"),
    )
    assert [(e.term, e.resolved) for e in found.episodes] == [("nausea", 8), ("dizziness", None)]


def test_a_late_entry_counts_at_the_time_it_happened():
    rows = [
        event(9, "effect.report", 1, term="nausea", severity="severe"),
        event(5, "effect.report", 2, term="nausea", severity="mild", late_by_s=1200.0),
    ]
    assert effects(*rows).episodes[0].onset == 5


def test_asked_and_none_is_not_the_same_as_none_recorded():
    assert effects(event(20, "effect.none", 1), event(40, "effect.none", 2)).asked_none == (20, 40)
    assert effects() == Effects((), ())


def test_a_resolution_of_nothing_ends_nothing():
    assert effects(event(20, "effect.resolved", 1, term="nausea")).episodes == ()


def test_a_report_that_was_replaced_is_no_effect():
    row = event(5, "effect.report", 1, term="nausea", severity="mild", superseded_by="b2:9")
    assert effects(row).episodes == ()


def effects(*rows: dict[str, object]) -> Effects:
    made = invented.session([], [*invented.infusion(), *rows])
    return effects_of(made, read_protocol(made.protocol, made.protocol_id), timeline_of(made))
