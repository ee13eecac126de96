"""The key that checkpoints are signed with (Ed25519), and the keys that were before it.

It stands in the user's configuration folder, not beside the ledger: who can write the database can't sign.
``checkpoint.key`` is the private key (PEM, readable by its user only), ``checkpoint.keys`` a JSON line for
each public key so far, in order: the first is signed by itself, every other one by the one before it.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from logger.clock import moment, wall
from logger.errors import CheckpointBroken, LedgerUnusable
from logger.kinds import canonical

if TYPE_CHECKING:  # 50 ms: only where something is signed or checked
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PRIVATE, PUBLIC, FRESH = "checkpoint.key", "checkpoint.keys", "checkpoint.key.new"


@dataclass(frozen=True, slots=True)
class Key:
    """A public key as it is handed on: *key* is the SHA-256 of *public*, which is 32 bytes in hex.

    *signed_by* names the key before it, the first names itself; *signature* is that key's, over the rest.
    """

    key: str
    public: str
    at: str
    signed_by: str
    signature: str = ""

    def text(self) -> str:
        """Return its line."""
        return canonical(asdict(self))


class Keys:
    """The keys that a file names, in order; only the newest may sign from there on."""

    def __init__(self) -> None:
        self.known: dict[str, Key] = {}
        self.newest = ""

    def take(self, key: Key) -> None:
        """Take the next key.

        Raises:
            CheckpointBroken: it is not what it names itself, or the key before it has not signed it.
        """
        if hashlib.sha256(bytes.fromhex(key.public)).hexdigest() != key.key:
            raise CheckpointBroken(f"key {key.key[:12]} is not the digest of the public key beside it")
        if key.signed_by != (self.newest or key.key):
            raise CheckpointBroken(f"key {key.key[:12]} is not signed by the key before it")
        signer = self.known.get(key.signed_by, key)
        check(signer, asdict(key), f"key {key.key[:12]}")
        self.known[key.key], self.newest = key, key.key


class Signer:
    """The private key of this user on this machine.

    Attributes:
        keys: every public key so far, in order; the last one is in use.
    """

    def __init__(self, folder: Path) -> None:
        """Read the key; make it where there is none.

        Raises:
            LedgerUnusable: the folder can't be read or written, or what stands there is no key.
        """
        self._folder = folder
        try:
            if not (folder / PRIVATE).exists():
                self._begin()
            text = (folder / PUBLIC).read_text(encoding="utf-8")
            self._private = self._read()
        except OSError as error:
            raise LedgerUnusable(f"{folder}: the checkpoints' key can't be kept there ({error})") from error
        self.keys = tuple(key_of(json.loads(line)) for line in text.splitlines())
        self._finish_rotation()
        if not self.keys or self.keys[-1].public != _public(self._private):
            raise LedgerUnusable(
                f"{folder}: {PRIVATE} and {PUBLIC} are not of one kind; bring both back from a backup, "
                "or move both away: the next checkpoint then begins with a new key"
            )

    @property
    def key(self) -> str:
        """Return the id of the key in use."""
        return self.keys[-1].key

    def sign(self, text: str) -> str:
        """Return the signature of a text, in hex."""
        return self._private.sign(text.encode()).hex()

    def rotate(self, at: int) -> Key:
        """Begin a new key, signed by the old one, which is gone from then on; *at* is microseconds UTC."""
        fresh = _generate()
        key = self._introduce(fresh, self._private, self.key, at)
        _write(self._folder / FRESH, _pem(fresh))
        self._append(key)
        (self._folder / FRESH).replace(self._folder / PRIVATE)
        self._private, self.keys = fresh, (*self.keys, key)
        return key

    def _finish_rotation(self) -> None:
        """Take the new key into use where a rotation was cut off after the old one had signed it."""
        if not (self._folder / FRESH).exists():
            return
        fresh = self._read(FRESH)
        if self.keys and self.keys[-1].public == _public(fresh):
            (self._folder / FRESH).replace(self._folder / PRIVATE)
            self._private = fresh

    def _begin(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = _generate()
        key = self._introduce(fresh, fresh, "", wall())
        if (self._folder / PUBLIC).exists():  # the private key is lost, what it signed is not
            number = len(list(self._folder.glob(f"{PUBLIC}.*"))) + 1
            (self._folder / PUBLIC).rename(self._folder / f"{PUBLIC}.{number}")
        self._append(key)
        _write(self._folder / PRIVATE, _pem(fresh))

    def _introduce(self, fresh: Ed25519PrivateKey, signer: Ed25519PrivateKey, signed_by: str, at: int) -> Key:
        public = _public(fresh)
        name = hashlib.sha256(bytes.fromhex(public)).hexdigest()
        unsigned = Key(name, public, moment(at).isoformat(), signed_by or name)
        signature = signer.sign(signed_text(asdict(unsigned)).encode()).hex()
        return Key(name, public, unsigned.at, unsigned.signed_by, signature)

    def _append(self, key: Key) -> None:
        with (self._folder / PUBLIC).open("a", encoding="utf-8") as file:
            file.write(key.text() + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _read(self, name: str = PRIVATE) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            found = load_pem_private_key((self._folder / name).read_bytes(), None)
        except ValueError as error:
            raise LedgerUnusable(f"{self._folder / name}: this is no private key ({error})") from error
        if not isinstance(found, Ed25519PrivateKey):
            raise LedgerUnusable(f"{self._folder / name}: this is no Ed25519 key")
        return found


def own_keys(folder: Path) -> set[str]:
    """Return the ids of the keys that this user ever signed with; none where there is no key yet."""
    try:
        texts = [path.read_text(encoding="utf-8") for path in folder.glob(f"{PUBLIC}*")]
    except OSError:
        return set()
    return {key_of(json.loads(line)).key for text in texts for line in text.splitlines()}


def check(key: Key, said: dict[str, object], what: str) -> None:
    """Raise `CheckpointBroken` unless *said* carries a signature by *key* over all the rest of it."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.public))
    try:
        public.verify(bytes.fromhex(str(said["signature"])), signed_text(said).encode())
    except (InvalidSignature, ValueError) as error:
        raise CheckpointBroken(f"{what} is not as key {key.key[:12]} signed it") from error


def signed_text(said: dict[str, object]) -> str:
    """Return what a signature is made over: canonical JSON without the signature itself."""
    return canonical({name: value for name, value in said.items() if name != "signature"})


def key_of(said: dict[str, str]) -> Key:
    """Return the key that a line names.

    Raises:
        CheckpointBroken: the line is none.
    """
    try:
        return Key(**said)
    except TypeError as error:
        raise CheckpointBroken(f"a line with a key lacks something ({error})") from error


def _generate() -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.generate()


def _public(private: Ed25519PrivateKey) -> str:
    return private.public_key().public_bytes_raw().hex()


def _pem(private: Ed25519PrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, text: bytes) -> None:
    """Write a file that only its user can read, durable before this returns."""
    path.unlink(missing_ok=True)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        os.write(file, text)
        os.fsync(file)
    finally:
        os.close(file)
