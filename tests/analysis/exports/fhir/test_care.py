"""Side effects, scores and signatures: what people say, and who says it."""

from __future__ import annotations

from typing import Any

import bundles
import pytest
from invented_care import SIX_OF_23, cared_for, troubled
from invented_sessions import at, eighty_effects, event, infusion, score, session, signed

FELT = [
    event(5, "effect.report", 1, term="nausea", severity="mild"),
    event(9, "effect.report", 2, term="nausea", severity="severe", text="retches"),
    event(20, "effect.resolved", 3, term="nausea"),
]
NINE = {str(item): item % 4 for item in range(1, 10)}


def test_an_episode_is_one_adverse_event_at_its_worst() -> None:
    (one,) = bundles.of(bundles.read(session([], [*infusion(), *FELT])), "AdverseEvent")
    assert (one.event.coding[0].code, one.event.text) == ("nausea", "Nausea")
    assert [field.coding[0].code for field in (one.severity, one.seriousness, one.outcome)] == [
        "severe", "non-serious", "resolved",
    ]  # fmt: skip
    assert one.date == at(5)


def test_each_report_lasts_until_the_next_one() -> None:
    bundle = bundles.read(session([], FELT))
    (episode,) = bundles.of(bundle, "AdverseEvent")
    reports = [one for one in bundles.of(bundle, "Observation") if one.valueCodeableConcept]
    said = [
        (one.valueCodeableConcept.text, one.effectivePeriod.start, one.effectivePeriod.end) for one in reports
    ]
    assert said == [("mild", at(5), at(9)), ("severe", at(9), at(20))]
    assert {one.focus[0].reference for one in reports} == {f"urn:uuid:{episode.id}"}
    assert reports[1].note[0].text == "retches"


@pytest.mark.parametrize(("minute", "suspects"), [(-5, 0), (5, 1)])
def test_only_what_was_given_before_it_is_suspected(minute: float, suspects: int) -> None:
    given = event(minute - 10, "medication", 7, drug="ondansetron", amount="4 mg", route="IV", why="x",
                  given_by={"name": "n.example"})  # fmt: skip
    felt = event(minute, "effect.report", 9, term="nausea", severity="mild")
    (one,) = bundles.of(bundles.read(session([], [*infusion(), given, felt])), "AdverseEvent")
    assert len(one.suspectEntity or ()) == suspects


def test_an_effect_that_has_not_ended_is_ongoing_and_a_serious_one_says_by_what() -> None:
    found = bundles.of(bundles.read(bundles.thinned(troubled())), "AdverseEvent")
    vomiting = next(one for one in found if one.event.coding[0].code == "vomiting")
    assert vomiting.outcome.coding[0].code == "ongoing"
    assert vomiting.seriousness.text == "other_important_medical_event: aspiration feared, X-ray"


def test_what_remained_of_it_is_said() -> None:
    ended = event(20, "effect.resolved", 3, term="nausea", outcome="resolved_with_sequelae")
    (one,) = bundles.of(bundles.read(session([], [*FELT[:2], ended])), "AdverseEvent")
    assert one.outcome.coding[0].code == "resolvedWithSequelae"


def test_asked_and_none_is_an_observation_and_no_adverse_event() -> None:
    bundle = bundles.read(session([], [event(5, "effect.none", 1, summary="Asked: no side effect")]))
    assert bundles.of(bundle, "AdverseEvent") == []
    assert [one.valueString for one in bundles.of(bundle, "Observation")] == ["Asked: no side effect"]


def test_a_report_that_was_corrected_is_an_episode_of_what_it_says_now() -> None:
    right = event(5, "effect.report", 9, term="nausea", severity="moderate")
    amended = event(30, "amend", 9, target="b2:1", entry={}, reason="was not mild")
    bundle = bundles.read(session([], [FELT[0] | {"superseded_by": "b2:9"}, right, amended]))
    (one,) = bundles.of(bundle, "AdverseEvent")
    assert (one.severity.coding[0].code, one.recordedDate) == ("moderate", at(5))


def test_a_report_that_was_taken_back_is_in_error_and_no_adverse_event() -> None:
    bundle = bundles.read(session([], [FELT[0] | {"superseded_by": "b2:9"}]))
    assert bundles.of(bundle, "AdverseEvent") == []
    assert [one.status for one in bundles.of(bundle, "Observation")] == ["entered-in-error"]


def test_eighty_effects_are_eighty() -> None:
    assert len(bundles.of(bundles.read(bundles.thinned(eighty_effects(), 600)), "AdverseEvent")) == 80


def test_a_phq_9_is_a_response_with_loincs_own_answers_and_a_total() -> None:
    bundle = bundles.read(session([], [score(1, "phq9", 1, NINE)]))
    (form,), (response,) = (bundles.of(bundle, f"Questionnaire{kind}") for kind in ("", "Response"))
    (total,) = bundles.of(bundle, "Observation")
    assert response.questionnaire == form.url
    answers = {item.linkId: item.answer[0].valueCoding.code for item in response.item if item.answer}
    assert len(answers) == 9
    assert answers["/44250-9"] == "LA6569-3"  # item 1: several days
    assert total.code.coding[0].code == "44261-6"
    assert total.meta.profile[0].endswith("us-core-observation-screening-assessment")
    assert float(total.valueQuantity.value) == sum(NINE.values())
    assert total.derivedFrom[0].reference == f"urn:uuid:{response.id}"


def test_an_item_that_was_left_out_has_no_answer_and_the_total_no_value() -> None:
    bundle = bundles.read(session([], [score(1, "phq9", 1, NINE | {"3": None})]))
    (response,), (total,) = (bundles.of(bundle, kind) for kind in ("QuestionnaireResponse", "Observation"))
    assert response.status == "in-progress"
    assert [item.linkId for item in response.item if not item.answer][:1] == ["/44259-0"]
    assert (total.valueQuantity, total.dataAbsentReason.text) == (
        None, "can't be told from what was answered",
    )  # fmt: skip


def test_text_that_may_not_be_copied_is_not_in_the_form() -> None:
    bundle = bundles.read(session([], [score(1, "cadss6", 1, dict.fromkeys(SIX_OF_23, 1))]))
    (form,) = bundles.of(bundle, "Questionnaire")
    assert [item.text for item in form.item] == [None] * len(form.item)


def test_every_score_of_a_session_is_there_each_form_once() -> None:
    made = bundles.thinned(cared_for())
    bundle = bundles.read(made)
    scores = int((made.events["kind"] == "assessment.score").sum())
    assert len(bundles.of(bundle, "QuestionnaireResponse")) == scores
    forms = [form.url for form in bundles.of(bundle, "Questionnaire")]
    assert len(forms) == len(set(forms)) == 3


def test_an_instrument_that_is_not_known_here_keeps_its_answers() -> None:
    made = score(1, "phq9", 1, {"1": 2.0, "2": None})
    made["payload"] |= {"instrument": "elsewhere", "version": "7"}
    bundle = bundles.read(session([], [made]))
    (response,) = bundles.of(bundle, "QuestionnaireResponse")
    assert [(item.linkId, len(item.answer or ())) for item in response.item] == [("1", 1), ("2", 0)]
    assert bundles.of(bundle, "Observation") == []


@pytest.mark.parametrize(("meaning", "code"), [("entry_complete", "1"), ("qa", "5"), ("review", "13")])
def test_a_signature_says_who_in_what_role_over_what(meaning: str, code: str) -> None:
    (one,) = bundles.of(bundles.read(session([], [signed(120, 1, meaning, a1=7)])), "Provenance")
    assert one.signature[0].type[0].code == f"1.2.840.10065.1.12.1.{code}"
    assert one.agent[0].role[0].text == signed(1, 1, meaning)["payload"]["role"]
    assert one.signature[0].who.display == signed(1, 1, meaning)["payload"]["name"]
    assert one.entity[0].what.identifier.value.startswith("a1 7 000")


def test_what_the_recorder_wrote_is_of_no_person() -> None:
    ended = event(9, "session.end", 1) | {"author": "recorder"}
    bundle = bundles.read(session([], [ended]))
    assert bundles.of(bundle, "Practitioner") == []
    (one,) = bundles.of(bundle, "Communication")
    assert one.sender.reference == f"urn:uuid:{bundles.of(bundle, 'Device')[0].id}"


def test_notes_keep_their_words_and_their_writer() -> None:
    text = "„leicht“ benommen, 軽いめまい"
    (one,) = told(session([], [event(9, "note", 1, text=text)]))
    assert (one.payload[0].contentString, one.sender.display, one.sent) == (text, "nurse.example", at(9))


def told(made: Any) -> list[Any]:
    return bundles.of(bundles.read(made), "Communication")
