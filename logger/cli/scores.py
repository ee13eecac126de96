"""The command that records the answers to an instrument, and shows what there is to answer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from logger.cli.options import AsJson, Said, enters, say, say_json
from logger.entering.answers import NOT_ANSWERED, Answers, answered_by, answers_of, number_of
from logger.errors import BadEntry

if TYPE_CHECKING:
    from analysis.instruments import Instrument, Version


@enters
def score(
    name: Annotated[str | None, typer.Argument(metavar="INSTRUMENT", help="As --list has it.")] = None,
    given: Annotated[
        list[str] | None, typer.Argument(metavar="ITEM=ANSWER...", help="As 1=2 2=0; - is not answered.")
    ] = None,
    version: Annotated[str | None, typer.Option(help="Which version, where there are several.")] = None,
    by: Annotated[str | None, typer.Option(metavar="patient|clinician", help="Who answered.")] = None,
    state: Annotated[str | None, typer.Option(help="What period the answers speak of.")] = None,
    ask: Annotated[bool, typer.Option("--ask", help="Ask each item here.")] = False,
    show: Annotated[
        bool, typer.Option("--list", help="Show what there is, or one form; records none.")
    ] = False,
    as_json: AsJson = False,
) -> Said:
    """Record the answers to a scale or questionnaire; totals are computed where they are shown.

    Example: infusionlog score moaas 4 --at 10:50
    """
    from analysis.instruments import instruments, meant

    if show and name is None:
        _list(instruments().values(), as_json)
    if name is None:
        raise BadEntry("score: name an instrument; `infusionlog score --list` shows them")
    known, used = meant(name, version or "")
    if show:
        _print_form(known, used, as_json)
    said = {"instrument": known.id, "version": used.id, "answered_by": answered_by(known, by), "state": state}
    answers = asked(known, used, _typed) if ask else answers_of(known, used, given or ())
    return Said("assessment.score", {**said, "answers": answers})


def asked(known: Instrument, used: Version, read: Callable[[], str]) -> Answers:
    """Return the answers to every item, as *read* gives them line by line; an empty line is not answered.

    What no form can hold is asked again, with what the item takes. Items that depend on another are asked
    where that one is yes.
    """
    from analysis.instruments import WrongAnswers, check_answers

    for line in heading(known, used):
        say(line)
    answers: Answers = {}
    for item in used.items:
        if item.asked_if and not answers.get(item.asked_if):
            continue
        while item.id not in answers:
            say(f"{item.id}. {item.text or 'item ' + item.id} [{item.allowed}]")
            text = read().strip()
            try:
                answer = number_of(known, item, item.id, text or NOT_ANSWERED)
                if answer is not None:
                    check_answers(known.id, used.id, {item.id: answer}, known.answered_by[0])
                answers[item.id] = answer
            except (BadEntry, WrongAnswers) as error:
                say(str(error))
    return answers


def heading(known: Instrument, used: Version) -> Iterator[str]:
    """Yield what stands above a form: its name, the statement where it has one, its question."""
    from analysis.wording import ANSWERS_STATEMENT

    yield f"{known.title} ({used.name}), {used.label}"
    if known.statement:
        yield ANSWERS_STATEMENT
    if used.question:
        yield used.question


def _typed() -> str:
    line = sys.stdin.readline()
    if not line:
        raise BadEntry("the answers ended before the form did; nothing was recorded")
    return line


def _list(known: Iterable[Instrument], as_json: bool) -> None:
    """Show every instrument with its versions, and stop."""
    if as_json:
        say_json([_described(each, version) for each in known for version in each.versions])
    for each in () if as_json else known:
        say(f"{each.id:14}{each.name}: {each.title}; answered by {' or '.join(each.answered_by)}")
        for version in each.versions:
            say(f"{'':14}--version {version.id}: {version.label}; {len(version.items)} items")
    raise typer.Exit


def _print_form(known: Instrument, used: Version, as_json: bool) -> None:
    """Show one form: what is asked and what may be answered, and stop."""
    from analysis.scoring import definition

    if as_json:
        say_json(_described(known, used))
        raise typer.Exit
    for line in heading(known, used):
        say(line)
    for item in used.items:
        say(f"{item.id:>4}  {item.text + ' ' if item.text else ''}[{item.allowed}]")
    say(definition(used))
    say(known.licence)
    raise typer.Exit


def _described(known: Instrument, used: Version) -> dict[str, object]:
    from analysis.scoring import definition

    return {
        "instrument": known.id,
        "name": used.name,
        "title": known.title,
        "version": used.id,
        "label": used.label,
        "answered_by": list(known.answered_by),
        "items": [
            {"item": i.id, "text": i.text, "lowest": i.lowest, "highest": i.highest, "words": list(i.words)}
            for i in used.items
        ],
        "definition": definition(used),
        "licence": known.licence,
    }
