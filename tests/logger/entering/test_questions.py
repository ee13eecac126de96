"""What is asked back before an entry is saved."""

from logger.entering.questions import about_dose, about_vitals


def test_a_number_within_its_range_is_not_asked_about():
    assert about_vitals({"nibp_sys": 142, "nibp_dia": 88, "resp_rate": 0}) == ()


def test_a_number_outside_its_range_is():
    (asked,) = about_vitals({"spo2": 101})
    assert asked == "Oxygen saturation by pulse oximetry 101 is outside 40-100 %. Is it a slip?"


def test_pressures_that_are_swapped_are_asked_about():
    assert "not below systolic 88" in about_vitals({"nibp_sys": 88, "nibp_dia": 142})[0]


def test_milligrams_that_agree_with_the_weight_are_not_asked_about():
    assert about_dose({"mg": 40, "mg_per_kg": 0.5, "weight_kg": 80}) == ""
    assert about_dose({"mg": 40}) == ""


def test_milligrams_that_do_not_are():
    assert "0.67 mg/kg" in about_dose({"mg": 40, "mg_per_kg": 0.5, "weight_kg": 60})


def test_what_is_no_number_is_left_to_its_form():
    assert about_dose({"mg": "much", "mg_per_kg": 0.5, "weight_kg": 0}) == ""
