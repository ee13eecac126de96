"""Protocol files at the door: found, refused where they are wrong, copied and approved for the clinic.

The clinic's own copies stand in the folder of the setting ``protocols`` and are looked at before those that
are shipped. A session pins the whole text, so that a later edit changes no session.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import tomlkit

from analysis.protocol import profile_ids, read_protocol
from analysis.protocol.checks import problems, refuse
from analysis.protocol.file import content_digest
from analysis.protocol.words import approval
from devices.vocabulary import config_folder
from logger.errors import BadSettings, CantWrite
from logger.settings import PinnedProtocol, Settings, protocol_file


@dataclass(frozen=True, slots=True)
class Listed:
    """One profile of a protocol file; *own*: of the clinic's copy. A file that is wrong has no profiles."""

    profile: str
    label: str
    file: Path
    own: bool
    digest: str
    approved_by: str
    approved_at: str
    approval: str
    wrong: str


def chosen(settings: Settings, profile: str | None = None) -> PinnedProtocol:
    """Return the protocol that a session is opened with: *profile*, else the setting's.

    Raises:
        BadSettings: no file holds it, or two do; or the folder that is set is not there.
        ProtocolRefused: its file contradicts itself.
    """
    name, own = profile or settings.protocol, own_folder(settings)
    if "protocols" in settings.model_fields_set and not own.is_dir():
        raise BadSettings(f"protocols {own}: there is no such folder; make it, or correct the setting")
    file, text = protocol_file(name, own)
    refuse(text, str(file))
    return PinnedProtocol(name, text)


def sent(profile: str, text: str) -> PinnedProtocol:
    """Return a protocol that a server sent with its ask; raises `ProtocolRefused` as `chosen` does."""
    refuse(text, profile)
    return PinnedProtocol(profile, text)


def own_folder(settings: Settings) -> Path:
    """Return where the clinic's own copies stand; it need not be there."""
    return Path(settings.protocols).expanduser()


def listed(settings: Settings) -> Iterator[Listed]:
    """Yield every profile of the clinic's own files and of the shipped ones, and each file that is wrong."""
    for folder in (own_folder(settings), config_folder() / "protocols"):
        for file in sorted(folder.glob("*.toml")):
            yield from _profiles(file, own=folder == own_folder(settings))


def _profiles(file: Path, *, own: bool) -> Iterator[Listed]:
    text = read_text(file)
    digest, found = PinnedProtocol("", text).digest, problems(text)
    if found:
        yield Listed("", "", file, own, digest, "", "", "", str(found[0]))
        return
    loaded = tomllib.loads(text)
    for profile in profile_ids(loaded):
        read = read_protocol(loaded, profile)
        approved = (read.approved_by, read.approved_at, approval(read))
        yield Listed(profile, read.label, file, own, digest, *approved, "")


def read_text(file: Path) -> str:
    """Return a protocol file's text; raises `BadSettings` where it can't be read."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        said = getattr(error, "strerror", None) or error
        raise BadSettings(f"protocol file {file}: {said}; give the path of a readable UTF-8 file") from error


def approved(text: str, name: str, by: str, at: datetime, clinic: str | None = None) -> str:
    """Return a protocol's text with its approval written in; every comment stays.

    Raises:
        ProtocolRefused: the file *name* is wrong: a wrong file can't be approved.
    """
    refuse(text, name)
    document = tomlkit.parse(text)
    said = {"approved_by": by, "approved_at": at.isoformat(timespec="seconds"), "clinic": clinic}
    document["meta"].update({field: value for field, value in said.items() if value is not None})
    content = content_digest(tomllib.loads(tomlkit.dumps(document)))
    document["meta"].update({"approved_content": content})
    made = tomlkit.dumps(document)
    refuse(made, name)
    return made


def place_of_copy(settings: Settings, file: Path) -> Path:
    """Return where the approved copy of *file* goes: under its name in the clinic's folder.

    Raises:
        BadSettings: another file stands there, or another of the clinic's files holds one of its profiles.
    """
    folder = own_folder(settings)
    place = folder / file.name
    if place.exists() and not place.samefile(file):
        raise BadSettings(
            f"{place} is there already: approve that one, or move it away to approve a copy of {file}"
        )
    profiles = {profile["id"] for profile in tomllib.loads(read_text(file)).get("profile", [])}
    for other in sorted(folder.glob("*.toml")):
        if other == place:
            continue
        shared = profiles & {one.get("id") for one in tomllib.loads(read_text(other)).get("profile", [])}
        if shared:
            raise BadSettings(
                f"{other} holds the profile {sorted(shared)[0]} too; a clinic has one file for each: "
                "move one of the two away"
            )
    return place


def put(text: str, place: Path) -> None:
    """Write the clinic's copy so that it is the old one or the new one, never half of it."""
    beside = place.with_name(place.name + ".new")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(place)
    except OSError as error:
        raise CantWrite(
            f"{place}: can't be written ({error.strerror or error}); name another folder with "
            "the setting protocols"
        ) from error
