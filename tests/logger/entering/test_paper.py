"""The paper sheet: each line an entry with its own time, all of them or none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from logger.clock import microseconds
from logger.entering.fields import payload_of
from logger.entering.paper import read_sheet
from logger.errors import BadEntry, CantWrite

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ROW = {"id": "S", "zone": "UTC", "state": "closed", "opened_at": microseconds(NOW - timedelta(hours=3))}

SHEET = """at,kind,fields
10:05,vital,nibp_sys=142; nibp_dia=88
10:10,effect.report,term=nausea; severity=mild
10:12,downtime,start=10:00; end=10:30; reason=power cut
"""


def entries(tmp_path: Path, text: str) -> list[tuple[str, dict[str, object]]]:
    file = tmp_path / "sheet.csv"
    file.write_text(text, encoding="utf-8")
    return read_sheet(file, ROW, "n.example", NOW, 12, payload_of)


def test_each_line_is_an_entry_with_its_time_and_says_that_it_comes_from_paper(tmp_path):
    vital, effect, downtime = entries(tmp_path, SHEET)
    assert vital[0] == "reading"
    assert vital[1]["readings"] == [
        {"vital": "nibp_sys", "value": 142.0},
        {"vital": "nibp_dia", "value": 88.0},
    ]
    assert (effect[0], effect[1]["happened_at"]) == ("effect.report", "2026-11-20T10:10:00+00:00")
    assert (downtime[1]["start"], downtime[1]["end"]) == (
        "2026-11-20T10:00:00+00:00",
        "2026-11-20T10:30:00+00:00",
    )
    assert {said["entered_from"] for _, said in (vital, effect, downtime)} == {"paper"}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("10:05,vital,nibp_sys=high", "line 2: nibp_sys=high"),
        ("25:99,note,text=x", "line 2: 25:99 is no time"),
        ("10:05,unheard.of,text=x", "line 2: unheard.of stands on no paper sheet"),
        ("10:05,session.end,", "line 2: session.end stands on no paper sheet"),
        ("10:05", "line 2: an empty kind stands on no paper sheet; known are vital"),
        (",note,text=x", "line 2: its time is missing"),
        ("10:05,vital,nibp_sys=142,nibp_dia=88", "line 2: there are more cells than columns"),
        ("10:05,note,text=x\n\n10:10,vital,nibp_sys=999", "line 4: nibp_sys=999 is outside"),
        ("10:05,vital,mood=5", "line 2: mood is no vital sign"),
        ("2016-01-01T00:00,note,text=x", "line 2: 2016-01-01 lies over 7 days"),
        ("10:05,downtime,start=10:30; end=10:00; reason=x", "line 2: downtime: it ends before it starts"),
        ("10:05,assessment.score,instrument=mood; answers.1=1", "line 2: no instrument is called 'mood'"),
        ("10:05,effect.report,term=nausea", "line 2: effect.report: severity"),
        ("10:05,effect.report,severe", "line 2: effect.report: severe: write FIELD=VALUE"),
    ],
)
def test_one_wrong_line_and_nothing_is_entered(tmp_path, line, why):
    with pytest.raises(BadEntry, match=f"{why}.*nothing was entered"):
        entries(tmp_path, f"at,kind,fields\n{line}\n")


def test_lines_of_empty_cells_say_nothing(tmp_path):
    assert len(entries(tmp_path, "at,kind,fields\n,,\n10:05,note,text=x\n,,\n")) == 1


@pytest.mark.parametrize("text", ["", "at,kind\n10:05,note\n", "at,kind,fields\n"])
def test_a_sheet_without_its_columns_or_lines_is_refused(tmp_path, text):
    with pytest.raises(BadEntry, match="the first line names the columns"):
        entries(tmp_path, text)


def test_a_sheet_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CantWrite, match="can't be read"):
        read_sheet(tmp_path / "none.csv", ROW, "n.example", NOW, 12, payload_of)
