"""The tree of everything that can go wrong on purpose.

    InfusionlogError            exit status 3: wrong after looking at the machine
    +-- UsageError              exit status 2: wrong without looking at it
    |   +-- UnknownAdapter
    |   +-- BadAddress
    |   +-- BadProfile
    +-- PortError
    |   +-- PortMissing         no such port, nothing listens there
    |   +-- PortDenied          the port is there, this user may not open it
    |   +-- PortBusy            another program holds it
    |   +-- PortGone            it was there and is not any more
    |   +-- SendRefused         the adapter's allow-list does not name these bytes
    +-- (logger/errors.py grows the ledger's branch)

Every message is one line: what happened, where, and what to do next.
"""

from __future__ import annotations

from typing import ClassVar


class InfusionlogError(Exception):
    """Something went wrong that has a sentence; *exit_status* is what the command line returns."""

    exit_status: ClassVar[int] = 3


class UsageError(InfusionlogError):
    """What was asked for is wrong whatever the machine looks like."""

    exit_status = 2


class UnknownAdapter(UsageError):
    """No module and no profile has this adapter's name."""


class BadAddress(UsageError):
    """A device's URL has a form that nothing here understands."""


class BadProfile(UsageError):
    """A line device's profile breaks the form of ``devices/profiles.py``."""


class PortError(InfusionlogError):
    """A port can't be used."""


class PortMissing(PortError):
    """There is no such port."""


class PortDenied(PortError):
    """The port exists and this user may not open it."""


class PortBusy(PortError):
    """The port is held by another program."""


class PortGone(PortError):
    """The port was open and ended: unplugged, closed or reset."""


class SendRefused(PortError):
    """The adapter does not name these bytes in its allow-list."""
