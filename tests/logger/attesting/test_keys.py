"""The key of checkpoints: made at first use, for its user's eyes only, handed on from key to key."""

from __future__ import annotations

import json
import stat
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from ledgers import NOON

from logger.attesting.keys import FRESH, PRIVATE, PUBLIC, Keys, Signer, check, own_keys, signed_text
from logger.errors import CheckpointBroken, LedgerUnusable


def test_a_key_is_made_at_first_use_and_kept(tmp_path):
    first = Signer(tmp_path / "config")
    assert Signer(tmp_path / "config").keys == first.keys
    assert len(first.keys) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such mode")
def test_only_its_user_can_read_the_private_key(tmp_path):
    Signer(tmp_path)
    assert stat.S_IMODE((tmp_path / PRIVATE).stat().st_mode) == 0o600


def test_a_signature_holds_for_the_text_it_was_made_over_only(tmp_path):
    signer, said = Signer(tmp_path), {"b": 1, "a": "Übel"}
    signature = signer.sign(signed_text(said))
    check(signer.keys[0], said | {"signature": signature}, "it")
    with pytest.raises(CheckpointBroken, match="it is not as key"):
        check(signer.keys[0], said | {"signature": signature, "b": 2}, "it")


def test_a_new_key_is_signed_by_the_old_one(tmp_path):
    signer = Signer(tmp_path)
    old = signer.key
    new = signer.rotate(NOON)
    assert (new.signed_by, signer.key, Signer(tmp_path).key) == (old, new.key, new.key)
    assert walked(Signer(tmp_path)).newest == new.key


def test_a_key_that_nobody_signed_is_refused(tmp_path):
    mine, other = Signer(tmp_path / "mine"), Signer(tmp_path / "other")
    keys = walked(mine)
    with pytest.raises(CheckpointBroken, match="not signed by the key before it"):
        keys.take(other.keys[0])
    forged = replace(other.keys[0], signed_by=mine.key)
    with pytest.raises(CheckpointBroken, match="is not as key"):
        keys.take(forged)


def test_the_public_keys_of_a_private_key_that_was_lost_stay_known(tmp_path):
    keys = []
    for _ in range(3):
        keys.append(Signer(tmp_path).key)
        (tmp_path / PRIVATE).unlink()
    assert own_keys(tmp_path) == set(keys)


def test_a_key_that_is_not_its_name_is_refused(tmp_path):
    key = Signer(tmp_path).keys[0]
    with pytest.raises(CheckpointBroken, match="not the digest"):
        Keys().take(replace(key, public="00" * 32))


@pytest.mark.parametrize("signed", [True, False])
def test_a_rotation_that_was_cut_off_leaves_one_key_or_the_other(tmp_path, signed):
    had = {name: (tmp_path / name).read_bytes() for name in (PRIVATE, PUBLIC) if Signer(tmp_path)}
    new = Signer(tmp_path).rotate(NOON)
    fresh = (tmp_path / PRIVATE).read_bytes()
    (tmp_path / PRIVATE).write_bytes(had[PRIVATE])
    (tmp_path / FRESH).write_bytes(fresh)
    if not signed:
        (tmp_path / PUBLIC).write_bytes(had[PUBLIC])
    assert (Signer(tmp_path).key == new.key) is signed


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [(PRIVATE, "no key", "this is no private key"), (PUBLIC, "", "not of one kind")],
)
def test_a_key_that_is_none_is_told(tmp_path, name, text, says):
    Signer(tmp_path)
    (tmp_path / name).write_text(text)
    with pytest.raises(LedgerUnusable, match=says):
        Signer(tmp_path)


def test_a_folder_that_is_none_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerUnusable, match="key can't be kept there"):
        Signer(tmp_path / "file" / "config")


def test_the_public_keys_are_lines_that_anyone_can_read(tmp_path):
    signer = Signer(tmp_path)
    (line,) = (tmp_path / PUBLIC).read_text("utf-8").splitlines()
    assert json.loads(line) == asdict(signer.keys[0])


def walked(signer: Signer) -> Keys:
    keys = Keys()
    for key in signer.keys:
        keys.take(key)
    return keys


def test_the_folder_is_made(tmp_path: Path):
    Signer(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b" / PRIVATE).exists()
