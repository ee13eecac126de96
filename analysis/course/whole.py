"""A course: its sessions in the order in which they were opened, and what is said of all of them together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from analysis.course.visit import Answered, Visit, visit_of
from analysis.session import Session
from devices.errors import InfusionlogError

ALIKE = 1.25
"""Sessions whose cuff readings are at most so many times as far apart as the closest are read alike."""


class NothingToShow(InfusionlogError):
    """There is no session to draw a course of."""


@dataclass(frozen=True, slots=True)
class Response:
    """The line at which a PHQ-9 total counts as a response, over the *columns* of its own course alone.

    *baseline* is the last total before the course's first dose, of the session in column *of*, the first
    of *columns*.
    """

    columns: tuple[int, ...]
    of: int
    baseline: float
    level: float
    share: float
    source: str


@dataclass(frozen=True)
class Course:
    """The sessions of one patient by their opening, and what is said of all of them together."""

    identifiers: tuple[str, str]
    visits: tuple[Visit, ...]

    @cached_property
    def responses(self) -> tuple[Response, ...]:
        """The response line of each course that has a baseline; sessions without a course have none.

        Nothing says that two sessions without a course belong together, so none is the other's baseline.
        """
        courses = places_of([visit.course for visit in self.visits])
        found = (_response(self.visits, places) for name, places in courses.items() if name)
        return tuple(one for one in found if one is not None)

    @cached_property
    def intervals(self) -> tuple[tuple[float, tuple[int, ...]], ...]:
        """Groups of treated sessions with cuff readings about as far apart: median minutes, columns."""
        known = sorted(
            (visit.apart, i)
            for i, visit in enumerate(self.visits)
            if visit.treated and visit.apart is not None
        )
        groups: list[list[tuple[float, int]]] = []
        for apart, i in known:
            if groups and apart <= groups[-1][0][0] * ALIKE:
                groups[-1].append((apart, i))
            else:
                groups.append([(apart, i)])
        return tuple((group[len(group) // 2][0], tuple(sorted(i for _, i in group))) for group in groups)

    @cached_property
    def markers(self) -> tuple[str, ...]:
        """The markers of any session's protocol, in their order."""
        return tuple(dict.fromkeys(text for visit in self.visits for text in visit.markers))

    @cached_property
    def digest(self) -> str:
        """The SHA-256 over the lines ``session writer count digest`` of all heads, sorted."""
        lines = sorted(
            f"{visit.session} {head.writer} {head.count} {head.digest}"
            for visit in self.visits
            for head in visit.heads
        )
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @property
    def demo(self) -> bool:
        """Return whether any of the sessions is a demonstration."""
        return any(visit.demo for visit in self.visits)


def course_of(sessions: Iterable[Session]) -> Course:
    """Return the course that *sessions* of one patient make, in any order and state.

    Each is read as it comes and let go: forty of them need no more room than one.

    Raises:
        NothingToShow: there is no session.
        UnknownProfile: a session's protocol has no profile of its name.
    """
    found = sorted(map(visit_of, sessions), key=lambda visit: (visit.opened, visit.session))
    if not found:
        raise NothingToShow("there is no session of this patient, so there is no course to draw")
    return Course(found[-1].identifiers, tuple(found))


def places_of(names: Sequence[str]) -> dict[str, list[int]]:
    """Return the places of each name, by the name's first place."""
    places: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        places.setdefault(name, []).append(i)
    return places


def adjacent(places: Iterable[int]) -> list[list[int]]:
    """Return rising *places* in runs in which each follows the one before it."""
    found: list[list[int]] = []
    for place in places:
        if found and place == found[-1][-1] + 1:
            found[-1].append(place)
        else:
            found.append([place])
    return found


def _response(visits: Sequence[Visit], places: Sequence[int]) -> Response | None:
    """Return the response line of the sessions in *places*; None without a total before the first dose."""
    baseline: tuple[int, Answered] | None = None
    for i in places:
        one = visits[i].phq9
        if one is not None and one.total is not None and one.before_dose:
            baseline = (i, one)
        if visits[i].treated:
            break
    if baseline is None:
        return None
    of, answered = baseline
    total, share = answered.total, answered.response
    if total is None or share is None:
        return None
    columns = tuple(i for i in places if i >= of)
    return Response(columns, of, total, total * share, share, answered.response_source)
