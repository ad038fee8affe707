"""Makes a certificate that signs content credentials in development.

python -m scripts.make_certificate [FOLDER] writes a chain, its key and the root to trust, and says
which settings name them. The root is our own, so nobody else trusts what is signed with it.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from config.settings import ROOT

FOLDER = ROOT / ".imajin" / "c2pa"
VALID_FOR = timedelta(days=365)
# What a key may do; all else is False.
_USES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def make(folder: Path, valid_for: timedelta = VALID_FOR) -> dict[str, Path]:
    """Write chain.pem, key.pem and root.pem; their paths by the setting that takes each."""
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _root(root_key, valid_for)
    leaf = _leaf(key, root, root_key, valid_for)
    paths = {
        "c2pa_cert": folder / "chain.pem",
        "c2pa_key": folder / "key.pem",
        "c2pa_trust": folder / "root.pem",
    }
    folder.mkdir(parents=True, exist_ok=True)
    paths["c2pa_cert"].write_bytes(
        leaf.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM)
    )
    paths["c2pa_trust"].write_bytes(root.public_bytes(Encoding.PEM))
    paths["c2pa_key"].touch(mode=0o600)
    paths["c2pa_key"].write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return paths


def _root(key: ec.EllipticCurvePrivateKey, valid_for: timedelta) -> x509.Certificate:
    name = _name("Imajin development root")
    return (
        _builder(name, name, key, valid_for)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_may("key_cert_sign", "crl_sign"), critical=True)
        .sign(key, SHA256())
    )


def _leaf(
    key: ec.EllipticCurvePrivateKey,
    root: x509.Certificate,
    root_key: ec.EllipticCurvePrivateKey,
    valid_for: timedelta,
) -> x509.Certificate:
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    # C2PA takes certificates for e-mail or documents, and no certificate that signed itself.
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
    return (
        _builder(_name("Imajin development"), root.subject, key, valid_for)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_may("digital_signature"), critical=True)
        .add_extension(usage, critical=False)
        .add_extension(above, critical=False)
        .sign(root_key, SHA256())
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    valid_for: timedelta,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + valid_for)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Imajin"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _may(*uses: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{use: use in uses for use in _USES})


def main() -> None:
    """Make the files and print the settings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    for setting, path in make(parser.parse_args().folder).items():
        print(f"IMAJIN_{setting.upper()}={path}")


if __name__ == "__main__":
    main()
