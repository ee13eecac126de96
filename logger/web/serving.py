"""Serving the pages: the clinic's ledger opened by this process, and a web server in front of it."""

from __future__ import annotations

import ipaddress
import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from logger.attesting.checkpoints import Places
from logger.entering.sessions import open_ledger
from logger.errors import CantServe
from logger.forwarding.receiving import Receiving
from logger.forwarding.supervising import Programs, Supervisor, enrol_here
from logger.keeping.access import log_settings
from logger.settings import Settings, database_path
from logger.web.app import application
from logger.web.asked import listen
from logger.web.certificates import fingerprint, own_certificate
from logger.web.clinic import Clinic

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Letters and digits of the one-time code that nobody takes for one another."""

AT_HOME = ("localhost", "127.0.0.1", "[::1]")
"""What a server that listens for this machine alone may be called."""


def serve(settings: Settings, by: str, tell: Callable[[str], None], *, recorder: bool = True) -> None:
    """Serve the pages until the program is stopped; *tell* takes lines for *by*, who started it.

    *recorder*: see to it that one runs on this machine, and forwards to here. It is left running.

    Raises:
        LedgerError: the clinic's ledger can't be opened.
        CantServe: another program listens there, or the certificate can't be used.
    """
    settings = with_certificate(settings, tell)
    clinic = open_clinic(settings, by, tell)
    with closing(clinic), closing(listening(settings)) as door:
        code = None if clinic.users() else first_code()
        secure = bool(settings.tls_cert)
        hosts = AT_HOME if is_this_machine(settings.host) else None
        app = application(clinic, secure=secure, hosts=hosts, first_code=code)
        app.state.receiving = receiving = Receiving(clinic)
        clinic.recorders = receiving.recorders
        threading.Thread(target=clinic.look, name="look", daemon=True).start()
        threading.Thread(target=app.state.waiting.begin, name="waiting", daemon=True).start()
        tell(f"pages: {'https' if secure else 'http'}://{settings.host}:{settings.port}/")
        if code:
            tell(f"no users yet: type this code on the first page: {code}")
        with (
            closing(app.state.drawings),
            closing(listen(clinic)),
            beside(clinic, settings, tell) if recorder else nullcontext(),
        ):
            server_of(app, settings).run(sockets=[door])


@contextmanager
def beside(clinic: Clinic, settings: Settings, tell: Callable[[str], None]) -> Iterator[None]:
    """Keep a recorder of this machine and its forwarder running; see `logger.forwarding.supervising`."""
    with clinic.desk() as desk:
        token_file = enrol_here(desk)
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104  not bound here
    url = f"{'https' if settings.tls_cert else 'http'}://{host}:{settings.port}"
    authority = Path(settings.tls_cert) if settings.tls_cert else None
    supervisor = Supervisor(Programs(database_path(settings.database), url, token_file, authority), tell)
    supervisor.start()
    try:
        yield
    finally:
        supervisor.stop()


def open_clinic(settings: Settings, by: str, tell: Callable[[str], None]) -> Clinic:
    """Open the clinic's ledger, made where there is none."""
    url, megabytes = settings.clinic_database, settings.reserve_mb
    desk = open_ledger(url, create=True, reserve_mb=megabytes, places=Places.of(settings), tell=tell)
    try:
        log_settings(desk, settings, by)
    except BaseException:
        desk.close()
        raise
    return Clinic(desk, settings)


def with_certificate(settings: Settings, tell: Callable[[str], None]) -> Settings:
    """Return the settings with a certificate: the one that is given, or our own where others can reach us.

    Raises:
        CantServe: certificate and key do not belong together, or can't be read.
    """
    if not settings.tls_cert and not settings.tls_key:
        if is_this_machine(settings.host):
            return settings  # what it says never leaves this machine
        made = own_certificate(database_path(settings.clinic_database), settings.host, datetime.now(UTC))
        settings = settings.model_copy(update={"tls_cert": str(made.certificate), "tls_key": str(made.key)})
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            settings.tls_cert, settings.tls_key or None
        )
        tell(f"certificate (SHA-256): {fingerprint(Path(settings.tls_cert))}")
    except (OSError, ValueError) as error:  # no such file, no PEM, another key's
        raise CantServe(
            f"{settings.tls_cert or 'no certificate'} with {settings.tls_key or 'no key'}: can't be used "
            f"({error}); give PEM files that belong together as --tls-cert and --tls-key"
        ) from error
    return settings


def listening(settings: Settings) -> socket.socket:
    """Return the socket at which pages are served; raises `CantServe` where it can't be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        raise CantServe(
            f"{settings.host}:{settings.port}: can't listen there ({error.strerror or error}); "
            "end the program that does, or give another --port"
        ) from error


def server_of(app: FastAPI, settings: Settings) -> uvicorn.Server:
    """Return the web server of these settings; it keeps no log of addresses."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=3,
            ssl_certfile=settings.tls_cert or None,
            ssl_keyfile=settings.tls_key or None,
        )
    )


def first_code() -> str:
    """Return a one-time code: 12 letters and digits, 58 bits."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(12))
    return "-".join(drawn[at : at + 4] for at in (0, 4, 8))


def is_this_machine(host: str) -> bool:
    """Return whether nobody but this machine can reach *host*."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
