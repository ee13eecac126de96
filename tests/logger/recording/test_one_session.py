"""What `record` makes of the devices it is given."""

from __future__ import annotations

import pytest

from devices.errors import BadAddress, UnknownAdapter, UsageError
from logger.recording.one_session import Wanted, speed_of, wanted_devices


def test_a_device_is_named_by_its_adapter():
    assert wanted_devices(["nonin=/dev/ttyUSB0"]) == [Wanted("nonin", "nonin", "/dev/ttyUSB0")]


def test_two_devices_of_one_kind_have_two_names():
    names = [
        one.source for one in wanted_devices(["nonin=/dev/ttyUSB0", "nonin=/dev/ttyUSB1", "datex_dri=COM3"])
    ]
    assert names == ["nonin", "nonin-2", "datex_dri"]


def test_a_device_that_is_only_listened_to_says_so_in_its_record():
    asked, heard = wanted_devices(["nonin=/dev/ttyUSB0"], ["nonin=/dev/ttyUSB1"])
    assert heard == Wanted("nonin-2", "nonin", "/dev/ttyUSB1", receive_only=True)
    assert heard.payload()["receive_only"]
    assert "receive_only" not in asked.payload()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("nonin", UsageError),
        ("nonin=", UsageError),
        ("no_such=/dev/ttyUSB0", UnknownAdapter),
        ("nonin=ftp://somewhere", BadAddress),
    ],
)
def test_a_device_that_makes_no_sense_is_refused_before_a_port_is_touched(text, error):
    with pytest.raises(error):
        wanted_devices([text])


def test_the_clock_runs_fast_only_where_every_device_is_simulated():
    simulated = wanted_devices(
        ["nonin=simulate:nonin?speed=20", "masimo_ascii1=simulate:masimo_ascii1?speed=20"]
    )
    assert speed_of(simulated) == 20.0
    assert speed_of([]) == 1.0
    assert speed_of(wanted_devices(["nonin=/dev/ttyUSB0"])) == 1.0


def test_devices_of_two_speeds_are_refused():
    with pytest.raises(UsageError, match="share one clock"):
        speed_of(wanted_devices(["nonin=simulate:nonin?speed=20", "nonin=/dev/ttyUSB0"]))
