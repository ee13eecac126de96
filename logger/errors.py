"""The ledger's branch of the tree in devices/errors.py.

InfusionlogError
+-- LedgerError             exit status 3
|   +-- LedgerBroken        exit status 1: the answer to "is it whole?" is no
|   +-- CheckpointBroken    exit status 1: the file of checkpoints itself is not as it was signed
|   +-- LedgerOwned         another program holds this ledger
|   +-- LedgerNewer         written by a newer infusionlog
|   +-- LedgerUnusable      no file, no ledger, settings not taken
|   |   +-- LedgerReadOnly  it can be read, and nothing can be written there
|   +-- DiskFull            and the reserve is used up
|   +-- OwnerSilent         the owner holds the ledger and does not answer
+-- SessionError            exit status 3
|   +-- NoSuchSession
|   +-- NoSuchRecord
|   +-- SessionInTheWay     the room has another open session, the patient another identity
|   |   +-- LineTaken       another device is heard on that line already
+-- AccessError             exit status 3
|   +-- NotSignedIn         who enters did not prove who they are
|   |   +-- LockedOut       after too many wrong passwords
|   +-- NotAllowed          not for this role, or not yet
+-- ForwardingError         exit status 3
|   +-- RecorderSilent      the server does not hear the recorder that is meant
|   +-- ServerSilent        the forwarder does not hear the server
|   +-- ServerRefuses       the server takes nothing of this forwarder: token, version, body
+-- CantWrite               exit status 3: a picture or an export has no place
+-- CantServe               exit status 3: pages can't be served at this address or with this certificate
+-- LibraryMissing          exit status 3: a format needs what is not installed
+-- WhichSession            exit status 2: more than one is meant
+-- BadEntry                exit status 2: what was typed can't be recorded
|   +-- SavedDifferently    a form that was saved is sent again and says something else
+-- BadSettings             exit status 2
"""

from __future__ import annotations

from devices.errors import InfusionlogError, UsageError


class LedgerError(InfusionlogError):
    """The ledger can't be used as asked."""


class LedgerBroken(LedgerError):
    """A chain does not verify; *seq* of *writer* is the first record that is wrong, *what* says how."""

    exit_status = 1

    def __init__(self, session: str, writer: str, seq: int, what: str) -> None:
        super().__init__(f"session {session}: record {writer}:{seq}: {what}")
        self.session, self.writer, self.seq, self.what = session, writer, seq, what


class CheckpointBroken(LedgerError):
    """A file of checkpoints is not as it was signed."""

    exit_status = 1


class LedgerOwned(LedgerError):
    """Another program holds this ledger."""


class LedgerNewer(LedgerError):
    """The ledger was written by a newer infusionlog."""


class LedgerUnusable(LedgerError):
    """The file is missing, read-only, no ledger, or does not take the settings that keep records safe."""


class LedgerReadOnly(LedgerUnusable):
    """The ledger stands where this user can't write: it can be looked at only."""


class DiskFull(LedgerError):
    """Nothing can be written any more and the reserve is used up."""


class OwnerSilent(LedgerError):
    """The program that holds the ledger does not answer."""


class SessionError(InfusionlogError):
    """A session can't be used as asked."""


class NoSuchSession(SessionError):
    """No session has this id."""


class NoSuchRecord(SessionError):
    """The session has no record of this reference."""


class SessionInTheWay(SessionError):
    """What the ledger has of the room or the patient does not agree with what was asked."""


class LineTaken(SessionInTheWay):
    """A device is heard on that line already, in this session or in another one."""


class AccessError(InfusionlogError):
    """Who asks may not do it."""


class NotSignedIn(AccessError):
    """The author of an entry did not prove who they are."""


class LockedOut(NotSignedIn):
    """Too many wrong passwords."""


class NotAllowed(AccessError):
    """Not for this role, or not before something else."""


class ForwardingError(InfusionlogError):
    """Recorder and server don't come together."""


class RecorderSilent(ForwardingError):
    """The server does not hear the recorder that is meant."""


class ServerSilent(ForwardingError):
    """The forwarder does not hear the server."""


class ServerRefuses(ForwardingError):
    """The server takes nothing of this forwarder."""


class CantWrite(InfusionlogError):
    """A file that was asked for can't be written where it was asked for."""


class CantDraw(InfusionlogError):
    """What draws the pages broke off."""


class CantServe(InfusionlogError):
    """Pages can't be served at the address that was asked for, or with the certificate that was given."""


class LibraryMissing(InfusionlogError):
    """A format's library is not installed on this machine."""


class WhichSession(UsageError):
    """More than one session could be meant; never a guess."""


class BadEntry(UsageError):
    """What was typed can't be recorded as it stands."""


class SavedDifferently(BadEntry):
    """A form was saved before, and what it says now is something else, which is not saved."""


class BadSettings(UsageError):
    """A settings file or a protocol breaks its form."""
