"""The extension classes of a DRI record: read where a module is there, absent where it is not."""

from __future__ import annotations

import struct

import device_captures
import pytest

from devices import registry
from devices.adapters._dri_extensions import CLASSES, LEADS
from devices.adapters._dri_frames import frame_record
from devices.contract import Frame, Quality

ON, INVALID = 3, -32767
NOON = 1_772_452_800


def extension(number: int, absent: int = INVALID, **groups: tuple[int, ...]) -> bytes:
    """Return a sub-record of a class; groups that are not given have no module and hold *absent*."""
    part = bytearray(struct.pack("<I", NOON) + bytes(274))
    for group in CLASSES[number]:
        values = groups.get(group.name, (absent,) * len(group.values))
        status = ON if group.name in groups else 0
        struct.pack_into(f"<IH{len(values)}h", part, group.at, status, 0, *values)
    return bytes(part[:276]) + struct.pack("<H", number << 8)


def frame(*parts: bytes, kind: int = 1) -> Frame:
    """Return the frame of a displayed-values record with these sub-records."""
    body, places = b"".join(parts), b""
    for number in range(len(parts)):
        places += struct.pack("<hB", 278 * number, kind)
    places = (places + struct.pack("<hB", 0, 0xFF)).ljust(24, b"\0")
    head = struct.pack("<hBBHI4xh24s", 40 + len(body), 1, 8, 0, NOON, 0, places)
    (event,) = registry.adapter("datex_dri").decoder().feed(frame_record(head + body))
    assert isinstance(event, Frame), event
    return event


def values(*parts: bytes) -> dict[tuple[str, str], float | None]:
    return {(str(r.vital), r.variant): r.value for r in frame(*parts).readings}


def test_a_real_record_says_its_index_and_how_good_the_signal_was():
    raw = bytes.fromhex(device_captures.real("datex_s5/lnhealth_trend_record.hex").read_text().split()[0])
    (event,) = registry.adapter("datex_dri").decoder().feed(frame_record(raw))
    said = {r.vital.removeprefix("local:datex_dri:"): r.value for r in event.readings}
    assert (said["bis_sqi"], said["bis"], said["bis_sr"]) == (92.0, 0.0, 100.0)


def test_a_real_record_has_nothing_of_modules_that_are_not_there():
    raw = bytes.fromhex(device_captures.real("datex_s5/lnhealth_trend_record.hex").read_text().split()[0])
    (event,) = registry.adapter("datex_dri").decoder().feed(frame_record(raw))
    assert not {"p7", "p8", "spo2_2", "t5", "t6", "entropy", "spi"} & event.raw_flags.keys()
    assert not [r for r in event.readings if "entropy" in r.vital or r.variant in ("2", "P7", "P8")]


def test_a_second_oximeter_is_a_variant_of_its_own():
    assert values(extension(1, spo2_2=(9650, 71, 120, INVALID))) == {
        ("spo2", "2"): 96.5,
        ("spo2_pr", "2"): 71.0,
        ("local:datex_dri:ir_amplitude", "2"): 1.2,
    }


def test_pressures_and_temperatures_go_on_after_the_basic_ones():
    said = values(extension(1, p7=(12100, 7500, 9200, 80), t5=(3680,)))
    assert (said["ibp_sys", "P7"], said["temp", "T5"]) == (121.0, 36.8)


def test_each_of_twelve_leads_has_its_st():
    said = values(extension(1, ecg_12=tuple(range(-5, 7))))
    assert [variant for _, variant in said] == list(LEADS)
    assert said["local:datex_dri:lead_st", "I"] == -0.05


def test_entropy_index_and_spi_are_local_values():
    said = values(extension(2, bis=(41, 95, 30, 0), entropy=(44, 50, 0), spi=(33,)))
    assert {name.removeprefix("local:datex_dri:"): value for (name, _), value in said.items()} == {
        "bis": 41.0, "bis_sqi": 95.0, "bis_emg": 30.0, "bis_sr": 0.0,
        "entropy_eeg": 44.0, "entropy_emg": 50.0, "entropy_bsr": 0.0, "spi": 33.0,
    }  # fmt: skip


@pytest.mark.parametrize("number", CLASSES)
@pytest.mark.parametrize("absent", [INVALID, 0])
def test_modules_that_are_not_there_say_nothing(number, absent):
    assert frame(extension(number, absent)).readings == ()


def test_a_code_in_place_of_a_number_is_no_value_with_its_reason():
    (index, *_) = frame(extension(2, bis=(-32764, 95, 30, 0))).readings
    assert (index.value, index.reason, index.quality) == (None, "under_range", Quality.INVALID)


def test_the_arrhythmia_bits_are_kept_and_not_judged():
    read = frame(extension(1, arrhythmia=(72, 812, 3)))
    assert {r.vital.removeprefix("local:datex_dri:"): r.value for r in read.readings} == {
        "rr_time": 812.0,
        "pvc": 3.0,
    }
    assert read.raw_flags["arrhythmias"] == "00000000"
    assert "asystole" not in read.states


def test_a_class_that_is_not_read_is_named():
    assert frame(struct.pack("<I", NOON) + bytes(272) + struct.pack("<H", 3 << 8)).raw_flags["classes"] == "3"


def test_an_extension_of_a_trend_is_no_displayed_value():
    assert frame(extension(2, bis=(41, 95, 30, 0)), kind=3).readings == ()
