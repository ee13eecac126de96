"""The wire between a forwarder and a server: what each says to the other where something is wrong."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from rooms import Service
from server import TOKEN, until
from server import Server as Clinic
from web_clinic import TestClient

from devices.errors import UsageError
from devices.simulators.running import start
from logger.errors import ServerRefuses, ServerSilent
from logger.forwarding.bringing import Bringing
from logger.forwarding.calling import Server, TokenSource
from logger.forwarding.captures import PIECE
from logger.forwarding.messages import FORWARDING
from logger.ledger.capture import capture_folder
from logger.web.pages import forwarding

SAID = {"version": FORWARDING, "program": "infusionlog 0"}


@pytest.fixture
def pages(server: Clinic) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(forwarding.router)
    app.state.receiving = server.receiving
    with TestClient(app, headers={"authorization": f"Bearer {TOKEN}"}) as client:
        yield client


@pytest.mark.parametrize("packed", [False, True])
def test_a_post_is_answered(pages, packed):
    body = json.dumps(SAID).encode()
    headers = {"content-encoding": "gzip"} if packed else {}
    answer = pages.post("/forwarding", content=gzip.compress(body) if packed else body, headers=headers)
    assert answer.status_code == 200
    assert answer.json()["epoch"]


@pytest.mark.parametrize(
    ("body", "headers", "status", "sentence"),
    [
        (b"{}", {}, 422, "version: Field required"),
        (b"rubbish", {}, 422, "Invalid JSON"),
        (b"rubbish", {"content-encoding": "gzip"}, 403, "can't be unpacked"),
        (json.dumps(SAID).encode(), {"authorization": "Bearer wrong"}, 403, "no enrolled recorder's"),
        (json.dumps(SAID).encode(), {"authorization": ""}, 403, "no enrolled recorder's"),
        (json.dumps({**SAID, "version": 9}).encode(), {}, 403, "update this server"),
    ],
)
def test_what_can_t_be_taken_is_refused_in_a_sentence(pages, body, headers, status, sentence):
    answer = pages.post("/forwarding", content=body, headers=headers)
    assert answer.status_code == status
    assert sentence in answer.json()["error"]


# What the forwarder makes of answers.


class Answering(http.server.BaseHTTPRequestHandler):
    """A web server that gives one answer to everything."""

    answer: tuple[int, bytes] = (200, b"{}")
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        status, body = self.answer
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.mark.parametrize(
    ("answer", "error", "sentence"),
    [
        ((200, b"<html>"), ServerSilent, "not as a server of infusionlog does"),
        ((404, b"<html>"), ServerRefuses, "is it the address of an infusionlog server"),
        ((403, b'{"error": "this token is nobody\'s"}'), ServerRefuses, "refuses: this token is nobody's"),
        ((503, b""), ServerSilent, "can't take it just now"),
    ],
)
def test_an_answer_that_is_none_is_told(answer, error, sentence):
    kind = type("Answering", (Answering,), {"answer": answer})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        server = Server(f"http://127.0.0.1:{listening.server_port}", TokenSource(None, "x"))
        with pytest.raises(error, match=sentence):
            server.post(SAID)
        server.close()
        listening.shutdown()


def test_a_server_that_is_not_there_is_told():
    with pytest.raises(ServerSilent, match="can't be heard"):
        Server("http://127.0.0.1:9", TokenSource(None, "x")).post(SAID)


@pytest.mark.parametrize("url", ["clinic", "ftp://clinic", "http://", "http://user@clinic", "http://c?x=1"])
def test_an_address_of_no_form_is_refused(url):
    with pytest.raises(UsageError, match="give the server's address"):
        Server(url, TokenSource(None, "x"))


def test_a_certificate_file_that_is_none_is_refused(tmp_path: Path):
    (tmp_path / "x.pem").write_text("none")
    with pytest.raises(UsageError, match="no file of certificates"):
        Server("https://clinic", TokenSource(None, "x"), tmp_path / "x.pem")


@pytest.mark.parametrize("given", ["", "two words"])
def test_without_a_token_it_says_where_one_is_looked_for(given):
    with pytest.raises(ServerRefuses, match="give --token-file FILE or INFUSIONLOG_TOKEN"):
        TokenSource(None, given)()


def test_a_token_file_is_read_each_time(tmp_path: Path):
    file = tmp_path / "token"
    token = TokenSource(file)
    with pytest.raises(ServerRefuses, match="save the token there"):
        token()
    file.write_text("first\n")
    assert token() == "first"
    file.write_text("second\n")
    assert token() == "second"


# Raw captures.


def test_captures_of_an_ended_session_come_in_pieces_and_whole(clinic, server, forwarder, pages):
    room = recorded(clinic, server, forwarder)
    name = "masimo_ascii1-0.bytes"
    folder = capture_folder(clinic.database, room.session)
    theirs = capture_folder(at(server), room.session)
    bringing = Bringing(clinic.database, OverPages(pages), print)  # type: ignore[arg-type]
    bringing._bring([room.session])
    assert (theirs / name).read_bytes() == (folder / name).read_bytes()
    assert sorted(path.name for path in theirs.glob("*")) == sorted(p.name for p in folder.glob("*"))
    answer = pages.post("/forwarding/captures", json={"files": {room.session: {name: 1}}})
    assert answer.json() == {"wanted": {room.session: {name: 0}}}


def test_a_piece_goes_on_where_the_last_one_ended(clinic, server, forwarder, pages):
    room = recorded(clinic, server, forwarder)
    raw, path = b"x" * 10, f"/forwarding/captures/{room.session}/nonin-0.times"
    digest = hashlib.sha256(raw).hexdigest()
    assert pages.put(path, content=raw[:4], headers={"x-from": f"0/10/{digest}"}).status_code == 200
    wanted = pages.post("/forwarding/captures", json={"files": {room.session: {"nonin-0.times": 10}}})
    assert wanted.json()["wanted"] == {room.session: {"nonin-0.times": 4}}
    skipped = pages.put(path, content=raw[6:], headers={"x-from": f"6/10/{digest}"})
    assert "it goes on at 4, not at 6" in skipped.json()["error"]
    assert pages.put(path, content=raw[4:], headers={"x-from": f"4/10/{digest}"}).status_code == 200
    assert (capture_folder(at(server), room.session) / "nonin-0.times").read_bytes() == raw


def test_a_capture_that_is_not_what_the_records_say_stays_where_it_is(clinic, server, forwarder, pages):
    room = recorded(clinic, server, forwarder)
    raw, name = b"altered", "masimo_ascii1-0.bytes"
    place = {"x-from": f"0/{len(raw)}/{hashlib.sha256(raw).hexdigest()}"}
    answer = pages.put(f"/forwarding/captures/{room.session}/{name}", content=raw, headers=place)
    assert "is not what its records say; it stays at the recorder" in answer.json()["error"]
    assert not list(capture_folder(at(server), room.session).glob("*"))


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("nosuchsession/nonin-0.bytes", "0/1/" + "0" * 64),
        ("SESSION/..%2F..%2Fclinic.db", "0/1/" + "0" * 64),
        ("SESSION/nonin-0.exe", "0/1/" + "0" * 64),
        ("SESSION/nonin-0.bytes", "anywhere"),
    ],
)
def test_a_capture_that_belongs_nowhere_is_refused(clinic, server, forwarder, pages, path, place):
    room = recorded(clinic, server, forwarder)
    path = path.replace("SESSION", room.session)
    answer = pages.put(f"/forwarding/captures/{path}", content=b"x", headers={"x-from": place})
    assert answer.status_code in (403, 404)


class OverPages:
    """The forwarder's way to a server, through its pages and without a socket."""

    def __init__(self, pages: TestClient) -> None:
        self._pages = pages

    def ask(self, path: str, said: object) -> dict[str, object]:
        return dict(self._pages.post(f"/forwarding{path}", json=said).json())

    def put(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        assert len(body) <= PIECE
        answer = self._pages.put(f"/forwarding{path}", content=body, headers=headers)
        assert answer.status_code == 200, answer.text

    def close(self) -> None: ...


def recorded(clinic: Service, server: Clinic, forwarder):
    monitor = start("masimo_ascii1", seed=1, speed=10.0)
    room = clinic.opens("1", demo=True)
    clinic.attaches(room, f"masimo_ascii1={monitor.url}")
    room.wait_for(lambda records: sum(one.kind == "reading" for one, _ in records) > 3)
    clinic.ends(room)
    until(forwarder.step, lambda: known(server, room.session) == "closed")
    monitor.stop()
    return room


def known(server: Clinic, session: str) -> str:
    with server.door.desk() as desk:
        return next((row["state"] for row in desk.store.rows([session])), "")


def at(server: Clinic) -> Path:
    with server.door.desk() as desk:
        return desk.store.path
