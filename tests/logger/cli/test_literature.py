def test_the_figures_are_values_too(command):
    said = command("literature", "--seed", "3", "--patients", "4", "--json").json
    assert (said["seed"], said["patients"]) == (3, 4)
    assert {one["n"] for one in said["simulated"]} == {4}
    assert said["published"][0]["systolic"] == 16.0


def test_it_draws_a_picture(command, tmp_path):
    out = tmp_path / "literature.png"
    answer = command("literature", "--patients", "3", "--out", str(out))
    assert (answer.status, answer.complaint) == (0, "")
    assert out.read_bytes().startswith(b"\x89PNG")


def test_a_picture_of_another_ending_is_refused_before_anything_is_computed(command, tmp_path):
    answer = command("literature", "--out", str(tmp_path / "literature.gif"))
    assert (answer.status, answer.out) == (2, "")
    assert "literature.gif: a picture ends in .png, .svg or .pdf" in answer.complaint


def test_one_patient_has_no_spread(command):
    assert command("literature", "--patients", "1").status == 2
