"""The certificate that signs content credentials: read from two PEM files and checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


class CertificateError(ValueError):
    """A file (cert, key or trust) cannot be used; the message says why."""

    def __init__(self, message: str, file: str = "cert") -> None:
        super().__init__(message)
        self.file = file


@dataclass(frozen=True)
class Certificate:
    """A chain in PEM, the signing certificate first, with its key and C2PA's algorithm for it."""

    chain: bytes
    key: bytes = field(repr=False)
    algorithm: str


def read_certificate(chain: Path, key: Path) -> Certificate:
    """Read both files; CertificateError unless they are whole, in force and belong together."""
    pem, secret = _read(chain), _read(key, "key")
    try:
        first, *_ = x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise CertificateError("it holds no certificate in PEM") from error
    try:
        private = load_pem_private_key(secret, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        sentence = "it holds no private key in PEM without a password"
        raise CertificateError(sentence, "key") from error
    bare = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if first.public_key().public_bytes(*bare) != private.public_key().public_bytes(*bare):
        raise CertificateError("it is not the key of the first certificate", "key")
    if not first.not_valid_before_utc <= datetime.now(UTC) <= first.not_valid_after_utc:
        dates = f"{first.not_valid_before_utc:%F} to {first.not_valid_after_utc:%F}"
        raise CertificateError(f"the certificate is in force from {dates}")
    written = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Certificate(pem, written, _algorithm(private))


def read_anchors(path: Path) -> str:
    """A file of certificates that are trusted; CertificateError where it holds none."""
    pem = _read(path, "trust")
    try:
        x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise CertificateError("it holds no certificate in PEM", "trust") from error
    return pem.decode()


def _algorithm(key: object) -> str:
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey):
        return "ps256"
    raise CertificateError("C2PA takes keys of P-256, P-384, P-521, Ed25519 or RSA", "key")


def _read(path: Path, file: str = "cert") -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CertificateError(f"it cannot be read ({error.strerror})", file) from error
