"""Scores: instruments as Questionnaire, answers as QuestionnaireResponse, what they come to as Observation.

Source: HL7 FHIR R4B, US Core (screening and assessment), LOINC by ``config/codes.csv``.

Items have their text only where the owner of the instrument allows it; an answer that was not given is an
item without an answer, and a total that can't be told is an Observation without a value.
"""

from __future__ import annotations

from collections.abc import Iterator

from analysis.exports.fhir.contents import Contents, Entry
from analysis.exports.fhir.elements import (
    LOINC,
    OWN,
    Json,
    absent,
    coding,
    concept,
    own,
    quantity,
)
from analysis.exports.fhir.observations import US_CORE
from analysis.instruments import Item, UnknownInstrument
from analysis.scores import SCORE
from analysis.scoring import Scored, score
from devices.vocabulary import codes_of

FOUR_WORDS = 4
"""The answers 0 to 3 of the PHQ and the GAD-7 have codes of their own in LOINC."""


def add_answers(contents: Contents) -> None:
    """Add every score on record, those that were replaced too; each instrument once."""
    asked: set[str] = set()
    for entry in contents.entries:
        if entry.kind != "assessment.score":
            continue
        payload = entry.payload
        url = f"{OWN}questionnaire:{payload['instrument']}:{payload['version']}"
        try:
            scored = score(payload["instrument"], payload["version"], payload["answers"])
        except UnknownInstrument:
            scored = None
        if scored is not None and url not in asked:
            asked.add(url)
            contents.add("Questionnaire", url, _questionnaire(scored, url))
        response = _response(contents, entry, scored, url)
        if scored is not None:
            for number, value in enumerate(_values(scored)):
                _observation(contents, entry, value, response, number)


def _questionnaire(scored: Scored, url: str) -> Json:
    return {
        "url": url,
        "version": scored.version.id,
        "title": scored.version.name,
        "status": "active",
        "subjectType": ["Patient"],
        "item": [_asked(item) for item in scored.version.items],
    }


def _asked(item: Item) -> Json:
    said: Json = {"linkId": _link(item)} | ({"text": item.text} if item.text else {})
    if _codes(item):
        options = [{"valueCoding": _answer(item, n)["valueCoding"]} for n in range(FOUR_WORDS)]
        code = coding(LOINC, codes_of(item.code).loinc[0])
        return said | {"type": "choice", "code": [code], "answerOption": options}
    return said | {"type": "integer" if item.whole else "decimal"}


def _link(item: Item) -> str:
    """Return an item's name as LOINC's own forms have it, ``/44250-9``; else its id."""
    codes = codes_of(item.code).loinc if item.code else ()
    return f"/{codes[0]}" if codes else item.id


def _codes(item: Item) -> tuple[str, ...]:
    """Return LOINC's codes of the answers 0, 1, 2, 3; of an item that has none of its own, none."""
    has_code = bool(item.code and codes_of(item.code).loinc)
    frequency = codes_of("phq_answers").loinc
    fits = has_code and len(item.words) == FOUR_WORDS and item.counted
    return frequency if fits else ()


def _answer(item: Item, value: float) -> Json:
    if codes := _codes(item):
        return {"valueCoding": coding(LOINC, codes[int(value)], item.words[int(value)])}
    return {"valueInteger": int(value)} if item.whole else {"valueDecimal": value}


def _response(contents: Contents, entry: Entry, scored: Scored | None, url: str) -> Json:
    payload = entry.payload
    patient = payload["answered_by"] == "patient"
    body: Json = {
        "questionnaire": url,
        "status": _status(entry, scored),
        "subject": contents.subject,
        "encounter": contents.encounter,
        "authored": contents.time(entry.happened_at),
        "author": contents.person(entry.author),
        "source": contents.subject if patient else contents.person(entry.author),
    }
    given = payload["answers"]
    if scored is None:
        items = [{"linkId": id} | _plain(value) for id, value in given.items()]
    else:
        items = [
            {"linkId": _link(item)}
            | ({"text": item.text} if item.text else {})
            | ({"answer": [_answer(item, given[item.id])]} if given.get(item.id) is not None else {})
            for item in scored.version.items
        ]
    return contents.add(
        "QuestionnaireResponse", f"{entry.reference}/answers", body | {"item": items}, entry.reference
    )


def _plain(value: float | None) -> Json:
    return {} if value is None else {"answer": [{"valueDecimal": value}]}


def _status(entry: Entry, scored: Scored | None) -> str:
    if not entry.stands:
        return "entered-in-error"
    return "in-progress" if scored is not None and scored.missing else "completed"


def _values(scored: Scored) -> Iterator[tuple[Json, Json]]:
    """Yield what the answers come to: code and value of each Observation."""
    version = scored.version
    if version.scoring == "each":
        for item in version.items:
            answer = scored.answers.get(item.id)
            if answer is not None:
                yield (
                    _named(item.code, f"{version.name} {item.id}"),
                    {"valueQuantity": quantity(answer, SCORE)},
                )
        return
    said = scored.level if version.scoring == "level" else scored.total
    value: Json = {"dataAbsentReason": absent("can't be told from what was answered")}
    if said is not None:
        value = {"valueString": said} if isinstance(said, str) else {"valueQuantity": quantity(said, SCORE)}
    yield _named(version.code, version.name), value


def _named(code: str, text: str) -> Json:
    codings = [coding(LOINC, one) for one in codes_of(code).loinc] if code else []
    return concept(*codings, text=text) if codings else own("scale", code or text, text)


def _observation(
    contents: Contents, entry: Entry, said: tuple[Json, Json], response: Json, number: int
) -> None:
    code, value = said
    texts = (entry.summary, entry.payload.get("state"))
    body = contents.observed(entry, "survey", code) | value
    body["note"] = [contents.note(text) for text in texts if text]
    body["derivedFrom"] = [response]
    key = f"{entry.reference}/score/{number}"
    contents.add("Observation", key, body, entry.reference, f"{US_CORE}observation-screening-assessment")
