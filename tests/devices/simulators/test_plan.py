"""The settings of a simulate: address."""

import re

import pytest

from devices.errors import BadAddress
from devices.ports import check_address
from devices.simulators.faults import Fault
from devices.simulators.plan import Plan, devices, plan_of


def test_five_protocols_have_a_simulated_device():
    assert {"datex_dri", "ivy_ansarb", "masimo_ascii1", "nellcor_ascii", "nonin"} <= set(devices())


def test_the_name_alone_is_enough():
    assert plan_of("simulate:masimo_ascii1") == Plan("masimo_ascii1")


def test_every_setting_is_read():
    url = (
        "simulate:datex_dri?seed=3&speed=60&fault=unplug@900+20&fault=cuff_failed@650"
        "&cuff_every=300&held=188/112&infusion_at=120"
    )
    faults = (Fault("cuff_failed", 650.0, 0.0), Fault("unplug", 900.0, 20.0))
    assert plan_of(url) == Plan("datex_dri", 3, 60.0, faults, 300.0, (188, 112), 120.0)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("simulate:toaster", "there is no simulated toaster; there are "),
        ("simulate:masimo_ascii1?sped=2", "sped is no setting of simulate:; it knows seed, speed, fault"),
        ("simulate:masimo_ascii1?speed=0", "speed=0 is no number of at least 0.01"),
        ("simulate:masimo_ascii1?seed=x", "seed=x is no number"),
        ("simulate:masimo_ascii1?seed=1.5", "seed=1.5 is no whole number"),
        ("simulate:masimo_ascii1?cuff_every=5", "cuff_every=5 is no number of at least 30"),
        ("simulate:masimo_ascii1?speed", "KEY=VALUE"),
        ("simulate:datex_dri?held=112", "SYSTOLIC/DIASTOLIC"),
        ("simulate:datex_dri?held=112/188", "SYSTOLIC/DIASTOLIC"),
        ("simulate:datex_dri?fault=unplug", "NAME@SECONDS"),
        ("simulate:masimo_ascii1?fault=cuff_failed@5", "masimo_ascii1 can't show cuff_failed; it can show"),
    ],
)
def test_a_wrong_setting_is_named(url, why):
    with pytest.raises(BadAddress, match=re.escape(why)):
        check_address(url)
