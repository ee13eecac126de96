"""Answers to the items of an instrument, as people type them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from logger.errors import BadEntry

if TYPE_CHECKING:
    from analysis.instruments import Instrument, Item, Version

Answers = dict[str, int | float | None]
"""By the id of their item; None: not answered."""

NOT_ANSWERED = "-"


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
