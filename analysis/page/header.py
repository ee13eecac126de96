"""The head of the page: whose session it is, when, in what state, and what has to be said loudly.

Nothing in it is ever cut: what does not fit takes more lines, and the parts below move down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from analysis import style
from analysis.page.content import Content
from analysis.page.sheet import DRAWN_WIDTH, FRONT, MISSING_GLYPH, Sheet, drawable, shrunk, width_of, wrapped
from analysis.session import Session
from analysis.wording import DEMO, NOT_APPROVED, NOT_RECORDED, NOT_SIGNED

STATUS_WIDTH = 50.0
BESIDE_STATUS = DRAWN_WIDTH - STATUS_WIDTH - 3
STATUS_FOOT = 8.2
HEIGHT = 15.0
PITCH = 3.3
BANNER_PITCH = 2.9
SEPARATOR = " · "

NAME_LEFT_OUT = "name not printed"
NAME_NOT_PRINTED = "The name has characters that can't be printed here: the report in HTML has it whole"
WORDS_NOT_PRINTED = "Entries have characters that can't be printed here: the report in HTML has them whole"


@dataclass(frozen=True, slots=True)
class Written:
    """One text at its place."""

    x: float
    y: float
    text: str
    size: float = style.BODY_PT
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """The header as it will be drawn: texts, the lines of its banner with their size, its height in mm."""

    texts: tuple[Written, ...]
    banner: tuple[str, ...]
    banner_size: float
    banner_top: float
    height: float


def header_of(content: Content) -> Header:
    """Return the header of a session's page: 15 mm high, more where it has more to say."""
    texts = _texts(content)
    top = max(11.6, texts[-1].y + 2.0)
    said = banners(content)
    if not said:
        return Header(texts, (), style.BODY_PT, top, max(HEIGHT, texts[-1].y + 2.5))
    room = DRAWN_WIDTH - 2
    size = shrunk(SEPARATOR.join(said), room, style.BODY_PT, style.TICK_PT, bold=True)
    lines = tuple(_flowed(said, (room,), size, bold=True))
    return Header(texts, lines, size, top, top + 3.3 + BANNER_PITCH * (len(lines) - 1))


def draw_header(sheet: Sheet, content: Content, header: Header, pages: int) -> None:
    """Draw identifiers, session and protocol, the box that says the state, and the banners."""
    for said in header.texts:
        sheet.text(said.x, said.y, said.text, said.size, bold=said.bold)
    left, state = DRAWN_WIDTH - STATUS_WIDTH, status(content)
    sheet.box(left, 0.2, STATUS_WIDTH, 7.4, style.BOX)
    size = 10.0 if len(state) < 12 else 8.0
    sheet.text(left + STATUS_WIDTH / 2, 2.4, state, size, bold=True, align="center")
    page = f"page 1 of {pages}"
    signed, room = f"{content.session.state}, {_signed(content)}", STATUS_WIDTH - 4 - width_of(page)
    sheet.text(left + 1.5, 5.9, signed, shrunk(signed, room, style.BODY_PT, style.TICK_PT), width=room)
    sheet.text(DRAWN_WIDTH - 1.5, 5.9, page, align="right")
    if header.banner:
        sheet.box(0, header.banner_top, DRAWN_WIDTH, header.height - header.banner_top, style.BOX, FRONT)
    for i, line in enumerate(header.banner):
        at = header.banner_top + 1.65 + BANNER_PITCH * i
        sheet.text(DRAWN_WIDTH / 2, at, line, header.banner_size, bold=True, align="center")


def _texts(content: Content) -> tuple[Written, ...]:
    """Return the identifiers, beside or below each other, and the lines after them."""
    name, second = printed_identifiers(content.session)
    size = shrunk(name, BESIDE_STATUS, style.TITLE_PT, bold=True)
    lines = wrapped(name, BESIDE_STATUS, size, bold=True)
    texts = [Written(0, 2.3 + 4.0 * i, line, size, bold=True) for i, line in enumerate(lines)]
    apart, y = width_of(name, style.TITLE_PT, bold=True) + 4, texts[-1].y + 4.0
    x = 0.0
    if apart + width_of(second, style.TITLE_PT, bold=True) <= BESIDE_STATUS:
        texts.append(Written(apart, 2.3, second, style.TITLE_PT, bold=True))
    else:
        for line in wrapped(second, BESIDE_STATUS, bold=True):
            texts.append(Written(0, y, line, bold=True))
            x, y = width_of(line, bold=True) + 2.5, y + PITCH
        y -= PITCH
    must, may = _pieces(content)
    # What page 2 repeats is left out before anything gets smaller, and that before the page gets longer.
    choices = [(style.BODY_PT, [*must, *may]), (style.BODY_PT, must), (style.TICK_PT, must)]
    flows = [(size, _flowed(pieces, _rooms(x, y), size)) for size, pieces in choices]
    size, flow = next((f for f in flows if y + PITCH * (len(f[1]) - 1) <= 10.1), flows[1])
    places = [(x if i == 0 else 0.0, y + PITCH * i, line) for i, line in enumerate(flow)]
    return (*texts, *(Written(*place, size) for place in places))


def _rooms(x: float, y: float) -> list[float]:
    """Return how wide each of the lines from *y* on may be: the first begins at *x*, some end at the box."""
    rooms = [BESIDE_STATUS if y + PITCH * i < STATUS_FOOT else DRAWN_WIDTH for i in range(4)]
    return [rooms[0] - x, *rooms[1:]]


def _pieces(content: Content) -> tuple[list[str], list[str]]:
    """Return what the header must say of the session, and what a later page says as well."""
    session, protocol = content.session, content.protocol
    opened = session.opened_at.astimezone(ZoneInfo(session.zone))
    course = SEPARATOR.join(part for part in (session.course, session.number) if part)
    must = [
        f"{opened:%d %b %Y %H:%M} {_offset(opened.strftime('%z'))}",
        f"room {session.room}",
        course or "course not recorded",
        f"Session {session.id}",
        f"protocol {session.protocol_id} of {protocol.draft_date}",
    ]
    return must, [session.zone]


def facts_of(content: Content) -> list[tuple[str, str]]:
    """Return what the header says of the session, each fact with its name."""
    session, protocol = content.session, content.protocol
    opened = session.opened_at.astimezone(ZoneInfo(session.zone))
    return [
        ("Session", session.id),
        ("Opened", f"{opened:%d %b %Y %H:%M} {_offset(opened.strftime('%z'))}, {session.zone}"),
        ("Room", session.room),
        ("Course", SEPARATOR.join(part for part in (session.course, session.number) if part) or NOT_RECORDED),
        ("Protocol", f"{session.protocol_id} of {protocol.draft_date}: {protocol.label}"),
        ("State", f"{session.state}, {_signed(content)}"),
    ]


def _flowed(pieces: Sequence[str], rooms: Sequence[float], size: float, bold: bool = False) -> list[str]:
    """Return *pieces* in lines of these widths, the last of which holds for all that follow.

    A piece is broken only where it is wider than a line.
    """
    lines = [""]
    for piece in pieces:
        room = rooms[min(len(lines), len(rooms)) - 1]
        longer = f"{lines[-1]}{SEPARATOR}{piece}" if lines[-1] else piece
        if width_of(longer, size, bold) <= room:
            lines[-1] = longer
        elif width_of(piece, size, bold) <= rooms[-1]:
            lines.append(piece)
        else:
            lines += wrapped(piece, min(rooms), size, bold)
    return lines[1:] if len(lines) > 1 and not lines[0] and len(rooms) == 1 else lines


def status(content: Content) -> str:
    """Return DRAFT, SIGNED, or AMENDED AFTER SIGNATURE."""
    return content.signatures.state


def banners(content: Content) -> list[str]:
    """Return what the page says loudly: the session's own sentences, demo, and a protocol nobody approved."""
    said = list(content.session.banners)
    if content.session.demo and not any("demo" in banner.lower() for banner in said):
        said.insert(0, DEMO)
    if not content.protocol.approved_by and not any("not approved" in banner.lower() for banner in said):
        said.append(NOT_APPROVED)
    if MISSING_GLYPH in drawable("".join(content.session.identifiers)):
        said.append(NAME_NOT_PRINTED)
    elif any(MISSING_GLYPH in drawable(text) for text in content.session.events["summary"]):
        said.append(WORDS_NOT_PRINTED)
    return said


def printed_identifiers(session: Session) -> tuple[str, str]:
    """Return two identifiers that can be printed whole: of a name that can't, the patient's id stands in.

    Nothing is put into other letters: a name that is spelled wrong is another name. Without an id the
    missing characters are marked.
    """
    name, second = session.identifiers
    if MISSING_GLYPH not in drawable(name) or not session.patient.id:
        return name, second
    id = f"id {session.patient.id}"
    return id, NAME_LEFT_OUT if second == id else second


def _signed(content: Content) -> str:
    """Return whether a physician reviewed what is signed: the places at the foot have all signatures."""
    signatures = content.signatures
    if not signatures.given:
        return NOT_SIGNED
    reviewed = "reviewed" if signatures.latest("review") else "not reviewed"
    return f"{reviewed}, QA" if signatures.latest("qa") else reviewed


def _offset(raw: str) -> str:
    return f"{raw[:3]}:{raw[3:]}".replace("-", "−")
