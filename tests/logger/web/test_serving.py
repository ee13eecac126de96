"""Where pages are served, and under which certificate."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from logger.errors import CantServe
from logger.settings import Settings
from logger.web.certificates import HOLDS, fingerprint, own_certificate
from logger.web.serving import first_code, is_this_machine, listening, with_certificate

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def settings_in(folder: Path, **more: object) -> Settings:
    return Settings(clinic_database=f"sqlite:///{folder}/clinic.db", **more)  # type: ignore[arg-type]


def test_what_stays_on_this_machine_needs_no_certificate(tmp_path: Path) -> None:
    assert with_certificate(settings_in(tmp_path), print).tls_cert == ""


def test_a_server_that_others_can_reach_makes_its_own_certificate_and_says_which(tmp_path: Path) -> None:
    told: list[str] = []
    settings = with_certificate(settings_in(tmp_path, host="0.0.0.0"), told.append)  # noqa: S104
    assert told == [f"certificate (SHA-256): {fingerprint(tmp_path / 'clinic-tls.pem')}"]
    assert os.name == "nt" or Path(settings.tls_key).stat().st_mode & 0o777 == 0o600


def test_it_is_the_same_one_at_the_next_start_until_it_soon_ends(tmp_path: Path) -> None:
    def made(now: datetime) -> str:
        return fingerprint(own_certificate(tmp_path / "clinic.db", "127.0.0.1", now).certificate)

    first = made(NOW)
    assert made(NOW + timedelta(days=300)) == first
    assert made(NOW + HOLDS - timedelta(days=29)) != first


def test_who_trusts_it_reaches_this_machine_by_tls(tmp_path: Path) -> None:
    pair = own_certificate(tmp_path / "clinic.db", "127.0.0.1", datetime.now(UTC))
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(pair.certificate, pair.key)
    client = ssl.create_default_context(cafile=str(pair.certificate))
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=lambda: server.wrap_socket(theirs, server_side=True).close())
    thread.start()
    with closing(client.wrap_socket(ours, server_hostname="127.0.0.1")) as secured:
        assert secured.version() == "TLSv1.3"
    thread.join()


@pytest.mark.parametrize("given", [{"tls_cert": "nowhere.pem"}, {"tls_key": "nowhere.key"}])
def test_a_certificate_that_is_not_there_is_named(tmp_path: Path, given: dict[str, str]) -> None:
    with pytest.raises(CantServe, match=r"nowhere.*can't be used.*--tls-cert"):
        with_certificate(settings_in(tmp_path, **given), print)


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    one, other = (own_certificate(tmp_path / name / "clinic.db", "::1", NOW) for name in ("a", "b"))
    given = {"tls_cert": str(one.certificate), "tls_key": str(other.key)}
    with pytest.raises(CantServe, match="belong together"):
        with_certificate(settings_in(tmp_path, **given), print)


def test_a_port_that_is_taken_is_said_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CantServe, match=r"can't listen there.*another --port"):
            listening(settings_in(tmp_path, port=port))


@pytest.mark.parametrize(
    ("host", "here"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False)],  # noqa: S104
)
def test_only_loopback_is_this_machine_alone(host: str, here: bool) -> None:
    assert is_this_machine(host) is here


def test_the_first_code_can_be_read_aloud() -> None:
    code = first_code()
    assert [len(part) for part in code.split("-")] == [4, 4, 4]
    assert set(code).isdisjoint("01ILOU")
