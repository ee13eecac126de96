"""Which device it is, by what its protocol says of it: another patient's device says something else."""

import pytest

from devices.contract import Frame
from devices.registry import adapter
from devices.simulators.plan import Plan
from devices.simulators.rehearsal import rehearse

NAMED = ("alaris_asena", "bbraun_bcc", "capnostream", "datex_dri", "hl7_oru", "intellivue", "masimo_ascii1")


def said(name, seed):
    decoder = adapter(name).decoder()
    events = [event for one in rehearse(Plan(name, seed), 60.0) for event in decoder.feed(one.raw)]
    return {event.device_id for event in events if isinstance(event, Frame)} - {""}


@pytest.mark.parametrize("name", NAMED)
def test_a_device_says_one_thing_and_another_device_another(name):
    one, other = said(name, 4), said(name, 6)
    assert (len(one), len(other)) == (1, 1)
    assert one != other


@pytest.mark.parametrize("name", ["nonin", "nellcor_ascii", "dinamap"])
def test_a_protocol_without_an_identity_says_none(name):
    assert said(name, 4) == set()


def test_dashes_are_no_serial_number():
    (line, *_) = rehearse(Plan("masimo_ascii1", 4), 1.0)
    (frame,) = adapter("masimo_ascii1").decoder().feed(line.raw.replace(b"SN=0000091706", b"SN=----------"))
    assert frame.device_id == ""
