"""The form of a line device's profile: a TOML file that says all about a monitor that sends plain lines.

    protocol, models, evidence, experimental, source      what it is and where its facts come from
    [link]      baud, bits, parity, stop, handshake, period, silence: as `devices.contract.Link`
    [frame]     ends = ["CRLF"]      what ends a line: CR, LF, CRLF or ETX
                start = "("          what a line begins with, if anything
                longest = 300        bytes with the line end; more are unread
                strip = ["NUL"]      taken out before reading: NUL, 8th bit
                [frame.checksum]     algorithm, first, last, at, encoding
    [time]      form = "%m/%d/%y %H:%M:%S": read without a locale; "{time}" in a match stands for it
    [[poll]]    send, every: bytes that may be sent, and no others
    [[record]]  match: the whole line, with named groups; keyed = true: the group ``pairs`` holds
                KEY=value words in any order, *required* those that no line lacks. A record without
                numbers (a header) is a frame without readings: it keeps its texts, if any
    [[record.field]]  name (group or key), type, vital, unit, form, missing, strip, scale, range, alarm
    [[flags.NAME]]    bit or code, quality, reason, state: what a status word says of the line's numbers
    [repeat]    key: the field that makes a cuff reading new; without it a changed value does; or
                age: the field that counts the time since the last cycle, unit: seconds of one count

Blank lines and NULs belong to the line they precede.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from devices.contract import Quality
from devices.errors import BadProfile
from devices.framing import CHECKSUMS
from devices.vocabulary import unit_of

TIME_PARTS = {
    "%d": r"\d\d",
    "%m": r"\d\d",
    "%b": r"[A-Za-z]{3}",
    "%y": r"\d\d",
    "%Y": r"\d{4}",
    "%H": r"\d\d",
    "%M": r"\d\d",
    "%S": r"\d\d",
}
"""The parts a time can have and how wide they are; months are English whatever the PC's locale is."""


class Form(BaseModel):
    """What all tables share: no unknown key, no change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LinkForm(Form):
    """See `devices.contract.Link`."""

    baud: int = Field(gt=0)
    bits: Literal[5, 6, 7, 8] = 8
    parity: Literal["N", "E", "O", "M", "S"] = "N"
    stop: Literal[1, 2] = 1
    handshake: Literal["none", "rtscts", "xonxoff"] = "none"
    period: float = Field(default=1.0, gt=0)
    silence: float = Field(default=5.0, gt=0)


class Checksum(Form):
    """Where a line's checksum stands: over bytes first..last of the line, written at byte *at*.

    Bytes are counted in the line as stripped, without start mark and end; negative ones from its end.
    """

    algorithm: str
    first: int = 0
    last: int = -3
    at: int = -2
    encoding: Literal["hex", "byte"] = "hex"

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.algorithm not in CHECKSUMS:
            raise ValueError(f"algorithm: {self.algorithm!r} is none of {', '.join(CHECKSUMS)}")
        return self


class FrameForm(Form):
    """How lines are told apart."""

    ends: tuple[Literal["CR", "LF", "CRLF", "ETX"], ...] = Field(default=("CRLF",), min_length=1)
    start: str = ""
    longest: int = Field(default=512, gt=1)
    strip: tuple[Literal["NUL", "8th bit"], ...] = ()
    checksum: Checksum | None = None


class TimeForm(Form):
    """How the device writes its clock, in the signs of `TIME_PARTS`."""

    form: str

    @property
    def pattern(self) -> str:
        """Return the regular expression of the form, one group a part."""
        parts = re.split(r"(%[A-Za-z])", self.form)
        return "".join(f"({TIME_PARTS[part]})" if part in TIME_PARTS else re.escape(part) for part in parts)


class Poll(Form):
    """Bytes that are sent every so many seconds; they are the allow-list."""

    send: str = Field(min_length=1)
    every: float = Field(gt=0)


class FieldForm(Form):
    """One named part of a line.

    A ``number`` becomes a reading, ``flags`` and ``text`` are kept as raw flags, and ``flags`` judge the
    numbers beside them by the table of the same name; ``unkept`` is known and stays in the raw bytes; so does
    a ``device_id``, which says which device this is, dashes for none.
    """

    name: str
    type: Literal["number", "flags", "text", "unkept", "device_id"] = "number"
    vital: str | None = None
    variant: str = ""
    unit: str | None = None
    form: str = r".*"
    missing: str | None = None
    strip: str = ""
    scale: float = 1.0
    range: tuple[float, float] | None = None
    alarm: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        re.compile(self.form), re.compile(self.missing or "")
        if self.type != "number":
            return self
        if self.vital is None or self.range is None:
            raise ValueError(f"{self.name}: a number needs a vital and a range")
        local = self.vital.startswith("local:")
        if not local and unit_of(self.vital) is None:
            raise ValueError(f"{self.name}: {self.vital!r} is not in the vocabulary and not local:")
        if local != (self.unit is not None):
            raise ValueError(f"{self.name}: a unit stands beside local codes, and only there")
        return self


class RecordForm(Form):
    """One kind of line."""

    match: str
    keyed: bool = False
    required: tuple[str, ...] = ()
    field: tuple[FieldForm, ...] = ()


class Flag(Form):
    """What one bit of a status word, or one word of a status text, says of the line's numbers."""

    bit: int | None = None
    code: str | None = None
    quality: Quality = Quality.GOOD
    reason: str | None = None
    state: str | None = None

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if (self.bit is None) == (self.code is None):
            raise ValueError("a flag has either a bit or a code")
        return self


class Repeat(Form):
    """How a new cuff cycle is told from the last one said again."""

    key: str | None = None
    age: str | None = None
    unit: float = Field(default=1.0, gt=0)


class Profile(Form):
    """A line device, whole."""

    protocol: str
    models: tuple[str, ...] = Field(min_length=1)
    evidence: Literal["recorded", "vectors", "document"]
    experimental: bool = False
    source: str
    link: LinkForm
    frame: FrameForm = FrameForm()
    time: TimeForm | None = None
    poll: tuple[Poll, ...] = ()
    record: tuple[RecordForm, ...] = Field(min_length=1)
    flags: dict[str, tuple[Flag, ...]] = {}
    repeat: Repeat = Repeat()

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        for record in self.record:
            groups = set(re.compile(self.written(record)).groupindex)
            named = {field.name for field in record.field}
            wanted = {"pairs"} if record.keyed else named
            wanted |= {field.alarm for field in record.field if field.alarm}
            if lacking := sorted(wanted - groups):
                raise ValueError(f"record.match: has no group {lacking[0]!r}")
            if unknown := sorted(set(record.required) - named):
                raise ValueError(f"record.required: no field is called {unknown[0]!r}")
            for field in record.field:
                if field.type == "flags" and field.name not in self.flags:
                    raise ValueError(f"flags.{field.name}: missing, but a field of type flags has this name")
        return self

    def written(self, record: RecordForm) -> str:
        """Return a record's regular expression with its time written out."""
        if "{time}" in record.match and self.time is None:
            raise ValueError("time: missing, but a match names {time}")
        plain = re.sub(r"\((?!\?)", "(?:", self.time.pattern) if self.time else ""
        return record.match.replace("{time}", f"(?P<time>{plain})")


def read(path: Path) -> Profile:
    """Return the profile in a TOML file.

    Raises:
        BadProfile: one line with the file, the key and the reason.
    """
    try:
        text: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return Profile.model_validate(text)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        raise BadProfile(": ".join(filter(None, (path.name, key, reason)))) from None
    except re.error as error:
        raise BadProfile(f"{path.name}: match: {error} in {error.pattern!r}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadProfile(f"{path.name}: file: {error}") from None
