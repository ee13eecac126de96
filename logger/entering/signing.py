"""Signatures: what is signed, by whom, and what has to stand in the record before.

A signature names the ends of all chains of the session as they were when it was given. It is a record of
the session itself, so it can be neither cut out nor put under another one.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from devices.vocabulary import config_folder
from logger import kinds
from logger.entering.required import missing
from logger.errors import BadEntry, NotAllowed
from logger.ledger.models import Written
from logger.people.accounts import User, claimed
from logger.people.roles import CLINICAL, SIGNS

AFTERWARDS = frozenset({"amend", "exclude", "adopt", "move", "attribute", "note", "followup", "sign"})
"""What a reviewer may have written in a session that they review."""


def policy() -> str:
    """Return the text that everybody accepts before their first signature."""
    return (config_folder() / "signature-policy.txt").read_text(encoding="utf-8")


def policy_digest() -> str:
    """Return the SHA-256 of the policy's text."""
    return hashlib.sha256(policy().encode()).hexdigest()


def signature(
    said: Mapping[str, Any],
    user: User | None,
    row: Mapping[str, Any],
    protocol: str,
    records: Sequence[Written],
    accepted: Iterable[str],
) -> kinds.Sign:
    """Return the signature that *user* asks for with *said* (``meaning``, ``reason``).

    Args:
        said: as it was typed; ``seen`` is the digest on the page that the signer has read.
        user: who gave their password for it; None where the ledger has no users.
        row: the session's.
        protocol: the pinned protocol's text.
        records: all of the session.
        accepted: digests of the policies that the user has accepted.

    Raises:
        NotAllowed: not for this role, before the session has ended, by the one who entered, or while
            something that the protocol asks for is not recorded and no reason is given.
    """
    meaning = said.get("meaning")
    if meaning not in ("entry_complete", "review", "qa"):
        raise BadEntry(f"sign: meaning {meaning}: say entry_complete, review or qa")
    if user is None:
        raise NotAllowed("a signature needs a user with a password; make one with `infusionlog user add`")
    if meaning not in SIGNS[user.role]:
        allowed = ", ".join(sorted(SIGNS[user.role])) or "nothing"
        raise NotAllowed(f"{user.name} is {user.role}: that role signs {allowed}, not {meaning}")
    if policy_digest() not in accepted:
        raise NotAllowed("read the signature policy first and accept it: infusionlog accept-policy")
    if row["state"] == "open":
        raise NotAllowed(f"session {row['id']} is still open; end it first: infusionlog close")
    if meaning == "review":
        _check_reviewer(user, tomllib.loads(protocol), records)
    if said.get("seen"):
        _check_seen(str(said["seen"]), records)
    not_recorded = missing(protocol, records)
    if not_recorded and not said.get("reason"):
        raise NotAllowed(
            f"not recorded: {', '.join(not_recorded)}; enter it, or sign with --reason why it is not there"
        )
    last = {record.writer: record for record in records}
    heads = tuple(kinds.Head(writer=w, count=r.seq + 1, digest=r.digest) for w, r in sorted(last.items()))
    return kinds.Sign(
        meaning=meaning,
        name=user.full_name,
        role=user.role,
        heads=heads,
        policy=policy_digest(),
        not_recorded=not_recorded,
        reason=said.get("reason"),
    )


def _check_seen(seen: str, records: Sequence[Written]) -> None:
    """Raise `NotAllowed` where something was recorded since the page was made that the signer has read."""
    places = [place for place, record in enumerate(records) if record.digest.startswith(seen)]
    if not places:
        raise NotAllowed(f"no record has the digest {seen}: is it of this session's page?")
    since = [record.ref for record in records[places[-1] + 1 :] if record.kind != "sign"]
    if since:
        raise NotAllowed(f"{len(since)} records came since that page ({', '.join(since[:3])}); look again")


def _check_reviewer(user: User, protocol: Mapping[str, Any], records: Sequence[Written]) -> None:
    """Raise `NotAllowed` where the reviewer made entries, unless the protocol lets a solo physician."""
    if protocol.get("qa", {}).get("R44", {}).get("signer_may_have_entered"):
        return
    owners = claimed(records)
    entered = [
        record.ref
        for record in records
        if owners.get(record.ref, record.author) == user.name
        and record.kind in CLINICAL - AFTERWARDS - {"device", "session.open"}
    ]
    if entered:
        raise NotAllowed(
            f"{user.name} made entries in this session ({', '.join(entered[:3])}); another physician reviews"
        )
