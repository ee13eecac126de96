"""What the page says, whole and in its place: nothing is cut, nothing stands on a value."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import invented_care
import invented_sessions as invented
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from analysis import style
from analysis.page import draw_page
from analysis.page.answers import rows_of
from analysis.page.boxes import PITCH, ROW
from analysis.page.content import content_of
from analysis.page.figures import marker_lines
from analysis.page.header import status
from analysis.session import Head, Session

BANNERS = (
    "DEMO: no patient; the numbers come from a simulator or a device in demo mode",
    "Protocol not approved by this clinic",
    "Experimental adapter: datex_dri, masimo_ascii1",
    "Time uncertain: the logger's clock stood behind its own records",
    "Not checked at this site: monitor, masimo_ascii1",
)
DIGESTS = ("3f" * 32, "9c" * 32, "a7" * 32)


def by_hand(minute, systolic, diastolic, seq, **more):
    return invented.cuff(
        minute, systolic, diastolic, seq, source="manual", entered_by="nurse.example", **more
    )


def crowded() -> Session:
    rows = [
        *invented.cycles(),
        *invented.cycles(first=-11, base=(118, 70)),
        *by_hand(31, 185, 95, 8, superseded_by="b2:9"),
        *invented.cuff(31, 158, 95, 9, writer="b2", source="manual", entered_by="nurse.example"),
        *invented.cuff(-17.5, 188, 112, 10, reason="held", quality="invalid"),
    ]
    return invented.session(rows, invented.infusion())


@pytest.mark.parametrize("writers", [1, 2])
def test_the_footer_names_every_head_whole(writers):
    heads = tuple(Head(f"writer{i}", 123456 + i, DIGESTS[i]) for i in range(writers))
    for figure in draw_page(replace(invented.quiet(), heads=heads)):
        said = " ".join(words(figure))
        assert all(f"{h.writer}: {h.count} records, {h.digest}" in said for h in heads)


def test_more_heads_than_the_footer_holds_stand_whole_on_the_page_it_names():
    heads = tuple(Head(f"writer{i}", 10 + i, digest) for i, digest in enumerate(DIGESTS))
    first, *_, last = pages = draw_page(replace(invented.quiet(), heads=heads))
    said = f"Made over the chains of 3 writers: count and digest of each on page {len(pages)}"
    assert said in words(first)
    assert all(any(head.digest in line for line in words(last)) for head in heads)


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_five_banners_are_whole(paper):
    said = " ".join(words(draw_page(replace(invented.stormy(), banners=BANNERS), paper)[0]))
    assert all(banner in said for banner in BANNERS)


def test_what_identifies_the_record_is_whole_however_long():
    names = ("Invented " * 20).strip(), "born 29 Feb 1944, " + "id 0000-INVENTED-0000 " * 5
    made = replace(invented.quiet(), identifiers=names, room="Sunny room " * 8, course="Course " * 12)
    said = " ".join(" ".join(words(draw_page(made)[0])).split())
    for part in (*names, made.room, made.course, made.id, made.protocol_id):
        assert " ".join(part.split()) in said


@pytest.mark.parametrize(
    "make",
    [
        invented.stormy,
        invented.eighty_effects,
        invented.long_name,
        invented_care.cared_for,
        invented_care.troubled,
        invented_care.not_treated,
        crowded,
    ],
    ids=lambda m: m.__name__,
)
def test_no_text_on_the_first_page_is_cut(make):
    assert not any("…" in line for line in words(draw_page(make())[0]))


def test_a_higher_reading_by_hand_stands_whole_and_bold_beside_the_answer():
    rows = [*invented.cycles(), *by_hand(31, 198, 118, 9)]
    texts = draw_page(invented.session(rows, invented.infusion()))[0].findobj(Text)
    said = [t for t in texts if t.get_text().replace("\u00a0", " ") == "by hand 198 at 31 min"]
    assert [t.get_fontweight() for t in said] == ["bold"]


def test_a_number_in_the_pressure_panel_hides_no_value():
    figure = draw_page(crowded())[0]
    renderer = FigureCanvasAgg(figure).get_renderer()
    carets = [
        collection.get_transform().transform_path(path).get_extents()
        for collection in figure.findobj(PolyCollection)
        if style.BLUE.lower() in [to_hex(face) for face in collection.get_facecolor()]
        for path in collection.get_paths()
    ]
    numbers = [t for t in figure.findobj(Text) if t.get_text().count("/") == 1 and t.get_ha() == "center"]
    assert numbers
    assert len(carets) > 20
    for text in numbers:
        box = text.get_window_extent(renderer)
        assert not any(box.overlaps(caret) for caret in carets), text.get_text()


def test_a_corrected_pressure_shows_the_old_number_and_the_new():
    first, second, *_ = draw_page(crowded())
    assert "185/95 → 158/95" in words(first)
    assert "185/95 replaced at 31 min, by hand (a1:8)" in words(second)


def test_a_correction_tells_author_time_values_and_reason():
    made = crowded()
    amend = invented.event(32, "amend", 9, summary="a1:8 corrected: nibp_sys = 158; typed 185 for 158")
    made = invented.session(made.readings.to_dict("records"), [*invented.infusion(), amend])
    said = " ".join(line for figure in draw_page(made)[1:] for line in words(figure))
    assert "amend at 32 min (09:32) by nurse.example: systolic 185 → 158" in said
    assert "typed 185 for 158" in said


def test_a_cuff_that_has_not_measured_yet_is_no_failed_cycle_and_is_not_drawn():
    unmeasured = invented.reading(-17, "nibp_sys", None, 1, reason="absent", quality="invalid")
    first, second, *_ = draw_page(invented.session([unmeasured, *invented.cycles()], invented.infusion()))
    assert "F" not in words(first)
    assert "gaps 0, cuff failed 0" in words(first)
    assert "no number at −17 min, monitor (a1:1)" in words(second)


@pytest.mark.parametrize(
    ("events", "said"),
    [
        (invented.infusion(), "minutes since the infusion started (09:00)"),
        ([invented.event(0, "dose.device", 1, drug="esketamine", mg=28.0)], "first nasal device (09:00)"),
        ([], "minutes since the opening of the session (no dose on record)"),
    ],
)
def test_the_axis_says_what_its_minutes_count_from(events, said):
    assert any(said in line for line in words(draw_page(invented.session([], events))[0]))


def test_each_row_of_the_table_names_its_source():
    rows = [*invented.cycles(), *by_hand(31, 158, 96, 9)]
    said = words(draw_page(invented.session(rows, invented.infusion()))[0])
    assert {"Systolic, monitor", "Systolic, by hand", "Diastolic, by hand", "Mean, monitor"} <= set(said)


def test_a_strip_draws_one_rate_a_device_and_a_later_page_names_the_others():
    rates = [
        invented.reading(minute, vital, 70 + minute, seq, source=source)
        for seq, (vital, source) in enumerate(
            [("ecg_hr", "monitor"), ("spo2_pr", "monitor"), ("spo2_pr", "masimo")]
        )
        for minute in range(1, 9)
    ]
    first, second, *_ = draw_page(invented.session(rates, invented.infusion()))
    assert {"ECG rate,", "SpO2 pulse,", "monitor", "masimo"} <= set(words(first))
    assert "SpO2 pulse, monitor: 8 readings, 71 to 78 /min" in words(second)


def test_labels_beside_the_panels_stand_apart():
    figure = draw_page(crowded())[0]
    renderer = FigureCanvasAgg(figure).get_renderer()
    beyond = 181 / 210 * figure.bbox.width
    boxes = [
        t.get_window_extent(renderer)
        for t in figure.findobj(Text)
        if t.get_text()[:2] in ("S ", "D ") or (", n\u00a0" in t.get_text() and t.get_text()[3] == "/")
    ]
    boxes = [box for box in boxes if box.x0 < beyond and box.x0 > 170 / 210 * figure.bbox.width]
    assert len(boxes) == 6
    for i, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[i + 1 :])


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        ("unplugged", "unplugged"),
        ("the recorder ended without a word: killed, or the power failed", "the recorder ended"),
        ("/dev/pts/3: the line ended (device reports readiness); check the cable", "the line ended"),
    ],
)
def test_the_reason_of_a_gap_is_written_even_beside_a_narrow_one(cause, said):
    gap = {"source": "monitor", "start": invented.at(20), "end": invented.at(21), "cause": cause}
    made = invented.session(invented.cycles(), invented.infusion(), [gap])
    first, *later = draw_page(made)
    assert said in words(first)
    assert cause in " ".join(line for figure in later for line in words(figure))


def test_a_marker_that_only_another_source_met_is_told():
    rows = [*invented.cycles(), *by_hand(31, 198, 118, 9)]
    later = draw_page(invented.session(rows, invented.infusion()))[1:]
    said = " ".join(line for figure in later for line in words(figure))
    assert "BP at or above 180/110: systolic monitor 0 of 11; systolic by hand 1 of 1" in said


def test_higher_readings_of_other_sources_in_every_box_are_whole_in_four_lines():
    rows = [*invented.cycles(), *by_hand(31, 168, 99, 9)]
    oxygen = [("monitor", 96), ("second_source", 89)]
    rows += [
        invented.reading(minute, "spo2", value, 70 + minute, source=source)
        for source, value in oxygen
        for minute in range(1, 9)
    ]
    (row, _) = rows_of(content_of(invented.session(rows, invented.infusion())))
    assert row.height <= ROW + PITCH
    said = [
        " ".join(line for line, _ in a.wrapped_in(w, row.size))
        for a, w in zip(row.answers, row.widths, strict=True)
    ]
    assert "second_source 89 at\u00a01\u00a0min" in said[2]


def test_the_last_pressure_is_one_cycle_of_the_source_that_the_figures_use():
    rows = [*invented.cuff(-5, 122, 76, 1), *invented.cuff(20, 150, 90, 2), *invented.cuff(40, 160, 95, 3)]
    rows[-2]["excluded"] = True
    rows += [invented.reading(50, "spo2", 97, 4), *by_hand(60, 130, 80, 5)]
    said = " ".join(words(draw_page(invented.session(rows, invented.infusion()))[0])).replace("\u00a0", " ")
    assert "last set: BP 160/– at 40, SpO2 97 at 50" in said


@pytest.mark.parametrize("before", [160, None])
def test_a_rise_is_judged_by_the_baseline_of_its_own_source(before):
    rows = [*invented.cuff(-5, 122, 76, 1), *invented.cuff(20, 130, 80, 2)]
    rows += invented.cuff(20, 165, 102, 4, source="other")
    rows += invented.cuff(-5, before, 100, 3, source="other") if before else []
    made = invented.session(rows, invented.infusion())
    (rise,) = [line for line in marker_lines(content_of(made)) if "rise" in line.lower()]
    assert "other" not in rise


def test_a_rise_without_a_baseline_says_so():
    made = invented.session(invented.cuff(20, 190, 110, 4), invented.infusion())
    (rise,) = [line for line in marker_lines(content_of(made)) if "rise" in line.lower()]
    assert "systolic monitor 0 of 1 (no baseline)" in rise


def test_a_session_without_a_dose_is_judged_from_its_opening():
    made = invented.session([*invented.cuff(2, 150, 95, 1), *invented.cuff(7, 172, 104, 2)], [])
    content = content_of(made)
    lines = marker_lines(content)
    assert any("systolic monitor 2 of 2" in line for line in lines)
    assert "BP at or above 160/100: no dose" in lines
    assert "from the opening" in content.summaries["nibp_sys"].peak.definition


def test_a_value_with_a_decimal_is_not_rounded_over_a_marker():
    rows = [*invented.cuff(-10, 122.4, 76, 1), *invented.cuff(20, 159.6, 99.7, 2)]
    rows.append(invented.reading(5, "spo2", 91.6, 50))
    said = words(draw_page(invented.session(rows, invented.infusion()))[0])
    assert {"91.6", "159.6", "159.6 (20)", "122.4 (n 1)", "+37.2, +30 %", "91.6 (5)"} <= set(said)
    assert "159.6/99.7" in said


@pytest.mark.parametrize(
    ("failed", "said"),
    [
        ({**invented.failed_cuff(30, 9), "excluded": True}, "no number at 30 min"),
        ({**invented.failed_cuff(30, 9), "superseded_by": "b2:9"}, "no number at 30 min"),
        (invented.failed_cuff(-8, 9), "failed at −8 min"),
        (invented.failed_cuff(119, 9), "failed at 119 min"),
    ],
)
def test_failed_is_one_count_everywhere(failed, said):
    rows = [*invented.cuff(-5, 122, 76, 1), *invented.cuff(20, 150, 90, 2), invented.failed_cuff(40, 8)]
    made = invented.session([*rows, failed], invented.infusion())
    first, *later = draw_page(made)
    assert "gaps 0, cuff failed 1" in words(first)
    assert content_of(made).summaries["nibp_sys"].n_failed.records == ("a1:8",)
    assert said in " ".join(line for figure in later for line in words(figure))


def test_a_diastolic_that_never_came_back_is_told_beside_the_systolic_that_did():
    rows = [(-5, 120, 75), (20, 160, 100), (40, 122, 100), (50, 121, 101), (60, 120, 100)]
    readings = [row for i, (m, high, low) in enumerate(rows) for row in invented.cuff(m, high, low, i)]
    said = words(draw_page(invented.session(readings, invented.infusion()))[0])
    assert not any("…" in line for line in said)
    assert {"systolic back ±10 %: 40 min", "diastolic back ±10 %: not in record"} <= set(said)


def test_a_pressure_taken_before_or_after_the_dose_is_drawn_and_counted_as_not_known():
    rows = [*invented.cuff(-5, 122, 76, 1), *invented.cuff(3, 180, 110, 2, measured_from=invented.at(-2))]
    first, *later = draw_page(invented.session(rows, invented.infusion()))
    said = words(first)
    assert "not known 1" in said
    assert "taken within" in said
    assert "180/110 taken between −2 and 3 min, before the dose or after it" in " ".join(words(later[0]))


def test_a_rate_far_beyond_the_others_is_written_at_the_edge_and_squeezes_nothing():
    rows = [invented.reading(m, "spo2_pr", 505 if m == 61 else 80, m) for m in range(1, 80)]
    said = words(draw_page(invented.session(rows, invented.infusion()))[0])
    assert "505" in said
    assert "200" in said
    assert "520" not in said


def test_a_resolution_of_what_was_never_open_is_listed():
    events = [
        invented.event(0, "effect.resolved", 7, term="nausea"),
        invented.event(5, "effect.report", 8, term="nausea", severity="severe"),
        *invented.infusion(),
    ]
    later = draw_page(invented.session([], events))[1:]
    said = " ".join(line for figure in later for line in words(figure))
    assert "Nausea: resolved at 0 min, but no report of it was open then (by nurse.example)" in said
    assert "Nausea: severe at 5 min; ongoing" in said


@pytest.mark.parametrize("kind", ["effect.report", "infusion.end", "note"])
def test_a_clinical_record_after_the_signature_shows_in_the_status(kind):
    after = invented.event(130, kind, 9, term="vomiting", severity="severe")
    made = invented.session([], [*invented.infusion(), invented.signed(120, 8, b2=8), after])
    assert status(content_of(made)) == "AMENDED AFTER SIGNATURE"


def test_a_minute_on_a_later_page_is_never_minus_zero():
    note = invented.event(-0.3, "note", 9, text="sat up")
    early = invented.event(-4, "note", 10, text="lay down")
    said = " ".join(words(draw_page(invented.session([], [*invented.infusion(), note, early]))[1]))
    assert "0 min (08:59)  sat up" in said
    assert "-0 min" not in said
    assert "−4 min (08:56)  lay down" in said


def test_a_probe_that_was_off_all_the_time_is_not_called_unrecorded():
    rows = [invented.reading(m, "spo2", None, m, reason="sensor_off", quality="invalid") for m in range(9)]
    said = words(draw_page(invented.session(rows, invented.infusion()))[0])
    assert "No valid oxygen saturation (sensor off)" in said
    assert "No oxygen saturation recorded" not in said


def test_a_clock_that_is_put_back_in_the_session_shows_its_offsets():
    opened = datetime(2026, 11, 1, 5, 20, tzinfo=UTC)
    made = replace(invented.session([], []), opened_at=opened, ended_at=opened + timedelta(hours=2))
    assert {"−04:00", "−05:00"} <= set(words(draw_page(made)[0]))
    assert "−05:00" not in words(draw_page(invented.quiet())[0])


def test_the_legend_names_invalid_values_and_hatched_blanks():
    rows = invented.cuff(10, 130, 80, 1, quality="invalid", reason="artifact")
    assert "invalid" in words(draw_page(invented.session(rows, invented.infusion()))[0])
    assert "no values" in words(draw_page(invented.probe_off())[0])
    assert "no values" not in words(draw_page(invented.quiet())[0])


def test_a_strip_says_what_its_diamonds_and_its_crosses_are():
    by_hand = [
        invented.reading(m, "spo2", 96, 90 + m, source="manual", entered_by="nurse.example") for m in (5, 15)
    ]
    assert words(draw_page(invented.session(by_hand, invented.infusion()))[0]).count("by hand") == 3
    off = {"quality": "invalid", "reason": "sensor_off"}
    rows = [invented.reading(m, "spo2", 60 if m == 4 else 97, m, **(off if m == 4 else {})) for m in range(9)]
    assert "left out" in words(draw_page(invented.session(rows, invented.infusion()))[0])
    assert "left out" not in words(draw_page(invented.quiet())[0])


def test_a_marker_that_asks_for_a_time_says_how_often_it_was_met_for_that_long():
    rows = [invented.reading(m / 60, "spo2", 88 if 100 <= m < 160 else 97, m) for m in range(300)]
    lines = marker_lines(content_of(invented.session(rows, invented.infusion())))
    assert (
        "SpO2 below 92 %: SpO2 monitor 60 of 300, 1 stretch of 30 s or longer, the longest 1.0 min" in lines
    )


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text)]
