"""A protocol file that breaks its form or contradicts itself is refused with its line and the reason."""

import re
import tomllib

import invented_sessions as invented
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.protocol import read_protocol
from analysis.protocol.checks import ProtocolRefused, problems, refuse
from analysis.protocol.words import numbers

DRAFT = invented.DRAFT.read_text(encoding="utf-8")
EVERY_TEN = "    offset_min = 10\n    interval_min = 10\n    tol_before_min = 2\n    tol_after_min = 3\n"
PARAMETERS = '    params = ["nibp"]\n    mode = "every"\n'


def test_the_shipped_draft_has_no_problem():
    assert problems(DRAFT) == ()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("schema = 1\n", "schema = 2\n", "schema 2 is not known"),
        ("schema = 1\n", "schema = 1\nschema = 1\n", "TOML 1.0"),
        ("schema = 1\n", "", "the file has no schema; give it"),
        ('locale           = "en"', 'language = "en"', "meta.language is no field of a protocol file"),
        (
            "interval_min = 10",
            'interval_min = "10"',
            "schedule.interval_min = '10' is refused: it should be a",
        ),
        (
            "interval_min = 10",
            "interval_min = 0",
            "schedule.interval_min = 0 is refused: it should be greater",
        ),
        ("at_min = [20, 40]", "at_min = [-20, 40]", "schedule.at_min = -20 is refused"),
        ("at_min = [20, 40]", "at_min = [40, 20]", "at_min does not rise"),
        ('mode = "final"', 'mode = "last"', "schedule.mode = 'last' is refused"),
        (PARAMETERS, '    mode = "every"\n', "schedule.params is missing"),
        (PARAMETERS, PARAMETERS.replace("nibp", "nipb"), r"nipb is no \[\[parameter\]\]"),
        (EVERY_TEN, EVERY_TEN.replace("before_min = 2", "before_min = 11"), "tol_before_min 11 is more than"),
        (
            EVERY_TEN,
            EVERY_TEN.replace("interval_min = 10", "interval_min = 14"),
            "max_gap_min 13 is less than",
        ),
        (EVERY_TEN, EVERY_TEN.replace("offset_min = 10", "offset_min = 14"), "offset_min 14 is more than"),
        (EVERY_TEN, EVERY_TEN.replace("    interval_min = 10\n", ""), "mode every needs interval_min"),
        (EVERY_TEN, EVERY_TEN + "    at_min = [10]\n", "mode every has no use for at_min"),
        ('mode = "continuous"', 'mode = "every"', "mode every needs interval_min"),
        (
            'params = ["hr", "spo2"]',
            'params = ["hr", "nibp"]',
            "nibp is intermittent and can't be continuous",
        ),
        ("    count = 1  ", "    count = 3  ", "preferred_count 2 is less than count 3"),
        ("preferred_count = 2", "preferred_count = 0", "schedule.preferred_count = 0 is refused"),
        ('extends = "iv_ketamine_40min"', 'extends = "iv_40"', "extends iv_40, which is not in this file"),
        ('extends = "iv_ketamine_40min"', 'extends = "iv_ketamine_q5"', "a profile can't extend itself"),
        (
            '"infusion.nibp.offset_min" = 5',
            '"infusion.rr.tol" = 5',
            "overrides infusion.rr.tol, and iv_ketamine_40min",
        ),
        (
            '"infusion.nibp.offset_min" = 5',
            '"pre.nibp.count" = 2',
            "overrides pre.nibp.count, and iv_ketamine_40min",
        ),
        ('"infusion.nibp.max_gap_min" = 7', '"infusion.nibp.max_gap_min" = 4', "max_gap_min 4 is less than"),
        ('status = "M"\n\n[[profile]]', "\n[[profile]]", "overrides numbers and gives no status"),
        ('starts = "first_device"', 'starts = "injection"', "the profile's anchor_event is first_device"),
        ('  ends = "injection"', '  ends = "session_open"', "does not come after session_open"),
        ('  starts = "swallowed"', '  starts = "infusion_end"', "has no infusion"),
        ("device_rest_min = 5", "min_post_end_min = 5", "has min_post_end_min but no infusion"),
        ("_unescorted_min = 120", "_unescorted_min = 30", "the first can't be shorter"),
        ('must_outlast = ["sedation"', 'must_outlast = ["sleep"', r"sleep is no \[\[effect\]\]"),
        ('id = "im_ketamine"', 'id = "iv_ketamine_q5"', "a second profile has the id iv_ketamine_q5"),
        ('id = "hr"\n', 'id = "nibp"\n', "a second parameter has the id nibp"),
        ('id = "bp_ge_160_100"', 'id = "hr_gt_110"', "a second review marker has the id hr_gt_110"),
        ('param = "hr", gt = 110', 'param = "hr", gt = 110, lt = 50', "gt 110 and lt 50 exclude each other"),
        ('param = "hr", gt = 110', 'param = "hr"', "compares hr with nothing"),
        ('param = "hr", lt = 50', 'param = "pulse", lt = 50', "speaks of pulse, which is no"),
        ('param = "spo2", lt = 88', 'param = "spo2", lt = 8', "lies outside what spo2 can be"),
        ('baseline = "session_baseline"\n', "", "has a rise but no baseline to rise from"),
        ('phase = "pre"\nany', 'phase = "before"\nany', "names the phase before, which no profile has"),
        ('show = { param = "nibp_sys"', 'show = { param = "sys"', "bp_back speaks of sys"),
        ('["aldrete", "padss"]', '["aldrette"]', "aldrette is no instrument"),
        ('approved_by      = ""', 'approved_by = "A. Example"', "approved_by stands without approved_at"),
        ('approved_at      = ""', 'approved_at = "2026-11-22T10:00:00+01:00"', "stands without approved_by"),
        ('marker = "spo2_lt_92"', 'marker = "spo2_lt_90"', "which is not in this file"),
        ("clock_offset_fail_s = 120", "clock_offset_fail_s = 12", "is more than the limit to fail"),
        ("return_band_pct = 10", "return_within_pct = 10", "metrics.return_within_pct is no field"),
        (
            'te_htn_marker = "bp_ge_165_100"',
            'te_htn_marker = "hr_gt_110"',
            "metrics.te_htn_marker names hr_gt_110, which is no marker of this file with a ge for nibp_sys",
        ),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_line(old, new, says):
    assert old in DRAFT
    text = DRAFT.replace(old, new, 1)
    found = problems(text)
    assert any(re.search(says, one.says) for one in found), [str(one) for one in found]
    assert all(0 < one.line <= len(text.splitlines()) for one in found)


def test_the_line_is_that_of_the_field():
    line = next(n for n, row in enumerate(DRAFT.splitlines(), 1) if row == "    tol_after_min = 3")
    wrong = DRAFT.replace("    tol_after_min = 3\n", "    tol_after_min = 30\n", 1)
    assert [str(one) for one in problems(wrong)] == [
        f"line {line}: iv_ketamine_40min, infusion, every nibp: "
        "tol_after_min 30 is more than interval_min 10; lower it"
    ]


@pytest.mark.parametrize("at", ["2026-11-22T10:00:00", "22 November 2026"])
def test_an_approval_needs_a_time_with_its_offset(at):
    text = DRAFT.replace('approved_by      = ""', 'approved_by = "A. Example"')
    text = text.replace('approved_at      = ""', f'approved_at = "{at}"')
    assert "is no time with an offset" in problems(text)[0].says


def test_a_number_needs_its_source_where_the_form_has_one():
    text = DRAFT.replace('source = "CTCAE v5 Hypoxia grade 3 example (C)"\n', "")
    assert [one.says for one in problems(text)] == ["spo2_lt_88 has no source; give it"]


def test_a_refusal_names_the_file_the_first_problem_and_how_many_more():
    text = DRAFT.replace("schema = 1", "schema = 2").replace('id = "hr"\n', 'id = "nibp"\n')
    with pytest.raises(
        ProtocolRefused, match=r"^protocol file clinic\.toml, line \d+: .* \(\d+ more: "
    ) as refused:
        refuse(text, "clinic.toml")
    assert "\n" not in str(refused.value)


def test_what_was_pinned_in_an_earlier_form_is_read_without_what_is_not_known():
    earlier = tomllib.loads(DRAFT)
    earlier["qa"]["R99"] = {"within_h": 1}
    earlier["profile"][0]["phase"][0]["schedule"][0]["mode"] = "once"
    protocol = read_protocol(earlier, "iv_ketamine_40min")
    assert protocol.left_out == (
        "profile.0.phase.0.schedule.0.mode",
        "profile.0.phase.0.schedule.0",
        "qa.R99",
    )
    assert protocol.longest_hold_min("nibp", "infusion") == 13


@settings(max_examples=40)
@given(
    st.integers(0, len(DRAFT.splitlines()) - 1),
    st.sampled_from(["", "x = 1", "id = 3", 'mode = "at"', "= ="]),
)
def test_whatever_a_line_becomes_the_file_is_good_or_told_line_by_line(number, becomes):
    rows = DRAFT.splitlines()
    rows[number] = becomes
    for problem in problems("\n".join(rows)):
        assert 0 < problem.line <= len(rows)
        assert "\n" not in problem.says


def test_every_number_of_the_draft_says_where_it_comes_from():
    unsaid = [one.place for profile in profiles() for one in numbers(DRAFT, profile) if not one.status]
    assert unsaid == []


def profiles():
    return [profile["id"] for profile in tomllib.loads(DRAFT)["profile"]]
