"""From a request that sends or names a picture to the payload of imajin.derive or imajin.verify."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app import base64_images
from app.contracts.blobs import BlobRef, BlobStore
from app.contracts.errors import InvalidRequest, JobNotReady, ModerationBlocked
from app.contracts.jobs import Job, Status
from app.presets import Presets
from app.recipes import store_watermark

OwnJob = Callable[[str], Job]  # finds a job of the caller; JobNotFound for any other

_VARIANT = {"name": "image", "fit": "inside", "gravity": "center", "format": "original"}


def derivatives_payload(
    request: dict[str, Any], presets: Presets, own_job: OwnJob, blobs: BlobStore
) -> dict[str, Any]:
    """Store the source and spell the variants out.

    Raises InvalidRequest, InvalidImage, JobNotFound, JobNotReady or StorageFull.
    """
    variants = request.get("variants")
    if variants is None:
        variants = _preset(request["preset"], presets)
    return _payload(request, variants, request.get("sanitize", {"keep": []}), own_job, blobs)


def sanitize_payload(request: dict[str, Any], own_job: OwnJob, blobs: BlobStore) -> dict[str, Any]:
    """One variant of the same format and size."""
    return _payload(request, [_VARIANT], {"keep": request["keep"]}, own_job, blobs)


def variant_payload(request: dict[str, Any], own_job: OwnJob, blobs: BlobStore) -> dict[str, Any]:
    """One variant as the request describes it."""
    wanted = {name: request[name] for name in request if name not in ("image_data", "source_job")}
    return _payload(request, [_VARIANT | wanted], {"keep": []}, own_job, blobs)


def verify_payload(request: dict[str, Any], own_job: OwnJob, blobs: BlobStore) -> dict[str, Any]:
    """The payload of imajin.verify: the source alone."""
    return _source(request, own_job, blobs)


def _payload(
    request: dict[str, Any],
    variants: list[dict[str, Any]],
    sanitize: dict[str, Any],
    own_job: OwnJob,
    blobs: BlobStore,
) -> dict[str, Any]:
    return {
        **_source(request, own_job, blobs),
        "sanitize": sanitize,
        "variants": [_with_stored_watermark(variant, blobs) for variant in variants],
    }


def _source(request: dict[str, Any], own_job: OwnJob, blobs: BlobStore) -> dict[str, Any]:
    if "source_job" in request:
        source = _picture_of(request["source_job"], own_job)
        blobs.touch(BlobRef.from_json(source))  # it may be near its end, and is an input from now
        return {"source": source, "declared_type": None}
    sent = base64_images.decode(request["image_data"])
    ref = blobs.put(sent.data, sent.declared_type or "application/octet-stream")
    return {"source": ref.as_json(), "declared_type": sent.declared_type}


def _picture_of(source: dict[str, Any], own_job: OwnJob) -> dict[str, Any]:
    job = own_job(source["job_id"])
    if job.error is not None:
        raise job.error
    if job.status is not Status.SUCCEEDED:
        raise JobNotReady("The source job has not ended yet.", {"status": job.status.value})
    found = pictures(job)
    if source["index"] >= len(found):
        sentence = f"Job {job.id} has {len(found)} pictures; index counts from 0."
        raise InvalidRequest(sentence, {"sourceJob.index": [sentence]})
    return blob_of(found[source["index"]])


def pictures(job: Job) -> list[dict[str, Any]]:
    """The pictures in a job's result, painted or derived."""
    result = job.result or {}
    return list(result.get("images") or result.get("variants") or [])


def blob_of(picture: dict[str, Any]) -> dict[str, Any]:
    """Where a picture's bytes are; ModerationBlocked for one that is withheld."""
    if "blob" not in picture:
        raise ModerationBlocked(picture["error"]["error"], picture["error"]["details"])
    blob: dict[str, Any] = picture["blob"]
    return blob


def _preset(name: str, presets: Presets) -> list[dict[str, Any]]:
    if name not in presets.names():
        sentence = f"There is no preset {name!r}; ask for one of {', '.join(presets.names())}."
        raise InvalidRequest(sentence, {"preset": [sentence]})
    return presets.variants(name)


def _with_stored_watermark(variant: dict[str, Any], blobs: BlobStore) -> dict[str, Any]:
    if "watermark" not in variant:
        return variant
    return variant | {"watermark": store_watermark(variant["watermark"], blobs)}
