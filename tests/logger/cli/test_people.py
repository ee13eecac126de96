"""`user`: adding, changing, listing, with passwords from the environment where there is no terminal."""

from __future__ import annotations

import pytest
from clinic import QUICK

from logger.people import accounts


@pytest.fixture
def add(command, monkeypatch):
    monkeypatch.setattr(accounts, "_hash", QUICK.hash)

    def add(name: str, role: str, author: str | None = None):
        monkeypatch.setenv("INFUSIONLOG_NEW_PASSWORD", f"password of {name}")
        monkeypatch.setenv("INFUSIONLOG_PASSWORD", f"password of {author}")
        by = ("--author", author) if author else ()
        return command("user", "add", name, "--name", f"DEMO {name}", "--role", role, *by)

    return add


def test_a_ledger_without_users_says_what_that_means(command):
    command("record", "--room", "1", "--patient", "INVENTED-1", "--for", "0.1")
    assert "taken at their word" in command("user", "list").out


def test_the_first_administrator_adds_the_others(command, add):
    assert add("a.admin", "admin").status == 0
    assert add("n.nurse", "nurse", "a.admin").status == 0
    rows = command("user", "list", "--json").json
    assert [(row["user"], row["role"]) for row in rows] == [("a.admin", "admin"), ("n.nurse", "nurse")]


def test_a_user_chooses_an_own_password_and_enters(command, add, monkeypatch):
    add("a.admin", "admin")
    add("n.nurse", "nurse", "a.admin")
    monkeypatch.setenv("INFUSIONLOG_PASSWORD", "password of n.nurse")
    record = ("record", "--room", "1", "--patient", "INVENTED-1", "--for", "0.1", "--author", "n.nurse")
    refused = command(*record)
    assert (refused.status, "own password first" in refused.complaint) == (3, True)
    monkeypatch.setenv("INFUSIONLOG_NEW_PASSWORD", "my own password")
    assert command("user", "password", "n.nurse").status == 0
    monkeypatch.setenv("INFUSIONLOG_PASSWORD", "my own password")
    assert command(*record).status == 0


def test_who_left_is_listed_as_such(command, add, monkeypatch):
    add("a.admin", "admin")
    add("n.nurse", "nurse", "a.admin")
    monkeypatch.setenv("INFUSIONLOG_PASSWORD", "password of a.admin")
    change = ("user", "change", "n.nurse", "--left", "--reason", "moved", "--author", "a.admin")
    assert command(*change).status == 0
    assert "DEMO n.nurse  left" in command("user", "list").out


def test_without_a_password_nothing_is_entered(command, add, monkeypatch):
    add("a.admin", "admin")
    monkeypatch.delenv("INFUSIONLOG_PASSWORD")
    answer = command("user", "add", "x.x", "--name", "X", "--role", "nurse", "--author", "a.admin")
    assert (answer.status, "INFUSIONLOG_PASSWORD" in answer.complaint) == (3, True)


def test_the_policy_is_printed_and_its_acceptance_kept(command, add, monkeypatch):
    add("a.admin", "admin")
    monkeypatch.setenv("INFUSIONLOG_PASSWORD", "password of a.admin")
    answer = command("accept-policy", "--author", "a.admin")
    assert "stands for my own hand" in answer.out
    assert [fact["fact"] for fact in command("user", "list", "--json").json[0]["facts"]] == [
        "policy_accepted"
    ]
