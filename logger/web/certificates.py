"""A certificate of our own for the first run, where a clinic has none: it keeps what is sent from other eyes.

A browser can't know whose it is: whoever sets a tablet up compares the fingerprint with the console's.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HOLDS = timedelta(days=397)
"""How long browsers take a certificate. Source: CA/Browser Forum, Baseline Requirements 6.3.2."""
RENEWED = timedelta(days=30)
"""How long before its end another one is made, at a start of the server."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Where a certificate and its key are, both PEM."""

    certificate: Path
    key: Path


def own_certificate(database: Path, host: str, now: datetime) -> Pair:
    """Return the certificate that stands beside *database*, made where there is none or it soon ends.

    Args:
        database: the clinic's ledger.
        host: where the server listens.
        now: aware.
    """
    pair = Pair(database.with_name("clinic-tls.pem"), database.with_name("clinic-tls.key"))
    if pair.certificate.exists() and pair.key.exists():
        made = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
        if made.not_valid_after_utc - now > RENEWED:
            return pair
    key = ec.generate_private_key(ec.SECP256R1())
    plain = serialization.NoEncryption()
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    pair.key.parent.mkdir(parents=True, exist_ok=True)
    _keep(pair.key, key.private_bytes(*form))
    certificate = _signed(key, host, now)
    pair.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return pair


def fingerprint(certificate: Path) -> str:
    """Return the SHA-256 of a PEM certificate as browsers show it: ``AB:CD:...``."""
    made = x509.load_pem_x509_certificate(certificate.read_bytes())
    return made.fingerprint(hashes.SHA256()).hex(":").upper()


def _signed(key: ec.EllipticCurvePrivateKey, host: str, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "infusionlog")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # a tablet's clock may be behind
        .not_valid_after(now + HOLDS)
        .add_extension(x509.SubjectAlternativeName(_names(host)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )


def _names(host: str) -> list[x509.GeneralName]:
    """Return what this machine may be called: its names, its addresses, and itself."""
    names = dict.fromkeys(["localhost", socket.gethostname(), socket.getfqdn()])
    addresses = dict.fromkeys(["127.0.0.1", "::1", *_addresses(socket.gethostname())])
    try:
        if not ipaddress.ip_address(host).is_unspecified:
            addresses[host] = None
    except ValueError:
        names[host] = None
    return [x509.DNSName(name) for name in names if name.isascii()] + [
        x509.IPAddress(ipaddress.ip_address(address)) for address in addresses
    ]


def _addresses(name: str) -> list[str]:
    try:
        found = [str(found[4][0]) for found in socket.getaddrinfo(name, None)]
    except OSError:
        return []
    return [address for address in found if "%" not in address]


def _keep(path: Path, text: bytes) -> None:
    """Write what only this user may read."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
