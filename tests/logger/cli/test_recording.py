"""The commands that run, and those that read devices without a session."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import answer, at_work, refusal, run

CAPTURES = Path(__file__).parent.parent.parent / "captures"


def test_every_adapter_is_listed(command):
    listed = {row["adapter"]: row for row in command("devices", "--json").json}
    assert {"masimo_ascii1", "nellcor_ascii", "nonin", "ivy_ansarb", "datex_dri"} <= set(listed)
    assert {"adapter", "models", "link", "vitals", "evidence", "experimental"} <= set(listed["datex_dri"])
    assert listed["datex_dri"]["link"] == "19200 8E1 rtscts"
    assert "masimo_ascii1" in command("devices").out
    assert "no monitor announced itself in 0.1 s" in command("devices", "--listen", "0.1").out


@pytest.mark.parametrize("chunk", ["1", "7", "4096"])
@pytest.mark.parametrize("name", ["masimo_ascii1", "nellcor_ascii", "nonin", "ivy_ansarb", "datex_dri"])
def test_a_capture_is_decoded_alike_in_any_chunking_and_every_byte_is_in_one_event(command, name, chunk):
    capture = CAPTURES / f"{name}.bin"
    answer = command("decode", name, str(capture), "--json", "--chunk", chunk)
    events = [json.loads(line) for line in answer.out.splitlines()]
    tiles = [event for event in events if event["event"] != "send"]
    assert answer.status == 0
    assert answer.out == command("decode", name, str(capture), "--json").out
    assert [tile["offset"] for tile in tiles] == [
        0,
        *(tile["offset"] + tile["length"] for tile in tiles[:-1]),
    ]
    assert tiles[-1]["offset"] + tiles[-1]["length"] == capture.stat().st_size


def test_a_capture_is_decoded_for_people_too(command):
    assert "spo2 " in command("decode", "masimo_ascii1", str(CAPTURES / "masimo_ascii1.bin")).out


def test_a_capture_comes_from_standard_input_as_well(tmp_path):
    done = run(
        tmp_path / "x.db",
        "decode",
        "masimo_ascii1",
        "--json",
        feed=(CAPTURES / "masimo_ascii1.bin").read_bytes(),
    )
    assert done.returncode == 0
    assert done.stdout.startswith(b'{"event":')


@pytest.mark.parametrize("raw", [b"", bytes(range(256)) * 20], ids=["empty", "random"])
def test_a_capture_without_a_frame_is_answered_with_no(command, tmp_path, raw):
    capture = tmp_path / "capture.bin"
    capture.write_bytes(raw)
    answer = command("decode", "datex_dri", str(capture), "--json")
    assert (answer.status, "no frame of datex_dri" in answer.complaint) == (1, True)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("decode", "masimo", "x.bin"), 2, "masimo_ascii1"),
        (("decode", "masimo_ascii1", "/no/such/capture"), 3, "/no/such/capture"),
        (("record", "--room", "1", "--patient", "P", "--device", "nothing=/dev/ttyS0"), 2, "nothing"),
        (("record", "--room", "1", "--patient", "P", "--device", "masimo_ascii1=foo://x"), 2, "foo"),
        (("record", "--room", "1", "--patient", "P", "--device", "masimo_ascii1"), 2, "ADAPTER=URL"),
        (("record", "--room", "1", "--patient", "P", "--protocol", "none_such"), 2, "iv_ketamine_40min"),
        (("record", "--room", "1", "--patient", "P", "--database", "mysql://x"), 2, "sqlite:///"),
        (("record", "--room", "1", "--patient", "P", "--database", "sqlite:////proc/x.db"), 3, "/proc/x.db"),
        (
            (
                "record",
                "--room",
                "1",
                "--patient",
                "P",
                "--device",
                "masimo_ascii1=simulate:masimo_ascii1?speed=9",
                "--device",
                "nonin=/dev/ttyS0",
            ),
            2,
            "share one clock",
        ),
        (
            ("record", "--room", "1", "--patient", "P", "--device", "nonin=/dev/no-such-port"),
            3,
            "no such port",
        ),
        (("simulate", "nothing"), 2, "nothing"),
        (("simulate", "masimo_ascii1", "--fault", "earthquake@3"), 2, "earthquake"),
    ],
)
def test_what_can_not_run_is_refused_with_a_sentence(command, words, status, said):
    answer = command(*words)
    assert (answer.status, said in answer.complaint) == (status, True), answer.complaint
    assert len(answer.complaint.splitlines()) == 1


def test_recording_for_a_time_closes_the_session(command):
    device = "masimo_ascii1=simulate:masimo_ascii1?speed=100"
    answer = command("record", "--room", "1", "--patient", "INVENTED-1", "--device", device, "--for", "30")
    [listed] = command("sessions", "--json").json
    assert answer.status == 0
    assert answer.out.splitlines()[0] == listed["session"]
    assert (listed["state"], listed["demo"]) == ("closed", True)


def test_a_signal_leaves_the_session_open_and_the_same_command_resumes_it(tmp_path):
    database, words = tmp_path / "x.db", ["record", "--room", "1", "--patient", "INVENTED-1"]
    with at_work(database, *words) as (_, first):
        pass
    with at_work(database, *words) as (_, second):
        assert first == second
        status, said = refusal(database, "record", "--room", "2", "--patient", "INVENTED-2")
        assert (status, "in use by process" in said) == (3, True)
    status, said = refusal(database, "record", "--room", "1", "--patient", "SOMEBODY-ELSE")
    assert (status, "another patient" in said) == (3, True)


def test_a_simulated_device_says_where_it_is_reached(tmp_path):
    with at_work(tmp_path / "x.db", "simulate", "masimo_ascii1", "--url", "tcp://127.0.0.1:0") as (_, url):
        assert url.startswith("socket://127.0.0.1:")


def test_a_traceback_is_shown_only_when_asked_for(tmp_path):
    done = run(tmp_path / "x.db", "--debug", "decode", "masimo", "x.bin")
    assert b"Traceback" in done.stderr


# A recorder service.


def test_record_at_a_service_opens_the_session_there_and_closes_it_after_its_time(tmp_path):
    database, words = tmp_path / "x.db", ["record", "--room", "1", "--patient", "INVENTED-1"]
    with at_work(database, "recorder") as (_, first):
        assert first == f"recording into {database}; sessions open: 0"
        done = run(database, *words, "--device", "masimo_ascii1=simulate:masimo_ascii1", "--for", "2")
        [listed] = answer(database, "sessions")
        assert done.stdout.decode().splitlines() == [listed["session"]]
        assert "masimo_ascii1 heard" in done.stderr.decode()
        assert (listed["state"], listed["demo"]) == ("closed", True)


def test_a_signal_leaves_the_session_to_the_service_which_keeps_it_open_for_its_next_start(tmp_path):
    database, words = tmp_path / "x.db", ["record", "--room", "1", "--patient", "INVENTED-1"]
    with at_work(database, "recorder"):
        with at_work(database, *words) as (_, first):
            pass
        with at_work(database, *words) as (_, second):
            assert first == second
        status, said = refusal(database, "record", "--room", "1", "--patient", "SOMEBODY-ELSE")
        assert (status, "another patient" in said) == (3, True)
        status, said = refusal(
            database, "record", "--room", "2", "--patient", "P", "--device", "nonin=/dev/no"
        )
        assert (status, "no such port" in said) == (3, True)
        assert [row["session"] for row in answer(database, "sessions")] == [first]
    with at_work(database, "recorder") as (_, again):
        assert again.endswith("sessions open: 1")
        status, said = refusal(database, "recorder")
        assert (status, "in use by process" in said) == (3, True)
