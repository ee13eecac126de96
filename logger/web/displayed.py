"""What each visit has had on its screen: nothing is signed that was not displayed to who signs it."""

from __future__ import annotations

import threading
from collections import OrderedDict

from logger.web.drawing import Made
from logger.web.visits import Visitor

MOST = 10_000
"""Pages that are kept in mind; of more, the oldest has to be looked at again before it can be signed."""


class Displayed:
    """The last page of each session that each visit was given.

    A visit is known by the token of its forms: another person, and the same one after a lock, has another.
    """

    def __init__(self) -> None:
        self._pages: OrderedDict[tuple[str, str], Made] = OrderedDict()
        self._gate = threading.Lock()

    def note(self, visitor: Visitor, made: Made) -> None:
        """Take down that *visitor* was given the page of *made*."""
        with self._gate:
            self._pages[visitor.csrf, made.session] = made
            self._pages.move_to_end((visitor.csrf, made.session))
            while len(self._pages) > MOST:
                self._pages.popitem(last=False)

    def last(self, visitor: Visitor, session: str) -> Made | None:
        """Return the page of *session* that *visitor* was given last, None where there was none."""
        with self._gate:
            return self._pages.get((visitor.csrf, session))
