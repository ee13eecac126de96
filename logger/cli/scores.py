"""The command that records the answers to an instrument, and shows what there is to answer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from logger.cli.options import AsJson, Said, enters, say, say_json
from logger.errors import BadEntry

if TYPE_CHECKING:
    from analysis.instruments import Instrument, Item, Version

    Answers = dict[str, int | float | None]

NOT_ANSWERED = "-"


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


def answers_of(known: Instrument, used: Version, texts: Sequence[str]) -> Answers:
    """Return the answers in *texts*: ``ITEM=ANSWER``, or the answer alone where there is one item.

    Raises:
        BadEntry: a text is neither, an item stands twice, or there is none.
    """
    answers: Answers = {}
    for text in texts:
        id, equals, answer = text.partition("=")
        if not equals and len(used.items) == 1:
            id, answer = used.items[0].id, text
        elif not equals:
            items = ", ".join(item.id for item in used.items)
            raise BadEntry(f"{known.id}: {text}: write ITEM=ANSWER with one of the items {items}")
        if id in answers:
            raise BadEntry(f"{known.id}: item {id} is given twice; enter one answer")
        answers[id] = number_of(known, used.item(id), id, answer)
    if not answers:
        raise BadEntry(f"{known.id}: give ITEM=ANSWER for what was answered, or --ask")
    return answers


def number_of(known: Instrument, item: Item | None, id: str, answer: str) -> int | float | None:
    """Return an answer as a number: typed as one, or as its word (``yes``); None where it is ``-``.

    Raises:
        BadEntry: it is none of them.
    """
    if answer == NOT_ANSWERED:
        return None
    words = item.words if item is not None else ()
    if item is not None and answer.lower() in words:
        return int(item.lowest) + words.index(answer.lower())
    try:
        value = float(answer)
    except ValueError:
        takes = f"; it takes {item.allowed}" if item is not None else ""
        raise BadEntry(f"{known.id} item {id}: {answer!r} is no answer{takes}") from None
    return int(value) if value.is_integer() else value


def answered_by(known: Instrument, by: str | None) -> str:
    """Return who answered: as said, or the only one who may.

    Raises:
        BadEntry: nobody is named and both may.
    """
    if by is None and len(known.answered_by) > 1:
        raise BadEntry(f"{known.id}: say who answered: --by {' or --by '.join(known.answered_by)}")
    return by or known.answered_by[0]


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
