"""Settings: the program's defaults, the settings file, the environment; and the protocols a session pins.

Read once at the door (`cli`, later `web`) and handed down as values.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, available_timezones

import platformdirs
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from devices.vocabulary import config_folder
from logger.errors import BadSettings

SQLITE = "sqlite:///"


def settings_file() -> Path:
    """Return where this user's settings file is looked for."""
    return platformdirs.user_config_path("infusionlog") / "settings.toml"


class Settings(BaseSettings):
    """What a clinic can set. Environment: ``INFUSIONLOG_DATABASE`` and so on, over the settings file.

    Attributes:
        database: SQLAlchemy URL of the ledger, ``sqlite:///path``.
        zone: the clinic's IANA zone; empty: this machine's.
        reserve_mb: megabytes held back for the day the disk is full.
        protocol: profile a session runs under when none is named.
        protocols: folder of the clinic's own protocol files, looked at before those that are shipped.
        late_hours: how far back a stated time may lie before the date must be typed with it.
        waves: record the waves of devices that send them, for all devices connected from now on.
        checkpoints: folder of the signed checkpoints, never beside the ledger alone.
        checkpoints_elsewhere: a second folder for them, on another machine or medium; empty: none.
        archive: folder of the columnar copies of closed sessions; empty: beside the ledger.
        retention_years: how long a session is kept before `purge` may remove it; None: for ever.
        clinic_database: SQLAlchemy URL of the ledger that `serve` keeps; the recorders' records come to it.
        host: the address at which `serve` listens; 0.0.0.0: every one of this machine.
        port: where.
        tls_cert: PEM file of the certificate; empty: one is made at the first run, unless host is this
            machine alone.
        tls_key: PEM file of its key.
        lock_minutes: minutes without a touch until a screen locks; recording goes on.
        logoff_minutes: minutes without a touch until a password is asked for.
    """

    model_config = SettingsConfigDict(env_prefix="INFUSIONLOG_", extra="forbid", frozen=True)
    file: ClassVar[Path | None] = None

    database: str = Field(
        default_factory=lambda: f"{SQLITE}{platformdirs.user_data_path('infusionlog')}/infusionlog.db"
    )
    zone: str = ""
    reserve_mb: int = Field(default=64, ge=0, le=10_000)
    protocol: str = "iv_ketamine_40min"
    protocols: str = Field(
        default_factory=lambda: f"{platformdirs.user_config_path('infusionlog')}/protocols"
    )
    late_hours: int = Field(default=12, ge=1, le=23)
    waves: bool = False
    checkpoints: str = Field(
        default_factory=lambda: f"{platformdirs.user_data_path('infusionlog')}/checkpoints"
    )
    checkpoints_elsewhere: str = ""
    archive: str = ""
    retention_years: int | None = Field(default=None, ge=1, le=200)
    clinic_database: str = Field(
        default_factory=lambda: f"{SQLITE}{platformdirs.user_data_path('infusionlog')}/clinic.db"
    )
    host: str = "127.0.0.1"
    port: int = Field(default=8420, ge=1, le=65535)
    tls_cert: str = ""
    tls_key: str = ""
    lock_minutes: int = Field(default=5, ge=1, le=60)
    logoff_minutes: int = Field(default=30, ge=1, le=720)

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        if zone and zone not in available_timezones():
            raise ValueError(f"{zone} is no IANA time zone, as Europe/Berlin is one")
        return zone

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the command line over the environment over the settings file."""
        file = TomlConfigSettingsSource(settings_cls, toml_file=cls.file or settings_file())
        return init_settings, env_settings, file

    def archive_folder(self) -> Path:
        """Return where the columnar copies of sessions lie: the folder set, else beside the ledger."""
        if self.archive:
            return Path(self.archive).expanduser().absolute()
        return archive_beside(database_path(self.database))

    def clinic_zone(self) -> ZoneInfo:
        """Return the clinic's zone: the one set, else this machine's, else UTC."""
        return ZoneInfo(self.zone or _machine_zone())


def load_settings(**given: Any) -> Settings:
    """Return the settings; *given* come from the command line, None means not given.

    Raises:
        BadSettings: naming the setting and what is wrong with it.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except (OSError, ValueError) as error:  # no access, no TOML, no UTF-8, no such setting
        file = Settings.file or settings_file()
        raise BadSettings(f"settings ({file} or INFUSIONLOG_...): {_first(error)}") from error


def database_path(url: str) -> Path:
    """Return the file behind a ``sqlite:///path`` URL.

    Raises:
        BadSettings: for any other form.
    """
    if not url.startswith(SQLITE) or len(url) == len(SQLITE):
        raise BadSettings(f"database {url}: this version keeps its ledger in SQLite; give sqlite:///PATH")
    return Path(url.removeprefix(SQLITE)).expanduser().absolute()


def archive_beside(database: Path) -> Path:
    """Return the folder beside a ledger for the columnar copies of its sessions: no two ledgers share it."""
    return database.with_name(database.name + ".archive")


def drawn_beside(database: Path) -> Path:
    """Return the folder of the session pages that were drawn ahead, where a ledger is."""
    return database.with_name(database.stem + ".drawn")


@dataclass(frozen=True, slots=True)
class PinnedProtocol:
    """A monitoring protocol as a session pins it: the profile's id and the whole text with its digest."""

    id: str
    text: str

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def find_protocol(profile: str, own: Path | None = None) -> PinnedProtocol:
    """Return the protocol of the file that holds *profile*; see `protocol_file`."""
    return PinnedProtocol(profile, protocol_file(profile, own)[1])


def protocol_file(profile: str, own: Path | None = None) -> tuple[Path, str]:
    """Return the protocol file that holds *profile*, and its text: one of *own*, else one that is shipped.

    Raises:
        BadSettings: where no file holds it, naming the profiles that there are; where two files of one folder
            do; or where a file is no TOML.
    """
    known: list[str] = []
    for folder in (own, config_folder() / "protocols"):
        holding: list[tuple[Path, str]] = []
        for path in sorted(folder.glob("*.toml")) if folder else ():
            text, profiles = _profiles_of(path)
            known += profiles
            if profile in profiles:
                holding.append((path, text))
        if len(holding) > 1:
            names = " and ".join(str(path) for path, _ in holding)
            raise BadSettings(f"the profile {profile} stands in {names}; move all but one away")
        if holding:
            return holding[0]
    raise BadSettings(f"no protocol has the profile {profile}; known are {', '.join(dict.fromkeys(known))}")


def _profiles_of(path: Path) -> tuple[str, list[str]]:
    """Return a protocol file's text and the ids of its profiles."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors put a byte order mark first
        return text, [entry["id"] for entry in tomllib.loads(text).get("profile", [])]
    except KeyError as error:
        raise BadSettings(f"protocol file {path}: a profile has no id; give it one") from error
    except (OSError, ValueError) as error:  # no access, no UTF-8, no TOML
        raise BadSettings(f"protocol file {path}: {error}") from error


def _machine_zone() -> str:
    zone = Path("/etc/timezone")
    if zone.exists() and (name := zone.read_text(encoding="ascii").strip()) in available_timezones():
        return name
    link = Path("/etc/localtime")
    name = str(link.resolve()).partition("zoneinfo/")[2] if link.is_symlink() else ""
    return name if name in available_timezones() else "UTC"


def _first(error: OSError | ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
