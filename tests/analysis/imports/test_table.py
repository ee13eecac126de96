from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from analysis.imports.measured import BadFile
from analysis.imports.table import read_table

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HEADER = "measured_at,vital,value,unit"
ROW = "2019-05-07T10:00:00+02:00,spo2,97,%"


@pytest.fixture
def table(tmp_path):
    """Read a table of these lines, after the header."""

    def read(*lines, header=HEADER, zone=None, encoding="utf-8"):
        path = tmp_path / "old.csv"
        path.write_bytes("\n".join([header, *lines, ""]).encode(encoding))
        return read_table(path, NOW, zone)

    return read


def test_a_row_is_a_value_with_its_own_time(table):
    (one,) = table(ROW).values
    assert (one.at, one.source, one.vital, one.value) == (
        datetime(2019, 5, 7, 8, tzinfo=UTC), "import", "spo2", 97.0,
    )  # fmt: skip


def test_what_pandas_writes_is_read(tmp_path):
    times = pd.date_range("2019-05-07T10:00", periods=3, freq="1s", tz="Europe/Vienna")
    made = pd.DataFrame({"measured_at": times, "vital": "temp", "value": [36.8, None, 36.9], "unit": "Cel"})
    made.assign(reason=["", "sensor_off", ""], excluded=[False, False, True]).to_csv(
        tmp_path / "old.csv", index=False
    )
    values = read_table(tmp_path / "old.csv", NOW).values
    assert [(one.value, one.quality, one.reason) for one in values] == [
        (36.8, "good", ""), (None, "good", "sensor_off"), (36.9, "invalid", "excluded"),
    ]  # fmt: skip
    assert [one.at for one in values] == list(times)


def test_a_replaced_value_is_kept_beside_the_one_in_its_place(table):
    head = f"{HEADER},superseded_by"
    found = table(f"{ROW},a1:7", "2019-05-07T10:00:00+02:00,spo2,79,%,", header=head)
    assert sorted((one.value, one.reason) for one in found.values) == [(79.0, ""), (97.0, "replaced")]


def test_the_time_of_measurement_goes_before_that_of_arrival(table):
    found = table(
        f"{ROW},2019-05-07T10:05:00+02:00", ",spo2,96,%,2019-05-07T10:06:00+02:00", header=f"{HEADER},at"
    )
    assert [one.at.minute for one in found.values] == [0, 6]


def test_other_columns_are_named(table):
    assert table(f"{ROW},x,y", header=f"{HEADER},ward,bed").not_imported == ("the columns ward, bed",)


def test_other_programs_write_units_otherwise(table):
    (one,) = table("2019-05-07T10:00:00Z,nibp_sys,142,mmHg").values
    assert one.unit == "mm[Hg]"


def test_sources_are_kept_apart(table):
    found = table(f"{ROW},monitor", f"{ROW},oximeter", f"{ROW},import.third", header=f"{HEADER},source")
    assert [one.source for one in found.values] == ["import.monitor", "import.oximeter", "import.third"]


def test_a_time_without_offset_is_read_in_the_zone_that_was_given(table):
    (one,) = table("2019-05-07 10:00:00,spo2,97,%", zone=ZoneInfo("Europe/Vienna")).values
    assert one.at == datetime(2019, 5, 7, 8, tzinfo=UTC)


def test_what_a_person_typed_may_run_back(table):
    head = f"{HEADER},source"
    later, sooner = "2019-05-07T10:20:00Z,nibp_sys,142,mmHg", "2019-05-07T10:10:00Z,nibp_sys,140,mmHg"
    assert len(table(f"{later},manual", f"{sooner},manual", header=head).values) == 2


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ((), "holds no value"),
        (("2019-05-07T10:00:00,spo2,97,%",), "line 2: 2019-05-07T10:00:00 has no offset; give --zone"),
        (("07.05.2019 10:00,spo2,97,%",), "line 2: 07.05.2019 10:00 is no time"),
        ((",spo2,97,%",), "line 2: an empty cell is no time"),
        (("2019-05-07T10:00:00Z,spo2,98%,%",), "line 2: the value '98%' is no number"),
        (('2019-05-07T10:00:00Z,temp,"36,8",Cel',), "line 2: the value '36,8' is no number; write 36.8"),
        (("2019-05-07T10:00:00Z,spo2,nan,%",), "the value 'nan' is no number; leave it empty"),
        (("2019-05-07T10:00:00Z,spo2,9_7,%",), "line 2: the value '9_7' is no number"),
        (("2019-05-07T10:00:00Z,spo2,９７,%",), "line 2: the value '９７' is no number"),
        (("2019-05-07T10:00:00Z,spo2,-Infinity,%",), "the value '-Infinity' is no number; leave it empty"),
        (("1970-01-01T10:00:00Z,spo2,97,%",), "line 2: 1970-01-01T10:00:00.* is no time of a session"),
        (("0001-01-01T00:00:00+02:00,spo2,97,%",), "line 2: 0001-01-01T.* is no time of a session"),
        (("9999-12-31T23:00:00-02:00,spo2,97,%",), "line 2: 9999-12-31T.* is no time of a session"),
        (("2019-05-07T10:00:00Z,local:,97,%",), "'local:' is no vital"),
        (("2019-05-07T10:00:00Z,spo2,,%",), "neither a value nor a reason"),
        (("2019-05-07T10:00:00Z,spo,97,%",), "'spo' is no vital; did you mean spo2"),
        (("2019-05-07T10:00:00Z,etco2,5.1,kPa",), r"etco2 is in mm\[Hg\] here, and the file says kPa"),
        (("2019-05-07T10:00:00Z,spo2,97,",), "the file says nothing"),
        ((ROW, ROW), r"line 3: spo2 of 2019-05-07T08:00:00\+00:00 stands there again \(line 2\)"),
        (("2019-05-07T10:01:00Z,spo2,97,%", "2019-05-07T10:00:00Z,spo2,97,%"), "line 3: spo2 runs back"),
        (("2026-11-24T10:00:00Z,spo2,97,%",), r"line 2: 2026-11-24T10:00:00\+00:00 has not come yet"),
        ((ROW, "2019-06-07T10:00:00Z,spo2,97,%"), "lie 31 days apart, which is more than one session"),
        ((f"{ROW},more",), "line 2: has more cells than there are columns"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_its_line(table, lines, sentence):
    with pytest.raises(BadFile, match=rf"old\.csv.*{sentence}"):
        table(*lines)


@pytest.mark.parametrize("text", ["NaN", "0", "x", "a1:", ":7", "a1:７"])
def test_only_the_name_of_a_record_takes_a_value_out_of_force(table, text):
    with pytest.raises(BadFile, match=r"line 2: superseded_by is empty or names a record, as a1:7"):
        table(f"{ROW},{text}", header=f"{HEADER},superseded_by")


def test_a_reason_is_no_whole_text(table):
    with pytest.raises(BadFile, match=r"line 2: the reason has 501 characters, and 500 are the most"):
        table(f"2019-05-07T10:00:00Z,spo2,,%,{'x' * 501}", header=f"{HEADER},reason")


def test_an_implausible_number_is_kept_and_is_questionable(table):
    rows = [f"2019-05-07T10:0{n}:00Z,spo2,{value},%,good" for n, value in enumerate((97, 300, -5))]
    found = table(*rows, "2019-05-07T10:04:00Z,spo2,400,%,invalid", header=f"{HEADER},quality")
    assert [(one.value, one.quality) for one in found.values] == [
        (97, "good"), (300, "questionable"), (-5, "questionable"), (400, "invalid"),
    ]  # fmt: skip
    (sentence,) = found.strange
    assert "2 of spo2 outside" in sentence
    assert sentence.endswith("the first is 300 (line 3)")


@pytest.mark.parametrize("beside", ["ledger.csv", "events.csv"])
@pytest.mark.parametrize(
    ("payload", "demo"),
    [
        ('{"demo":true}', True),
        ('{"url":"simulate:monitor"}', True),
        ('{"states":["x","demo"]}', True),
        ('{"states":["x"],"text":"demo"}', False),
        ('{"text":"\\"demo\\":true"}', False),
    ],
)
def test_the_tables_beside_it_say_that_it_is_a_demo(table, tmp_path, beside, payload, demo):
    pd.DataFrame({"payload": [payload]}).to_csv(tmp_path / beside, index=False)
    assert table(ROW).demo is demo


def test_a_source_may_say_that_it_is_simulated(table):
    assert table(f"{ROW},simulated", header=f"{HEADER},source").demo
    assert not table(f"{ROW},monitor", header=f"{HEADER},source").demo


@pytest.mark.parametrize("night", ["2025-10-26T02:30:00", "2026-03-29T02:30:00"])
def test_an_hour_that_a_clock_change_makes_doubtful_needs_its_offset(table, night):
    with pytest.raises(BadFile, match="stands on no clock or twice in Europe/Vienna that night"):
        table(f"{night},spo2,97,%", zone=ZoneInfo("Europe/Vienna"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "is empty"),
        (b"time,hr\n1,2\n", "lacks the columns measured_at or at, vital, value, unit"),
        (b"at;vital;value;unit\n", "parted by semicolons, part them by commas"),
        (b"\x1f\x8b\x08\x00\xff\xfe", "is no table of text"),
    ],
)
def test_what_is_no_such_table_is_refused(tmp_path, text, sentence):
    (tmp_path / "old.csv").write_bytes(text)
    with pytest.raises(BadFile, match=sentence):
        read_table(tmp_path / "old.csv", NOW)
