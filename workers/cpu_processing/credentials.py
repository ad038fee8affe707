"""C2PA content credentials: signing pictures with one certificate, and reading anybody's."""

from __future__ import annotations

import base64
import io
import json
import struct
from pathlib import Path
from typing import Any

import c2pa

from app.contracts.errors import InvalidRequest, SigningFailed
from workers.cpu_processing.certificate import (
    Certificate,
    CertificateError,
    read_anchors,
    read_certificate,
)
from workers.cpu_processing.containers import parts
from workers.cpu_processing.decode import Decoded
from workers.cpu_processing.manifests import PARENT, created
from workers.cpu_processing.metadata import part_name

# A store of that size is read in some tens of milliseconds; longer ones are not handed to the
# library, whose answer to a lack of memory would be the end of the process.
LONGEST_STORE = 8 * 1024**2

# A PNG of one pixel.
_TRIAL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
# Nothing is fetched: no manifest from another host, no OCSP answer, no timestamp.
_OFFLINE: dict[str, Any] = {
    "version": 1,
    "core": {"allowed_network_hosts": [], "max_decompressed_manifest_size_in_mb": 32},
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    "builder": {"thumbnail": {"enabled": False}},
}


class Credentials:
    """Reads content credentials and, with a certificate, signs them; `anchors` are whom it trusts.

    `mark_key` is the secret of this service's invisible mark, None where it has none. The library's
    handles belong to the process that made them: build one in each child.
    """

    def __init__(
        self,
        certificate: Certificate | None = None,
        anchors: str = "",
        mark_key: bytes | None = None,
    ) -> None:
        self.mark_key = mark_key
        trust = {"trust": {"trust_anchors": anchors}} if anchors else {}
        self._reading = c2pa.Context.from_dict(_OFFLINE | trust)
        self._signing: c2pa.Context | None = None
        if certificate is not None:
            self._signing = c2pa.Context.from_dict(_OFFLINE | trust, _signer(certificate))

    @classmethod
    def from_files(
        cls,
        cert: Path | None,
        key: Path | None,
        trust: Path | None,
        mark_key: bytes | None = None,
    ) -> Credentials:
        """Read the files and sign a trial picture; CertificateError where one is of no use."""
        anchors = read_anchors(trust) if trust else ""
        credentials = cls(read_certificate(cert, key) if cert and key else None, anchors, mark_key)
        if credentials.signs:
            credentials._try()
        return credentials

    @property
    def signs(self) -> bool:
        """Whether there is a certificate."""
        return self._signing is not None

    def sign(
        self, data: bytes, form: str, manifest: dict[str, Any], parent: Decoded | None = None
    ) -> bytes:
        """The file with the manifest in it, the parent as its ingredient.

        Raises SigningFailed, or InvalidRequest where the parent's own credentials are beyond use.
        """
        signed = io.BytesIO()
        try:
            with c2pa.Builder(json.dumps(manifest), self._signing) as builder:
                if parent is not None:
                    _add_parent(builder, parent)
                builder.sign(f"image/{form}", io.BytesIO(data), signed)
        except c2pa.C2paError as error:
            sentence = "The picture could not be signed with this service's certificate."
            raise SigningFailed(sentence, {"reason": str(error)[:300]}) from error
        return signed.getvalue()

    def read(self, file: Decoded) -> dict[str, Any] | None:
        """The library's own report on a file; None where it has no credentials.

        A store that cannot be read is a report too, with a failure and no manifest.
        """
        size = store_size(file)
        if not size:
            return None
        if size > LONGEST_STORE:
            return _failure("store.tooLarge", f"The store has {size} bytes and was not read.")
        try:
            data = io.BytesIO(file.data)
            with c2pa.Reader(f"image/{file.format}", data, context=self._reading) as reader:
                report: dict[str, Any] = json.loads(reader.json())
                return report
        except c2pa.C2paError as error:
            return _failure("store.unreadable", str(error))

    def _try(self) -> None:
        try:
            self.sign(base64.b64decode(_TRIAL), "png", created({"entry": "trial"}))
        except SigningFailed as error:
            reason = error.details["reason"]
            raise CertificateError(f"C2PA takes no such certificate ({reason})") from error


def store_size(file: Decoded) -> int:
    """How many bytes of a file are content credentials."""
    try:
        return sum(
            part.end - part.start
            for part in parts(file.data, file.format)
            if part_name(file.data, file.format, part) == "c2pa"
        )
    except (struct.error, IndexError):
        return 0


def _add_parent(builder: Any, parent: Decoded) -> None:
    if store_size(parent) > LONGEST_STORE:
        raise _not_carried("They are too long.")
    described = {"relationship": "parentOf", "label": PARENT}
    try:
        builder.add_ingredient(described, f"image/{parent.format}", io.BytesIO(parent.data))
    except c2pa.C2paError as error:
        raise _not_carried("They cannot be read.") from error


def _not_carried(reason: str) -> InvalidRequest:
    sentence = (
        f"The source's content credentials cannot be carried on. {reason} "
        "Leave provenance out of sanitize.keep to drop them."
    )
    return InvalidRequest(sentence, {"sanitize.keep": [sentence]})


def _signer(certificate: Certificate) -> Any:
    return c2pa.Signer.from_info(
        c2pa.C2paSignerInfo(certificate.algorithm, certificate.chain, certificate.key, None)
    )


def _failure(code: str, explanation: str) -> dict[str, Any]:
    failure = {"code": code, "explanation": explanation}
    results = {"activeManifest": {"failure": [failure]}}
    return {"validation_state": "Invalid", "validation_results": results, "manifests": {}}
