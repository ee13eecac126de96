"""The chain: the digest that anyone can compute, and every way to tamper that it shows."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logger.errors import LedgerBroken
from logger.kinds import Close, canonical, text_of
from logger.ledger import audit
from logger.ledger.models import Entry, Written

TEXTS = ("session", "writer", "kind", "author", "payload", "digest")


def test_the_digest_is_sha256_of_the_documented_text():
    said = "aa\ns\nw\n3\n1700\nnote\nnurse.example\n" + '{"text":"Übel","v":1}'
    digest = audit.digest_of("aa", "s", "w", 3, 1700, "note", "nurse.example", '{"text":"Übel","v":1}')
    assert digest == hashlib.sha256(said.encode("utf-8")).hexdigest()


def test_each_record_is_chained_to_the_one_before_it():
    first, second, *_ = chain("w")
    for record, previous in ((first, ""), (second, first.digest)):
        said = "\n".join(
            (previous, record.session, record.writer, str(record.seq), str(record.at), *words(record))
        )
        assert record.digest == hashlib.sha256(said.encode("utf-8")).hexdigest()


def test_a_whole_chain_is_walked_to_its_head():
    records = chain("w")
    assert audit.verify(records) == [audit.Chain("w", 5, records[-1].digest, closed=True)]


def test_a_chain_without_closing_record_is_open():
    (walked,) = audit.verify(chain("w")[:3])
    assert (walked.records, walked.closed) == (3, False)


def test_records_after_the_closing_chain_on_and_stay_closed():
    records = grown(chain("w"), "note")
    assert audit.verify(records) == [audit.Chain("w", 6, records[-1].digest, closed=True)]


def test_no_record_is_no_chain():
    assert audit.verify([]) == []


def test_several_writers_are_chained_apart():
    a, b = chain("a"), chain("b")
    merged = [record for pair in zip(a, b, strict=True) for record in pair]
    assert [(one.writer, one.records) for one in audit.verify(merged)] == [("a", 5), ("b", 5)]


def test_the_writer_that_is_broken_is_named():
    a, b = chain("a"), chain("b")
    b[2] = replace(b[2], author="another")
    assert_broken([*a, *b], 2, "altered", writer="b")


@pytest.mark.parametrize(
    "change", [{"payload": "{}"}, {"author": "someone"}, {"at": 1}, {"kind": "mark"}, {"session": "t"}]
)
def test_an_altered_record_is_found(change):
    records = chain("w")
    records[2] = replace(records[2], **change)
    assert_broken(records, 2, "altered")


def test_an_altered_digest_is_found_where_it_stands():
    records = chain("w")
    records[2] = replace(records[2], digest="0" * 64)
    assert_broken(records, 2, "altered: its digest is 000000000000")


@pytest.mark.parametrize("gone", [0, 1, 3])
def test_a_removed_record_is_found(gone):
    records = chain("w")
    del records[gone]
    assert_broken(records, gone, "missing")


def test_a_doubled_record_is_found():
    records = chain("w")
    records.insert(2, records[1])
    assert_broken(records, 1, "stands twice or out of order")


def test_swapped_records_are_found():
    records = chain("w")
    records[1], records[2] = records[2], records[1]
    assert_broken(records, 1, "missing")


def test_swapped_contents_are_found():
    records = chain("w")
    records[1], records[2] = replace(records[2], seq=1), replace(records[1], seq=2)
    assert_broken(records, 1, "altered")


def test_only_the_first_broken_record_is_named():
    records = chain("w")
    records[1], records[3] = replace(records[1], at=1), replace(records[3], at=1)
    assert_broken(records, 1, "altered")


def test_a_record_that_is_chained_anew_breaks_the_one_behind_it():
    records = chain("w")
    forged = Entry("s", records[1].at, "note", "nurse.example", note("forged"))
    records[1] = audit.chained(forged, "w", 1, records[0].digest)
    assert_broken(records, 2, "altered")


@pytest.mark.parametrize("said", [{"count": 3}, {"head": "f" * 64}])
def test_a_closing_record_of_another_chain_is_found(said):
    records = chain("w")[:4]
    closing = Close(**({"count": 4, "head": records[-1].digest} | said))
    assert_broken(grown(records, "close", text_of(closing)), 4, "4 up to")


@pytest.mark.parametrize("payload", ["{}", "no JSON", '{"count":"many","head":"","v":1}'])
def test_a_closing_record_that_says_nothing_is_found(payload):
    assert_broken(grown(chain("w")[:4], "close", payload), 4, "without a count")


@given(data=st.data())
def test_any_changed_character_anywhere_is_found(data):
    records = chain("w")
    place = data.draw(st.integers(0, len(records) - 1))
    records[place] = replace(records[place], **data.draw(one_change(records[place])))
    with pytest.raises(LedgerBroken):
        audit.verify(records)


@st.composite
def one_change(draw: st.DrawFn, record: Written) -> dict[str, object]:
    column = draw(st.sampled_from([field.name for field in fields(Written)]))
    old = str(getattr(record, column))
    place = draw(st.integers(0, len(old) - 1))
    if column in TEXTS:
        letter = draw(st.characters(exclude_categories=["Cs"]).filter(lambda found: found != old[place]))
        return {column: old[:place] + letter + old[place + 1 :]}
    digit = draw(st.sampled_from([one for one in "0123456789" if one != old[place]]))
    return {column: int(old[:place] + digit + old[place + 1 :])}


def chain(writer: str) -> list[Written]:
    """Return four notes and the record that closes them."""
    records: list[Written] = []
    for said in ("first", "second", "Übel, zwei", "fourth"):
        records = grown(records, "note", note(said), writer)
    return grown(records, "close", text_of(Close(count=4, head=records[-1].digest)), writer)


def grown(records: list[Written], kind: str, payload: str = "{}", writer: str = "w") -> list[Written]:
    previous = records[-1].digest if records else ""
    entry = Entry("s", 1700 + len(records), kind, "nurse.example", payload)
    return [*records, audit.chained(entry, writer, len(records), previous)]


def note(text: str) -> str:
    return canonical({"v": 1, "text": text})


def words(record: Written) -> tuple[str, str, str]:
    return record.kind, record.author, record.payload


def assert_broken(records: list[Written], seq: int, what: str, writer: str = "w") -> None:
    with pytest.raises(LedgerBroken, match=f"{writer}:{seq}: ") as found:
        audit.verify(records)
    assert (found.value.writer, found.value.seq) == (writer, seq)
    assert what in found.value.what
