"""Checkpoints: signed, numbered, chained, kept twice; and every way to alter a log of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ledgers import NOON

from logger.attesting.checkpoints import Log, Mark, Places, copy_elsewhere, last_of, read, sign, write_alone
from logger.attesting.keys import Signer
from logger.errors import CheckpointBroken, LedgerUnusable

A, B, C = "a" * 64, "b" * 64, "c" * 64
W = "writer01"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    (tmp_path / "elsewhere").mkdir()
    return Places(tmp_path / "checkpoints", tmp_path / "elsewhere", tmp_path / "config")


def test_a_checkpoint_names_heads_and_follows_the_one_before_it(places):
    first = sign(places, W, {"s": {W: (3, A)}}, NOON)
    second = sign(places, W, {"s": {W: (5, B)}, "t": {W: (1, C)}}, NOON)
    assert [(one.number, one.previous) for one in (first, second)] == [(1, ""), (2, first.digest)]
    assert [one.digest for one in logged(places).checkpoints] == [first.digest, second.digest]


def test_all_that_was_ever_said_of_a_chain_is_known(places):
    for records, digest in ((3, A), (5, B)):
        sign(places, W, {"s": {W: (records, digest)}}, NOON)
    at = "2026-09-21T14:13:20+00:00"
    assert logged(places).marks() == {"s": {W: {3: Mark(A, 1, at), 5: Mark(B, 2, at)}}}


def test_each_ledger_file_has_a_log_of_its_own(places):
    sign(places, W, {"s": {W: (3, A)}}, NOON)
    assert sign(places, "writer02", {"s": {W: (3, A)}}, NOON).number == 1


def test_after_a_rotation_the_new_key_signs_and_the_log_says_who_allowed_it(places):
    old = sign(places, W, {"s": {W: (1, A)}}, NOON)
    new = Signer(places.keys).rotate(NOON)
    sign(places, W, {"s": {W: (2, B)}}, NOON)
    assert logged(places).keys == (old.key, new.key)


def test_a_log_that_began_after_a_rotation_names_all_keys(places):
    first = Signer(places.keys)
    first.rotate(NOON)
    sign(places, W, {"s": {W: (1, A)}}, NOON)
    assert logged(places).keys == tuple(key.key for key in first.keys)


def test_the_old_key_signs_nothing_any_more(places, tmp_path):
    sign(places, W, {"s": {W: (1, A)}}, NOON)
    old = {path.name: path.read_bytes() for path in places.keys.iterdir()}
    Signer(places.keys).rotate(NOON)
    sign(places, W, {"s": {W: (2, B)}}, NOON)
    for name, kept in old.items():
        (places.keys / name).write_bytes(kept)
    forged = json.loads(lines(places)[-1]) | {"number": 3, "key": Signer(places.keys).key}
    add(places, json.dumps(forged))
    with pytest.raises(CheckpointBroken, match="signed by a key that no line before it allows"):
        logged(places)


@pytest.mark.parametrize(
    "change",
    [
        {"heads": {"s": {W: [3, B]}}},
        {"at": "2026-09-22T14:13:20+00:00"},
        {"number": 7},
        {"writer": "writer02"},
        {"signature": "00" * 64},
        {"signature": "no hex"},
    ],
)
def test_an_altered_checkpoint_is_found(places, change):
    sign(places, W, {"s": {W: (3, A)}}, NOON)
    kept = lines(places)
    rewrite(places, [*kept[:-1], json.dumps(json.loads(kept[-1]) | change)])
    with pytest.raises(CheckpointBroken, match="is not as key"):
        logged(places)


def test_a_checkpoint_that_was_taken_out_is_said(places):
    three(places)
    rewrite(places, [*lines(places)[:2], lines(places)[3]])
    assert logged(places).unseen == (f"checkpoints 2 to 2 are not in {W}.jsonl",)


def test_checkpoints_in_another_order_are_found(places):
    three(places)
    key, one, two, last = lines(places)
    rewrite(places, [key, two, one, last])
    with pytest.raises(CheckpointBroken, match="checkpoint 1 stands behind checkpoint 2"):
        logged(places)


def test_a_checkpoint_of_another_line_of_checkpoints_is_found(places, tmp_path):
    three(places)
    other = Places(tmp_path / "other", None, places.keys)
    sign(other, W, {"s": {W: (9, C)}}, NOON)
    rewrite(places, [*lines(places)[:1], lines(other)[1], *lines(places)[2:]])
    with pytest.raises(CheckpointBroken, match="checkpoint 2 does not follow the checkpoint 1 here"):
        logged(places)


def test_a_line_that_a_power_cut_left_half_is_said_and_then_written_over(places):
    three(places)
    path = places.log(W)
    path.write_bytes(path.read_bytes()[:-20])
    assert logged(places).unseen == ("the last line of the checkpoints is cut off",)
    again = sign(places, W, {"s": {W: (9, C)}}, NOON)
    assert (again.number, len(logged(places).checkpoints), logged(places).unseen) == (3, 3, ())


@pytest.mark.parametrize("text", ["", "no JSON\n", "[]\n", '{"number":1}\n', '{"public":"00"}\n'])
def test_what_is_no_log_is_told(tmp_path, text):
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises((CheckpointBroken, LedgerUnusable)):
        read(path)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(LedgerUnusable, match="can't be read as checkpoints"):
        read(tmp_path / "none")


def test_the_newest_is_found_from_the_end_of_a_long_log(places, monkeypatch):
    monkeypatch.setattr("logger.attesting.checkpoints.BLOCK", 7)
    three(places)
    newest = last_of(places, W)
    assert newest is not None
    assert (newest.number, last_of(places, "writer09")) == (3, None)
    assert logged(places).checkpoints[-1] == newest


# The second place.


def test_the_second_place_holds_the_same(places):
    three(places)
    copy_elsewhere(places, W)
    sign(places, W, {"s": {W: (9, C)}}, NOON)
    copy_elsewhere(places, W)
    assert (places.elsewhere / f"{W}.jsonl").read_bytes() == places.log(W).read_bytes()


def test_a_second_place_that_says_otherwise_is_told_and_left_as_it_is(places):
    three(places)
    copy_elsewhere(places, W)
    there = places.elsewhere / f"{W}.jsonl"
    altered = there.read_text().replace(A, C)
    there.write_text(altered)
    with pytest.raises(LedgerUnusable, match="other checkpoints stand there"):
        copy_elsewhere(places, W)
    assert there.read_text() == altered


def test_a_second_place_that_is_gone_is_told(places, tmp_path):
    (tmp_path / "elsewhere").rmdir()
    three(places)
    with pytest.raises(LedgerUnusable, match="can't be kept there now"):
        copy_elsewhere(places, W)


def test_a_checkpoint_can_stand_alone_in_a_file_with_the_keys_before_it(places, tmp_path):
    three(places)
    made = sign(places, W, {"s": {W: (9, C)}}, NOON)
    write_alone(places, made, tmp_path / "alone.jsonl")
    assert [one.digest for one in read(tmp_path / "alone.jsonl").checkpoints] == [made.digest]
    with pytest.raises(FileExistsError):
        write_alone(places, made, tmp_path / "alone.jsonl")


def three(places: Places) -> None:
    for records, digest in ((1, A), (2, B), (3, C)):
        sign(places, W, {"s": {W: (records, digest)}}, NOON)


def logged(places: Places) -> Log:
    return read(places.log(W))


def lines(places: Places) -> list[str]:
    return places.log(W).read_text("utf-8").splitlines()


def rewrite(places: Places, kept: list[str]) -> None:
    places.log(W).write_text("".join(f"{line}\n" for line in kept))


def add(places: Places, line: str) -> None:
    rewrite(places, [*lines(places), line])
